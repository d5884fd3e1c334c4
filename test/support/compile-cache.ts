import { useCompileCache } from '../../src/compile-cache.ts';

// Mocha loads this first: many tests start the threads of the stores, which then compile nothing.
useCompileCache();
