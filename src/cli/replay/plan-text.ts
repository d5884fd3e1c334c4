import { counted } from '../counted.ts';

/** What a replay would do now. */
export interface Plan {
  /** The version of this release. */
  readonly version: string;
  /** How many events it would project; null if positions do not count them. */
  readonly events: number | null;
  /** The position after which it would begin, and the last one of the log now. */
  readonly after: bigint;
  readonly head: bigint;
  /** An earlier run has filled a part of it. */
  readonly resumable: boolean;
  /** The version that it would be compared with; null: there is none. */
  readonly live: string | null;
}

/** What `replay --dry-run` would do, for a person. */
export function planText({ version, events, after, head, resumable, live }: Plan): string {
  const what = events === null ? 'the events' : counted(events, 'event');
  const from = resumable ? `position ${after}, where an earlier run stopped,` : 'the beginning of the log';
  const then =
    live === null ? 'There is no other version to compare it with.' : `Would compare it with version ${live}.`;
  return `Would project ${what} from ${from} up to position ${head} into version ${version} of the views.\n${then}\n`;
}

/** The same as one line of JSON, with its line break. Positions are text. */
export function planJson({ after, head, ...plan }: Plan): string {
  return `${JSON.stringify({ what: 'plan', ...plan, after: String(after), head: String(head) })}\n`;
}
