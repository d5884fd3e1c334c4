import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const BYTES_PER_ID = 16;

/** Random bytes for many ids at once: asked for one by one, they cost more than all the rest of an id. */
const pool = new Uint8Array(256 * BYTES_PER_ID);
let used = pool.length;
let millisecond = 0;
let sequence = 0;

/**
 * A new UUID of version 7 for an event, an import, a user or a secret. Ids of one process grow, also within a millisecond: that keeps the
 * indexes' new entries side by side, and imports of one millisecond in order.
 */
export function newId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + BYTES_PER_ID);
  used += BYTES_PER_ID;
  const now = Date.now();
  if (now > millisecond) {
    millisecond = now;
    // Thirty of its thirty-two bits, so that there is room to count.
    sequence = new DataView(random.buffer, random.byteOffset).getUint32(0) >>> 2;
  } else {
    sequence += 1;
  }
  return uuidv7({ random, msecs: millisecond, seq: sequence });
}
