import type { SQLInputValue } from 'node:sqlite';
import { attemptsIn, attemptsText } from '../attempts-text.ts';
import type { Delivery, Lease, Progress } from '../delivery-store.ts';

/** What SQLite gives if integers are read as bigint. */
export type Row = Readonly<Record<string, unknown>>;

/** The values of a delivery, by column. */
export function toDeliveryRow(delivery: Delivery, keepsAnswers: boolean): Record<string, SQLInputValue> {
  const { event } = delivery;
  return {
    id: delivery.id,
    endpoint: delivery.endpoint,
    event_id: event?.id ?? null,
    stream: event?.stream ?? null,
    revision: event?.revision ?? null,
    position: event?.position ?? null,
    type: delivery.type,
    status: delivery.status,
    created_at: delivery.createdAt,
    due_at: delivery.dueAt,
    first_tried_at: delivery.firstTriedAt,
    tries: delivery.tries,
    attempts: attemptsText(delivery.attempts, keepsAnswers),
  };
}

/** @throws {SyntaxError} its attempts are not ours */
export function toDelivery(row: Row): Delivery {
  return {
    id: row.id as string,
    endpoint: row.endpoint as string,
    event: eventIn(row),
    type: row.type as string,
    status: row.status as Delivery['status'],
    createdAt: row.created_at as string,
    dueAt: row.due_at as string | null,
    firstTriedAt: row.first_tried_at as string | null,
    tries: Number(row.tries),
    attempts: attemptsIn(row.attempts),
  };
}

/** The values of an endpoint's progress, by column. */
export function toProgressRow(endpoint: string, progress: Progress): Record<string, SQLInputValue> {
  const { log, position, event } = progress.scanned;
  return {
    endpoint,
    log,
    position,
    event_id: event?.id ?? null,
    stream: event?.stream ?? null,
    revision: event?.revision ?? null,
    failures: progress.failures,
    failing_since: progress.failingSince,
    last_tried_at: progress.lastTriedAt,
    recovery: progress.recovery,
  };
}

/** The progress in a row of the table `progress`. */
export function toProgress(row: Row): Progress {
  const event = eventIn(row);
  return {
    scanned: {
      log: row.log as string,
      position: row.position as bigint,
      event: event && { id: event.id, stream: event.stream, revision: event.revision },
    },
    failures: Number(row.failures),
    failingSince: row.failing_since as string | null,
    lastTriedAt: row.last_tried_at as string | null,
    recovery: row.recovery as string | null,
  };
}

/** The lease in a row of the table `leases`. */
export function toLease(row: Row): Lease {
  return { endpoint: row.endpoint as string, holder: row.holder as string, beat: Number(row.beat) };
}

function eventIn({ event_id, stream, revision, position }: Row): Delivery['event'] {
  if (event_id === null) return null;
  return {
    id: event_id as string,
    stream: stream as string,
    revision: Number(revision),
    position: position as bigint,
  };
}
