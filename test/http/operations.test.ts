import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { LogUnavailable } from '../../src/events/errors.ts';
import { newId } from '../../src/events/new-id.ts';
import { streamName } from '../../src/events/streams.ts';
import { ReadModelUnavailable } from '../../src/projections/errors.ts';
import { VIEWS_VERSION } from '../../src/projections/views.ts';
import { releaseVersion } from '../../src/telemetry/release.ts';
import { IMPORT_REQUESTED, newEvent, UNREADABLE } from '../support/events.ts';
import { describeOnEachStores } from '../support/for-each-stores.ts';
import { ORGANIZATION, USER } from '../support/service.ts';
import { until } from '../support/until.ts';
import { whileInstead } from '../support/while-instead.ts';
import { askedByOperators, type Json, OPERATOR, SECRET } from './operations/asked.ts';

const ROUTES = ['status', 'events', 'replay'];

describeOnEachStores('for operators,', (stores) => {
  const asked = askedByOperators(stores.env);
  const { service, get, json, level } = asked;

  describe('the routes', () => {
    it('have the headers of every success, and none to cache them by', async () => {
      for (const route of ROUTES) {
        const { status, headers } = await get(route);
        expect(status, route).to.equal(200);
        expect(headers.get('cache-control')).to.equal('no-cache, no-store');
        expect(jwt.decode(headers.get('x-token') ?? '')).to.include({ user_id: OPERATOR });
        expect(headers.get('etag')).to.equal(null);
        const head = await get(route, undefined, { method: 'HEAD' });
        expect([head.status, await head.text(), head.headers.has('x-token')]).to.deep.equal([200, '', true]);
      }
    });

    it('give any other caller the answer of an unknown path', async () => {
      const answered = async (answer: Response) => {
        const { instance, request_id, ...problem } = (await answer.json()) as Json;
        expect(new URL(answer.url).pathname).to.equal(instance);
        const names = [...answer.headers.keys()].filter((name) => name !== 'content-encoding');
        return { status: answer.status, names, problem: JSON.stringify(problem) };
      };
      const expected = await answered(await get('none'));
      expect(expected.status).to.equal(404);
      const secretToken = `Token ${jwt.sign({ iss: SECRET, admin: true, role: 'operator' }, asked.secret)}`;
      for (const route of [...ROUTES, 'events?since=nonsense']) {
        for (const authorization of [service.authorization(USER), secretToken]) {
          expect(await answered(await get(route, authorization)), route).to.deep.equal(expected);
        }
      }
    });

    it('need a token like the others', async () => {
      for (const route of ROUTES) {
        const { status, headers } = await get(route, 'Token nonsense');
        expect([status, headers.get('x-message')]).to.deep.equal([401, 'Access denied']);
      }
    });

    it('are closed to an operator who was removed', async () => {
      const user = newId();
      await service.register(user, ORGANIZATION, 'operator');
      expect((await get('status', service.authorization(user))).status).to.equal(200);
      await service.remove(user);
      const refused = async () => (await get('status', service.authorization(user))).status === 401;
      await until('the operator is refused', refused);
      await level();
    });
  });

  describe('the status', () => {
    const unknownIn = (status: Json) =>
      Object.keys(status).filter((name) => status[name] === null && name !== 'replay');

    it('has all values if all is well', async () => {
      const { log, readModel } = service.service.services;
      const [head, checkpoint] = [String(await log.head()), await readModel.checkpoint()];
      const { heartbeat_age_seconds, imports, ...status } = await json('status');
      expect(heartbeat_age_seconds).to.be.within(0, 10);
      expect(imports).to.have.all.keys('waiting', 'running', 'late', 'connections');
      expect(status).to.deep.equal({
        version: releaseVersion(),
        log_id: log.id,
        views_version: VIEWS_VERSION,
        views_versions: [String(VIEWS_VERSION)],
        log: 'ok',
        read_model: 'ok',
        projector: 'ok',
        head,
        position: head,
        lag_events: 0,
        lag_seconds: 0,
        events_set_aside: 0,
        generation: checkpoint?.generation,
        replay: null,
      });
    });

    it('counts the events that the views lack, and those in the quarantine', async () => {
      const { log, readModel } = service.service.services;
      const checkpoint = await readModel.checkpoint();
      const stream = streamName('import', newId());
      await log.append(stream, [newEvent(UNREADABLE), newEvent(IMPORT_REQUESTED)], 'no_stream');
      const behind = { checkpoint: async () => checkpoint };
      const { lag_events, lag_seconds } = await whileInstead(readModel, behind, () => json('status'));
      expect(lag_events).to.equal(2);
      // Not the age of the events, which happened in 2019.
      expect(lag_seconds).to.be.within(0, 10);
      await until('both are set aside', async () => (await json('status')).events_set_aside === 2);
    });

    it('is given while the log is away: it says why, and values that are unknown because of that are null', async () => {
      const { log } = service.service.services;
      const away = { head: () => Promise.reject(new LogUnavailable('the <test> says so')) };
      const status = await whileInstead(log, away, () => json('status'));
      expect(status).to.include({ log: 'The event log is unavailable: the <test> says so', read_model: 'ok' });
      expect(unknownIn(status)).to.have.members(['head', 'lag_events', 'lag_seconds']);
      await until('it is back', async () => (await json('status')).projector === 'ok');
    });

    it('is given while the read model is away in the same way', async () => {
      const { readModel } = service.service.services;
      const away = { checkpoint: () => Promise.reject(new ReadModelUnavailable('the <test> says so')) };
      const status = await whileInstead(readModel, away, () => json('status'));
      expect(status).to.include({ log: 'ok', read_model: 'The read model is unavailable: the <test> says so' });
      const unknown = ['position', 'lag_events', 'lag_seconds', 'events_set_aside', 'generation'];
      expect(unknownIn(status)).to.have.members(unknown);
      await until('it is back', async () => (await json('status')).projector === 'ok');
    });
  });
});
