import { newId } from '../../../src/events/new-id.ts';
import type { Services } from '../../../src/http/services.ts';
import { MemoryBlobs } from '../../support/memory-blobs.ts';
import { ORGANIZATION, OTHER_ORGANIZATION, type TestService, testService } from '../../support/service.ts';

export const CLAIMS = '/api/v1/work/claims';
export const WORKER = newId();
export const OTHER_WORKER = newId();
export const FOREIGN_WORKER = newId();

export type Json = { readonly [name: string]: unknown };

export interface Claimed {
  readonly id: string;
  readonly attempt: number;
  readonly deadline: string;
  readonly import: { readonly id: string; readonly params: Json };
}

/** A service that performs nothing itself, for all tests of a `describe`, and workers outside of it. */
export class WorkerClient {
  readonly service: TestService;
  readonly blobs = new MemoryBlobs();

  constructor(env: NodeJS.ProcessEnv | (() => NodeJS.ProcessEnv) = {}) {
    this.service = testService(env);
    before(async () => {
      Object.assign(this.services, { blobs: this.blobs });
      await this.service.register(WORKER, ORGANIZATION, 'worker');
      await this.service.register(OTHER_WORKER, ORGANIZATION, 'worker');
      await this.service.register(FOREIGN_WORKER, OTHER_ORGANIZATION, 'worker');
    });
  }

  get services(): Services {
    return this.service.service.services;
  }

  async post(path: string, json: unknown, as = WORKER): Promise<{ status: number; body: Json; headers: Headers }> {
    const headers = { Authorization: this.service.authorization(as), 'Content-Type': 'application/json' };
    return read(await this.service.request(path, { method: 'POST', headers, body: JSON.stringify(json) }));
  }

  /** The imports that a worker gets. */
  async claim(wish: object = {}, as = WORKER): Promise<Claimed[]> {
    const { status, body } = await this.post(CLAIMS, { max: 20, ...wish }, as);
    if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
    return body as unknown as Claimed[];
  }

  async complete(claim: string, bytes: Buffer, query = '', as = WORKER) {
    const headers = { Authorization: this.service.authorization(as), 'Content-Type': 'text/html' };
    const init = { method: 'POST', headers, body: new Uint8Array(bytes) };
    return read(await this.service.request(`${CLAIMS}/${claim}/complete${query}`, init));
  }

  fail(claim: string, why: object, as = WORKER) {
    return this.post(`${CLAIMS}/${claim}/fail`, why, as);
  }

  /** A new import that waits. */
  async requested(body = 'url=https://example.com/1.jpg&album_id=a', as?: string): Promise<string> {
    return ((await (await this.service.post(body, {}, as)).json()) as { id: string }).id;
  }

  async statusOf(id: string, as?: string): Promise<Json> {
    const headers = { Authorization: this.service.authorization(as) };
    return (await (await this.service.request(`/api/v1/imports/${id}/status`, { headers })).json()) as Json;
  }
}

export async function read(answer: Response): Promise<{ status: number; body: Json; headers: Headers }> {
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? {} : (JSON.parse(text) as Json) };
}
