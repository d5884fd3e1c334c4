import { expect } from 'chai';
import { operationsDecider, type RecordOperation } from '../../../src/commands/operations.ts';
import { OPERATIONS_STREAM } from '../../../src/events/streams.ts';
import { ORGANIZATION, OTHER_USER, testService, USER } from '../../support/service.ts';

export const PATH = '/api/v1/operations';
export const OPERATOR = '7e1f9d2c-3b4a-4c5d-9e6f-0a1b2c3d4e5f';
export const SECRET = '6f1c1c26-6f8e-4f6b-9a0c-1a1a1a1a1a1a';

export type Json = { [name: string]: unknown };

/** A service with three imports of two organizations, and an operator who asks it. */
export function askedByOperators(env: Parameters<typeof testService>[0]) {
  const service = testService(env);
  let secret = '';
  const get = (route: string, authorization = service.authorization(OPERATOR), init: RequestInit = {}) =>
    service.request(`${PATH}/${route}`, { ...init, headers: { Authorization: authorization, ...init.headers } });
  const json = async <T = Json>(route: string) => {
    const answer = await get(route);
    expect(answer.status).to.equal(200);
    return (await answer.json()) as T;
  };
  const create = (user: string, body: string) => service.post(body, { 'X-Request-Id': `by-${user}` }, user);
  const record = (command: RecordOperation) =>
    service.service.services.execute(operationsDecider, OPERATIONS_STREAM, command, {
      operator: 'root',
      request_id: 'test',
    });
  const level = () => service.service.services.follower.whenLevel();

  before(async () => {
    await service.register(OPERATOR, '00000000-0000-4000-8000-000000000001', 'operator');
    secret = await service.issueSecret(SECRET, ORGANIZATION);
    await create(USER, 'album_id=<a>');
    await create(OTHER_USER, 'album_id=b');
    await create(USER, 'album_id=c');
    await level();
  });

  return {
    ...{ service, get, json, record, level },
    /** The key of the secret `SECRET`. */
    get secret() {
      return secret;
    },
  };
}
