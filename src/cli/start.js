#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import '../least-node.js';

// Where the command line begins.
await import('../compile-cache.js');
await import('./imports.ts');
