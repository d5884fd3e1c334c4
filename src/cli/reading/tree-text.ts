import { isKnownType } from '../../events/decode.ts';
import type { Cause, CausedEvent } from '../../history/causation-tree.ts';
import type { TimelineEntry } from '../../history/timeline.ts';
import { changeLine } from '../change-text.ts';
import { printable } from '../printable.ts';
import { actorOf } from './event-text.ts';
import { importStory, isTold } from './import-story.ts';

/** A chain of events that is deeper than this is drawn straight down, no further to the right. */
const LONGEST_INDENT = 60;

/** An event to draw, and where. */
interface Branch {
  readonly event: CausedEvent;
  /** The event above. */
  readonly cause: TimelineEntry | null;
  /** The ids that the tree shows above it, so that it need not repeat them: the root's, and that of the event above. */
  readonly above: readonly (string | null)[];
  readonly indent: string;
  readonly isLast: boolean;
}

/** A cause and what followed, as lines for a person. */
export function treeText({ id, effects }: Cause): string {
  const [first] = effects;
  const name = first?.entry.details.requestId === id ? 'request' : 'correlation';
  const lines = [id === null ? 'no request is known' : `${name} ${printable(id)}`];
  // Our own stack, since a chain of causes may be deeper than the engine's.
  const branches = branchesOf(effects, null, [id], '');
  for (let branch = branches.pop(); branch !== undefined; branch = branches.pop()) {
    const { event, indent, isLast } = branch;
    const [head = '', ...rest] = entryLines(branch);
    const inner = indent.length < LONGEST_INDENT ? `${indent}${isLast ? '   ' : '│  '}` : indent;
    lines.push(`${indent}${isLast ? '└─ ' : '├─ '}${head}`, ...rest.map((line) => inner + line));
    branches.push(...branchesOf(event.effects, event.entry, [id, event.entry.event.id], inner));
  }
  return `${lines.join('\n')}\n`;
}

/** The last one first, as a stack has them. */
function branchesOf(
  effects: readonly CausedEvent[],
  cause: TimelineEntry | null,
  above: Branch['above'],
  indent: string,
): Branch[] {
  return effects
    .map((event, index) => ({ event, cause, above, indent, isLast: index === effects.length - 1 }))
    .reverse();
}

function entryLines({ event: { entry }, cause, above }: Branch): string[] {
  const { event, details, changes, problem } = entry;
  const { occurredAt, organizationId, requestId, causationId } = details;
  const at = `revision ${event.revision} of ${printable(event.stream)}, position ${event.position}`;
  const lines = [`${printable(occurredAt ?? 'at an unknown time')}  ${printable(event.type)}, ${at}`];
  const organization = organizationId === null ? '' : ` of organization ${printable(organizationId)}`;
  lines.push(
    `by ${printable(actorOf(details) ?? (isKnownType(event.type) && requestId !== null ? 'the service itself' : 'somebody unknown'))}${organization}`,
  );
  const { host, reason, address, tokenId, callerRequestId } = details;
  const from = [
    host !== null && `on ${host}`,
    address !== null && `from ${address}`,
    tokenId !== null && `token ${tokenId}`,
  ];
  const told = from.filter((text) => text !== false);
  if (told.length > 0) lines.push(printable(told.join(', ')));
  // Some events have it in their data, too, of which there is a line below.
  if (reason !== null && !event.data.includes(JSON.stringify(reason))) lines.push(`reason ${printable(reason)}`);
  if (callerRequestId !== null && callerRequestId !== cause?.details.callerRequestId) {
    lines.push(`the caller's request id ${printable(callerRequestId)}`);
  }
  const isInAnother = requestId !== null && requestId !== cause?.details.requestId && !above.includes(requestId);
  if (isInAnother) lines.push(`in request ${printable(requestId)}`);
  if (causationId !== null && ![...above, requestId].includes(causationId)) {
    lines.push(`because of ${printable(causationId)}`);
  }
  lines.push(...importStory(entry, cause).map((line) => printable(line)));
  lines.push(...changes.filter(({ field }) => !isTold(event, field)).map(changeLine));
  if (changes.length === 0) lines.push(...dataLines(event.data));
  if (problem !== null) lines.push(`! ${printable(problem)}`);
  return lines;
}

/** The data of an event that changed no view. */
function dataLines(data: string): string[] {
  return data === '{}' ? [] : [`data ${printable(data)}`];
}
