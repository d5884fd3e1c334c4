import { flushCompileCache } from 'node:module';
import { useCompileCache } from './compile-cache.ts';

/** The service's process. */

// At once: npm may end while the service is still starting.
const { ppid } = process;

useCompileCache();
const { run } = await import('./process.ts');
// Now, for the threads that the service is about to start.
flushCompileCache();
await run(ppid);
