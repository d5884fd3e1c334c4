import { recordedReplays } from '../../operations/recorded-replays.ts';
import { madeBy } from '../../operations/replay/made-by.ts';
import { counted } from '../counted.ts';
import type { Session } from '../session.ts';

/** What a replay would do now. */
export interface Plan {
  /** How many events it would project; null where positions do not count them. */
  readonly events: number | null;
  /** After which position it would begin, and where the log ends now. */
  readonly after: bigint;
  readonly head: bigint;
  /** What an earlier replay left; `isGoneOnWith`: null where that is not on record. */
  readonly unfinished: {
    readonly id: string;
    readonly position: bigint;
    readonly isGoneOnWith: boolean | null;
  } | null;
}

/** Looks, and changes nothing. */
export async function planOf({ log, readModel }: Session): Promise<Plan> {
  const left = await readModel.besideStatus();
  const head = await log.head();
  let unfinished: Plan['unfinished'] = null;
  if (left !== null) {
    const recorded = (await recordedReplays(log)).get(left.id);
    const begunBy = recorded?.started.data.made_by;
    const isSame = begunBy === undefined ? null : begunBy === madeBy(log);
    const isGoneOnWith = recorded?.end ? false : isSame;
    unfinished = { id: left.id, position: left.checkpoint?.position ?? 0n, isGoneOnWith };
  }
  const after = unfinished?.isGoneOnWith ? unfinished.position : 0n;
  return { events: log.hasDensePositions ? Number(head - after) : null, after, head, unfinished };
}

export function planText({ events, after, head, unfinished }: Plan): string {
  const what = events === null ? 'the events' : counted(events, 'event');
  const from = after === 0n ? 'the beginning of the log' : `position ${after}`;
  const lines = [
    `Would project ${what} from ${from} up to position ${head} into a version beside the live read model,`,
    'show how the two differ, and put the new one in the place of the live one, which is then removed.',
  ];
  if (unfinished !== null) lines.unshift(unfinishedText(unfinished));
  return `${lines.join('\n')}\n`;
}

function unfinishedText({ id, position, isGoneOnWith }: NonNullable<Plan['unfinished']>): string {
  const there = `Replay ${id} is unfinished (or under way), at position ${position}.`;
  if (isGoneOnWith === null) return `${there} Whether it would be gone on with is not on record.`;
  return isGoneOnWith
    ? `${there} It would be gone on with.`
    : `${there} Other view functions have begun it: it would be thrown away.`;
}

export function planJson({ events, after, head, unfinished }: Plan): string {
  const left = unfinished && {
    replay_id: unfinished.id,
    position: String(unfinished.position),
    gone_on_with: unfinished.isGoneOnWith,
  };
  return `${JSON.stringify({ what: 'plan', events, after: String(after), head: String(head), unfinished: left })}\n`;
}
