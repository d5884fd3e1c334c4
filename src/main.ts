import { flushCompileCache } from 'node:module';
import { useCompileCache } from './compile-cache.ts';
import { toldToStop } from './told-to-stop.ts';

/** The service's process. */

// First: a stop may come while the service is still starting.
const told = toldToStop();

useCompileCache();
const { run } = await import('./process.ts');
// Now, for the threads that the service is about to start.
flushCompileCache();
await run(told);
