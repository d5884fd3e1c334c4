import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const BYTES_PER_ID = 16;

/** Random bytes for many ids at once: bytes for a single id cost more than all the rest of the id. */
const pool = new Uint8Array(256 * BYTES_PER_ID);
let used = pool.length;
/** The beginning of an id of version 7: a time, and a number within the millisecond (32 bits). */
export interface Tick {
  readonly millisecond: number;
  readonly sequence: number;
}

const LAST_SEQUENCE = 2 ** 32 - 1;

let tick: Tick = { millisecond: 0, sequence: 0 };

/**
 * The beginning after another one. It is greater, whatever the clock says.
 * @param nowMs since 1970
 * @param random 32 bits
 */
export function tickAfter({ millisecond, sequence }: Tick, nowMs: number, random: number): Tick {
  if (nowMs <= millisecond && sequence < LAST_SEQUENCE) return { millisecond, sequence: sequence + 1 };
  // Only 30 of the 32 bits are random. The rest is room to count while a clock that was set back catches up: three thousand million ids.
  return { millisecond: Math.max(nowMs, millisecond + 1), sequence: random >>> 2 };
}

/**
 * A new UUID of version 7 for an event, an import, a user or a secret. The ids of one process grow, even within a millisecond and after the
 * clock was set back. This keeps new index entries side by side, and imports of one millisecond in order.
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
