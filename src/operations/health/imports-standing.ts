import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventLog } from '../../events/event-log.ts';
import { IMPORT_LIFETIME_MS } from '../../events/event-types.ts';
import type { ReadModelReader } from '../../projections/read-model.ts';
import { WAITING_LANES, type WaitingLane } from '../../projections/views/import-view.ts';
import type { ConnectionView } from '../../projections/views.ts';

/** Imports are counted up to this many in a lane: to count 1,000 takes 0.35 ms of the caller's thread. */
export const MOST_COUNTED = 10_000;

/** So many organizations of a lane are looked at in one turn of the event loop, and so many in all. */
const STEPS = 100;
const MOST_STEPS = 10_000;

/** So many imports are looked at for how late they are: one of each organization. */
const MOST_LATE = 200;

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
export async function workloadOf({ log, readModel }: Stores): Promise<Pick<ImportsStanding, 'waiting' | 'running'>> {
  const standingIn = async (lane: WaitingLane | 'running') => {
    const { count, firstExpiresAt } = await readModel.work.workload({ log: log.id, lane }, MOST_COUNTED);
    const oldestMs = firstExpiresAt === null ? Date.now() : Date.parse(firstExpiresAt) - IMPORT_LIFETIME_MS;
    return { count, oldestSeconds: secondsSince(oldestMs) };
  };
  const [running, ...waiting] = await Promise.all([standingIn('running'), ...WAITING_LANES.map(standingIn)]);
  const lanes = WAITING_LANES.map((lane, index) => [lane, waiting[index]]);
  return { running, waiting: Object.fromEntries(lanes) as ImportsStanding['waiting'] };
}

/**
 * The same, and which imports are late. That costs a step for each organization of which imports wait.
 * @param lateSeconds a waiting import is late if it could have been begun so long ago
 * @throws {ReadModelUnavailable}
 */
export async function standingOf(stores: Stores, lateSeconds: number): Promise<ImportsStanding> {
  const connections = { missing: 0, refused: 0, paused: 0 };
  const nowMs = Date.now();
  const lateSince = new Date(nowMs - lateSeconds * 1_000).toISOString();
  const [organizations, since] = [new Set<string>(), [] as string[]];
  for (const lane of WAITING_LANES) {
    const isOfConnection = lane === 'salesforce';
    const until = isOfConnection ? new Date(nowMs).toISOString() : lateSince;
    for await (const organization of organizationsWithWork(stores, lane, until)) {
      const trouble = isOfConnection ? await troubleOf(stores, organization, nowMs) : null;
      if (trouble !== null) connections[trouble] += 1;
      else if (since.length < MOST_LATE) {
        const asked = { log: stores.log.id, lane };
        const [first] = await stores.readModel.work.due(asked, organization, lateSince, null, 1);
        if (first === undefined) continue;
        organizations.add(organization);
        since.push(first.dueAt);
      }
    }
  }
  const [first] = since.sort();
  const late = {
    organizations: organizations.size,
    seconds: first === undefined ? 0 : secondsSince(Date.parse(first)),
  };
  return { ...(await workloadOf(stores)), late, connections };
}

async function* organizationsWithWork({ log, readModel }: Stores, lane: WaitingLane, until: string) {
  let after: string | null = null;
  for (let steps = 0; steps < MOST_STEPS; steps += STEPS) {
    const asked = { log: log.id, lane };
    const { organizations, next }: { organizations: string[]; next: string | null } =
      await readModel.work.organizationsWithWork(asked, until, after, STEPS);
    yield* organizations;
    if (next === null) return;
    after = next;
    await nextTurn();
  }
}

/** Why the organization's connection is of no use now; null: it is. */
async function troubleOf(
  { readModel }: Stores,
  organization: string,
  nowMs: number,
): Promise<ConnectionTrouble | null> {
  const view = (await readModel.get('connection', organization))?.view;
  if (view === undefined || view.status === 'removed') return 'missing';
  if (!isPaused(view, nowMs)) return null;
  return view.paused_reason === 'connection_refused' ? 'refused' : 'paused';
}

function isPaused({ paused_reason, paused_until }: ConnectionView, nowMs: number): boolean {
  return paused_reason !== null && (paused_until === null || Date.parse(paused_until) > nowMs);
}

function secondsSince(ms: number): number {
  return Math.max(0, (Date.now() - ms) / 1_000);
}
