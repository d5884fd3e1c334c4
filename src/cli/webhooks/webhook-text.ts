import type { WebhookView } from '../../projections/views.ts';
import { fullType, type Naming } from '../../subscribers/cloud-event.ts';
import type { Place } from '../../subscribers/place.ts';
import type { Attempt, Delivery } from '../../subscribers/webhooks/delivery-store.ts';
import type { Context } from '../context.ts';
import { printable, printableJson } from '../printable.ts';
import { Table } from '../table.ts';
import type { Standing } from './installation.ts';

type Members = { readonly [name: string]: unknown };

/** What `list` says of a webhook. */
export function summaryOf({ view, held, progress }: Standing, naming: Naming): Members {
  const { id, organization_id, url, album_id, status, disabled_reason, disabled_detail } = view;
  return {
    ...{ id, organization_id, status: held === null ? status : 'held', url },
    types: (JSON.parse(view.types) as string[]).map((name) => (name === '*' ? name : fullType(naming, name))),
    ...{ album_id, reason: disabled_reason, detail: held ?? disabled_detail },
    failing_since: progress?.failingSince ?? null,
  };
}

/** What `show` says of it besides. */
export function detailsOf(view: WebhookView): Members {
  const { sees, made_by, generation, overlap_until, recovery, created_at, updated_at } = view;
  return {
    ...{ thin: view.thin === 'yes', ordered: view.ordered === 'yes', v1a: view.v1a === 'yes', sees, made_by },
    ...{ secret_generation: Number(generation), overlap_until, watermark: JSON.parse(view.watermark) },
    recovery: recovery === null ? null : JSON.parse(recovery),
    ...{ created_at, updated_at },
  };
}

/** A place as JSON, in the manner of a watermark. */
export function placeMembers({ log, position, event }: Place): Members {
  return { log, position: String(position), event };
}

function deliveryMembers(delivery: Delivery, naming: Naming): Members {
  const { id, event, type, status, createdAt, dueAt, tries, attempts } = delivery;
  return {
    ...{ id, event_id: event?.id ?? null, stream: event?.stream ?? null, type: fullType(naming, type), status },
    ...{ created_at: createdAt, due_at: dueAt, tries, attempts },
  };
}

/** One line of JSON that cannot control a terminal, with its line break. */
export function jsonText(members: Members): string {
  return `${printableJson(JSON.stringify(members))}\n`;
}

/** The columns of `summaryOf`. */
export const WEBHOOK_COLUMNS = [
  { name: 'id', isWhole: true },
  { name: 'organization id', leftOut: 4, isWhole: true },
  { name: 'status' },
  { name: 'url' },
  { name: 'types', leftOut: 2 },
  { name: 'album id', leftOut: 3 },
  { name: 'reason', leftOut: 1 },
  { name: 'detail' },
  { name: 'failing since', leftOut: 5 },
];

/** A row of a table. */
export function rowOf(members: Members): string[] {
  return Object.values(members).map(valueText);
}

/** A line for each member, with its name. */
export function membersText(members: Members): string {
  const width = Math.max(18, ...Object.keys(members).map(({ length }) => length + 2));
  const line = ([name, value]: [string, unknown]) => `${name.padEnd(width)}${valueText(value)}\n`;
  return Object.entries(members).map(line).join('');
}

const DELIVERY_COLUMNS = [
  { name: 'id', isWhole: true },
  { name: 'event id', leftOut: 5, isWhole: true },
  { name: 'stream', leftOut: 4, isWhole: true },
  { name: 'type' },
  { name: 'status' },
  { name: 'created at', leftOut: 3 },
  { name: 'due at', leftOut: 2 },
  { name: 'tries', leftOut: 1 },
];

/** Prints deliveries, each with its attempts below, oldest first. */
export function deliveryPrinter(
  context: Context,
  naming: Naming,
  json: boolean,
): (deliveries: readonly Delivery[]) => Promise<void> {
  const table = new Table(context, DELIVERY_COLUMNS);
  return (deliveries) => {
    const all = deliveries.map((delivery) => deliveryMembers(delivery, naming));
    if (json) return context.write(all.map(jsonText).join(''));
    return table.print(
      all.map(({ attempts, ...members }) => rowOf(members)),
      deliveries.map(({ attempts }) => attempts.map(attemptText)),
    );
  };
}

/** What came of an attempt, on a line. */
function attemptText({ at, ms, status, answer, failure }: Attempt): string {
  return [at, `${Math.round(ms)} ms`, status ?? '-', printable(failure ?? answer ?? '')].join('\t').trimEnd();
}

function valueText(value: unknown): string {
  if (value === null) return '-';
  if (Array.isArray(value)) return value.map(valueText).join(',');
  return typeof value === 'string' ? printable(value, Number.POSITIVE_INFINITY) : printableJson(JSON.stringify(value));
}
