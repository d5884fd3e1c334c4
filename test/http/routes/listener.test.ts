import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import pino from 'pino';
import type { DeclaredAnswer } from '../../../src/http/route.ts';
import { LISTENER_ROUTES } from '../../../src/http/routes.ts';
import { newEvent } from '../../events/new-event.ts';
import { DOCUMENT_BODY, testService } from '../../support/service.ts';
import { until } from '../../support/until.ts';

describe('the listener for operators', () => {
  const lines: { route: string; address: string }[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const service = testService({ TRUST_PROXY: '1' }, logger);

  const ask = (path: string, init?: RequestInit) => fetch(`${service.operationsUrl}${path}`, init);
  const json = async (path: string) => (await ask(path)).json();

  before(() => service.post(DOCUMENT_BODY));

  for (const { path, answers } of LISTENER_ROUTES) {
    it(`answers ${path} as it is declared, even with unknown parameters`, async () => {
      for (const target of [path, `${path}?verbose`, `${path}?verbose=1&verbose=2&%zz&a=1&a[b]=2`]) {
        const answer = await ask(target);
        const { mediaType = 'application/json', body } = answers[answer.status] as DeclaredAnswer;
        expect(answer.headers.get('content-type')?.split(';')[0]).to.equal(mediaType);
        const said = mediaType === 'text/plain' ? await answer.text() : await answer.json();
        // The schema would drop undeclared members.
        expect(body?.parse(said)).to.deep.equal(said);
      }
    });
  }

  it('says at /readyz that the stores can be read and the projector runs', async () => {
    await until('it is ready', async () => (await ask('/readyz')).status === 200);
    expect(await json('/readyz')).to.include({ status: 'ready', log: 'ok', read_model: 'ok', projector: 'ok' });
  });

  it('says at /readyz how the webhooks stand, and nothing of them where none are sent', async () => {
    const { webhooks } = service.service.services;
    const standing = { working: 0, failing: 0, held: 0, disabled: 0, elsewhere: 0 };
    const said = async () => ((await json('/readyz')) as { webhooks: object | null }).webhooks;
    expect(await said()).to.deep.equal({ ...standing, deliveries_waiting: 0, oldest_waiting_seconds: 0 });
    Object.defineProperty(webhooks, 'isOn', { value: false, configurable: true });
    expect(await said()).to.equal(null);
    Reflect.deleteProperty(webhooks, 'isOn');
  });

  it('shows at /readyz?verbose each quarantined event with its reason', async () => {
    const { log } = service.service.services;
    const event = newEvent();
    const stream = `import-${randomUUID()}`;
    await log.append(stream, [event], 'no_stream');
    const shown = await until('it is set aside', async () => {
      const { set_aside } = (await json('/readyz?verbose')) as { set_aside: { stream: string }[] };
      return set_aside.find((one) => one.stream === stream);
    });
    expect(shown).to.include({ stream, revision: 0, event_id: event.id, type: 'ImportRequested' });
    expect(shown)
      .to.have.property('reason')
      .that.matches(/metadata/);
  });

  it('counts at /metrics requests by route and status, times appends and projections, counts calls and shows the lag', async () => {
    await service.request('/api/v1/imports/nonsense');
    const text = await (await ask('/metrics')).text();
    for (const line of [
      /^imports_http_requests_total\{method="POST",route="\/api\/v1\/imports",status="200"\} 1$/m,
      /^imports_http_requests_total\{method="GET",route="\/api\/v1\/imports\/:id",status="404"\} 1$/m,
      /^imports_log_append_duration_seconds_count 4$/m,
      /^imports_projection_duration_seconds_count 3$/m,
      /^imports_log_calls_total\{call="append"\} [1-9]/m,
      /^imports_read_model_calls_total\{call="write"\} [1-9]/m,
      /^imports_log_up 1$/m,
      /^imports_read_model_up 1$/m,
      /^imports_projector_lag_events \d+$/m,
      /^imports_projector_lag_seconds \d/m,
      /^imports_projector_heartbeat_age_seconds \d/m,
      /^imports_projector_events_set_aside 1$/m,
      /^nodejs_eventloop_lag_p99_seconds \d/m,
      /^process_resident_memory_bytes \d/m,
    ]) {
      expect(text).to.match(line);
    }
  });

  it('has no route of the API, and says where that is', async () => {
    for (const path of ['/api/v1/imports', '/api/v1/operations/status', '/openapi.json', '/']) {
      const answer = await ask(path, { headers: { Authorization: service.authorization() } });
      expect([answer.status, answer.headers.get('x-token')], path).to.deep.equal([404, null]);
      expect(((await answer.json()) as { detail: string }).detail).to.match(/\/metrics here; callers .* HOST and PORT/);
    }
    const posted = await ask('/metrics', { method: 'POST', body: 'a=1' });
    expect([posted.status, posted.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD']);
  });

  it('trusts no header about an address, since no proxy is in front of it', async () => {
    await ask('/livez', { headers: { 'X-Forwarded-For': '192.0.2.7' } });
    const { address } = await until('it is logged', () => lines.findLast(({ route }) => route === '/livez'));
    expect(address).to.equal('127.0.0.1');
  });
});
