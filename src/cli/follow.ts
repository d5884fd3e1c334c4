import { type Command, Option } from 'commander';
import type { EventLog } from '../events/event-log.ts';
import { namingOf } from '../settings/naming.ts';
import { openLogForReading } from '../stores/open-log.ts';
import type { Naming } from '../subscribers/cloud-event.ts';
import type { Cursors } from '../subscribers/cursor.ts';
import { namesByType } from '../subscribers/known-types.ts';
import { endOf, type Place } from '../subscribers/place.ts';
import { uuidArgument } from './arguments.ts';
import type { Context } from './context.ts';
import { CursorFile } from './follow/cursor-file.ts';
import { lasting, PlaceGone } from './follow/lasting-log.ts';
import { isTaken, linesOf } from './follow/lines.ts';
import { printable } from './printable.ts';
import { cursorsOf, notOurCursor, PLACE_GONE } from './reading/cursors.ts';
import { placeBefore } from './reading/place-before.ts';
import { timeArgument } from './reading/points.ts';

interface Options {
  readonly after?: string;
  readonly since?: number;
  readonly type?: readonly string[];
  readonly subject?: string;
  readonly organization?: string;
  readonly cursorFile?: string;
}

/** While events come, the cursor is saved this often. */
const SAVE_EVERY_MS = 1_000;

/** `imports follow`: public events as lines, for ever. */
export function addFollowCommand(program: Command, context: Context): void {
  program
    .command('follow')
    .description('print public events as CloudEvents, one JSON object a line, and go on with new ones until Ctrl-C')
    .summary('print public events as CloudEvents, for other programs')
    .option('--after <cursor>', 'begin after the event with this cursor')
    .addOption(
      new Option('--since <time>', 'begin with the first event of this time')
        .argParser(timeArgument)
        .conflicts('after'),
    )
    .option('--type <type>', 'only of this type; may be given again', (type, types: string[] = []) => [...types, type])
    .option(
      '--subject <uuid>',
      'only of this import or webhook, or of the connection of this organization',
      uuidArgument,
    )
    .option('--organization <uuid>', 'only of this organization', uuidArgument)
    .option('--cursor-file <file>', 'begin after the cursor in this file, and keep there how far it has come')
    .addHelpText('after', HELP)
    .action((options: Options, self: Command) => run(options, self, context));
}

const HELP = `
It begins after --after; if that is not given, after the cursor in --cursor-file; if there is no such file yet, with --since;
else with the next event. --since 1970-01-01 begins with the first event of the log. Only the log is read, and nothing is
changed in it. Cursors need the JWT_SECRET of the service. They are cursors of operators, as with an operator's token.

The cursor is saved once the standard output has taken the lines, at most once a second, and at Ctrl-C. So after a crash, the
last lines may come again, and none is left out: whoever reads them drops the ids that they have seen. If the program that
reads them ends, it may have lost lines that it had taken: see docs/subscribing.md.

While the log is away, it waits and says so. A slow reader delays it, and takes no memory.

Examples:
  npx imports follow --since 2026-11-24
  npx imports follow --type import-api.import.requested --organization 2cb9eb0f-038c-4fa9-a4e8-aba57b177a83
  npx imports follow --cursor-file kafka.cursor | kcat -P -b localhost:9092 -t imports`;

async function run(options: Options, command: Command, context: Context): Promise<void> {
  const { config, signal, say } = context;
  const naming = namingOf(config);
  const selection = { names: namesIn(options.type, naming, command), subject: options.subject ?? null, albumId: null };
  // At once: the log may be away for long.
  context.assertCanSign();
  let cursors = null as Cursors | null;
  const file = options.cursorFile === undefined ? null : new CursorFile(options.cursorFile);
  let cursor: string | null = null;
  let saveAtMs = 0;
  const parts = lasting({
    open: () => openLogForReading(config, say),
    async begin(log) {
      cursors = await cursorsOf(context, log);
      const asked = options.after === undefined ? null : cursors.read(options.after);
      if (options.after !== undefined && asked === null) notOurCursor(command);
      const kept = file && (await keptIn(file, cursors));
      const place = asked?.place ?? kept ?? (await beginning(options, log, context));
      // At once: even if it is killed before an event comes, the next run begins here. And a file that cannot be written is noticed.
      if (!signal.aborted) await file?.save(cursors.textOf(place, null));
      return place;
    },
    subject: selection.subject,
    signal,
    onAway: ({ message }) => say(`The log is away. Waiting for it: ${printable(message)}`),
    onBack: () => say('The log is back.'),
  });
  try {
    for await (const looked of parts) {
      if (cursors === null) continue;
      const text = linesOf(looked, { organization: options.organization, naming, selection, cursors });
      if (text !== '' && !(await isTaken(text, context))) break;
      cursor = cursors.textOf(looked.to, null);
      if (performance.now() < saveAtMs) continue;
      await file?.save(cursor);
      saveAtMs = performance.now() + SAVE_EVERY_MS;
    }
  } catch (error) {
    throw error instanceof PlaceGone ? new Error(goneText(file), { cause: error }) : error;
  }
  if (cursor !== null) await file?.save(cursor);
}

/** Where to begin if there is no cursor. */
function beginning({ since }: Options, log: EventLog, context: Context): Promise<Place> {
  return since === undefined ? endOf(log) : placeBefore(since, log, context);
}

/** The place that a file keeps; null: there is no file yet. @throws {Error} it holds something else */
async function keptIn(file: CursorFile, cursors: Cursors): Promise<Place | null> {
  const text = await file.read();
  if (text === null) return null;
  const cursor = cursors.read(text);
  if (cursor !== null) return cursor.place;
  throw new Error(
    `The cursor file ${file.path} holds no cursor that this JWT_SECRET made, and was not changed. If it is another file, name another. ` +
      'If JWT_SECRET was changed: remove the file, and begin again with --since <a time that lies safely before the newest event that you have>.',
  );
}

/** What 410 says to callers of the API. */
function goneText(file: CursorFile | null): string {
  const first = file === null ? 'Begin' : `Remove ${file.path}, and begin`;
  return (
    `${PLACE_GONE} ` +
    `${first} again with --since <a time that lies safely before the newest event that you have>; drop the events that you have seen by their id.`
  );
}

/** Ends with wrong usage if one of the types is unknown. */
function namesIn(types: readonly string[] | undefined, naming: Naming, command: Command): ReadonlySet<string> | null {
  if (types === undefined) return null;
  const known = namesByType(naming);
  return new Set(
    types.map((type) => {
      const name = known.get(type);
      if (name !== undefined) return name;
      return command.error(`error: there is no type ${printable(type)}; the types are ${[...known.keys()].join(', ')}`);
    }),
  );
}
