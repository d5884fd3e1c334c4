import fc from 'fast-check';
import { importIdFor } from '../src/commands/import-id.ts';
import type { Conversation, Ending } from './conversation.ts';
import { perhapsDamaged } from './damage.ts';
import { mostly } from './hostile-text.ts';
import { requestWith, SAME_KEY } from './requests.ts';
import { ORGANIZATION, USER } from './tokens.ts';

const endings = fc.oneof(
  { arbitrary: fc.constant<Ending>('stay'), weight: 6 },
  { arbitrary: fc.constantFrom<Ending>('half-close', 'close', 'reset'), weight: 3 },
);
const pauses = mostly(fc.constantFrom(0, 0, 0, 1, 5), fc.constantFrom(40, 300));
const place = fc.double({ min: 0, max: 1, noNaN: true });

const request = requestWith(importIdFor(`user:${USER} of ${ORGANIZATION}`, SAME_KEY));
const MOST_BYTES = 1_000_000;
const thousands = request.map((one) =>
  Buffer.concat(Array<Buffer>(Math.min(3_000, Math.ceil(MOST_BYTES / one.length))).fill(one)),
);
const some = fc.array(request, { minLength: 2, maxLength: 5 }).map((all) => Buffer.concat(all));
const requests = fc.oneof(
  { arbitrary: request, weight: 40 },
  { arbitrary: some, weight: 10 },
  { arbitrary: thousands, weight: 1 },
);

/** A request that mostly stops in the middle and waits for the other side. */
export const stalled: fc.Arbitrary<Conversation> = fc.tuple(requests, place).map(([bytes, end]) => {
  const sent = bytes.subarray(0, Math.ceil(end * bytes.length));
  return { parts: [{ bytes: sent, thenPauseMs: 0 }], ending: 'stall', isDeaf: false };
});

/** A few requests on a connection, in pieces with pauses. They may be damaged or cut, and end in any way. */
export const conversation: fc.Arbitrary<Conversation> = fc
  .record({
    sent: perhapsDamaged(requests),
    end: fc.oneof({ arbitrary: fc.constant(1), weight: 4 }, { arbitrary: place, weight: 1 }),
    cuts: fc.array(fc.tuple(place, pauses), { maxLength: 4 }),
    ending: endings,
    isDeaf: mostly(fc.constant(false), fc.constant(true)),
  })
  .map(({ sent, end, cuts, ending, isDeaf }) => {
    const bytes = sent.subarray(0, Math.ceil(end * sent.length));
    const parts: { bytes: Buffer; thenPauseMs: number }[] = [];
    let from = 0;
    for (const [share, thenPauseMs] of [...cuts].sort(([one], [other]) => one - other)) {
      const to = Math.floor(share * bytes.length);
      parts.push({ bytes: bytes.subarray(from, to), thenPauseMs });
      from = to;
    }
    parts.push({ bytes: bytes.subarray(from), thenPauseMs: 0 });
    return { parts: parts.filter((part) => part.bytes.length > 0), ending, isDeaf };
  });
