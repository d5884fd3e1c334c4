import type { Command } from 'commander';
import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { streamName } from '../events/streams.ts';
import { causationTrees } from '../history/causation-tree.ts';
import { type EventSelection, isSelected } from '../history/event-selection.ts';
import { type Pages, pagesOfStream } from '../history/log-pages.ts';
import { streamWithRepairs } from '../history/stream-with-repairs.ts';
import { timelineFromLog } from '../history/timeline-from-log.ts';
import { uuidArgument } from './arguments.ts';
import type { Context } from './context.ts';
import { NotFound } from './outcomes.ts';
import { entryJsonLine } from './reading/event-text.ts';
import { treeText } from './reading/tree-text.ts';

/** At most so many events are drawn in one tree, which bounds the memory. More events make more trees. */
const EVENTS_A_TREE = 5_000;

interface Options {
  readonly correlation?: string;
  readonly user?: string;
  readonly operator?: string;
  readonly request?: string;
  readonly webhook?: string;
  readonly json?: true;
}

/** `imports audit`: who did what, when and why, and what it changed. */
export function addAuditCommand(program: Command, context: Context): void {
  program
    .command('audit')
    .description(
      "an import's whole history, or everything of one request, correlation, user, operator or webhook, as a tree of causes",
    )
    .summary('who did what, why, and what it changed, as a tree of causes')
    .argument('[import-id]', 'the import', uuidArgument)
    .option('--correlation <id>', 'every event with this correlation id')
    .option('--user <uuid>', 'every event of this user', uuidArgument)
    .option('--operator <name>', 'every event of this account at the command line')
    .option('--request <id>', 'every event of this request')
    .option('--webhook <uuid>', 'what was done to this webhook, but not how far it has come', uuidArgument)
    .option('--json', 'print one JSON object a line: each event with its changes, in the order of the log')
    .addHelpText('after', HELP)
    .action((importId: string | undefined, options: Options, self: Command) => {
      const { correlation, user, operator, request, webhook } = options;
      const isSearch = [correlation, user, operator, request, webhook].some((id) => id !== undefined);
      if (isSearch === (importId !== undefined)) {
        self.error('error: give the id of an import, or --correlation, --user, --operator, --request or --webhook');
      }
      return run(importId, options, context);
    });
}

const HELP = `
Each event is drawn below the event that caused it, or else below its request; those of one import are one tree. It says who did
it, and what it changed in the view of its stream, field by field. Of an attempt it says in words who made it, how long it took,
what was asked of the source, and what came of it; --json has every field. An event that this release cannot read or fold is
shown too, with "!" and the reason. The history of an import also shows where operators repaired its view.
If several options are given, an event must match all of them. The whole log is searched; with --webhook, its stream alone.

Examples:
  npx imports audit 3d172b54-f40f-4df9-9342-0b042fac5382
  npx imports audit --operator "$USER"
  npx imports audit --request fa057bb6-d3cf-4427-8b65-b4d14d83bcb8 --json`;

async function run(importId: string | undefined, options: Options, context: Context): Promise<void> {
  const log = await context.logDespiteDamage();
  const { correlation, user, operator, request, webhook } = options;
  const selection: EventSelection = { correlationId: correlation, userId: user, operator, requestId: request };
  const pages =
    importId === undefined
      ? selected(
          webhook === undefined ? context.scan(log, 0n, await log.head()) : changesOf(webhook, log, context),
          selection,
        )
      : streamWithRepairs(log, streamName('import', importId), context.signal);
  const count = await show(pages, importId, options, log, context);
  if (count > 0 && !context.isInterrupted) context.assertSound();
  if (count > 0 || context.isInterrupted) return;
  throw new NotFound(importId === undefined ? 'There is no such event in the log.' : `There is no import ${importId}.`);
}

/** The events of a webhook without its watermarks, of which there may be one a minute for years. */
async function* changesOf(webhook: string, log: EventLog, { signal }: Context): Pages {
  for await (const page of pagesOfStream(log, streamName('webhook', webhook), signal)) {
    yield page.filter(({ type }) => type !== 'WebhookWatermarkMoved');
  }
}

async function* selected(pages: Pages, selection: EventSelection): Pages {
  for await (const page of pages) yield page.filter((event) => isSelected(event, selection));
}

/** Gives the number of events shown. */
async function show(
  pages: Pages,
  importId: string | undefined,
  { json, webhook }: Options,
  log: EventLog,
  context: Context,
): Promise<number> {
  const stream = importId === undefined ? null : streamName('import', importId);
  let count = 0;
  let waiting: RecordedEvent[] = [];
  const flush = async () => {
    const entries = await timelineFromLog(log, waiting);
    const text = json ? entries.map(entryJsonLine) : causationTrees(entries, stream).map(treeText);
    if (text.length > 0) await context.write(text.join(''));
    count += waiting.length;
    waiting = [];
  };
  for await (const page of pages) {
    waiting.push(...page);
    // All changes of a webhook at once, since its stream is read from the beginning for each flush.
    if ((json && webhook === undefined) || waiting.length >= EVENTS_A_TREE) await flush();
  }
  await flush();
  return count;
}
