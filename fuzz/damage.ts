import fc from 'fast-check';
import { hostileBytes, mostly } from './hostile-text.ts';

/** One damage to bytes: at a place, some are replaced by others. */
const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  takenOut: fc.constantFrom(0, 1, 2, 20),
  put: fc.oneof(hostileBytes(100), fc.constantFrom('', '\r\n', '\r\n\r\n', '\0')),
});

/** Bytes that are sometimes damaged. */
export function perhapsDamaged(bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return fc.tuple(bytes, mostly(fc.constant(null), damage)).map(([whole, harm]) => {
    if (harm === null) return whole;
    const place = Math.floor(harm.at * whole.length);
    return Buffer.concat([
      whole.subarray(0, place),
      Buffer.from(harm.put, 'latin1'),
      whole.subarray(place + harm.takenOut),
    ]);
  });
}
