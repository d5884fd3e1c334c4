import { isLive, type RecordedReplay, recordedReplays } from '../../operations/recorded-replays.ts';
import { ownCheckpoint } from '../../projections/own-checkpoint.ts';
import type { VersionBeside } from '../../projections/read-model.ts';
import type { Session } from '../session.ts';

/** What is needed of the session. */
export type Recording = Pick<Session, 'log' | 'readModel' | 'record'>;

/**
 * Opens the version beside the live one and sees to it that its replay is on record, once, and that the record of no other is left open.
 * @throws {ReplayUnderWay}
 */
export async function openReplay(session: Recording, madeBy: string, reason: string | null): Promise<VersionBeside> {
  for (;;) {
    const version = await session.readModel.beside(madeBy);
    try {
      // An empty one begins here.
      const { generation } = await ownCheckpoint(session.log, version.readModel);
      const replays = await recordedReplays(session.log);
      await endOthers(session, replays, version.id);
      if (!replays.get(version.id)?.end) {
        await session.record({ type: 'StartReplay', replay_id: version.id, reason, generation, made_by: madeBy });
        return version;
      }
      // It was discarded on record, and its process ended before it was thrown away.
      await version.discard();
    } catch (error) {
      await version.close();
      throw error;
    }
  }
}

/**
 * Throws away what an unfinished replay left, and puts that on record.
 * @throws {ReplayUnderWay}
 */
export async function discardReplay(session: Recording, madeBy: string): Promise<void> {
  const version = await session.readModel.beside(madeBy);
  try {
    const replays = await recordedReplays(session.log);
    await endOthers(session, replays, version.id);
    // On record first: the other way round, a process that ends in between would leave the record open.
    if (replays.has(version.id)) await session.record({ type: 'DiscardReplay', replay_id: version.id });
    await version.discard();
  } finally {
    await version.close();
  }
}

/**
 * Ends the records of replays whose version is gone, or is live without a record of it: a process ended right after the switch.
 * The caller has the version beside, so that none of them is under way.
 */
async function endOthers(
  { log, readModel, record }: Recording,
  replays: ReadonlyMap<string, RecordedReplay>,
  besideId: string,
): Promise<void> {
  const open = [...replays].filter(([id, { end }]) => id !== besideId && end === null);
  if (open.length === 0) return;
  const live = await readModel.checkpoint();
  for (const [replay_id, replay] of open) {
    const unknown = { events: null, changed: null, added: null, removed: null };
    await record(
      isLive(replay, live, log)
        ? { type: 'CompleteReplay', replay_id, ...unknown }
        : { type: 'DiscardReplay', replay_id },
    );
  }
}
