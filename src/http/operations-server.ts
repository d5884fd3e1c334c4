import type { Server } from 'node:http';
import { type AppOptions, createApp } from './app.ts';
import { notFound } from './out/problem.ts';
import { refusalLines } from './refusal-lines.ts';
import { LISTENER_ROUTES } from './routes.ts';
import { createHttpServer, type Timeouts } from './server.ts';

/** A scraper that never closes its connections must not use up the file descriptors that callers need. */
const MOST_CONNECTIONS = 64;

/** Requests here are short and rare, so a new connection costs little. An idle one is closed soon, since another may need its place. */
const TIMEOUTS: Timeouts = {
  headersMs: 5_000,
  requestMs: 5_000,
  keepAliveMs: 5_000,
  idleMs: 10_000,
  lingerMs: 1_000,
  checkEveryMs: 1_000,
};

/** The server for operators, with its own limits; it does not listen yet. */
export function createOperationsServer(options: Omit<AppOptions, 'corsOrigins' | 'isTrusted'>): Server {
  // No page of another origin reads it, and no proxy is in front of it.
  const app = createApp(LISTENER_ROUTES, nothingForOperators, { ...options, corsOrigins: null, isTrusted: null });
  const server = createHttpServer(app.callback(), TIMEOUTS, refusalLines(options.logger));
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}

function nothingForOperators() {
  return notFound(
    'Nothing is here. Operators find /livez, /readyz and /metrics here; callers find the API at HOST and PORT.',
  );
}
