import jwt from 'jsonwebtoken';
import { newId } from '../../../src/events/new-id.ts';
import { ORGANIZATION, type TestService } from '../../support/service.ts';

export type Status = { readonly [name: string]: unknown };

/** An answer, read. */
export interface ReadStatus {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Status;
}

/** Requests about where imports stand. */
export class StatusClient {
  readonly #service: Pick<TestService, 'request' | 'post' | 'issueSecret'>;

  constructor(service: Pick<TestService, 'request' | 'post' | 'issueSecret'>) {
    this.#service = service;
  }

  /** The id of a new import. */
  readonly create = async (body = 'url=https://example.com/1.jpg&album_id=a'): Promise<string> =>
    ((await (await this.#service.post(body)).json()) as { id: string }).id;

  readonly ask = async (id: string, headers: Record<string, string> = {}): Promise<ReadStatus> =>
    read(await this.#service.request(`/api/v1/imports/${id}/status`, { headers }));

  readonly act = async (
    id: string,
    action: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<ReadStatus> => {
    const init = { method: 'POST', headers, ...(body !== undefined && { body }) };
    return read(await this.#service.request(`/api/v1/imports/${id}/${action}`, init));
  };

  /** The `Authorization` of a secret for one album. */
  readonly albumToken = async (album: string): Promise<string> => {
    const iss = newId();
    const abilities = { [album]: { Access: { image_upload: true } } };
    return `Token ${jwt.sign({ iss, abilities }, await this.#service.issueSecret(iss, ORGANIZATION))}`;
  };
}

async function read(answer: Response): Promise<ReadStatus> {
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: (text === '' ? {} : JSON.parse(text)) as Status };
}
