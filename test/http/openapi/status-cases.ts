import { overloaded } from '../../../src/http/out/problem.ts';
import { type Case, problem, success } from './case.ts';
import type { DescribedService } from './described-service.ts';
import { askWhileFailing } from './provoked.ts';

const NONE = '00000000-0000-4000-8000-000000000000';
const STATUS = 'showImportStatus';
const CHANGING = ['cancelImport', 'retryImport'];

const ofSucceeded = async (service: DescribedService, id: string) => {
  const imported = await service.requested();
  await service.performing.succeed(imported);
  return service.askOf(id, { id: imported });
};

export const statusCases: Case[] = [
  success(STATUS, 'it waits', (service) => service.ask(STATUS), ['Content-Encoding']),
  success(STATUS, 'it may wait for a change', (service) => service.ask(STATUS, { headers: { Prefer: 'wait=1' } }), [
    'Preference-Applied',
  ]),
  success(STATUS, 'it has succeeded', (service) => ofSucceeded(service, STATUS)),
  { id: STATUS, status: 304, when: 'nothing has changed', ask: (service) => service.askAgain(STATUS) },
  ...[STATUS, ...CHANGING].flatMap((id) => [
    problem(id, 404, 'not-found', 'there is no such import', (service) => service.askOf(id, { id: NONE })),
    problem(id, 500, 'internal-error', 'the service has a fault', (service) =>
      askWhileFailing(service, id, service.services.readModel, 'get', new Error('a fault')),
    ),
  ]),
  ...CHANGING.flatMap((id) => [
    success(id, 'it waits', async (service) => service.askOf(id, { id: await service.requested() })),
    problem(id, 409, 'conflict', 'it has succeeded', (service) => ofSucceeded(service, id)),
    problem(id, 412, 'precondition-failed', 'it is in another state', (service) =>
      service.ask(id, { headers: { 'If-Match': '"x"' } }),
    ),
    problem(id, 503, 'overloaded', 'its turn does not come', (service) =>
      askWhileFailing(service, id, service.services.limits.loop, 'begin', overloaded()),
    ),
  ]),
];
