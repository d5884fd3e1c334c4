import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Connection, MOST_WAITING } from './connection.ts';
import { limitBodyTime } from './in/body-time.ts';
import { clientAddress } from './in/client-address.ts';
import { breakOff } from './in/read-body.ts';
import { answerHeaders } from './out/headers.ts';
import {
  brokenOff,
  headersTooLarge,
  malformed,
  type Problem,
  problemBody,
  requestTimeout,
  tooManyRequests,
} from './out/problem.ts';
import type { Refusal } from './refusal-lines.ts';

/** Each takes memory, however short it is, and 16 KiB would have room for thousands. */
const MOST_HEADERS = 200;

/** Time-outs in milliseconds. */
export interface Timeouts {
  readonly headersMs: number;
  /** For the body, which has at most 1 MiB. Uploads have other limits. */
  readonly requestMs: number;
  /** The longest pause between two requests on one connection. */
  readonly keepAliveMs: number;
  /** The longest time without any byte in or out, even while the caller reads an answer. */
  readonly idleMs: number;
  /** For how long bytes after the last answer on a connection are still read and thrown away. */
  readonly lingerMs: number;
  /** The interval of the checks of the first one. */
  readonly checkEveryMs: number;
}

/** A well-behaved caller reaches none of them. Each of them ends a slow caller. */
export function timeoutsWith(keepAliveMs: number): Timeouts {
  return { headersMs: 10_000, requestMs: 30_000, keepAliveMs, idleMs: 60_000, lingerMs: 5_000, checkEveryMs: 1_000 };
}

/**
 * A server with limits against slow and malformed clients; it does not listen yet.
 * @param onRefusal is called for each answer that is given without the listener
 */
export function createHttpServer(
  listener: RequestListener,
  timeouts: Timeouts,
  onRefusal: (refusal: Refusal) => void = () => {},
): Server {
  const connections = new WeakMap<Socket, Connection>();
  const onRequest: RequestListener = (request, response) => {
    const begin = () => listener(request, response);
    const connection = connections.get(request.socket) as Connection;
    if (request.rawHeaders.length > 2 * MOST_HEADERS) {
      connection.refuse(() => refusal(request.socket, headersTooLarge()));
      return;
    }
    limitBodyTime(request, timeouts.requestMs, () => refuse(late(), request.socket));
    connection.take(response, begin, () => refusal(request.socket, TOO_MANY_WAITING));
  };
  const server = createServer(
    {
      headersTimeout: timeouts.headersMs,
      // Node would limit all requests alike, and uploads take longer.
      requestTimeout: 0,
      keepAliveTimeout: timeouts.keepAliveMs,
      connectionsCheckingInterval: timeouts.checkEveryMs,
      // Node would refuse a request without Host with a bare 400. The app answers with a problem.
      requireHostHeader: false,
    },
    onRequest,
  );
  server.setTimeout(timeouts.idleMs);
  // Node silently drops those beyond. With one of these, the request is refused.
  server.maxHeadersCount = MOST_HEADERS + 1;
  // A caller who closes only the sending side still gets the answer to a request that has begun.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on('connection', (socket: Socket) => {
    const connection = new Connection(socket, timeouts.lingerMs);
    connections.set(socket, connection);
    // Node sets it by itself, except for a request that asks for an upgrade.
    socket.on('end', () => connection.unfinished !== null && breakOff(connection.unfinished.req, brokenOff()));
  });
  // Node would send `100 Continue` before the request is checked.
  server.on('checkContinue', onRequest);
  // Node would refuse an unknown expectation with a bare 417. It can be ignored.
  server.on('checkExpectation', onRequest);
  const refusal = ({ remoteAddress }: Socket, problem: Problem) => {
    const requestId = randomUUID();
    onRefusal({ requestId, ...clientAddress(remoteAddress, {}, null), status: problem.status, problem: problem.code });
    return rawAnswer(problem, requestId);
  };
  const refuse = (error: NodeJS.ErrnoException, socket: Socket) => {
    const connection = connections.get(socket);
    if (connection === undefined || connection.isClosing || !socket.writable) {
      socket.destroy();
      return;
    }
    const problem = problemFor(error.code);
    const { unfinished } = connection;
    if (unfinished === null) {
      connection.answerLast(() => refusal(socket, problem));
    } else {
      connection.stopReading();
      breakOff(unfinished.req, problem);
    }
  };
  server.on('clientError', (error, socket) => refuse(error, socket as Socket));
  // Node would silently drop the connection.
  server.on('connect', (_request, socket) => refuse(new Error('CONNECT'), socket as Socket));
  return server;
}

/** The answer to bytes that are no request, or to a request that came too late; its headers and body are like those of all answers. */
function rawAnswer(problem: Problem, requestId: string): string {
  const body = problemBody(problem, '', requestId);
  const headers = answerHeaders({
    contentType: 'application/problem+json',
    requestId,
    runtimeSeconds: 0,
    further: [...problem.headers, ['Connection', 'close']],
    contentLength: Buffer.byteLength(body),
  });
  const lines = [`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`];
  for (let index = 0; index < headers.length; index += 2) lines.push(`${headers[index]}: ${headers[index + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

const TOO_MANY_WAITING = tooManyRequests(
  `Read the answers first: at most ${MOST_WAITING} requests of a connection may wait for their turn, and fewer if many of others wait.`,
);

/** As Node says it of headers. */
function late(): NodeJS.ErrnoException {
  return Object.assign(new Error('the body is late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
}

/** The codes of Node's parser for a character that no URL has, and for text after a space in one. */
const NOT_A_URL: readonly string[] = ['HPE_INVALID_URL', 'HPE_INVALID_CONSTANT'];
const ESCAPE =
  'The likely reason is a character in its path or query that must be escaped: send é as %C3%A9, a space as %20.';

/** @param code the code of an error of Node's parser or timer */
function problemFor(code: string | undefined): Problem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return requestTimeout();
  if (code === 'HPE_HEADER_OVERFLOW') return headersTooLarge();
  if (code === 'HPE_INVALID_EOF_STATE') return brokenOff();
  const reason = NOT_A_URL.includes(code ?? '') ? ` ${ESCAPE}` : '';
  return malformed(`This is not an HTTP/1.1 request that is understood here.${reason}`);
}

/**
 * Accepts no more connections, lets requests under way finish, and resolves when the last connection is closed. After `graceMs`
 * it closes those that are left.
 */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cut);
}
