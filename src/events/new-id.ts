import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const BYTES_PER_ID = 16;

/** Random bytes for many ids at once: asked for one by one, they cost more than all the rest of an id. */
const pool = new Uint8Array(256 * BYTES_PER_ID);
let used = pool.length;
/** What an id of version 7 begins with: a time, and the place among those of the same millisecond (32 bits). */
export interface Tick {
  readonly millisecond: number;
  readonly sequence: number;
}

const LAST_SEQUENCE = 2 ** 32 - 1;

let tick: Tick = { millisecond: 0, sequence: 0 };

/**
 * The next beginning after another one: it is greater, whatever the clock says.
 * @param nowMs since 1970
 * @param random 32 bits
 */
export function tickAfter({ millisecond, sequence }: Tick, nowMs: number, random: number): Tick {
  if (nowMs <= millisecond && sequence < LAST_SEQUENCE) return { millisecond, sequence: sequence + 1 };
  // Thirty of the thirty-two bits, so that there is room to count: three thousand million ids while a clock that was set back catches up.
  return { millisecond: Math.max(nowMs, millisecond + 1), sequence: random >>> 2 };
}

/**
 * A new UUID of version 7 for an event, an import, a user or a secret. Ids of one process grow, also within a millisecond and while the
 * clock is behind where it was: that keeps the indexes' new entries side by side, and imports of one millisecond in order.
 */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + BYTES_PER_ID);
  used += BYTES_PER_ID;
  tick = tickAfter(tick, Date.now(), new DataView(random.buffer, random.byteOffset).getUint32(0));
  return uuidv7({ random, msecs: tick.millisecond, seq: tick.sequence });
}
