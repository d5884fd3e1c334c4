import { LogUnavailable } from '../../../src/events/errors.ts';
import { overloaded } from '../../../src/http/out/problem.ts';
import { beginningOf } from '../../../src/subscribers/place.ts';
import { ORGANIZATION, OTHER_ORGANIZATION } from '../../support/service.ts';
import { type Case, problem, success } from './case.ts';
import type { DescribedService } from './described-service.ts';
import { askWhileFailing } from './provoked.ts';

const FEED = 'readFeed';

const askAfter = (service: DescribedService, organization: string, log?: string) => {
  const { services } = service;
  const place = { ...beginningOf(services.log), ...(log && { log }) };
  return service.ask(FEED, {}, `?after=${services.cursors.textOf(place, organization)}`);
};

export const feedCases: Case[] = [
  success(FEED, 'there are events', (service) => service.ask(FEED), ['Link', 'Content-Encoding']),
  success(FEED, 'there are none', (service) => service.ask(FEED, {}, '?since=2100-01-01'), ['Link']),
  success(FEED, 'it may wait', (service) => service.ask(FEED, { headers: { Prefer: 'wait=1' } }), [
    'Link',
    'Content-Encoding',
    'Preference-Applied',
  ]),
  problem(FEED, 400, 'malformed-request', 'a parameter is wrong', (service) => service.ask(FEED, {}, '?type=x')),
  problem(FEED, 403, 'album-not-allowed', 'the token is for some albums, and none is named', async (service) => {
    const token = await service.secretToken({ abilities: {} });
    return service.ask(FEED, { headers: { Authorization: `Token ${token}` } });
  }),
  problem(FEED, 404, 'not-found', 'the cursor is of another organization', (service) =>
    askAfter(service, OTHER_ORGANIZATION),
  ),
  problem(FEED, 410, 'gone', 'the cursor is of another log', (service) =>
    askAfter(service, ORGANIZATION, '7d1f5c1e-0c5e-4f0a-9d57-2b8a6a4c1e90'),
  ),
  problem(FEED, 500, 'internal-error', 'the service has a fault', (service) =>
    askWhileFailing(service, FEED, service.services.authenticator, 'authenticate', new Error('a fault')),
  ),
  problem(FEED, 503, 'log-unavailable', 'the log is away', (service) =>
    askWhileFailing(service, FEED, service.services.feed, 'read', new LogUnavailable('test')),
  ),
  problem(FEED, 503, 'overloaded', 'its turn does not come', (service) =>
    askWhileFailing(service, FEED, service.services.limits.loop, 'begin', overloaded()),
  ),
];
