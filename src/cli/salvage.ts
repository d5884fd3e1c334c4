import { randomUUID } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { metadataOf, newEvents } from '../commands/new-events.ts';
import { BadConfig } from '../errors/bad-config.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import { newId } from '../events/new-id.ts';
import { fileOfLog } from '../events/service-mark.ts';
import { accessStream } from '../events/streams.ts';
import { type BlobsPlace, parseBlobsUrl } from '../importer/blobs/blobs-place.ts';
import { openBackup } from '../operations/backup/read-backup.ts';
import { soundEventsOf } from '../operations/restore/events-of-backup.ts';
import { assertRoomFor, bytesIn } from '../operations/restore/room.ts';
import { exportLine } from '../operations/transfer/event-line.ts';
import { openBackupPlace } from '../stores/open-backup.ts';
import { openLogInMaking, openSalvage, type Salvage } from '../stores/open-log-in-making.ts';
import { assertCanAsk, confirm, YES } from './confirm.ts';
import type { Context } from './context.ts';
import { counted } from './counted.ts';
import { OPERATOR, REASON } from './operator.ts';
import { DifferencesFound } from './outcomes.ts';

interface Options {
  readonly backup?: BlobsPlace;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** So many events are given to the new log at once. */
const PAGE_EVENTS = 1_000;

/** `imports salvage`: makes a log of what is sound of a damaged one. */
export function addSalvageCommand(program: Command, context: Context): void {
  program
    .command('salvage')
    .description(
      'write all sound events of a damaged events.db to a new log, list what is missing, and take that from a backup',
    )
    .summary('make a log of what is sound of a damaged one')
    .argument('<folder>', 'the data directory for the new log; it must not have one')
    .addOption(
      new Option(
        '--backup <place>',
        'take what is missing from this backup: a folder, or s3://bucket/prefix',
      ).argParser((text) => parseBlobsUrl(text) ?? ({ kind: 'folder', folder: resolve(text) } as const)),
    )
    .option(...YES)
    .option(...OPERATOR)
    .option(...REASON)
    .option('--json', 'print one JSON object: what the new log has, and how much is missing')
    .addHelpText('after', HELP)
    .action(async (folder: string, options: Options, self: Command) => {
      assertCanAsk(context, self, options.yes);
      await run(resolve(folder), options, context, self);
    });
}

const HELP = `
It reads the events.db of DATA_DIR, whatever is damaged in it, and changes nothing there: stop the service first. An event is
sound if its checksum is right. What is missing is listed in missing.ndjson of the new folder, by position, with stream,
revision and id as far as the file still says them.

If nothing is missing, also by what the backup has, the new log is the same one: its id and positions are kept. Else the
events move up to other positions, and the log gets a new id. Of a stream that lacks an event, the new log has what comes before
that; the rest is in set-aside.ndjson, as lines of export. The streams of operations and of access keep the rest.

Examples:
  DATA_DIR=/var/lib/imports npx imports salvage /var/lib/imports-2 --backup /mnt/backup/imports --reason 'ticket 4711'`;

async function run(folder: string, { backup, yes, json }: Options, context: Context, self: Command): Promise<void> {
  const { config, say } = context;
  if (config.eventStoreUrl !== null) {
    throw new BadConfig(['salvage reads a damaged events.db; EventStoreDB has ways of its own: unset EVENTSTORE_URL']);
  }
  const file = fileOfLog(config.dataDir);
  if (!existsSync(file)) throw new Error(`There is no ${file}. Is DATA_DIR right?`);
  if (existsSync(fileOfLog(folder))) throw new Error(`${folder} has an events.db: name a folder without one.`);
  // The events are there twice until it is done.
  const bytes = 2 * (bytesIn(file) + bytesIn(`${file}-wal`));
  assertRoomFor([{ folder, bytes, there: () => bytesIn(join(folder, 'salvage.tmp')) }]);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const salvage = await openSalvage(file, join(folder, 'salvage.tmp'), (count) => context.progress(count, null));
  try {
    const fromBackup = backup === undefined ? 0 : await fill(salvage, backup, context);
    const missing = salvage.missing.reduce((sum, { from, to }) => sum + to - from + 1, 0);
    say(
      `${file} has ${counted(salvage.sound, 'sound event')}; the backup has ${fromBackup} of those that are missing; ${missing} stay missing.`,
    );
    await confirm(context, self, `Make a log of them in ${folder}?`, yes);
    const made = await make(salvage, file, folder, missing === 0 ? salvage.id : null, context);
    if (json)
      await context.write(`${JSON.stringify({ ...made, sound: salvage.sound, from_backup: fromBackup, missing })}\n`);
    say(
      `${folder} has the log ${made.log} with ${counted(made.events, 'event')}. ${whatToMove(made.log === salvage.id)}`,
    );
    if (missing === 0) return;
    throw new DifferencesFound(
      `${counted(missing, 'event')} missing (missing.ndjson), ${made.set_aside} set aside (set-aside.ndjson).`,
    );
  } finally {
    salvage.close();
  }
}

async function fill(salvage: Salvage, where: BlobsPlace, context: Context): Promise<number> {
  const backup = await openBackup(context.closeAtEnd(await openBackupPlace(where, false)));
  const { log } = backup.manifest;
  if (salvage.id !== null && log !== salvage.id) {
    throw new Error(`The backup is of the log ${log}, and the damaged log is ${salvage.id}: name its own backup.`);
  }
  let count = 0;
  const onDamage = (reason: string) =>
    context.say(`The backup is damaged, too (${reason}): what comes before that is taken.`);
  for await (const { events } of soundEventsOf(backup, onDamage)) count += salvage.fill(events);
  return count;
}

/** @param id that of the damaged log, if the new one is the same; null: it gets another */
async function make(salvage: Salvage, file: string, folder: string, id: string | null, context: Context) {
  const making = await openLogInMaking({ ...context.config, dataDir: folder }, id ?? randomUUID(), context.say);
  const [aside, lacking] = [lines(join(folder, 'set-aside.ndjson')), lines(join(folder, 'missing.ndjson'))];
  let [events, setAside, upTo] = [0, 0, 0n];
  try {
    for (const { from, to, known } of salvage.missing) {
      await lacking.write(`${JSON.stringify({ from, to })}\n`);
      for (const one of known()) await lacking.write(`${JSON.stringify(one)}\n`);
    }
    let page: RecordedEvent[] = [];
    const flush = async () => {
      await making.take(page);
      page = [];
    };
    for (const { event, revision } of salvage.all()) {
      upTo = event.position;
      if (revision === null) {
        await aside.write(exportLine(event));
        setAside += 1;
        continue;
      }
      page.push({ ...event, revision });
      events += 1;
      if (page.length === PAGE_EVENTS) await flush();
      context.progress(events, null);
    }
    await flush();
    const data = { from: `what is sound of ${file}`, up_to: String(upTo), events, images: 0 };
    const metadata = metadataOf({ ...context.operator, request_id: newId() }, making.id);
    for (const event of newEvents([{ type: 'LogRestored', data }], metadata)) {
      await making.finish(accessStream(making.id), event);
    }
    return { log: making.id, events, set_aside: setAside };
  } finally {
    await making.close();
    await Promise.all([aside.end(), lacking.end()]);
  }
}

/** A file of lines, made with the first of them. Only its owner may read it: it holds what callers sent. */
function lines(path: string) {
  let stream: ReturnType<typeof createWriteStream> | null = null;
  return {
    async write(line: string): Promise<void> {
      const opened = stream ?? createWriteStream(path, { mode: 0o600 });
      stream = opened;
      await new Promise<void>((done, failed) => opened.write(line, (error) => (error ? failed(error) : done())));
    },
    async end(): Promise<void> {
      if (stream !== null) await finished(stream.end());
    },
  };
}

function whatToMove(isSame: boolean): string {
  const moved = 'To use it, move blobs, sealed.db and jwt_secret of the damaged folder to it, as far as they are there';
  return isSame
    ? `${moved}, and set DATA_DIR. Its webhooks are held until you enable them.`
    : `${moved}, and set DATA_DIR. It is another log: the start says what to write into blobs/owner.json.`;
}
