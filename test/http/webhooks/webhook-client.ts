import jwt from 'jsonwebtoken';
import { newId } from '../../../src/events/new-id.ts';
import type { FakeWebhooks } from '../../support/fake-webhooks.ts';
import { withFakeWebhooks } from '../../support/fake-webhooks.ts';
import { ORGANIZATION, OTHER_ORGANIZATION, type TestService, testService, USER } from '../../support/service.ts';

export const WEBHOOKS = '/api/v1/webhooks';
export const OPERATOR = '7e1f9d2c-3b4a-4c5d-9e6f-0a1b2c3d4e5f';
export const SETTINGS = { url: 'https://hooks.example.com/in', types: ['import-api.import.requested'] };

type Json = { [name: string]: unknown };

/** An answer, read. */
export interface Read {
  readonly status: number;
  readonly body: Json;
  readonly headers: Headers;
}

/** A service that sends nothing, for all tests of a `describe`, and requests to its webhooks. */
export class WebhookClient {
  readonly service: TestService;
  #webhooks: FakeWebhooks | undefined;

  constructor(env: NodeJS.ProcessEnv = {}) {
    this.service = testService(env);
    before(async () => {
      this.#webhooks = withFakeWebhooks(this.service.service.services);
      await this.service.register(OPERATOR, OTHER_ORGANIZATION, 'operator');
    });
  }

  get webhooks(): FakeWebhooks {
    return this.#webhooks as FakeWebhooks;
  }

  /** @param as a user, or a whole token */
  async ask(
    method: string,
    path: string,
    json?: unknown,
    as: string = USER,
    headers: Record<string, string> = {},
  ): Promise<Read> {
    const token = as.includes('.') ? as : this.service.token(as);
    const typed = json === undefined ? {} : { 'Content-Type': 'application/json' };
    const answer = await this.service.request(`${WEBHOOKS}${path}`, {
      ...{ method, body: json === undefined ? null : JSON.stringify(json) },
      headers: { Authorization: `Token ${token}`, ...typed, ...headers },
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === '' ? {} : (JSON.parse(text) as Json) };
  }

  /** The id of a new webhook. */
  async create(settings: object = {}, as?: string): Promise<string> {
    const { body } = await this.ask('POST', '', { ...SETTINGS, ...settings }, as);
    return body.id as string;
  }

  /** A token of a new secret of the members' organization. */
  async secretToken(...albums: readonly string[]): Promise<string> {
    const iss = newId();
    const abilities = Object.fromEntries(albums.map((album) => [album, { Access: { image_upload: true } }]));
    return jwt.sign({ iss, abilities }, await this.service.issueSecret(iss, ORGANIZATION));
  }
}
