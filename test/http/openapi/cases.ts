import { LogUnavailable } from '../../../src/events/errors.ts';
import { overloaded } from '../../../src/http/out/problem.ts';
import { ReadModelUnavailable } from '../../../src/projections/errors.ts';
import { isSecured, operations } from '../../support/described.ts';
import { DOCUMENT_BODY, FORM } from '../../support/service.ts';
import { type Case, problem, success } from './case.ts';
import { multipart } from './described-service.ts';
import { feedCases } from './feed-cases.ts';
import { imageCases } from './image-cases.ts';
import {
  askAboutDeleted,
  askAndBreakOff,
  askInOnePiece,
  askOutOfTurn,
  askOverRate,
  askTooSlowly,
  askWhileBusy,
  askWhileFailing,
  askWhileFollower,
  askWhileReplaying,
  askWithoutMemory,
  askWithoutSealedStore,
} from './provoked.ts';
import { statusCases } from './status-cases.ts';
import { webhookCases } from './webhook-cases.ts';
import { workCases } from './work-cases.ts';

const MEBIBYTE = 1_048_576;

/** Of all callers, some roles may not use it. */
function isRefused({ path, operation }: (typeof operations)[number]): boolean {
  return operation.responses[403] !== undefined && !path.startsWith('/api/v1/operations/');
}

