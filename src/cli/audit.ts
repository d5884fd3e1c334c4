import type { Command } from 'commander';
import { decode } from '../events/decode.ts';
import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { OPERATIONS_STREAM, streamName } from '../events/streams.ts';
import { causationTrees } from '../history/causation-tree.ts';
import { type EventSelection, isSelected } from '../history/event-selection.ts';
import { type Pages, pagesOfStream } from '../history/log-pages.ts';
import { type TimelineEntry, whyUnreadable } from '../history/timeline.ts';
import { timelineFromLog } from '../history/timeline-from-log.ts';
import { uuidArgument } from './arguments.ts';
import { NotFound } from './outcomes.ts';
import { entryJsonLine } from './reading/event-text.ts';
import { treeText } from './reading/tree-text.ts';
import { type Reading, withLog } from './reading/with-log.ts';

/** So many events are shown as one tree; more are shown part by part, so that memory is enough for any number. */
const EVENTS_A_TREE = 5_000;

interface Options {
  readonly correlation?: string;
  readonly user?: string;
  readonly operator?: string;
  readonly request?: string;
  readonly json?: true;
}

/** `imports audit`: who did what, when and why, and what became of it. */
export function addAuditCommand(program: Command): void {
  program
    .command('audit')
    .description(
      "an import's whole history, or everything of one request, correlation, user or operator, as a tree of causes",
    )
    .summary('who did what, why, and what it changed, as a tree of causes')
    .argument('[import-id]', 'the import', uuidArgument)
    .option('--correlation <id>', 'every event with this correlation id')
    .option('--user <uuid>', 'every event that this user brought about', uuidArgument)
    .option('--operator <name>', 'every event that this account brought about at the command line')
    .option('--request <id>', 'every event of this request')
    .option('--json', 'print one JSON object a line: each event with its changes, in the order of the log')
    .addHelpText('after', HELP)
    .action((importId: string | undefined, options: Options, self: Command) => {
      const { correlation, user, operator, request } = options;
      const isSearch = [correlation, user, operator, request].some((id) => id !== undefined);
      if (isSearch === (importId !== undefined)) {
        self.error('error: give the id of an import, or --correlation, --user, --operator or --request');
      }
      return withLog((reading) => run(importId, options, reading));
    });
}

const HELP = `
An event hangs under the event that caused it, else under its request. Below it: who, and what it changed in the view of
its stream, field by field. What this version cannot read or fold is shown all the same, with "!" and the reason.
An import's history has in it where operators wrote its view anew.
Options given together must all apply. They look through the whole log.

Examples:
  npx imports audit 3d172b54-f40f-4df9-9342-0b042fac5382
  npx imports audit --operator "$USER"
  npx imports audit --request fa057bb6-d3cf-4427-8b65-b4d14d83bcb8 --json`;

async function run(importId: string | undefined, options: Options, reading: Reading): Promise<void> {
  const { log, signal, scan } = reading;
  const { correlation, user, operator, request } = options;
  const selection: EventSelection = { correlationId: correlation, userId: user, operator, requestId: request };
  const pages =
    importId === undefined
      ? selected(scan(0n, await log.head()), selection)
      : withRepairs(log, streamName('import', importId), signal);
  const count = await show(pages, options, reading);
  if (count > 0 || signal.aborted) return;
  throw new NotFound(importId === undefined ? 'There is no such event in the log.' : `There is no import ${importId}.`);
}

async function* selected(pages: Pages, selection: EventSelection): Pages {
  for await (const page of pages) yield page.filter((event) => isSelected(event, selection));
}

/** A stream, and what operators did to its view, in the order of the log. */
async function* withRepairs(log: EventLog, stream: string, signal: AbortSignal): Pages {
  let repairs: RecordedEvent[] = [];
  for await (const page of pagesOfStream(log, OPERATIONS_STREAM, signal)) {
    repairs.push(...page.filter((event) => isRepairOf(event, stream)));
  }
  for await (const page of pagesOfStream(log, stream, signal)) {
    const end = page.at(-1)?.position ?? 0n;
    yield [...page, ...repairs.filter(({ position }) => position < end)].sort(inOrderOfLog);
    repairs = repairs.filter(({ position }) => position > end);
  }
  yield repairs;
}

function inOrderOfLog(one: RecordedEvent, other: RecordedEvent): number {
  return one.position < other.position ? -1 : 1;
}

function isRepairOf(event: RecordedEvent, stream: string): boolean {
  if (event.type !== 'ViewsRepaired' || whyUnreadable(event) !== null) return false;
  const { type, data } = decode(event);
  return type === 'ViewsRepaired' && data.streams.includes(stream);
}

/** Gives the number of events shown. */
async function show(pages: Pages, { json }: Options, { log, write }: Reading): Promise<number> {
  let count = 0;
  let waiting: RecordedEvent[] = [];
  const flush = async () => {
    const text = textOf(await timelineFromLog(log, waiting), json);
    if (text !== '') await write(text);
    count += waiting.length;
    waiting = [];
  };
  for await (const page of pages) {
    waiting.push(...page);
    if (json || waiting.length >= EVENTS_A_TREE) await flush();
  }
  await flush();
  return count;
}

function textOf(entries: readonly TimelineEntry[], json: true | undefined): string {
  return (json ? entries.map(entryJsonLine) : causationTrees(entries).map(treeText)).join('');
}
