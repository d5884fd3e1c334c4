import './compile-cache.js';

// Where the service begins.
await import('./main.ts');
