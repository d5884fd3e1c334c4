import { type Command, Option } from 'commander';
import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { type EventSelection, type Having, isSelected } from '../history/event-selection.ts';
import { endOf, type Pages, pagesOfStream, startOf } from '../history/log-pages.ts';
import { whyUnreadable } from '../history/timeline.ts';
import type { Place as PointInTime } from '../history/view-at.ts';
import { openLogForReading } from '../stores/open-log.ts';
import { beginningOf, endOf as endOfLog, type Place } from '../subscribers/place.ts';
import { uuidArgument } from './arguments.ts';
import type { Context } from './context.ts';
import { type Looked, lasting, PlaceGone } from './follow/lasting-log.ts';
import { NotFound } from './outcomes.ts';
import { printable } from './printable.ts';
import { EVENT_COLUMNS, eventJsonLine, eventTexts } from './reading/event-text.ts';
import { grepArgument } from './reading/grep.ts';
import { assertInOrder, placeArgument } from './reading/points.ts';
import { Sought } from './reading/sought.ts';
import { Table } from './table.ts';

interface Options {
  readonly stream?: string;
  readonly type?: string;
  readonly organization?: string;
  readonly since?: PointInTime;
  readonly until?: PointInTime;
  readonly grep?: readonly Having[];
  readonly follow?: true;
  readonly skipDamaged?: true;
  readonly json?: true;
}

/** `imports events`: pages through the log, or tails it. */
export function addEventsCommand(program: Command, context: Context): void {
  program
    .command('events')
    .description(
      'the events of the log in its order, one a line: position, time, stream, revision, type, who, organization, data',
    )
    .summary('page through the events of the log, or follow them')
    .option('--stream <name>', 'only of this stream, such as import-UUID')
    .option('--type <type>', 'only of this type, such as ImportRequested')
    .option('--organization <uuid>', 'only for this organization', uuidArgument)
    .option('--since <place>', 'from this position or time on, itself included', placeArgument)
    .option('--until <place>', 'up to this position or time, itself included', placeArgument)
    .option('--grep <path=value>', 'only with this value; may be given again', grepArgument)
    .addOption(new Option('--follow', 'show new events as they come, until Ctrl-C').conflicts('until'))
    .addOption(
      new Option('--skip-damaged', 'go on after events that are damaged, and say which they are').conflicts('stream'),
    )
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', HELP)
    .action((options: Options, self: Command) => {
      assertInOrder(options, self);
      return run(options, context);
    });
}

const HELP = `
Places: a position (1200 or @1200), a time with its zone (2026-11-24T10:21:30.095+01:00), a day (2026-11-24, today,
yesterday: its beginning, UTC), or how long ago (90m, 1h, 2d). A time is compared with the time of each event. Times need not grow with the positions, so the whole log
is read. With --follow, the events that are already there are shown only if --since is given, and only from there on.

Paths: keys separated by dots, as in metadata.request_id. A path begins with data or metadata; any other one is a path in
the data. A backslash before a dot makes it part of a key. In a list, a key is an index. The whole value is compared: a text
as it is, any other value as compact JSON.

An event that this release cannot read is shown too, with "!" and the reason. It ends with 4 if no event that it looked at has
the stream, the type or the organization: a name that was mistyped is no search without a result. If the log is damaged, the events before the
damage are shown, then it says so and ends with 1. With --skip-damaged, the sound events after it are shown too, before it ends with 1.

Examples:
  npx imports events --type ImportRequested --since 1h --grep params.album_id=5005800000HEXCtAAP
  npx imports events --organization 2cb9eb0f-038c-4fa9-a4e8-aba57b177a83 --json | head
  npx imports events --follow`;

async function run(options: Options, context: Context): Promise<void> {
  // With --follow, the wait for a log that is away has no end, and the person learns of it at once.
  const log = await context.logDespiteDamage(options.follow ? 0 : undefined);
  const selection = selectionOf(options);
  const end = options.follow ? await endOfLog(log) : { ...beginningOf(log), position: await log.head() };
  const sought = new Sought(options);
  const table = new Table(context, EVENT_COLUMNS);
  let shown = 0;
  if (options.since !== undefined || !options.follow) {
    for await (const page of past(options, end.position, log, context)) {
      sought.note(page);
      shown += await show(page, selection, options, table, context);
    }
  }
  if (options.skipDamaged) context.assertSound();
  if (!options.follow) {
    context.assertSound();
    if (shown === 0 && !context.isInterrupted) sayNothingFound(sought, context);
    return;
  }
  // One of a newer release may come yet.
  const wrongType = sought.faultOfType();
  if (wrongType !== null) context.say(wrongType);
  try {
    for await (const { events } of tail(log, end, context)) await show(events, selection, options, table, context);
  } catch (error) {
    throw error instanceof PlaceGone ? new Error(REPLACED, { cause: error }) : error;
  }
}

const REPLACED =
  'The log was replaced: its newest event that was shown, or looked at, is not at its place any more. It is another log, or an older ' +
  'backup was restored. Run this again to follow the log that is there now; --since shows what it has.';

/** What comes after a place of the log, which is open already. A log that goes away, or whose file is replaced, is opened again. */
function tail(log: EventLog, after: Place, { config, say, signal }: Context): AsyncIterable<Looked> {
  let open: EventLog | null = log;
  return lasting({
    async open() {
      const first = open;
      open = null;
      return first ?? openLogForReading(config, say);
    },
    begin: async () => after,
    subject: null,
    signal,
    onAway: ({ message }) => say(`The log is away. Waiting for it: ${printable(message)}`),
    onBack: () => say('The log is back.'),
  });
}

/** @throws {NotFound} what was asked for is in no event */
function sayNothingFound(sought: Sought, { say }: Context): void {
  const fault = sought.fault();
  if (fault !== null) throw new NotFound(fault);
  say('No event matches.');
}

/** The events up to `head`; the tail shows later ones. A single stream is read without the rest of the log. */
async function* past(
  { stream, since, until, skipDamaged }: Options,
  head: bigint,
  log: EventLog,
  context: Context,
): Pages {
  if (stream === undefined) {
    const [after, end] = [startOf(since, log), endOf(until, head)];
    return yield* skipDamaged ? context.scanSound(log, after, end) : context.scan(log, after, end);
  }
  for await (const page of pagesOfStream(log, stream, context.signal))
    yield page.filter(({ position }) => position <= head);
}

/** Gives how many were shown. */
async function show(
  page: readonly RecordedEvent[],
  selection: EventSelection,
  { json }: Options,
  table: Table,
  context: Context,
): Promise<number> {
  const found = page.filter((event) => isSelected(event, selection));
  if (!json) await table.print(found.map((event) => eventTexts(event, whyUnreadable(event))));
  else if (found.length > 0)
    await context.write(found.map((event) => eventJsonLine(event, whyUnreadable(event))).join(''));
  return found.length;
}

function selectionOf({ stream, type, organization, since, until, grep }: Options): EventSelection {
  return { stream, type, organizationId: organization, since, until, having: grep };
}
