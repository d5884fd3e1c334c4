import { type LastLook, lastVerify } from '../last-look.ts';

/** The last looks at everything that a service knows of; null: there was none. */
export interface LastLooks {
  /** By this service, or by one with the same data directory. */
  readonly scrub: LastLook | null;
  /** By `imports verify --all` with this data directory. */
  readonly verify: LastLook | null;
}

/** What gives them. */
export function looksOf(
  scrub: { readonly last: LastLook | null },
  dataDir: string,
  log: string,
): () => Promise<LastLooks> {
  return async () => ({ verify: await lastVerify.read(dataDir, log), scrub: scrub.last });
}
