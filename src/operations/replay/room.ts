import type { Versions } from '../../projections/versions.ts';

/** Reading, `versions remove` and stopping need this much at most. */
export const RESERVE_BYTES = 64 * 1024 * 1024;

/** There is no room for a version of the views. */
export class NoRoom extends Error {
  readonly code = 'no_room';

  constructor(freeBytes: number, neededBytes: number) {
    const megabytes = (bytes: number) => Math.ceil(bytes / 1_048_576);
    super(
      `There is no room for this version of the views: ${megabytes(freeBytes)} MB are free, and ${megabytes(neededBytes)} MB are needed ` +
        '(a reserve included). Make room, for example by `npx imports versions remove`, and run it again.',
    );
    this.name = 'NoRoom';
  }
}

/**
 * Looks whether a version may grow by so much; a store that does not tell its room has it.
 * @param bytes as far as that is known
 * @throws {NoRoom | ReadModelUnavailable}
 */
export async function assertRoom(versions: Versions, bytes: number): Promise<void> {
  const free = await versions.roomBytes();
  if (free !== null && free < bytes + RESERVE_BYTES) throw new NoRoom(free, bytes + RESERVE_BYTES);
}
