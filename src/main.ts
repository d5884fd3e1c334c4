import { flushCompileCache } from 'node:module';
import { useCompileCache } from './compile-cache.ts';

/** The service's process. */

useCompileCache();
const { run } = await import('./process.ts');
// Now, for the threads that the service is about to start.
flushCompileCache();
await run();
