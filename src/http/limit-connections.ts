import type { Server } from 'node:http';
import { atMost } from '../time/seldom.ts';

/** How many connections callers may have: each takes some 25 kB, so that all take some 500 MB. */
export const MOST_CONNECTIONS = 20_000;

/** How often idle ones are closed, in milliseconds. */
const CLOSED_EVERY_MS = 1_000;

/**
 * Whoever can connect could take all memory and all file descriptors with connections that do nothing. If all places are taken, a new
 * connection is closed at once, and so are all that idle between two requests: whoever needs one connects again.
 */
export function limitConnections(server: Server, most: number): void {
  server.maxConnections = most;
  const closeIdle = atMost(1, CLOSED_EVERY_MS, () => server.closeIdleConnections());
  server.on('drop', closeIdle);
}
