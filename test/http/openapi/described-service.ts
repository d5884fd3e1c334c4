import { createHash } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Image } from '../../../src/events/import-events.ts';
import { newId } from '../../../src/events/new-id.ts';
import { streamName } from '../../../src/events/streams.ts';
import { claimText } from '../../../src/http/claim-name.ts';
import { workerName } from '../../../src/http/own-claim.ts';
import type { Services } from '../../../src/http/services.ts';
import { isSecured, type Named, operations } from '../../support/described.ts';
import { delivery, type FakeWebhooks, withFakeWebhooks } from '../../support/fake-webhooks.ts';
import { MemoryBlobs } from '../../support/memory-blobs.ts';
import { Performing } from '../../support/performed.ts';
import { PNG } from '../../support/png.ts';
import { rawResponse } from '../../support/raw-http.ts';
import { DOCUMENT_BODY, ORGANIZATION, OTHER_ORGANIZATION, testService, USER } from '../../support/service.ts';

export type Body = NonNullable<RequestInit['body']>;

/** The origin of the page that sends the requests. */
const PAGE = 'https://app.example.com';

/** Settings that add headers to answers. No rate is reached. */
const EVERYTHING = { CORS_ORIGINS: PAGE, RATE_LIMIT: 'requests=1000000, bytes=1000000000' };

const DELIVERY = delivery('', 1).id;

const OPERATOR = '7e1f9d2c-3b4a-4c5d-9e6f-0a1b2c3d4e5f';
const WORKER = 'b0a7f2d4-6c1e-4b7a-8d3f-2e5c9a1b4d60';
const ALBUM = 'an album';

/** What is in a path. */
interface InPath {
  readonly id?: string;
  readonly delivery?: string;
  readonly claim?: string;
}

/**
 * A service with imports, two images and two webhooks, for all the tests of a `describe`. Tests call its operations by their ids, each as a caller who may.
 */
export class DescribedService {
  readonly #test = testService(EVERYTHING);
  readonly performing = new Performing(() => this.services);
  readonly blobs = new MemoryBlobs();
  #importId = '';
  #imageId = '';
  #claim = '';
  #webhookId = '';
  #webhooks: FakeWebhooks | undefined;

