import { AsyncLocalStorage } from 'node:async_hooks';
import type { Readable, Writable } from 'node:stream';

/** What a run of the command line reads and writes: the process's own, or a caller's within the same process. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}

const current = new AsyncLocalStorage<Surroundings>();

/** Those of the run that the caller is part of. */
export function surroundings(): Surroundings {
  return current.getStore() ?? process;
}

/** Runs work in surroundings of its own. */
export function inSurroundings<T>(given: Surroundings, work: () => T): T {
  return current.run(given, work);
}
