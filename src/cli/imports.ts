#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import { flushCompileCache } from 'node:module';
import { useCompileCache } from '../compile-cache.ts';

/** The operators' command line, `npx imports`. */

useCompileCache();
const { run } = await import('./program.ts');
flushCompileCache();

const { env, stdout, stderr } = process;
let interrupted: AbortController | null = null;
process.exitCode = await run(process.argv.slice(2), {
  env,
  stdout,
  stderr,
  // Opened by looking at it.
  get stdin() {
    return process.stdin;
  },
  get signal() {
    if (interrupted === null) {
      interrupted = new AbortController();
      // A second Ctrl-C ends the process at once.
      process.once('SIGINT', () => interrupted?.abort());
    }
    return interrupted.signal;
  },
});
