import './least-node.js';

// Where the service begins.
await import('./compile-cache.js');
await import('./main.ts');
