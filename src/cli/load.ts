import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import { NoLog } from '../events/errors.ts';
import type { EventLog } from '../events/event-log.ts';
import { beginningOf, guarded } from '../operations/transfer/guarded.ts';
import { linesIn } from '../operations/transfer/lines.ts';
import { type Loaded, loadEvents } from '../operations/transfer/load-events.ts';
import type { Patience } from '../operations/transfer/persistently.ts';
import { appendingTo, checkingAgainst, type Target } from '../operations/transfer/target.ts';
import { openLog } from '../stores/open-log.ts';
import { PATIENCE_MS } from '../stores/options.ts';
import type { Context } from './context.ts';
import { counted } from './counted.ts';
import { recordAccess } from './operators-stores.ts';
import { Interrupted } from './outcomes.ts';

interface Options {
  readonly dryRun?: boolean;
  readonly intoLive?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}

/** `imports load`: appends what `imports export` wrote. */
export function addLoadCommand(program: Command, context: Context): void {
  program
    .command('load')
    .description(
      'append the events of an export to the log, each once and in order; those that the log has are skipped',
    )
    .summary('append the events of an export to the log')
    .argument('[file]', 'what `imports export` wrote; standard input if it is not given')
    .option('--into-live', 'append also to a log that has other events than the beginning of the file; needs --reason')
    .option('--dry-run', 'check every line and say what would be appended')
    .option('--json', 'print one JSON object: how many events were appended, or would be, and how many were there')
    .addHelpText('after', HELP)
    .action(async (file = '-', options: Options, self: Command) => {
      if (file === '-' && context.surroundings.stdin.isTTY) self.error('error: give a file, or pipe an export into it');
      if (options.intoLive && !options.dryRun && options.reason === undefined) {
        self.error(
          'error: --into-live needs a --reason: what is loaded cannot be told from what happened here, nor be removed',
        );
      }
      await run(file, options, context);
    });
}

const HELP = `
Examples:
  npx imports load --dry-run events.ndjson
  npx imports load events.ndjson
  npx imports load --into-live --reason 'ticket 4711' events.ndjson
  gunzip < events.gz | npx imports load`;

async function run(
  file: string,
  { dryRun: isDry = false, intoLive: isIntoLive = false, json = false }: Options,
  context: Context,
): Promise<void> {
  const { signal, say } = context;
  const input = await openInput(file, context);
  try {
    const onTrouble = () => say(`The log is away: trying again for up to ${PATIENCE_MS / 1000} s.`);
    const patience = { forMs: PATIENCE_MS, onTrouble, signal };
    const onEvent = (events: number, bytes: number) =>
      context.progress(events, input.bytes === null ? null : bytes / input.bytes);
    const load = (target: Target) => loadEvents(linesIn(input.chunks), target, signal, onEvent);
    const loaded = isDry
      ? await planned(await logToCompare(context), patience, isIntoLive, load)
      : await recorded(
          context.closeAtEnd(await openLog(context.config, say)),
          patience,
          file,
          isIntoLive,
          load,
          context,
        );
    if (json) await context.write(`${JSON.stringify({ ...loaded, dry_run: isDry })}\n`);
    if (signal.aborted) throw new Interrupted(`Interrupted. ${resultText(loaded, isDry)} To go on: load it again.`);
    say(resultText(loaded, isDry));
    if (!isDry) say('The views follow: at once if the service runs, otherwise when it starts.');
  } finally {
    input.chunks.destroy();
  }
}

type Load = (target: Target) => Promise<Loaded>;

/** What a load would do. */
async function planned(log: EventLog | null, patience: Patience, isIntoLive: boolean, load: Load): Promise<Loaded> {
  const beginning = await beginningOf(log, patience.signal);
  const [target, checking] = [checkingAgainst(log, patience), checkingAgainst(log, patience)];
  return load(guarded(target, { checking, beginning, isIntoLive, onFirst: async () => {} }));
}

/** Loads, and records it before the first event is appended, and after the last, whatever stopped it. */
async function recorded(
  log: EventLog,
  patience: Patience,
  file: string,
  isIntoLive: boolean,
  load: Load,
  { operator }: Context,
): Promise<Loaded> {
  const beginning = await beginningOf(log, patience.signal);
  const target = await appendingTo(log, patience);
  const after = await log.head();
  let events = 0;
  const record = async () => {
    const range = { after: String(after), up_to: String(await log.head()), events };
    const from = file === '-' ? 'standard input' : resolve(file);
    const data = { from, ...range, into_live: beginning.other !== null };
    await recordAccess(log, { type: 'LoadEvents', data }, operator);
  };
  const counting: Target = async (event) => {
    const outcome = await target(event);
    if (outcome === 'appended') events += 1;
    return outcome;
  };
  try {
    const checking = checkingAgainst(log, patience);
    return await load(guarded(counting, { checking, beginning, isIntoLive, onFirst: record }));
  } finally {
    if (events > 0) await record();
  }
}

/** The log for a dry run, which makes none. Null if there is none: then every event of the file would be appended. */
async function logToCompare(context: Context): Promise<EventLog | null> {
  return context.log(0).catch((error) => {
    if (error instanceof NoLog) return null;
    throw error;
  });
}

function resultText({ appended, there }: Loaded, isDry: boolean): string {
  const verb = isDry ? 'Would append' : 'Appended';
  return `${verb} ${counted(appended, 'event')}; ${there} ${there === 1 ? 'was' : 'were'} there already.`;
}

interface Input {
  readonly chunks: Readable;
  /** Its length; null if that is not known. */
  readonly bytes: number | null;
}

/** Opens the file or standard input; Ctrl-C ends the reading. */
async function openInput(file: string, { surroundings, signal }: Context): Promise<Input> {
  if (file === '-') {
    const { stdin } = surroundings;
    signal.addEventListener('abort', () => stdin.destroy());
    return { chunks: stdin, bytes: null };
  }
  const handle = await open(file);
  const stat = await handle.stat();
  return { chunks: handle.createReadStream({ signal }), bytes: stat.isFile() ? stat.size : null };
}
