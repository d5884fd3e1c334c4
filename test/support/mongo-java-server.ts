import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { builtOnce } from './build-once.ts';
import { describeWithServer } from './describe-with-server.ts';
import { type CommandLine, startServer, type TestMongodb } from './mongodb-server.ts';
import { onPath } from './on-path.ts';

/**
 * mongo-java-server: a MongoDB for tests in which each command is atomic, as in MongoDB but not in FerretDB 1.24, and to which many
 * clients can write at once. It keeps its data in memory, does not use indexes, and orders text by UTF-16, not by its bytes.
 */

const SOURCE = fileURLToPath(new URL('mongo-java-server/', import.meta.url));

const run = promisify(execFile);

/** Describes tests that need `startMongoJavaServer`. */
export function describeWithMongoJavaServer(title: string, body: () => void): void {
  describeWithServer(missing(), title, body, commandLine);
}

/** Starts a server for one test. */
export async function startMongoJavaServer(): Promise<TestMongodb> {
  return startServer(await commandLine());
}

/** Loads and compiles it, if that is possible. */
export async function prepareMongoJavaServer(): Promise<void> {
  if (missing() === undefined) await commandLine();
}

/** Why it cannot be started. */
function missing(): string | undefined {
  return ['java', 'javac', 'mvn'].every(onPath) ? undefined : 'needs mvn and a JDK, of Java 17 or later, on the PATH';
}

let built: Promise<CommandLine> | undefined;

function commandLine(): Promise<CommandLine> {
  built ??= (async () => {
    const folder = await builtOnce('mongo-java-server', { folder: SOURCE, files: ['pom.xml', 'Main.java'] }, build);
    const classes = `${join(folder, 'classes')}:${join(folder, 'libraries', '*')}`;
    // Options with which it starts in a second and leaves the other cores to the tests.
    const options = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    return (port) => ['java', ...options, '-cp', classes, 'Main', `${port}`];
  })();
  return built;
}

async function build(into: string): Promise<void> {
  const libraries = join(into, 'libraries');
  const fetch = ['--batch-mode', '--quiet', '--file', join(SOURCE, 'pom.xml'), 'dependency:copy-dependencies'];
  await run('mvn', [...fetch, `-DoutputDirectory=${libraries}`]);
  await run('javac', [
    '-encoding',
    'UTF-8',
    '-cp',
    join(libraries, '*'),
    '-d',
    join(into, 'classes'),
    join(SOURCE, 'Main.java'),
  ]);
}
