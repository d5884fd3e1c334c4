import type { Server } from 'node:http';
import { refusalLines } from '../refusal-lines.ts';
import { createHttpServer, type Timeouts } from '../server.ts';
import { type OperationsOptions, operationsApp } from './operations-app.ts';

/** Who scrapes and never lets go must not use up what callers' connections need. */
const MOST_CONNECTIONS = 64;

/** What is asked for here is short, and a new connection for it costs nothing: none is kept for long that another may need. */
const TIMEOUTS: Timeouts = {
  headersMs: 5_000,
  requestMs: 5_000,
  keepAliveMs: 5_000,
  idleMs: 10_000,
  lingerMs: 1_000,
  checkEveryMs: 1_000,
};

/** The server for operators, with limits of its own; it does not listen yet. */
export function createOperationsServer(options: OperationsOptions): Server {
  const server = createHttpServer(operationsApp(options).callback(), TIMEOUTS, refusalLines(options.logger));
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}
