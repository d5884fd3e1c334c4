import type { Readable, Writable } from 'node:stream';

/** The same command line in a process of its own. */
export interface Again {
  /** Its output, and its exit code; null: it was killed. @throws it could not be started */
  readonly ended: Promise<{ readonly stdout: string; readonly code: number | null }>;
  /** Ends it, and waits for nothing: what waits for a file system cannot be ended yet. */
  kill(): void;
}

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
  /** Runs the same command line in a process of its own; undefined: it cannot. @param env besides that of this one */
  readonly again?: (env: NodeJS.ProcessEnv) => Promise<Again>;
  /** Lets other processes of the machine come first, for good. */
  lowerPriority(): void;
}
