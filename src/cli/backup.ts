import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { reasonOf } from '../errors/reason-of.ts';
import type { BlobsPlace } from '../importer/blobs/blobs-place.ts';
import type { Progress } from '../operations/backup/progress.ts';
import { shipLasting } from '../operations/backup/ship-lasting.ts';
import { shipLog } from '../operations/backup/shipping.ts';
import { openLogForReading } from '../stores/open-log.ts';
import { PATIENCE_MS } from '../stores/options.ts';
import { everyArgument, placeArgument } from './backup/arguments.ts';
import { type OpenedBackup, openBackup, reading } from './backup/open.ts';
import { tell, whatItHas } from './backup/told.ts';
import type { Context } from './context.ts';
import { OPERATOR, REASON } from './operator.ts';
import { EndsWith, exitCodes, Interrupted } from './outcomes.ts';

interface Options {
  readonly to?: BlobsPlace;
  /** Milliseconds; once unless given. */
  readonly every?: number | null;
  readonly json?: boolean;
}

/** `imports backup`: all that cannot be made again, to a folder or S3. */
export function addBackupCommand(program: Command, context: Context): void {
  program
    .command('backup')
    .description('back up the events, the bytes of images that they name, and sealed secrets, while the service runs')
    .summary('back up the log and its images, once or all the time')
    .argument('[folder]', 'the folder of the backup; it is made if it is missing')
    .addOption(new Option('--to <url>', 'instead of a folder: s3://bucket/prefix').argParser(placeArgument))
    .addOption(
      new Option(
        '--every <time>',
        'go on until SIGTERM or Ctrl-C, and acknowledge what is new this often, such as 1s',
      ).argParser(everyArgument),
    )
    .option(...OPERATOR)
    .option(...REASON)
    .option('--json', 'print one JSON object: what the backup has')
    .addHelpText('after', HELP)
    .action(async (folder: string | undefined, options: Options, self: Command) => {
      if ((folder === undefined) === (options.to === undefined))
        self.error('error: give a folder, or --to s3://bucket/prefix');
      const where = options.to ?? ({ kind: 'folder', folder: resolve(folder as string) } as const);
      await run(where, options, context);
    });
}

const HELP = `
A backup has the events, each with its place in the log; the bytes of the images that they name (if BLOBS_URL is in S3, they
stay there, and that they are there is checked); and the sealed secrets of connections. It has no key: keep JWT_SECRET
elsewhere. All is checked by its sha256. A second run adds what is new, and a run that was ended in whatever way is gone
on with. It is recorded in the log that the backup was made.

With --every it goes on while the service runs, and waits out outages of the log and of the backup. progress.json in the
backup says what it has acknowledged: so much is safe.

It ends with 0 if the backup has all, and with 3 if bytes of images are missing or damaged in the store of the service:
missing.json in the backup names them, and the next run tries them again.

Examples:
  npx imports backup /mnt/backup/imports
  npx imports backup --to s3://backups/imports --every 1s`;

async function run(where: BlobsPlace, { every = null, json = false }: Options, context: Context): Promise<void> {
  // Before any thread starts: callers of the service come first. What goes on all the time must keep up with them.
  if (every === null) context.surroundings.lowerPriority();
  const opened = await openBackup(where, every === null ? PATIENCE_MS : Number.POSITIVE_INFINITY, context);
  try {
    if (every === null) await once(opened, json, context);
    else await lasting(opened, every, json, context);
  } finally {
    await opened.release();
  }
}

async function once(opened: OpenedBackup, json: boolean, context: Context): Promise<void> {
  const { parts, begun } = opened;
  const { address } = parts.place;
  const progress = await reading(context, (log) => shipLog(log, { ...parts, everyMs: null }));
  await opened.note(progress);
  if (context.signal.aborted) {
    throw new Interrupted(`Interrupted. ${whatItHas(progress, address)} To go on: back up again.`);
  }
  await record('once', progress, address, context);
  await tell(progress, begun, address, json, context);
}

async function lasting(opened: OpenedBackup, everyMs: number, json: boolean, context: Context): Promise<void> {
  const { parts, begun } = opened;
  const { address } = parts.place;
  const { config, say } = context;
  await record('begun', begun, address, context);
  const how = `every ${everyMs / 1_000} s, until SIGTERM or Ctrl-C`;
  say(`Backing up to ${address} ${how}. ${whatItHas(begun, address)}`);
  const acknowledged = await shipLasting({
    ...{ ...parts, everyMs },
    open: () => openLogForReading(config, say),
    onAway: (error) => say(`The backup waits, and tries again: ${reasonOf(error)}`),
    onBack: () => say('The backup goes on.'),
  });
  const progress = acknowledged ?? begun;
  if (progress !== null) await opened.note(progress);
  await record('ended', progress, address, context);
  await tell(progress, begun, address, json, context);
  // It was asked to end, and did.
  throw new EndsWith(exitCodes.done);
}

function record(
  kind: 'once' | 'begun' | 'ended',
  progress: Progress | null,
  to: string,
  context: Context,
): Promise<void> {
  const { up_to = '0', events = 0, images } = progress ?? {};
  return context.recordAccess({ type: 'BackUpLog', data: { to, kind, up_to, events, images: images?.kept ?? 0 } });
}
