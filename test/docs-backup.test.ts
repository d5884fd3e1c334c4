import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { placeOf } from '../src/importer/blobs/blob-store.ts';
import { readConfig } from '../src/settings/config.ts';
import { openLog, openLogForReading } from '../src/stores/open-log.ts';
import { sha256Of } from './importer/blobs/drafted.ts';
import { imageEvent } from './operations/backup/backed-up.ts';
import { IMPORT_REQUESTED, newEvent } from './support/events.ts';
import { startStandIn } from './support/eventstore/stand-in.ts';
import { imports } from './support/imports.ts';
import { JWT_SECRET, startTestService } from './support/service.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const BYTES = Buffer.from('the bytes of an image');

const page = readFileSync(new URL('../docs/backup.md', import.meta.url), 'utf8');

/** The commands of the page, in its order. */
const commands = Array.from(
  page.matchAll(/^ *```sh needs the steps before\n *npx imports (.+)\n *```$/gm),
  ([, words = '']) =>
    Array.from(
      words.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g),
      (word) => word.slice(1).find((part) => part !== undefined) ?? '',
    ),
);

describe('the procedure in docs/backup.md', () => {
  let directory: ReturnType<typeof temporaryDirectory>;

  beforeEach(() => {
    directory = temporaryDirectory();
  });

  afterEach(() => directory.remove());

  it('has a command for each step', () => {
    expect(commands.map(([subcommand]) => subcommand)).to.deep.equal([
      'backup',
      'restore',
      'restore',
      'verify',
      'backup',
    ]);
  });

  for (const [kind, start] of Object.entries({
    'events.db': async () => ({ lost: {}, found: {}, stop: async () => {} }),
    EventStoreDB: async () => {
      const [lost, found] = [await startStandIn(), await startStandIn()];
      const stop = async () => {
        await Promise.all([lost.stop(), found.stop()]);
      };
      return { lost: { EVENTSTORE_URL: lost.url }, found: { EVENTSTORE_URL: found.url }, stop };
    },
  })) {
    it(`brings back a log in ${kind}, step by step`, async () => {
      const stores = await start();
      const settings = (name: string, store: NodeJS.ProcessEnv) => {
        const blobs = join(directory.path, name, 'blobs');
        mkdirSync(blobs, { recursive: true });
        const DATA_DIR = join(directory.path, name, 'data');
        return { NODE_ENV: 'production', JWT_SECRET, DATA_DIR, BLOBS_URL: pathToFileURL(blobs).href, ...store };
      };
      const run = async (env: NodeJS.ProcessEnv, words: readonly string[]) => {
        const args = words.map((word) => word.replace('$BACKUP', join(directory.path, 'backup')));
        const { code, stderr } = await imports(env, ...args);
        expect(code, `imports ${args.join(' ')}: ${stderr}`).to.equal(0);
      };
      const everything = async (env: NodeJS.ProcessEnv) => {
        const log = await openLogForReading(readConfig(env), () => {});
        const events = await log.readAll(0n, 1_000);
        await log.close();
        return { id: log.id, events: events.map(({ position: _, ...event }) => event) };
      };
      try {
        const env = settings('lost', stores.lost);
        const log = await openLog(readConfig(env), () => {});
        await log.append('import-3d172b54-f40f-4df9-9342-0b042fac5382', [newEvent(IMPORT_REQUESTED)], 'no_stream');
        const { stream, events } = imageEvent(BYTES);
        await log.append(stream, [newEvent(IMPORT_REQUESTED), ...events], 'no_stream');
        await log.close();
        const blob = join(directory.path, 'lost/blobs', placeOf(sha256Of(BYTES)));
        mkdirSync(dirname(blob), { recursive: true });
        writeFileSync(blob, BYTES);
        const [backUp, look, restore, verify, backUpAgain] = commands as [
          string[],
          string[],
          string[],
          string[],
          string[],
        ];
        const before = await everything(env);
        await run(env, backUp);
        rmSync(join(directory.path, 'lost'), { recursive: true });

        const elsewhere = settings('found', stores.found);
        await run(elsewhere, look);
        await run(elsewhere, restore);
        const after = await everything(elsewhere);
        expect({ ...after, events: after.events.slice(0, -1) }).to.deep.equal(before);
        const service = await startTestService(elsewhere);
        await service.stop();
        await run(elsewhere, verify);
        await run(elsewhere, backUpAgain);
      } finally {
        await stores.stop();
      }
    }).timeout(30_000);
  }
});
