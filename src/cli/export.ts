import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { assertLogIsThere, openLogForReading, PATIENCE_MS } from '../stores.ts';
import { positionArgument } from './arguments.ts';
import { Interrupted, interruptible } from './interruptible.ts';
import { printableJson } from './printable.ts';
import { type Progress, startProgress } from './progress.ts';
import { isReaderGone, writeToStandardOutput } from './standard-output.ts';
import { surroundings } from './surroundings.ts';
import { exportEvents } from './transfer/export-events.ts';
import { type ExportFile, openExportFile, openOutput } from './transfer/export-file.ts';

/** `imports export`: the log as lines of JSON. */
export function addExportCommand(program: Command): void {
  program
    .command('export')
    .description('write the events of the log, one JSON object a line, up to the newest at the start')
    .summary('write the log, one event a line')
    .option('--after <position>', 'begin after this position of the log', positionArgument)
    .option('--output <file>', 'write to this file; one that an export was written to before is gone on with')
    .addHelpText(
      'after',
      '\nExamples:\n  npx imports export --output events.ndjson\n  npx imports export | gzip > events.gz',
    )
    .action(async ({ after, output = '-' }: { after?: bigint; output?: string }) => {
      const isToFile = output !== '-';
      // Lines that run through the terminal show well enough how far it is.
      const progress = startProgress(surroundings().stderr, isToFile || !surroundings().stdout.isTTY);
      try {
        await interruptible((signal) => run(after, isToFile ? output : null, signal, progress));
      } finally {
        progress.end();
      }
    });
}

async function run(after: bigint | undefined, path: string | null, signal: AbortSignal, progress: Progress) {
  const config = readConfig(surroundings().env);
  assertLogIsThere(config);
  // Before the log: a process of root is not root's any more after it, and the file may be where only root may write.
  const output = path === null ? null : await openOutput(path);
  const log = await openLogForReading(config, progress.say, PATIENCE_MS).catch(async (error) => {
    await output?.handle.close();
    throw error;
  });
  try {
    const file = output === null ? null : await openExportFile(output, log);
    try {
      const start = startOf(after, path, file, progress);
      const write = file === null ? print : file.write;
      const { events, position } = await exportEvents(log, start, write, signal, progress.update);
      const what = `${events} events, up to position ${position}`;
      if (signal.aborted) {
        const how = path === null ? `add --after ${position}` : 'export to the same file again';
        throw new Interrupted(`Interrupted after ${what}. To go on: ${how}.`);
      }
      progress.say(`Exported ${what}.`);
    } finally {
      await file?.close();
    }
  } catch (error) {
    if (!(path === null && isReaderGone(error))) throw error;
  } finally {
    await log.close();
  }
}

/** What callers sent is kept to the byte, but at a terminal, which it could drive. */
function print(lines: string): Promise<void> {
  return writeToStandardOutput(surroundings().stdout.isTTY ? lines.split('\n').map(printableJson).join('\n') : lines);
}

/** After which position the export begins: where the file ends, or as was asked. */
function startOf(after = 0n, path: string | null, file: ExportFile | null, progress: Progress): bigint {
  if (file?.wasTorn) progress.say(`${path} ended with a line that was cut off; it was dropped.`);
  if (!file?.last) return after;
  const { position } = file.last;
  if (position < after) {
    throw new Error(`${path} ends with position ${position}: going on after ${after} would leave events out.`);
  }
  progress.say(`${path} has the events up to position ${position}; going on after it.`);
  return position;
}
