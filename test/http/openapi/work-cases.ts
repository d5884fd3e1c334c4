import { overloaded } from '../../../src/http/out/problem.ts';
import type { Json } from '../../support/described.ts';
import { PNG } from '../../support/png.ts';
import { whileInstead } from '../../support/while-instead.ts';
import { type Case, problem, success } from './case.ts';
import type { DescribedService } from './described-service.ts';
import { askAboutDeleted, askWhileFailing } from './provoked.ts';

const [CLAIM, COMPLETE, FAIL] = ['claimImports', 'completeClaim', 'failClaim'];
const NONE = '00000000-0000-4000-8000-000000000000.00000000-0000-4000-8000-000000000000';

const sent = (body: Json): RequestInit => ({
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});
const WHY = sent({ reason: 'not_an_image' });
const bytes = (of: Buffer): RequestInit => ({ body: new Uint8Array(of) });
/** What each takes for a body. */
const BODIES = { [CLAIM]: sent({}), [COMPLETE]: bytes(PNG), [FAIL]: WHY };

/** A claim whose import was cancelled. */
const over = async (service: DescribedService) => {
  const claim = await service.claim();
  await service.askOf('cancelImport', { id: claim.split('.')[0] as string });
  return claim;
};

export const workCases: Case[] = [
  ...Object.entries(BODIES).flatMap(([id, init]) => [
    problem(id, 500, 'internal-error', 'the service has a fault', (service) =>
      askWhileFailing(service, id, service.services.authenticator, 'authenticate', new Error('a fault')),
    ),
    problem(id, 503, 'overloaded', 'its turn does not come', (service) =>
      whileInstead(service.services.limits.loop, { begin: () => Promise.reject(overloaded()) }, () =>
        service.ask(id, init),
      ),
    ),
  ]),
  ...[COMPLETE, FAIL].flatMap((id) => [
    problem(id, 404, 'not-found', 'there is no such claim', (service) =>
      service.askOf(id, { claim: NONE }, BODIES[id]),
    ),
    problem(id, 409, 'conflict', 'the claim is over', async (service) =>
      service.askOf(id, { claim: await over(service) }, BODIES[id]),
    ),
    problem(id, 410, 'deleted', 'the stream of the import was deleted in EventStoreDB', (service) =>
      askAboutDeleted(service, id, BODIES[id]),
    ),
  ]),
  ...[CLAIM, FAIL].flatMap((id) => [
    problem(id, 400, 'malformed-request', 'a member is not known', (service) => service.ask(id, sent({ surprise: 1 }))),
    problem(id, 413, 'body-too-large', 'the body has over 64 KiB', (service) =>
      service.ask(id, sent({ detail: 'x'.repeat(65_536) })),
    ),
    problem(id, 415, 'unsupported-media-type', 'the body is no JSON', (service) =>
      service.ask(id, { headers: { 'Content-Type': 'text/plain' }, body: '{}' }),
    ),
  ]),

  success(CLAIM, 'there is something to do', async (service) => {
    await service.ask(CLAIM, sent({}));
    await service.requested();
    return service.ask(CLAIM, sent({ max: 20 }));
  }),
  success(CLAIM, 'there is nothing to do', async (service) => {
    await service.ask(CLAIM, sent({ max: 20 }));
    return service.ask(CLAIM, sent({}));
  }),
  success(COMPLETE, 'they are an image', async (service) =>
    service.askOf(COMPLETE, { claim: await service.claim() }, bytes(PNG), '?filename=a.png&external_id=mine'),
  ),
  problem(COMPLETE, 400, 'malformed-request', 'there are no bytes', (service) => service.ask(COMPLETE)),
  problem(COMPLETE, 413, 'body-too-large', 'there are too many', (service) =>
    whileInstead(service.services.drafts, { limitBytes: 10 }, () => service.ask(COMPLETE, bytes(PNG))),
  ),
  problem(COMPLETE, 415, 'unsupported-media-type', 'they are compressed', (service) =>
    service.ask(COMPLETE, { ...bytes(PNG), headers: { 'Content-Encoding': 'gzip' } }),
  ),
  problem(COMPLETE, 422, 'image-refused', 'they are no image', (service) =>
    service.ask(COMPLETE, bytes(Buffer.from('<html>'))),
  ),
  problem(COMPLETE, 503, 'storage-unavailable', 'the node has no store for them', (service) =>
    whileInstead(service.services, { blobs: null }, () => service.ask(COMPLETE, bytes(PNG))),
  ),
  success(FAIL, 'it may be tried again', async (service) =>
    service.askOf(FAIL, { claim: await service.claim() }, sent({ reason: 'source_unavailable', retry_after: 60 })),
  ),
];
