import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A POST that came. */
export interface Received {
  readonly id: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The CloudEvent. */
  readonly event: { readonly [name: string]: unknown } & { readonly subject: string; readonly sequence: string };
}

/** A subscriber's server on this machine. */
export interface WebhookReceiver {
  readonly url: string;
  readonly port: number;
  readonly received: readonly Received[];
  /** What it answers from now on; 200 at first. */
  answer: (received: Received, response: ServerResponse) => void;
  stop(): Promise<void>;
}

export const status = (code: number) => (_received: Received, response: ServerResponse) => {
  response.writeHead(code).end();
};

/** @param port 0: any free one */
export async function startWebhookReceiver(port = 0): Promise<WebhookReceiver> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    response.on('error', () => {});
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return;
    }
    const body = Buffer.concat(chunks).toString();
    const one: Received = {
      id: String(request.headers['webhook-id']),
      ...{ headers: request.headers, body, event: JSON.parse(body) },
    };
    received.push(one);
    receiver.answer(one, response);
  });
  server.keepAliveTimeout = 60_000;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const at = (server.address() as AddressInfo).port;
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${at}/hooks`,
    port: at,
    received,
    answer: status(200),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}
