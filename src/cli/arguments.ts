import { type Command, InvalidArgumentError } from 'commander';
import { validate as isUuid } from 'uuid';

const MOST_A_SECOND = 1_000;

/** A UUID from the command line, in lower case. */
export function uuidArgument(text: string): string {
  if (!isUuid(text)) throw new InvalidArgumentError('It must be a UUID, such as f1900bba-e339-4dc9-87df-9dc8665adead.');
  return text.toLowerCase();
}

/** It is in each event of the command, for ever. */
const LONGEST_TEXT = 1_000;

/** A text for the record. */
export function textArgument(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  if (text.length > LONGEST_TEXT) throw new InvalidArgumentError(`It may have at most ${LONGEST_TEXT} characters.`);
  return text;
}

/** A number of seconds: whole and at least 1. */
export function secondsArgument(text: string): number {
  const seconds = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (seconds < 1) throw new InvalidArgumentError('It must be a whole number of seconds, at least 1.');
  return seconds;
}

/** A number of things: whole and at least 1. */
export function countArgument(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new InvalidArgumentError('It must be a whole number, at least 1.');
  return count;
}

/** How many things a second. */
export function rateArgument(text: string): number {
  const rate = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (rate > 0 && rate <= MOST_A_SECOND) return rate;
  throw new InvalidArgumentError(`It must be a number a second, at most ${MOST_A_SECOND}, such as 10 or 0.5.`);
}

/** UUIDs, one after the other. */
export function uuidsArgument(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, uuidArgument(text)];
}

/** A position of the log: 0 is before its first event. */
export function positionArgument(text: string): bigint {
  if (!/^\d{1,20}$/.test(text)) throw new InvalidArgumentError('It must be a position of the log, such as 1200.');
  return BigInt(text);
}

/**
 * The one id that a subcommand is about: given as its argument or as its option.
 * Ends with wrong usage if there is none, or if the two differ.
 */
export function oneId(command: Command, argument: string | undefined, option: string | undefined): string {
  const [id, ...others] = new Set([argument, option].filter((given) => given !== undefined));
  if (id === undefined) command.error('error: an id is missing');
  if (others.length > 0) command.error('error: give one id, not two');
  return id;
}
