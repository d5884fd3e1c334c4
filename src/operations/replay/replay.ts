import type { RecordOperation } from '../../commands/operations.ts';
import type { EventLog } from '../../events/event-log.ts';
import { ReadModelUnavailable } from '../../projections/errors.ts';
import { ownCheckpoint } from '../../projections/own-checkpoint.ts';
import type { Checkpoint } from '../../projections/projector-store.ts';
import type { ReadModel } from '../../projections/read-model.ts';
import { UNNUMBERED, type Version, type Versions } from '../../projections/versions.ts';
import { shapesOf } from '../../projections/views/declare-view.ts';
import { VIEWS_VERSION, views } from '../../projections/views.ts';
import { openReplays, recordedReplays } from '../recorded-replays.ts';
import { type Comparison, compareVersions } from './compare-versions.ts';
import type { Difference } from './difference.ts';
import { fillVersion, keptLevel } from './fill-version.ts';
import { assertUnused } from './removable-version.ts';
import { assertRoom, NoRoom } from './room.ts';

/** The parts that a replay needs. */
export interface Replaying {
  readonly log: EventLog;
  /** The read model of this release's version. */
  readonly readModel: ReadModel;
  readonly versions: Versions;
  /** Records what the operator did. */
  record(operation: RecordOperation): Promise<void>;
}

export interface ReplayHooks {
  /** @param position up to here an earlier run has filled the version; 0n: from the beginning */
  onBegin(position: bigint): void;
  /**
   * @param events how many were read since this process began
   * @param share the part of the log that is in the version, from 0 to 1
   */
  onProgress(events: number, share: number): void;
  onWarning(message: string): void;
  /** Is called when the version is level with the log. @param live the version it is compared with; null if this log has no other */
  onFilled(live: Version | null): void;
  /** Is called, and awaited, for each view that differs from the live version. */
  onDifference(difference: Difference): Promise<void>;
}

const ROOM_EVERY_MS = 1_000;
const THIS_VERSION = String(VIEWS_VERSION);

/**
 * Fills the version of this release from the log, while nodes serve from others. Compares it with the live one and records both steps.
 * It can be stopped at any moment and resumed. A version for which there is no room is removed.
 * @returns the comparison; null if there is nothing to compare with
 * @throws the signal's reason, after the running step has finished
 * @throws {NoRoom | OtherLog | LogUnavailable | ReadModelUnavailable}
 */
export async function replay(
  replaying: Replaying,
  reason: string | null,
  hooks: ReplayHooks,
  signal: AbortSignal,
): Promise<Comparison | null> {
  const { log, readModel, versions, record } = replaying;
  const all = await versions.list();
  const live = liveAmong(all, log);
  const isBegun = (await readModel.checkpoint())?.position !== 0n;
  await assertRoomToFill(versions, log).catch(async (error) => {
    // Opening it has made it, empty.
    if (error instanceof NoRoom && !isBegun) await versions.remove(THIS_VERSION);
    throw error;
  });
  const { generation, position } = await ownCheckpoint(log, readModel);
  await endOthers(replaying, all, generation);
  const replay_id = generation;
  await record({ type: 'StartReplay', replay_id, reason, generation, made_by: `views-${THIS_VERSION}` });
  hooks.onBegin(position);
  const events = await fill(replaying, replay_id, hooks, signal);
  hooks.onFilled(live);
  const comparison = live === null ? null : await compared(replaying, live, hooks, signal);
  const { changed, added, removed } = comparison ?? { changed: null, added: null, removed: null };
  await record({ type: 'CompleteReplay', replay_id, events, changed, added, removed });
  return comparison;
}

/**
 * Checks that there is room for the version of this release, which becomes about as large as the one that nodes used last.
 * @throws {NoRoom | ReadModelUnavailable}
 */
export async function assertRoomToFill(versions: Versions, log: Pick<EventLog, 'id'>): Promise<void> {
  const all = await versions.list();
  const bytesOf = (name: string) => all.find((version) => version.name === name)?.bytes ?? 0;
  const expectedBytes = liveAmong(all, log)?.bytes ?? bytesOf(UNNUMBERED);
  await assertRoom(versions, Math.max(0, expectedBytes - bytesOf(THIS_VERSION)));
}

/** The version that nodes serve from: the one used last among the whole versions of this log, except this release's. */
export function liveAmong(versions: readonly Version[], log: Pick<EventLog, 'id'>): Version | null {
  const others = versions.filter(
    ({ name, checkpoint }) => name !== THIS_VERSION && checkpoint?.log === log.id && checkpoint.isFilled,
  );
  return others.toSorted((one, other) => (other.usedAt ?? '').localeCompare(one.usedAt ?? ''))[0] ?? null;
}

/** The version of this log that is being filled or was left unfinished; null if there is none. */
export function unfinishedAmong(versions: readonly Version[], log: Pick<EventLog, 'id'>): Checkpoint | null {
  const found = versions.find(({ checkpoint }) => checkpoint?.log === log.id && !checkpoint.isFilled);
  return found?.checkpoint ?? null;
}

async function fill(
  { log, readModel, versions, record }: Replaying,
  replay_id: string,
  hooks: ReplayHooks,
  signal: AbortSignal,
): Promise<number> {
  let lookedAtMs = performance.now();
  try {
    return await fillVersion(
      log,
      readModel,
      {
        onWarning: hooks.onWarning,
        async onProgress(events, share) {
          hooks.onProgress(events, share);
          if (performance.now() - lookedAtMs < ROOM_EVERY_MS) return;
          lookedAtMs = performance.now();
          await assertRoom(versions, 0);
        },
      },
      signal,
    );
  } catch (error) {
    const cause = error instanceof ReadModelUnavailable ? await noRoom(versions) : error;
    if (!(cause instanceof NoRoom)) throw error;
    // A half-filled version would only take the room that others need; unless a node fills it too.
    const own = (await versions.list()).find(({ name }) => name === THIS_VERSION);
    if (own !== undefined) assertUnused(own);
    await versions.remove(THIS_VERSION);
    await record({ type: 'DiscardReplay', replay_id });
    throw cause;
  }
}

/** The error if a store has no room; else null. */
async function noRoom(versions: Versions): Promise<unknown> {
  return assertRoom(versions, 0).catch((error) => error);
}

function compared(
  { log, readModel, versions }: Replaying,
  { name }: Version,
  { onDifference }: ReplayHooks,
  signal: AbortSignal,
): Promise<Comparison> {
  return keptLevel(log, readModel, async () => {
    const [live, filled] = [await versions.open(name), await versions.open(THIS_VERSION)];
    try {
      return await compareVersions({ log, live, filled, shapes: shapesOf(views) }, onDifference, signal);
    } finally {
      await live.close();
      await filled.close();
    }
  });
}

/** Ends the records of unfinished replays whose version was removed, or was filled by a node since. */
async function endOthers({ log, record }: Replaying, versions: readonly Version[], generation: string): Promise<void> {
  const standing = new Map(
    versions.map(({ checkpoint }): [string | undefined, Checkpoint | null] => [checkpoint?.generation, checkpoint]),
  );
  for (const { started } of openReplays(await recordedReplays(log))) {
    const { replay_id, generation: left = replay_id } = started.data;
    if (left === generation) continue;
    const checkpoint = standing.get(left);
    const unknown = { events: null, changed: null, added: null, removed: null };
    if (checkpoint?.isFilled) await record({ type: 'CompleteReplay', replay_id, ...unknown });
    else if (checkpoint === undefined) await record({ type: 'DiscardReplay', replay_id });
  }
}
