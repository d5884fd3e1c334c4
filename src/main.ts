import { flushCompileCache } from 'node:module';
import { enlargeThreadPool } from './machine/thread-pool.ts';
import { stopReason } from './stop-reason.ts';

// First, because a stop may come while the service is starting.
const reason = stopReason();

enlargeThreadPool();
const { run } = await import('./process.ts');
// Now, for the threads that the service starts next.
flushCompileCache();
await run(reason);
