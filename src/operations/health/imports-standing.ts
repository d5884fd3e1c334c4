import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventLog } from '../../events/event-log.ts';
import { IMPORT_LIFETIME_MS } from '../../events/import-events.ts';
import type { Stored, Unreadable } from '../../projections/queries.ts';
import type { ReadModelReader } from '../../projections/read-model.ts';
import { WAITING_LANES, type WaitingLane } from '../../projections/views/import-view.ts';
import type { ConnectionView } from '../../projections/views.ts';

/** Imports are counted up to this many in a lane: to count 1,000 takes 0.35 ms of the caller's thread. */
export const MOST_COUNTED = 10_000;

/** So many organizations of a lane are looked at in one turn of the event loop, and so many in all. */
const STEPS = 100;
const MOST_STEPS = 10_000;

/** So many organizations are counted of which imports are late: each costs a question. */
const MOST_LATE = 1_000;

/** So many imports of an organization are passed over that are not performed here. */
const MOST_SCHEDULED = 100;

/** The imports of a lane. */
export interface LaneStanding {
  /** At most `MOST_COUNTED`. */
  readonly count: number;
  /** Since the oldest was asked for; 0: there is none. */
  readonly oldestSeconds: number;
}

/** Why imports of an organization wait for its connection. */
export type ConnectionTrouble = 'missing' | 'refused' | 'paused';

/** How the imports of a log stand. */
export interface ImportsStanding {
  readonly waiting: { readonly [L in WaitingLane]: LaneStanding };
  readonly running: LaneStanding;
  /** Imports that somebody could have begun a while ago: of how many organizations, and for how long the first could have been. */
  readonly late: { readonly organizations: number; readonly seconds: number };
  /** Organizations of which an import waits for the connection and for nothing else. These imports are not late. */
  readonly connections: { readonly [T in ConnectionTrouble]: number };
}

type Stores = { readonly log: Pick<EventLog, 'id'>; readonly readModel: ReadModelReader };

/** How many imports wait and run, and since when. It costs the same however many there are. @throws {ReadModelUnavailable} */
async function workloadOf({ log, readModel }: Stores): Promise<Pick<ImportsStanding, 'waiting' | 'running'>> {
  const standingIn = async (lane: WaitingLane | 'running') => {
    const { count, firstExpiresAt } = await readModel.work.workload({ log: log.id, lane }, MOST_COUNTED);
    const oldestMs = firstExpiresAt === null ? Date.now() : Date.parse(firstExpiresAt) - IMPORT_LIFETIME_MS;
    return { count, oldestSeconds: secondsSince(oldestMs) };
  };
  const [running, ...waiting] = await Promise.all([standingIn('running'), ...WAITING_LANES.map(standingIn)]);
  const lanes = WAITING_LANES.map((lane, index) => [lane, waiting[index]]);
  return { running, waiting: Object.fromEntries(lanes) as ImportsStanding['waiting'] };
}

/** Which imports are late: see decision 0049. */
export interface Lateness {
  /** A waiting import is late if it could have been begun so long ago. */
  readonly seconds: number;
  /** Only imports that were asked for after this time are performed here (UTC, ISO 8601); null: this installation has performed none yet. */
  readonly performedSince: string | null;
}

/**
 * The same, and which imports are late. That costs a step for each organization of which imports wait.
 * @throws {ReadModelUnavailable}
 */
export async function standingOf(stores: Stores, { seconds, performedSince }: Lateness): Promise<ImportsStanding> {
  const connections = { missing: 0, refused: 0, paused: 0 };
  const nowMs = Date.now();
  const [now, lateSince] = [nowMs, nowMs - seconds * 1_000].map((ms) => new Date(ms).toISOString()) as [string, string];
  const late = new Map<string, string>();
  for (const lane of WAITING_LANES) {
    const isOfConnection = lane === 'salesforce';
    for await (const page of organizationsWithWork(stores, lane, isOfConnection ? now : lateSince)) {
      const troubles = isOfConnection ? await troublesOf(stores, page, nowMs) : null;
      for (const organization of page) {
        const trouble = troubles?.get(organization) ?? null;
        if (trouble !== null) connections[trouble] += 1;
        if (trouble !== null || late.size >= MOST_LATE) continue;
        const dueAt = await firstDue(stores, lane, organization, lateSince, performedSince);
        if (dueAt !== null && dueAt < (late.get(organization) ?? now)) late.set(organization, dueAt);
      }
    }
  }
  const [first] = [...late.values()].sort();
  const longest = first === undefined ? 0 : secondsSince(Date.parse(first));
  return { ...(await workloadOf(stores)), late: { organizations: late.size, seconds: longest }, connections };
}

/** When the first import of an organization that is performed here was due; null: there is none. */
async function firstDue(
  { log, readModel }: Stores,
  lane: WaitingLane,
  organization: string,
  until: string,
  performedSince: string | null,
): Promise<string | null> {
  // One that was asked for later is due later.
  const after = performedSince === null ? null : { dueAt: performedSince, id: '' };
  const expiresAfterMs = performedSince === null ? 0 : Date.parse(performedSince) + IMPORT_LIFETIME_MS;
  // Of those that were asked for before, some may have been scheduled for later.
  for (const limit of [1, MOST_SCHEDULED]) {
    const found = await readModel.work.due({ log: log.id, lane }, organization, until, after, limit);
    const first = found.find(({ expiresAt }) => Date.parse(expiresAt) > expiresAfterMs);
    if (first !== undefined) return first.dueAt;
    if (found.length < limit) return null;
  }
  return null;
}

/** Some at a time, with turns for others between. */
async function* organizationsWithWork(
  { log, readModel }: Stores,
  lane: WaitingLane,
  until: string,
): AsyncGenerator<readonly string[]> {
  let after: string | null = null;
  for (let steps = 0; steps < MOST_STEPS; steps += STEPS) {
    const asked = { log: log.id, lane };
    const { organizations, next }: { organizations: string[]; next: string | null } =
      await readModel.work.organizationsWithWork(asked, until, after, STEPS);
    yield organizations;
    if (next === null) return;
    after = next;
    await nextTurn();
  }
}

/** Why connections of organizations are of no use now; those that are of use are not in it. */
async function troublesOf(
  { readModel }: Stores,
  organizations: readonly string[],
  nowMs: number,
): Promise<ReadonlyMap<string, ConnectionTrouble>> {
  const stored = await readModel.getMany('connection', organizations);
  const troubles = organizations.map((id) => [id, troubleOf(stored.get(id), nowMs)] as const);
  return new Map(troubles.filter((entry): entry is [string, ConnectionTrouble] => entry[1] !== null));
}

function troubleOf(stored: Stored<'connection'> | Unreadable | undefined, nowMs: number): ConnectionTrouble | null {
  // A newer release may know more of it: then nothing is said.
  if (stored !== undefined && 'unreadable' in stored) return null;
  if (stored === undefined || stored.view.status === 'removed') return 'missing';
  if (!isPaused(stored.view, nowMs)) return null;
  return stored.view.paused_reason === 'connection_refused' ? 'refused' : 'paused';
}

function isPaused({ paused_reason, paused_until }: ConnectionView, nowMs: number): boolean {
  return paused_reason !== null && (paused_until === null || Date.parse(paused_until) > nowMs);
}

function secondsSince(ms: number): number {
  return Math.max(0, (Date.now() - ms) / 1_000);
}
