import { statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Caches the JavaScript that Node makes of our TypeScript, for later starts and for this process's threads. It halves the time to start.
// It must be imported before any other module. Plain JavaScript, as what imports it: a process that meets TypeScript before the cache is
// there loads the type stripper, 10 MB, and so does a process that has something to compile. If the directory cannot be written, Node
// works without a cache. So does root in another user's checkout, because the user could neither use nor remove root's files.
const packages = fileURLToPath(new URL('../node_modules/', import.meta.url));
if (process.getuid?.() !== 0 || statSync(packages, { throwIfNoEntry: false })?.uid === 0) {
  const directory = `${packages}.cache/import-api`;
  enableCompileCache(directory);
  // For the threads.
  process.env.NODE_COMPILE_CACHE = directory;
}
