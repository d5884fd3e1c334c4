import { randomUUID } from 'node:crypto';
import type { Attempt, Delivery, Progress } from '../../../src/subscribers/webhooks/delivery-store.ts';

/** A delivery of an event at the given position, which waits. */
export function someDelivery(endpoint: string, position: number, fields: Partial<Delivery> = {}): Delivery {
  const createdAt = timeOf(position);
  return {
    id: randomUUID(),
    endpoint,
    event: {
      id: randomUUID(),
      stream: `import-${position}`,
      revision: position % 3,
      position: BigInt(position),
    },
    type: 'import.requested',
    status: 'waiting',
    createdAt,
    dueAt: createdAt,
    firstTriedAt: null,
    tries: 0,
    attempts: [],
    ...fields,
  };
}

export function finishedDelivery(endpoint: string, position: number, fields: Partial<Delivery> = {}): Delivery {
  const finished = { status: 'delivered', dueAt: null, firstTriedAt: timeOf(position), tries: 1 } as const;
  return someDelivery(endpoint, position, { ...finished, attempts: [someAttempt()], ...fields });
}

export function someAttempt(fields: Partial<Attempt> = {}): Attempt {
  return { at: timeOf(1), ms: 12, status: 200, answer: 'thank you', failure: null, ...fields };
}

/** Times that grow by a second each. */
export function timeOf(number: number): string {
  return new Date(Date.UTC(2026, 0, 1) + number * 1_000).toISOString();
}

export function someProgress(position: bigint, fields: Partial<Progress> = {}): Progress {
  const event = { id: randomUUID(), stream: 'import-1', revision: 0 };
  const scanned = { log: 'the log', position, event };
  return { scanned, failures: 0, failingSince: null, lastTriedAt: null, recovery: null, ...fields };
}