/** Each answer that is described, at least once. */
export const cases: Case[] = [
  ...operations.flatMap(({ operation: { operationId: id } }) => [
    problem(id, 400, 'malformed-request', 'it is not HTTP', (service) => service.askRaw(id, 'Host: x\r\nno header')),
    problem(id, 400, 'malformed-request', 'there is no Host', (service) => service.askRaw(id, 'Accept: */*')),
    problem(id, 405, 'method-not-allowed', 'the method is PUT', (service) => service.ask(id, { method: 'PUT' })),
    problem(id, 408, 'request-timeout', 'it does not arrive in time', (service) => askTooSlowly(service, id)),
    problem(id, 429, 'too-many-requests', 'over 64 requests of the connection wait', (service) =>
      askInOnePiece(service, id),
    ),
    problem(id, 431, 'headers-too-large', 'its headers have over 16 KiB', (service) =>
      service.askRaw(id, `Host: x\r\nX-Long: ${'x'.repeat(16_384)}`),
    ),
  ]),
  ...operations
    .filter((operation) => isSecured(operation) && operation.method === 'GET')
    .flatMap(({ operation: { operationId: id } }) => [
      problem(id, 400, 'malformed-request', 'a parameter is not known', (service) =>
        service.ask(id, {}, '?surprise=1'),
      ),
      problem(id, 503, 'overloaded', 'there is no memory for the answer', (service) => askWithoutMemory(service, id)),
    ]),
  ...operations
    .filter(isSecured)
    .flatMap(({ operation: { operationId: id } }) => [
      problem(id, 401, 'access-denied', 'there is no token', (service) =>
        service.ask(id, { headers: { Authorization: '' } }),
      ),
      problem(id, 429, 'too-many-requests', 'the caller has 512 requests under way', (service) =>
        askWhileBusy(service, id, 512),
      ),
      problem(id, 429, 'rate-limited', 'the caller has sent more than the rate', (service) => askOverRate(service, id)),
    ]),

  ...operations
    .filter((operation) => isSecured(operation) && isRefused(operation))
    .map(({ operation: { operationId: id }, path }) =>
      problem(id, 403, 'role-not-allowed', 'the role of the caller may not', (service) => {
        const token = path.startsWith('/api/v1/work/') ? service.token() : service.workersToken();
        return service.ask(id, { headers: { Authorization: `Token ${token}` } });
      }),
    ),

  success('createImport', 'the parameters are a form', (service) => service.create(FORM, DOCUMENT_BODY), [
    'Content-Encoding',
  ]),
  success('createImport', 'the caller does not take gzip', (service) =>
    service.ask('createImport', {
      headers: { 'Content-Type': FORM, 'Accept-Encoding': 'identity' },
      body: DOCUMENT_BODY,
    }),
  ),
  success('createImport', 'the parameters are JSON', (service) =>
    service.create('application/json', '{"album_id":1,"<a>":[null]}'),
  ),
  success('createImport', 'the parameters are multipart', (service) =>
    service.create(null, multipart({ 'a[b]': 'c' })),
  ),
  success(
    'createImport',
    'there are credentials among the parameters',
    (service) => service.create(FORM, 'url=https://u:p@h/'),
    ['X-Redacted'],
  ),
  success(
    'createImport',
    'it is repeated',
    async (service) => {
      const headers = { 'Idempotency-Key': 'repeated', 'Content-Type': FORM };
      await service.ask('createImport', { headers, body: 'a=1' });
      return service.ask('createImport', { headers, body: 'a=1' });
    },
    ['Idempotent-Replayed'],
  ),
  success('createImport', 'there are no parameters', (service) => service.ask('createImport')),
  success('createImport', 'the body is of 1 MiB', (service) => service.create(FORM, 'a'.repeat(MEBIBYTE))),
  problem('createImport', 400, 'malformed-request', 'parameters are in conflict', (service) =>
    service.create(FORM, 'a=1&a[b]=2'),
  ),
  problem('createImport', 400, 'malformed-request', 'the JSON is malformed', (service) =>
    service.create('application/json', '{'),
  ),
  problem('createImport', 400, 'malformed-request', 'no double holds a number of the JSON', (service) =>
    service.create('application/json', '{"a":[1e400]}'),
  ),
  problem('createImport', 400, 'malformed-request', 'there are 4097 parameters', (service) =>
    service.create(FORM, 'a&'.repeat(4_097)),
  ),
  problem('createImport', 400, 'malformed-request', 'they are nested 101 levels deep', (service) =>
    service.create(FORM, `a${'[b]'.repeat(100)}=1`),
  ),
  problem('createImport', 400, 'malformed-request', 'the Idempotency-Key has 256 characters', (service) =>
    service.ask('createImport', { headers: { 'Idempotency-Key': 'k'.repeat(256) } }),
  ),
  problem('createImport', 413, 'body-too-large', 'the body has over 1 MiB', (service) =>
    service.create(FORM, 'a'.repeat(MEBIBYTE + 1)),
  ),
  problem('createImport', 413, 'body-too-large', 'what is to be recorded has over 1 MiB as JSON', (service) =>
    service.create(FORM, `a=${'%01'.repeat(200_000)}`),
  ),
  problem('createImport', 400, 'malformed-request', 'the connection breaks off', askAndBreakOff),
  problem('createImport', 415, 'unsupported-media-type', 'the content encoding is not known', (service) =>
    service.ask('createImport', { headers: { 'Content-Type': FORM, 'Content-Encoding': 'compress' }, body: 'a=1' }),
  ),
  problem('createImport', 415, 'unsupported-media-type', 'a part is a file', (service) =>
    service.create(null, multipart({ image: new File(['…'], 'Image456.jpg') })),
  ),
  problem('createImport', 422, 'idempotency-key-reused', 'the key was used for another import', async (service) => {
    const headers = { 'Idempotency-Key': 'used', 'Content-Type': FORM };
    await service.ask('createImport', { headers, body: 'a=1' });
    return service.ask('createImport', { headers, body: 'a=2' });
  }),
  ...['createImport', 'cancelImport', 'retryImport', 'listImportEvents'].map((id) =>
    problem(id, 410, 'deleted', 'its stream was deleted in EventStoreDB', (service) => askAboutDeleted(service, id)),
  ),
  problem('createImport', 503, 'overloaded', 'its turn does not come', askOutOfTurn),
  problem('createImport', 500, 'internal-error', 'the service has a fault', (service) =>
    askWhileFailing(service, 'createImport', service.services.log, 'append', new Error('a fault')),
  ),
  problem('createImport', 503, 'credentials-unavailable', 'its credentials cannot be kept', (service) =>
    askWithoutSealedStore(service),
  ),
  problem('createImport', 503, 'log-unavailable', 'the log cannot be written', (service) =>
    askWhileFailing(service, 'createImport', service.services.log, 'append', new LogUnavailable('test')),
  ),

  success('listImports', 'all are on the page', (service) => service.ask('listImports')),
  success('listImports', 'there are more', (service) => service.ask('listImports', {}, '?limit=1'), [
    'Link',
    'Content-Encoding',
  ]),
  {
    ...{ id: 'listImports', status: 304, when: 'the page has not changed', has: ['Link'] },
    ask: (service) => service.askAgain('listImports', '?limit=1'),
  },
  problem('listImports', 400, 'malformed-request', 'a filter is wrong', (service) =>
    service.ask('listImports', {}, '?limit=many'),
  ),
  problem('listImports', 403, 'album-not-allowed', 'the token may not act on every album', async (service) => {
    const token = await service.secretToken({ abilities: {} });
    return service.ask('listImports', { headers: { Authorization: `Token ${token}` } });
  }),
  problem('listImports', 500, 'internal-error', 'the service has a fault', (service) =>
    askWhileFailing(service, 'listImports', service.services.readModel, 'list', new Error('a fault')),
  ),
  problem('listImports', 503, 'read-model-unavailable', 'the read model is away', (service) =>
    askWhileFailing(service, 'listImports', service.services.readModel, 'list', new ReadModelUnavailable('test')),
  ),
  problem('listImports', 503, 'views-behind', 'the views are behind the log', (service) =>
    askWhileFollower(service, 'listImports', { caughtUp: false }),
  ),

  success('showImport', 'the import is there', (service) => service.ask('showImport'), ['Content-Encoding']),
  { id: 'showImport', status: 304, when: 'it has not changed', ask: (service) => service.askAgain('showImport') },
  problem('showImport', 404, 'not-found', 'there is no such import', (service) =>
    service.request('/api/v1/imports/none'),
  ),
  problem('showImport', 404, 'not-found', 'the id has what no URI may have', (service) =>
    service.request('/api/v1/imports/[none|'),
  ),
  problem('showImport', 500, 'internal-error', 'the service has a fault', (service) =>
    askWhileFailing(service, 'showImport', service.services.readModel, 'get', new Error('a fault')),
  ),
  problem('showImport', 503, 'read-model-unavailable', 'the read model is away', (service) =>
    askWhileFailing(service, 'showImport', service.services.readModel, 'get', new ReadModelUnavailable('test')),
  ),

  success('listImportEvents', 'the import is there', (service) => service.ask('listImportEvents'), [
    'Content-Encoding',
  ]),
  {
    ...{ id: 'listImportEvents', status: 304, when: 'nothing has happened since' },
    ask: (service) => service.askAgain('listImportEvents'),
  },
  problem('listImportEvents', 404, 'not-found', 'there is no such import', (service) =>
    service.request('/api/v1/imports/none/events'),
  ),
  problem('listImportEvents', 500, 'internal-error', 'the service has a fault', (service) =>
    askWhileFailing(service, 'listImportEvents', service.services.log, 'readStream', new Error('a fault')),
  ),
  problem('listImportEvents', 503, 'log-unavailable', 'the log is away', (service) =>
    askWhileFailing(service, 'listImportEvents', service.services.log, 'readStream', new LogUnavailable('test')),
  ),

  success('showStatus', 'all is well', (service) => service.ask('showStatus')),
  success('showStatus', 'the log is away', (service) =>
    askWhileFailing(service, 'showStatus', service.services.log, 'head', new LogUnavailable('test')),
  ),
  success('showStatus', 'the read model is away', (service) =>
    askWhileFailing(service, 'showStatus', service.services.readModel, 'checkpoint', new ReadModelUnavailable('test')),
  ),
  problem('showStatus', 503, 'read-model-unavailable', 'the caller is unknown, since both stores are away', (service) =>
    askWhileFailing(
      service,
      'showStatus',
      service.services.authenticator,
      'authenticate',
      new ReadModelUnavailable('test'),
    ),
  ),
  success('listEvents', 'all are on the page', (service) => service.ask('listEvents'), ['Content-Encoding']),
  success('listEvents', 'there are more', (service) => service.ask('listEvents', {}, '?limit=1'), ['Link']),
  success('listEvents', 'none is selected', (service) => service.ask('listEvents', {}, '?type=None')),
  problem('listEvents', 400, 'malformed-request', 'a filter is wrong', (service) =>
    service.ask('listEvents', {}, '?since=soon'),
  ),
  problem('listEvents', 503, 'log-unavailable', 'the log is away', (service) =>
    askWhileFailing(service, 'listEvents', service.services.log, 'head', new LogUnavailable('test')),
  ),
  success('showReplay', 'there is none', (service) => service.ask('showReplay')),
  success('showReplay', 'one is under way and another was completed', askWhileReplaying),
  problem('showReplay', 503, 'read-model-unavailable', 'the read model is away', (service) =>
    askWhileFailing(service, 'showReplay', service.services.versions, 'list', new ReadModelUnavailable('test')),
  ),
  ...['showStatus', 'listEvents', 'showReplay'].flatMap((id) => [
    problem(id, 404, 'not-found', "the token is a member's", (service) =>
      service.ask(id, { headers: { Authorization: `Token ${service.token()}` } }),
    ),
    problem(id, 500, 'internal-error', 'the service has a fault', (service) =>
      askWhileFailing(service, id, service.services.authenticator, 'authenticate', new Error('a fault')),
    ),
  ]),

  success('livez', 'the process answers', (service) => service.ask('livez')),
  {
    id: 'livez',
    status: 503,
    when: 'the views have never been level with the log',
    ask: (service) => askWhileFollower(service, 'livez', { hasStarted: false }),
  },
  success('readyz', 'the service is ready', (service) => service.ask('readyz')),
  {
    id: 'readyz',
    status: 503,
    when: 'the views lack events of the log',
    ask: (service) => askWhileFollower(service, 'readyz', { caughtUp: false }),
  },
  ...['openapi', 'asyncapi', 'showEventSchema'].flatMap((id) => [
    success(id, 'it is asked', (service) => service.ask(id), ['Content-Encoding']),
    problem(id, 503, 'overloaded', 'too many without a token ask at once', (service) =>
      askWhileFailing(service, id, service.services.limits.loop, 'begin', overloaded()),
    ),
  ]),
  problem('showEventSchema', 404, 'not-found', 'there is no such version', (service) =>
    service.request('/schemas/events/import.requested/0.json'),
  ),

  ...feedCases,
  ...statusCases,
  ...imageCases,
  ...workCases,
  ...webhookCases,
];
