import { detailsOf, timeOf } from '../events/event-details.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import { isObject } from '../events/json.ts';
import type { Claim } from '../importer/claims.ts';
import type { ClaimName } from './claim-name.ts';
import type { Caller } from './in/authenticate.ts';
import { digestOf } from './out/etag.ts';
import { noSuchClaim } from './out/problem.ts';
import { ownEvents } from './own-events.ts';
import type { Services } from './services.ts';

/** A worker's claim, and what has become of it. */
export interface OwnClaim {
  /** Null: it is over. */
  readonly claim: Claim | null;
  /** The type of the event that ended it; null if it is not over. */
  readonly endedBy: string | null;
  /** In milliseconds since 1970. */
  readonly startedMs: number;
}

/** How events name a worker outside. It says nothing of who that is to those who may not know it. */
export function workerName({ name }: Pick<Caller, 'name'>): string {
  return `outside.${digestOf(name)}`;
}

/**
 * @throws {Problem} 404, the same for another's claim and for one that does not exist, after the same steps
 * @throws {LogUnavailable}
 */
export async function ownClaim(
  services: Pick<Services, 'log' | 'readModel' | 'claims'>,
  caller: Caller,
  { importId, eventId }: ClaimName,
): Promise<OwnClaim> {
  const events = await ownEvents(services, 'import', caller.organizationId, importId);
  const index = events.findIndex(({ id, type }) => id === eventId && type === 'ImportStarted');
  const started = events[index];
  if (started === undefined || workerIn(started) !== workerName(caller)) throw noSuchClaim();
  const next = events[index + 1];
  const startedMs = timeOf(detailsOf(started)) ?? Date.now();
  if (next !== undefined) return { claim: null, endedBy: next.type, startedMs };
  const claim = await services.claims.held(importId, eventId);
  // It may have ended between the two reads.
  return claim === null ? ownClaim(services, caller, { importId, eventId }) : { claim, endedBy: null, startedMs };
}

function workerIn({ data }: RecordedEvent): unknown {
  const parsed: unknown = JSON.parse(data);
  return isObject(parsed) ? parsed.worker : null;
}
