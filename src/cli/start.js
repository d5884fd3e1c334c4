#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import '../compile-cache.js';

// Where the command line begins.
await import('./imports.ts');
