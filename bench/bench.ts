import { cpus } from 'node:os';
import { join } from 'node:path';
import { reasonOf } from '../src/reason-of.ts';
import { fileSystemOf, isInMemory } from './file-system.ts';
import { printGoals } from './goals.ts';
import { measureMemory } from './memory.ts';
import { type Options, readOptions } from './options.ts';
import { measureStartUp } from './start-up.ts';
import { measureThroughput } from './throughput.ts';
import { Workspace } from './workspace.ts';

/** `npm run bench`: how fast the service is beside the same thing without storage. `--help` says what may be set. */

const options = readOptions();
if (options !== null) await run(options);

async function run(options: Options): Promise<void> {
  const workspace = new Workspace(options.directory);
  workspace.clearOnSignals();
  try {
    console.log(
      `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}, ${options.load}; the log on ` +
        `${fileSystemOf(workspace.folder)} (${workspace.folder}), fsync before each answer.\n`,
    );
    if (isInMemory(workspace.folder)) console.log('This is not a disk: fsync costs nothing here.\n');
    const ratios = await measureThroughput(workspace, join(workspace.folder, 'throughput'), options);
    const withImports = options.imports > 0;
    const full = join(workspace.folder, 'full');
    const empty = join(workspace.folder, 'empty');
    const memory = withImports ? await measureMemory(workspace, full, options) : null;
    const startUpRatio = withImports ? await measureStartUp(workspace, { empty, full }, options) : null;
    printGoals({ ratios, memory, startUpRatio });
  } catch (error) {
    // What fails because the run was stopped, by Ctrl-C, is no news.
    if (!workspace.isCleared) process.stderr.write(`${reasonOf(error)}\n`);
    process.exitCode = 1;
  } finally {
    await workspace.clear();
  }
}
