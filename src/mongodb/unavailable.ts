/** The error of a port, for a store that cannot be used: each port whose adapter uses MongoDB has its own. */
export type Unavailable = new (reason: string, cause?: unknown) => Error;
