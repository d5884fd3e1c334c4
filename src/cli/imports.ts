#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import { flushCompileCache } from 'node:module';
import { useCompileCache } from '../compile-cache.ts';

/** The operators' command line, `npx imports`. */

useCompileCache();
const { run } = await import('./program.ts');
flushCompileCache();
process.exitCode = await run(process.argv.slice(2), process);
