import type { Versions } from '../../projections/versions.ts';

/** Reading, `versions remove` and stopping need at most this much. */
const RESERVE_BYTES = 64 * 1024 * 1024;

/** The disk has no room for another version of the views. Nothing was made. */
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
 * Checks that a version has room to grow. A store that does not say its free room passes.
 * @param bytes by how much it grows, as far as this is known
 * @throws {NoRoom | ReadModelUnavailable}
 */
export async function assertRoom(versions: Versions, bytes: number): Promise<void> {
  const free = await versions.roomBytes();
  if (free !== null && free < bytes + RESERVE_BYTES) throw new NoRoom(free, bytes + RESERVE_BYTES);
}
