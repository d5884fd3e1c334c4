import { ImportFailure } from './import-failure.ts';

/** What an attempt ends with whose source is larger than an image may be. */
export function tooLarge(limitBytes: number): ImportFailure {
  return new ImportFailure(
    'source_too_large',
    `It has more than ${limitBytes} bytes, which is the most that the service takes.`,
  );
}
