import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openEmbeddedLog } from '../../../src/events/embedded/open.ts';
import type { EventLog, RecordedEvent } from '../../../src/events/event-log.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** A directory of a test's own, and the log's file in it. */
export function newPlace(): { directory: string; file: string; remove(): void } {
  const { path, remove } = temporaryDirectory();
  return { directory: path, file: join(path, 'events.db'), remove };
}

/** Another process that runs `appender.ts` over the file, and what it said: a line for each acknowledged or failed append. */
export interface Appender {
  readonly process: ChildProcess;
  /** The id of the log that it opened; empty until it did. */
  logId: string;
  /** Ids of the events whose appends were acknowledged. */
  readonly acknowledged: string[];
  /** Codes of the appends that failed; each is tried again with the same id. */
  readonly failures: string[];
  readonly ended: Promise<void>;
}

export function startAppender(
  file: string,
  { count = Number.MAX_SAFE_INTEGER, inFlight = 8, shell = '' } = {},
): Appender {
  const program = fileURLToPath(new URL('./appender.ts', import.meta.url));
  const words = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    program,
    file,
    String(count),
    String(inFlight),
  ];
  const child =
    shell === ''
      ? spawn(words[0] as string, words.slice(1))
      : spawn('sh', ['-c', `${shell}; exec "$@"`, 'sh', ...words]);
  const appender: Appender = {
    process: child,
    logId: '',
    acknowledged: [],
    failures: [],
    ended: new Promise((resolve) => child.once('close', () => resolve())),
  };
  child.stderr.on('data', (text) => process.stderr.write(text));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [word, value = ''] = line.split(' ');
    if (word === 'opened') appender.logId = value;
    if (word === 'acknowledged') appender.acknowledged.push(value);
    if (word === 'failed') appender.failures.push(value);
  });
  return appender;
}

/** Every event of the log, whose positions must be 1, 2, 3, … */
export async function allOf(log: EventLog): Promise<RecordedEvent[]> {
  const events = await log.readAll(0n, Number.POSITIVE_INFINITY);
  expect(events.every(({ position }, index) => position === BigInt(index + 1))).to.equal(true, 'positions are dense');
  return events;
}

/** The same, of the log that is in the file. */
export async function eventsIn(file: string): Promise<RecordedEvent[]> {
  const log = await openEmbeddedLog({ file });
  try {
    return await allOf(log);
  } finally {
    await log.close();
  }
}

/** Opening must fail as damaged, say what was found, and change nothing. */
export async function expectRefused(
  { directory, file }: { directory: string; file: string },
  says: RegExp,
): Promise<void> {
  const before = contentsOf(directory);
  const error = await rejectionOf(openEmbeddedLog({ file }));
  expect(error).to.include({ code: 'log_damaged' });
  expect(error.message).to.match(says).and.to.include(file).and.to.include('Nothing was changed');
  expect(contentsOf(directory)).to.deep.equal(before);
}

/** The file and its write-ahead log; what SQLite needs to read them (`-shm`, an empty `-wal`) does not count. */
function contentsOf(directory: string): { [name: string]: string } {
  const names = readdirSync(directory).filter((name) => !name.endsWith('-shm'));
  const contents = names.map((name) => [name, readFileSync(join(directory, name), 'base64')]);
  return Object.fromEntries(contents.filter(([, text]) => text !== ''));
}
