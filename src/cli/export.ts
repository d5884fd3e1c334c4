import { resolve } from 'node:path';
import type { Command } from 'commander';
import { LogDamaged } from '../events/errors.ts';
import type { EventLog } from '../events/event-log.ts';
import { exportEvents } from '../operations/transfer/export-events.ts';
import { type ExportFile, openOutput, resumeExport } from '../operations/transfer/export-file.ts';
import { assertLogIsThere } from '../stores/open-log.ts';
import { positionArgument } from './arguments.ts';
import type { Context } from './context.ts';
import { counted } from './counted.ts';
import { Interrupted } from './outcomes.ts';
import { printableJson } from './printable.ts';

/** `imports export`: the log as lines of JSON. */
export function addExportCommand(program: Command, context: Context): void {
  program
    .command('export')
    .description('write the events that the log has at the start, one JSON object a line')
    .summary('write the log, one event a line')
    .option('--after <position>', 'begin after this position of the log', positionArgument)
    .option('--output <file>', 'write to this file; if an earlier export is in it, the rest is added')
    .addHelpText(
      'after',
      '\nExamples:\n  npx imports export --output events.ndjson\n  npx imports export | gzip > events.gz',
    )
    .action(({ after, output = '-' }: { after?: bigint; output?: string }) =>
      run(after, output === '-' ? null : output, context),
    );
}

async function run(after: bigint | undefined, path: string | null, context: Context): Promise<void> {
  const { signal, say } = context;
  assertLogIsThere(context.config);
  // Before the log: opening that gives up the rights of root, and this file may need them.
  const output = path === null ? null : context.closeAtEnd(await openOutput(path));
  const log = await context.logDespiteDamage();
  const file = output === null ? null : await resumeExport(output, log);
  const start = startOf(after, path, file, say);
  const write = file === null ? (lines: string) => print(lines, context) : file.write;
  // Lines at the terminal show the progress themselves.
  const onProgress = file === null && context.isShown ? () => {} : context.progress;
  const progress = { events: 0, position: start };
  try {
    await exportEvents(log, start, write, signal, (done, share, position) => {
      Object.assign(progress, { events: done, position });
      onProgress(done, share);
    });
    await file?.sync();
  } catch (error) {
    if (error instanceof LogDamaged) await tellOfDamage(error, progress, log, say);
    throw error;
  } finally {
    // Also what came out before an error, or before the reader had gone.
    const { events, position } = progress;
    const data = {
      after: String(start),
      up_to: String(position),
      events,
      to: path === null ? 'standard output' : resolve(path),
    };
    if (events > 0) await context.recordAccess({ type: 'ExportLog', data });
  }
  const { events, position } = progress;
  const what = `${events} events, up to position ${position}`;
  if (signal.aborted) {
    const how = path === null ? `add --after ${position}` : 'export to the same file again';
    throw new Interrupted(`Interrupted after ${what}. To go on: ${how}.`);
  }
  say(`Exported ${what}.`);
  context.assertSound();
}

/** Says what came out, and how the rest is had. */
async function tellOfDamage(
  { position: damagedAt }: LogDamaged,
  { events, position }: { readonly events: number; readonly position: bigint },
  log: EventLog,
  say: Context['say'],
): Promise<void> {
  const sound = damagedAt === null ? null : await log.soundAfter?.(damagedAt, await log.head());
  const rest =
    sound === null || sound === undefined
      ? 'Nothing after it can be read.'
      : `The next sound event is at position ${sound}: \`imports export --after ${sound - 1n}\` has it and what follows, up to the next damage.`;
  say(
    `Exported ${counted(events, 'event')}, up to position ${position}: all before the damage. ${rest} \`imports salvage\` makes a log of all that is sound; such parts cannot be loaded if a stream lacks events.`,
  );
}

/** Text of callers is kept to the byte, except at a terminal, which it could drive. */
function print(lines: string, context: Context): Promise<void> {
  return context.write(context.isShown ? lines.split('\n').map(printableJson).join('\n') : lines);
}

/** The position after which the export begins: the last one in the file, or else the one that was asked for. */
function startOf(after = 0n, path: string | null, file: ExportFile | null, say: Context['say']): bigint {
  if (file?.wasTorn) say(`${path} ended with a line that was cut off; it was dropped.`);
  if (!file?.last) return after;
  const { position } = file.last;
  if (position < after) {
    throw new Error(`${path} ends with position ${position}: going on after ${after} would leave events out.`);
  }
  say(`${path} has the events up to position ${position}; going on after it.`);
  return position;
}
