import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import { LogDamaged } from '../events/errors.ts';
import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { streamName } from '../events/streams.ts';
import { type About, isOf } from '../history/about.ts';
import { causationTrees } from '../history/causation-tree.ts';
import { type EventSelection, isSelected } from '../history/event-selection.ts';
import { endOf, type Pages, pagesOfStream, startOf } from '../history/log-pages.ts';
import { streamWithRepairs } from '../history/stream-with-repairs.ts';
import { type FoldedStreams, timelineFromLog } from '../history/timeline-from-log.ts';
import type { Place } from '../history/view-at.ts';
import { uuidArgument } from './arguments.ts';
import type { Context } from './context.ts';
import { NotFound } from './outcomes.ts';
import { entryJsonLine } from './reading/event-text.ts';
import { noSuchEvent } from './reading/no-such-event.ts';
import { aboutArgument, assertInOrder, placeArgument } from './reading/points.ts';
import { treeText } from './reading/tree-text.ts';

/** At most so many events are drawn in one tree, and about so many characters, which bounds the memory. More make more trees. */
const EVENTS_A_TREE = 1_000;
const CHARACTERS_A_TREE = 4_000_000;

interface Options {
  readonly about?: About;
  readonly correlation?: string;
  readonly user?: string;
  readonly secret?: string;
  readonly organization?: string;
  readonly operator?: string;
  readonly request?: string;
  readonly webhook?: string;
  readonly since?: Place;
  readonly until?: Place;
  readonly json?: true;
}

/** `imports audit`: who did what, when and why, and what it changed. */
export function addAuditCommand(program: Command, context: Context): void {
  program
    .command('audit')
    .description(
      "an import's whole history, or everything of one request, user, secret, organization, operator or webhook, as a tree of causes",
    )
    .summary('who did what, why, and what it changed, as a tree of causes')
    .argument('[import-id]', 'the import', uuidArgument)
    .option('--correlation <id>', 'every event with this correlation id')
    .option('--user <uuid>', 'every event of this user', uuidArgument)
    .option('--secret <uuid>', "every event of this secret's tokens", uuidArgument)
    .option('--organization <uuid>', 'every event for this organization', uuidArgument)
    .option('--operator <name>', 'every event of this operator at the command line')
    .option('--about <kind:uuid>', 'what was done to user:UUID or secret:UUID, or in organization:UUID', aboutArgument)
    .option('--request <id>', "every event of this request: the answer's X-Request-Id, or the request_id of an event")
    .option('--webhook <uuid>', 'what was done to this webhook, but not how far it has come', uuidArgument)
    .option('--since <place>', 'only from this position or time on, itself included', placeArgument)
    .option('--until <place>', 'only up to this position or time, itself included', placeArgument)
    .option('--json', 'print one JSON object a line: each event with its changes, in the order of the log')
    .addHelpText('after', HELP)
    .action((importId: string | undefined, options: Options, self: Command) => {
      const { json, ...search } = options;
      const isSearch = Object.values(search).some((one) => one !== undefined);
      if (isSearch === (importId !== undefined)) {
        self.error(
          'error: give the id of an import, or say of what, such as --user, --about or --since; --help has all',
        );
      }
      assertInOrder(options, self);
      return run(importId, options, context);
    });
}

const HELP = `
Each event is drawn below the event that caused it, or else below its request; those of one import are one tree. It says who did
it, and what it changed in the view of its stream, field by field. Of an attempt it says in words who made it, how long it took,
what was asked of the source, and what came of it; --json has every field. An event that this release cannot read or fold is
shown too, with "!" and the reason. The history of an import also shows where operators repaired its view.
If several options are given, an event must match all of them. --user, --secret and --operator say who did it; --about says to
whom it was done: to a user or a secret, minted tokens too, or in an organization and to its users and secrets. The whole log is searched; with --webhook, its stream alone.
Where the log is damaged, it says which positions cannot be read, goes on after them, and ends with 1.

Examples:
  npx imports audit 3d172b54-f40f-4df9-9342-0b042fac5382
  npx imports audit --operator "$USER" --since 2026-11-24
  npx imports audit --about user:f1900bba-e339-4dc9-87df-9dc8665adead
  npx imports audit --request fa057bb6-d3cf-4427-8b65-b4d14d83bcb8 --json`;

async function run(importId: string | undefined, options: Options, context: Context): Promise<void> {
  // Millions of events go through: with its usual settings, V8 would let their garbage grow to 350 MB. It is 175 MB with these, of any number.
  setFlagsFromString('--heap-growing-percent=30');
  setFlagsFromString('--semi-space-growth-factor=1');
  const log = await context.logDespiteDamage();
  const { about, correlation, user, secret, organization, operator, request, webhook, since, until } = options;
  const selection: EventSelection = {
    ...{ correlationId: correlation, userId: user, secretId: secret, organizationId: organization },
    ...{ operator, requestId: request, since, until },
  };
  const isAbout = about === undefined ? () => true : isOf(about, log);
  const pages =
    importId === undefined
      ? selected(
          webhook === undefined
            ? context.scanSound(log, startOf(since, log), endOf(until, await log.head()))
            : changesOf(webhook, log, context),
          async (event) => (await isAbout(event)) && isSelected(event, selection),
        )
      : streamWithRepairs(log, streamName('import', importId), context.signal);
  const count = await show(pages, importId, options, log, context);
  if (!context.isInterrupted) context.assertSound();
  if (count > 0 || context.isInterrupted) return;
  throw new NotFound(importId === undefined ? noSuchEvent({ ...options }) : `There is no import ${importId}.`);
}

/** The events of a webhook without its watermarks, of which there may be one a minute for years. */
async function* changesOf(webhook: string, log: EventLog, { signal }: Context): Pages {
  for await (const page of pagesOfStream(log, streamName('webhook', webhook), signal)) {
    yield page.filter(({ type }) => type !== 'WebhookWatermarkMoved');
  }
}

async function* selected(pages: Pages, isWanted: (event: RecordedEvent) => Promise<boolean>): Pages {
  for await (const page of pages) {
    const found: RecordedEvent[] = [];
    for (const event of page) if (await isWanted(event)) found.push(event);
    yield found;
  }
}

/** Gives the number of events shown. */
async function show(
  pages: Pages,
  importId: string | undefined,
  { json }: Options,
  log: EventLog,
  context: Context,
): Promise<number> {
  const stream = importId === undefined ? null : streamName('import', importId);
  const streams: FoldedStreams = new Map();
  let count = 0;
  let waiting: RecordedEvent[] = [];
  let characters = 0;
  const flush = async () => {
    const entries = await timelineFromLog(log, waiting, streams);
    const text = json ? entries.map(entryJsonLine) : causationTrees(entries, stream).map(treeText);
    if (text.length > 0) await context.write(text.join(''));
    count += waiting.length;
    waiting = [];
    characters = 0;
  };
  try {
    for await (const page of pages) {
      for (const event of page) {
        waiting.push(event);
        characters += event.data.length + event.metadata.length;
        if (waiting.length >= EVENTS_A_TREE || characters >= CHARACTERS_A_TREE) await flush();
      }
      if (json) await flush();
    }
  } catch (error) {
    if (!(error instanceof LogDamaged)) throw error;
    await flush();
    context.say(
      'What is shown comes before the damage. `imports events --skip-damaged` has the sound events after it.',
    );
    throw error;
  }
  await flush();
  return count;
}
