import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { Context } from '../../src/cli/context.ts';
import { createProgram, run } from '../../src/cli/program.ts';
import type { Surroundings } from '../../src/cli/surroundings.ts';
import { type Ended, environment } from './process.ts';

/** A run of the command line within this process. */
export interface Run {
  /** Its standard input. */
  readonly stdin: PassThrough;
  /** Its output so far. */
  stdout(): string;
  stderr(): string;
  /** Stops it, as Ctrl-C does. */
  interrupt(): void;
  readonly ended: Promise<Ended>;
}

interface RunOptions {
  readonly isAtTerminal?: boolean;
  /** The width of the terminal. */
  readonly columns?: number;
  /** It is interrupted as soon as it has said or printed this. */
  readonly interruptAt?: RegExp;
}

/** Starts a run. A command that changes the account of its process needs a separate process: `startImports`. */
export function runImports(
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  { isAtTerminal, columns, interruptAt }: RunOptions = {},
): Run {
  const interrupted = new AbortController();
  const { surroundings, texts } = surroundingsOf(env, interrupted.signal, isAtTerminal, columns);
  for (const name of ['stdout', 'stderr'] as const) {
    surroundings[name].on('data', () => {
      if (interruptAt?.test(texts[name])) interrupted.abort();
    });
  }
  const umask = process.umask();
  const ended = run(args, surroundings)
    .then((code) => ({ code, stdout: texts.stdout, stderr: texts.stderr }))
    .finally(() => {
      process.umask(umask);
    });
  return {
    stdin: surroundings.stdin,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    interrupt: () => interrupted.abort(),
    ended,
  };
}

/** Runs the command line to its end, with nothing on its standard input. */
export function imports(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> {
  const { stdin, ended } = runImports(env, args);
  stdin.end();
  return ended;
}

/** All commands, or only one of them, to inspect them. */
export function wholeProgram(only?: string): Promise<Command> {
  return createProgram(new Context(surroundingsOf({}, new AbortController().signal).surroundings), only);
}

function surroundingsOf(env: NodeJS.ProcessEnv, signal: AbortSignal, isTTY = false, columns?: number) {
  const texts = { stdout: '', stderr: '' };
  const collected = (name: keyof typeof texts) =>
    Object.assign(new PassThrough().setEncoding('utf8'), { isTTY, columns }).on('data', (chunk) => {
      texts[name] += chunk;
    });
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const streams = { stdin, stdout: collected('stdout'), stderr: collected('stderr') };
  const surroundings = {
    env: environment(env),
    ...streams,
    signal,
    leave: () => {},
    lowerPriority: () => {},
  } satisfies Surroundings;
  return { surroundings, texts };
}
