import type { Socket } from 'node:net';
import { expect } from 'chai';
import type { Params } from '../../../../src/events/import-events.ts';
import { ImportFailure } from '../../../../src/importer/import-failure.ts';
import type { Wanted } from '../../../../src/importer/sources/source.ts';
import { UrlSource } from '../../../../src/importer/sources/url.ts';
import { type AllowedHosts, parseAllowedHosts } from '../../../../src/outbound/allowed-hosts.ts';
import { USUAL_PORTS } from '../../../../src/outbound/allowed-ports.ts';
import type { DestinationRules } from '../../../../src/outbound/destinations.ts';
import { GuardedClient, type OutboundGet } from '../../../../src/outbound/guarded-client.ts';
import { addresses, destinations } from '../../../support/destinations.ts';
import { type Fetch, fetchFrom } from '../../../support/fetched.ts';
import { type Receiver, startReceiver } from '../../../support/receiver.ts';
import { rejectionOf } from '../../../support/rejection-of.ts';

export const MOST_BYTES = 1_000_000;

/** An answer with these headers, whose body is `image`. */
export const answer = (...headers: string[]) =>
  ['HTTP/1.1 200 OK', 'Content-Length: 5', ...headers, '', 'image'].join('\r\n');
export const redirect = (to: string, status = 302) =>
  `HTTP/1.1 ${status} Go\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`;

/** Images at URLs, for the tests of one `describe`: a server that answers what each test says, and the source that fetches from it. */
export function imagesAtUrls(): ImagesAtUrls {
  const images = new ImagesAtUrls();
  beforeEach(() => {
    images.leadsTo = ['127.0.0.1'];
    images.get = {};
  });
  afterEach(async () => {
    await images.client.close();
    await images.receiver.stop();
  });
  return images;
}

class ImagesAtUrls {
  client!: GuardedClient;
  receiver!: Receiver;
  /** What `images.example` and `cdn.example`, which are open, and all other names lead to. */
  leadsTo: readonly string[] = [];
  get: Partial<OutboundGet> = {};

  /** @param answers to each path: bytes, or what to do */
  start = async (answers: { readonly [path: string]: string | ((socket: Socket) => unknown) }): Promise<void> => {
    this.receiver = await startReceiver((socket) => {
      const path = / (\S+) HTTP/.exec(this.receiver.heads.at(-1) ?? '')?.[1] ?? '';
      const found =
        answers[path] ?? answers[path.replace(/\?.*/, '')] ?? 'HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n';
      return typeof found === 'string' ? socket.write(found, 'latin1') : found(socket);
    });
    this.client = this.clientFor({});
  };

  clientFor = (rules: Partial<DestinationRules>): GuardedClient =>
    new GuardedClient(
      destinations({
        mayUseHttp: true,
        openUrl: `http://127.0.0.1:${this.receiver.port}/open.jpg`,
        allowedHosts: parseAllowedHosts('images.example, cdn.example') as AllowedHosts,
        allowedPorts: new Set([...USUAL_PORTS, this.receiver.port]),
        settings: { hosts: 'IMPORT_ALLOWED_HOSTS', ports: 'IMPORT_ALLOWED_PORTS' },
        lookUp: async () => addresses(...this.leadsTo),
        ...rules,
      }),
    );

  at = (path: string, host = 'images.example'): string => `http://${host}:${this.receiver.port}${path}`;

  fetched = (params: Params, wanted: Partial<Wanted> = {}, how?: Parameters<typeof fetchFrom>[2]): Fetch => {
    const limited = {
      get: ((url, given, read) => this.client.get(url, { ...given, ...this.get }, read)) as GuardedClient['get'],
    };
    const source = new UrlSource({ client: limited, timeoutMs: 10_000, mostBytes: MOST_BYTES });
    return fetchFrom(source, { params, ...wanted }, how);
  };

  /** How it fails. Whatever happens, no address, credential or query is told. */
  failureOf = async (given: Params | Fetch): Promise<ImportFailure> => {
    const fetch = 'fetched' in given ? (given as Fetch) : this.fetched(given);
    const failure = await rejectionOf(fetch.fetched);
    expect(failure).to.be.instanceOf(ImportFailure);
    expect(`${failure.message} ${JSON.stringify(fetch.calls)}`).to.not.match(/10\.0\.0|secret|\?/);
    return failure as ImportFailure;
  };

  /** A header of a request: of the last one, unless set. */
  header = (name: string, request = -1): string | undefined =>
    new RegExp(`^${name}: (.*)\r$`, 'im').exec(this.receiver.heads.at(request) ?? '')?.[1];
}
