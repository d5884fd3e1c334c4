import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog } from '../../events/event-log.ts';
import { allOf } from '../../projections/all-of.ts';
import type { ReadModel } from '../../projections/read-model.ts';
import { VIEW_KINDS, type ViewKind } from '../../projections/views.ts';
import { type Difference, differenceOf, type Side } from './difference.ts';
import { inStep } from './in-step.ts';

/** How two versions of the read model compare, in views. */
export interface Comparison {
  equal: number;
  changed: number;
  added: number;
  removed: number;
  /** Those that the live one has yet to catch up with, since nothing follows into it just now: what they will be is not known. */
  late: number;
  /** In how many of the changed views each field differs. */
  readonly fields: Map<string, number>;
}

export interface Versions {
  readonly log: EventLog;
  readonly live: ReadModel;
  /** A follower must be at work on it. */
  readonly beside: ReadModel;
}

/** So many are looked at again together. */
const SUSPECTS = 2_000;
/** An event may come while both sides are read; that it does so again and again in one stream is as good as impossible. */
const LOOKS = 3;
const LEVEL_WITHIN_MS = 3_000;
const POLL_MS = 20;

/**
 * Compares the live version with the one beside it, view by view in the order of their ids, a page in memory at a time. Both may be written
 * to meanwhile: what is at different revisions is looked at again once both are level with the log.
 * @param onDifference is waited for
 * @throws the signal's reason
 * @throws {LogUnavailable | ReadModelUnavailable}
 */
export async function compareVersions(
  versions: Versions,
  onDifference: (difference: Difference) => Promise<void>,
  signal: AbortSignal,
): Promise<Comparison> {
  const comparison: Comparison = { equal: 0, changed: 0, added: 0, removed: 0, late: 0, fields: new Map() };
  let isLiveFollowed = true;

  const tell = async (kind: ViewKind, id: string, before: Side, after: Side) => {
    const difference = differenceOf(kind, id, before, after);
    if (difference !== null) await onDifference(difference);
    if (before !== null || after !== null) comparison[difference?.what ?? 'equal'] += 1;
    if (difference?.what !== 'changed') return;
    for (const { field } of difference.changes) {
      comparison.fields.set(field, (comparison.fields.get(field) ?? 0) + 1);
    }
  };

  /** Of views at different revisions: which are the differences that they look like, and which were only late? */
  const lookAgain = async (kind: ViewKind, suspects: readonly string[]) => {
    const { log, live, beside } = versions;
    let open = suspects;
    for (let look = 1; open.length > 0; look += 1) {
      const head = await log.head();
      await reaches(beside, log, head, signal);
      isLiveFollowed &&= await reaches(live, log, head, signal);
      const before = await live.getMany(kind, open);
      const after = await beside.getMany(kind, open);
      const still: string[] = [];
      for (const id of open) {
        const [one, other] = [before.get(id) ?? null, after.get(id) ?? null];
        if (isSameRevision(one, other)) await tell(kind, id, one, other);
        else if (!isLiveFollowed && isBehind(one, other)) comparison.late += 1;
        else if (look === LOOKS) await tell(kind, id, one, other);
        else still.push(id);
      }
      open = still;
    }
  };

  for (const kind of VIEW_KINDS) {
    let suspects: string[] = [];
    for await (const { id, before, after } of inStep(allOf(versions.live, kind), allOf(versions.beside, kind))) {
      signal.throwIfAborted();
      if (isSameRevision(before, after)) await tell(kind, id, before, after);
      else suspects.push(id);
      if (suspects.length < SUSPECTS) continue;
      await lookAgain(kind, suspects);
      suspects = [];
    }
    await lookAgain(kind, suspects);
  }
  return comparison;
}

/** Then what differs has nothing to do with how far either has come. What cannot be read does not tell its revision. */
function isSameRevision(one: Side, other: Side): boolean {
  if (one === null || other === null) return one === other;
  return 'unreadable' in one || 'unreadable' in other || one.revision === other.revision;
}

function isBehind(one: Side, other: Side): boolean {
  const revisionOf = (side: Side) => (side === null || 'unreadable' in side ? -1 : side.revision);
  return revisionOf(one) < revisionOf(other);
}

/** Waits a moment until everything up to `head` is in the views; says whether it is. */
async function reaches(readModel: ReadModel, log: EventLog, head: bigint, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + LEVEL_WITHIN_MS;
  for (;;) {
    signal.throwIfAborted();
    const checkpoint = await readModel.checkpoint();
    if (checkpoint?.log === log.id && checkpoint.position >= head) return true;
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
}
