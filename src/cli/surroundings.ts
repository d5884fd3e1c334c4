import type { Readable, Writable } from 'node:stream';

/** What a run of the command line reads and writes: the streams of the process, or those of a test. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Aborts at Ctrl-C and SIGTERM. Until a subcommand asks for it, they end the process at once. */
  readonly signal: AbortSignal;
  /** Ends the process after the subcommand, though something is still under way. */
  leave(): void;
  /** Lets other processes of the machine come first, for good. */
  lowerPriority(): void;
}
