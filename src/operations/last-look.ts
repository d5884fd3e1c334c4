import { z } from 'zod';
import { NoteFile } from './note-file.ts';

/**
 * What the last whole scrub and the last whole `imports verify --all --note` have found: `last-scrub.json` and `last-verify.json` in the data
 * directory, so that a restart does not forget it, and services know what commands have found.
 */

const schema = z.object({
  log: z.string(),
  /** When it ended. */
  at: z.iso.datetime(),
  events: z.number(),
  /** Null: it did not look at them. */
  images: z.number().nullable(),
  /** How much of the log and of the images is damaged, and the first of it, in words. */
  faults: z.number(),
  first: z.string().nullable(),
  /** In how much views differ from what the log makes of them, and where first. Null: it did not compare them, as before this release. */
  differences: z.number().nullable().default(null),
  first_difference: z.string().nullable().default(null),
});

export type LastLook = z.infer<typeof schema>;

export const lastScrub = new NoteFile('last-scrub.json', schema);
export const lastVerify = new NoteFile('last-verify.json', schema);

type Look = Omit<LastLook, 'log' | 'events'>;

/** What is known now: a look counts until a newer one has looked at as much. */
export interface Known<L extends Look> {
  /** Of the log and of images. */
  readonly damage: L | null;
  readonly views: (L & { readonly differences: number }) | null;
}

/** What is known by some looks. A later one without images counts if it has found damage; it cannot say that there is none. */
export function knownBy<L extends Look>(looks: readonly (L | null)[]): Known<L> {
  const newestFirst = looks
    .filter((look) => look !== null)
    .toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at));
  return {
    damage: newestFirst.find(({ images, faults }) => images !== null || faults > 0) ?? null,
    views: newestFirst.find((look): look is L & { readonly differences: number } => look.differences !== null) ?? null,
  };
}
