import { cpus } from 'node:os';
import { join } from 'node:path';
import { reasonOf } from '../src/errors/reason-of.ts';
import { measureBackup } from './backup.ts';
import { fileSystemOf, isInMemory } from './file-system.ts';
import { measureFollowing } from './follow.ts';
import { printGoals } from './goals.ts';
import { measureImporter } from './importer.ts';
import { measureMemory } from './memory.ts';
import { type Options, readOptions } from './options.ts';
import { measureReplaying } from './replay.ts';
import { measureStartUp } from './start-up.ts';
import { checkStores, type Engines, enginesIn, hasEngines, shownUrl } from './stores.ts';
import { measureSubscribers } from './subscribers.ts';
import { measureThroughput } from './throughput.ts';
import { measureWebhooks } from './webhooks.ts';
import { Workspace } from './workspace.ts';

/** `npm run bench`: compares the service with a program that stores nothing. `--help` lists the options. */

const options = readOptions();
if (options !== null) await run(options);

async function run(options: Options): Promise<void> {
  const workspace = new Workspace(options.directory);
  workspace.clearOnSignals();
  try {
    describe(workspace.folder, options);
    const stores = (folder: string, engines: Engines = {}) => ({
      DATA_DIR: join(workspace.folder, folder),
      ...engines,
    });
    const used = stores('throughput', options.engines);
    const isAsked = (part: Options['parts'][number]) => options.parts.includes(part);
    const logEnd = await checkStores(used);
    const throughput = isAsked('throughput') ? await measureThroughput(workspace, used, logEnd, options) : [];
    const following = isAsked('follow')
      ? await measureFollowing(workspace, stores('follow', options.engines), options)
      : null;
    const withImports = isAsked('memory') && options.imports > 0;
    const full = stores('full');
    const memory = withImports ? await measureMemory(workspace, full, options) : null;
    const startUpRatio = withImports
      ? await measureStartUp(workspace, { empty: stores('empty'), full }, options)
      : null;
    const replaying = isAsked('replay') ? await measureReplaying(workspace, stores, options) : null;
    const subscribing = isAsked('subscribers')
      ? await measureSubscribers(workspace, stores('subscribers', options.engines), options)
      : null;
    const sending = isAsked('subscribers')
      ? await measureWebhooks(workspace, stores('webhooks', options.engines), options)
      : null;
    const importing = isAsked('importer') ? await measureImporter(workspace, stores, options) : null;
    const backingUp = isAsked('backup') ? await measureBackup(workspace, stores('backup'), options) : null;
    printGoals({
      throughput,
      following,
      memory,
      startUpRatio,
      replaying,
      subscribing,
      sending,
      importing,
      backingUp,
      isOnEventStore: options.engines.EVENTSTORE_URL !== undefined,
    });
  } catch (error) {
    // An error after Ctrl-C is no news.
    if (!workspace.isCleared) process.stderr.write(`${reasonOf(error)}\n`);
    process.exitCode = 1;
  } finally {
    await workspace.clear();
  }
}

/** Prints what is measured, and on which machine and stores. */
function describe(folder: string, { load, engines }: Options): void {
  const { EVENTSTORE_URL, MONGODB_URL } = engines;
  const log =
    EVENTSTORE_URL === undefined
      ? `the log on ${fileSystemOf(folder)} (${folder}), fsync before each answer`
      : `the log in EventStoreDB (${shownUrl(EVENTSTORE_URL)})`;
  const readModel =
    MONGODB_URL === undefined ? 'the read model embedded' : `the read model in MongoDB (${shownUrl(MONGODB_URL)})`;
  console.log(
    `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, ${load}; ${log}; ${readModel}.\n`,
  );
  if (EVENTSTORE_URL === undefined && isInMemory(folder)) {
    console.log('This folder is in memory, where fsync costs nothing.\n');
  }
  if (hasEngines(engines)) {
    console.log(
      'What this run writes there stays there. Memory and start-up are not measured, since they need new logs.\n',
    );
  }
  const ignored = Object.keys(enginesIn(process.env)).filter((name) => !(name in engines));
  if (ignored.length > 0) console.log(`Ignored because of --embedded: ${ignored.join(' and ')}.\n`);
}
