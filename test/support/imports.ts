import { Readable, Writable } from 'node:stream';
import { run } from '../../src/cli/program.ts';
import { type Ended, environment } from './process.ts';

/**
 * Runs the command line to its end, within this process. What it does to its process (its priority, its account) needs one of its
 * own: `startImports`.
 */
export async function imports(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> {
  const stdout = new Collected();
  const stderr = new Collected();
  const umask = process.umask();
  try {
    const code = await run(args, { env: environment(env), stdin: Readable.from([]), stdout, stderr });
    return { code, stdout: stdout.text, stderr: stderr.text };
  } finally {
    process.umask(umask);
  }
}

class Collected extends Writable {
  readonly #chunks: Buffer[] = [];

  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }
}
