import { StorageUnavailable } from '../../../src/importer/blobs/blob-store.ts';
import { largePng } from '../../support/png.ts';
import { type Case, problem, success } from './case.ts';
import { askWhileFailing, askWhileFollower } from './provoked.ts';

const NONE = '00000000-0000-4000-8000-000000000000';
const BYTES = 'downloadImage';
const LIST = 'listAlbumImages';

export const imageCases: Case[] = [
  success('showImage', 'it is there', (service) => service.ask('showImage'), ['Content-Encoding']),
  { id: 'showImage', status: 304, when: 'it has not changed', ask: (service) => service.askAgain('showImage') },
  ...['showImage', BYTES].flatMap((id) => [
    problem(id, 404, 'not-found', 'there is no such image', (service) => service.askOf(id, { id: NONE })),
    problem(id, 500, 'internal-error', 'the service has a fault', (service) =>
      askWhileFailing(service, id, service.services.readModel, 'list', new Error('a fault')),
    ),
    problem(id, 503, 'views-behind', 'it may only be late', (service) =>
      askWhileFollower(service, id, { caughtUp: false }, () => service.askOf(id, { id: NONE })),
    ),
  ]),

  success(BYTES, 'they are there', (service) => service.ask(BYTES)),
  success(BYTES, 'a part is asked for', (service) => service.ask(BYTES, { headers: { Range: 'bytes=0-9' } }), [], 206),
  { id: BYTES, status: 304, when: 'the caller has them', ask: (service) => service.askAgain(BYTES) },
  problem(BYTES, 412, 'precondition-failed', 'the caller has others', (service) =>
    service.ask(BYTES, { headers: { 'If-Match': '"x"' } }),
  ),
  problem(BYTES, 416, 'range-not-satisfiable', 'none of them is in the range', async (service) => {
    const { id } = await service.image(largePng(204_800));
    return service.askOf(BYTES, { id }, { headers: { Range: 'bytes=204800-' } });
  }),
  problem(BYTES, 500, 'bytes-missing', 'they are gone', async (service) => {
    const { id, sha256 } = await service.image(largePng(1_000));
    service.blobs.kept.delete(sha256);
    return service.askOf(BYTES, { id });
  }),
  problem(BYTES, 503, 'storage-unavailable', 'they cannot be read', (service) =>
    askWhileFailing(service, BYTES, service.blobs, 'read', new StorageUnavailable('test')),
  ),

  success(LIST, 'all are on the page', (service) => service.ask(LIST), ['Content-Encoding']),
  success(LIST, 'there are more', (service) => service.ask(LIST, {}, '?limit=1'), ['Link']),
  { id: LIST, status: 304, when: 'the page has not changed', ask: (service) => service.askAgain(LIST) },
  problem(LIST, 403, 'album-not-allowed', 'the token is for other albums', async (service) => {
    const token = await service.secretToken({ abilities: {} });
    return service.ask(LIST, { headers: { Authorization: `Token ${token}` } });
  }),
  problem(LIST, 500, 'internal-error', 'the service has a fault', (service) =>
    askWhileFailing(service, LIST, service.services.readModel, 'list', new Error('a fault')),
  ),
  problem(LIST, 503, 'views-behind', 'the views are behind the log', (service) =>
    askWhileFollower(service, LIST, { caughtUp: false }),
  ),
];