  constructor() {
    before(async () => {
      await this.#test.register(OPERATOR, OTHER_ORGANIZATION, 'operator');
      await this.#test.register(WORKER, ORGANIZATION, 'worker');
      Object.assign(this.services, { blobs: this.blobs });
      for (let made = 0; made < 2; made += 1) this.#imageId = (await this.image()).id;
      this.#claim = await this.claim();
      await this.#test.post(DOCUMENT_BODY);
      this.#importId = ((await (await this.#test.post(DOCUMENT_BODY)).json()) as { id: string }).id;
      this.#webhooks = withFakeWebhooks(this.services);
      const webhook = { url: 'https://hooks.example.com/in', types: ['*'], v1a: true };
      for (let made = 0; made < 2; made += 1) {
        const init = { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(webhook) };
        this.#webhookId = ((await (await this.ask('createWebhook', init)).json()) as { id: string }).id;
      }
      this.webhooks.ofEndpoints.push(delivery(this.#webhookId, 1), delivery(this.#webhookId, 2, 'waiting'));
      await this.services.follower.whenLevel();
    });
  }

  get services(): Services {
    return this.#test.service.services;
  }

  get webhooks(): FakeWebhooks {
    return this.#webhooks as FakeWebhooks;
  }

  get webhookId(): string {
    return this.#webhookId;
  }

  get url(): string {
    return this.#test.url;
  }

  token(): string {
    return this.#test.token();
  }

  /** A token of a secret of the members' organization. */
  async secretToken(claims: object): Promise<string> {
    const iss = newId();
    return jwt.sign({ iss, ...claims }, await this.#test.issueSecret(iss, ORGANIZATION));
  }

  workersToken(): string {
    return this.#test.token(WORKER);
  }

  /** A new import that waits. */
  async requested(): Promise<string> {
    const answer = await this.#test.post(`url=https://example.com/1.png&album_id=${ALBUM}&filename=1.png`);
    return ((await answer.json()) as { id: string }).id;
  }

  /** A new image that has arrived. */
  async image(bytes: Buffer = PNG): Promise<Image> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.blobs.kept.set(sha256, bytes);
    const kept = { sha256, bytes: bytes.length, content_type: 'image/png', format: 'png' };
    return this.performing.succeed(await this.requested(), kept);
  }

  /** A new claim of the worker. */
  async claim(): Promise<string> {
    const importId = await this.requested();
    const revision = await this.performing.start(importId, { worker: workerName({ name: `user:${WORKER}` }) });
    const [started] = await this.services.log.readStream(streamName('import', importId), revision);
    return claimText({ importId, eventId: started?.id as string });
  }

  /** The default caller of an operation: an operator or a worker if it is for them, else a member. */
  callerOf(id: string): string {
    const { path } = routeOf(id);
    if (path.startsWith('/api/v1/work/')) return WORKER;
    return path.startsWith('/api/v1/operations/') ? OPERATOR : USER;
  }

  /** The method and the path of an operation. */
  requestLine(id: string): string {
    const { method, path } = routeOf(id);
    return `${method} ${this.#pathIn(path)}`;
  }

  /** A request to an operation; with a token if its description requires one, unless `init` has another. */
  ask(id: string, init: RequestInit = {}, query = ''): Promise<Response> {
    const route = routeOf(id);
    const request = { method: route.method, ...init, headers: { Origin: PAGE, ...init.headers } };
    const target = this.#pathIn(route.path) + query;
    if (!isSecured(route)) return fetch(this.#test.url + target, request);
    const Authorization = this.#test.authorization(this.callerOf(id));
    return this.request(target, { ...request, headers: { Authorization, ...request.headers } });
  }

  /** The same for others than those of this service: another import, webhook, image, delivery or claim. */
  askOf(id: string, inPath: InPath, init: RequestInit = {}, query = '') {
    const { method, path } = routeOf(id);
    const Authorization = this.#test.authorization(this.callerOf(id));
    return this.request(this.#pathIn(path, inPath) + query, {
      method,
      ...init,
      headers: { Authorization, Origin: PAGE, ...init.headers },
    });
  }

  async askAgain(id: string, query = ''): Promise<Response> {
    const { headers } = await this.ask(id, {}, query);
    return this.ask(id, { headers: { 'If-None-Match': headers.get('etag') as string } }, query);
  }

  /** @param type null if `fetch` sets it */
  create(type: string | null, body: Body): Promise<Response> {
    return this.ask('createImport', { headers: type === null ? {} : { 'Content-Type': type }, body });
  }

  request(path: string, init?: RequestInit): Promise<Response> {
    return this.#test.request(path, init);
  }

  /** The answer to bytes that no HTTP client would send: the request line of an operation, and any text after it. */
  askRaw(id: string, rest: string): Promise<Response> {
    return rawResponse(this.#test.url, `${this.requestLine(id)} HTTP/1.1\r\n${rest}\r\n\r\n`);
  }

  #pathIn(path: string, inPath: InPath = {}): string {
    const named = path.replace('{name}', 'import.requested').replace('{version}', '1');
    return named
      .replace('{id}', inPath.id ?? this.#idFor(path))
      .replace('{album_id}', encodeURIComponent(ALBUM))
      .replace('{claim}', inPath.claim ?? this.#claim)
      .replace('{delivery}', inPath.delivery ?? DELIVERY);
  }

  #idFor(path: string): string {
    if (path.includes('/images/')) return this.#imageId;
    return path.includes('webhook') ? this.#webhookId : this.#importId;
  }
}

export function multipart(fields: Named<string | File>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

function routeOf(id: string): (typeof operations)[number] {
  return operations.find(({ operation }) => operation.operationId === id) as (typeof operations)[number];
}
