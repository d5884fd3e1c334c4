import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { newEvent } from '../events/new-event.ts';
import { DOCUMENT_BODY, startTestService, type TestService } from '../support/service.ts';
import { until } from '../support/until.ts';

describe('operation', () => {
  let service: TestService;

  before(async () => {
    service = await startTestService();
    await service.request('/api/v1/imports', {
      method: 'POST',
      body: DOCUMENT_BODY,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
  });

  after(() => service.stop());

  it('/livez says that the process answers', async () => {
    const answer = await fetch(`${service.url}/livez`);
    expect([answer.status, await answer.json()]).to.deep.equal([200, { status: 'ok' }]);
  });

  it('/readyz says that the stores can be read and the projector runs', async () => {
    const answer = await until('it is ready', async () => {
      const ready = await fetch(`${service.url}/readyz`);
      return ready.status === 200 ? ready : null;
    });
    expect(await answer.json()).to.include({ status: 'ready', log: 'ok', read_model: 'ok', projector: 'ok' });
  });

  it('/readyz?verbose shows each event that was set aside, with its reason', async () => {
    const { log } = service.service.services;
    const event = { ...newEvent(), type: 'ImportPainted' };
    const stream = `import-${randomUUID()}`;
    await log.append(stream, [event], 'no_stream');
    const shown = await until('it is set aside', async () => {
      const body = (await (await fetch(`${service.url}/readyz?verbose`)).json()) as { set_aside: object[] };
      return body.set_aside[0];
    });
    expect(shown).to.include({ stream, revision: 0, event_id: event.id, type: 'ImportPainted' });
    expect(shown)
      .to.have.property('reason')
      .that.matches(/ImportPainted/);
  });

  it('/metrics counts requests by route and status, times appends and projections, counts calls and tells the lag', async () => {
    await service.request('/api/v1/imports/nonsense');
    const text = await (await fetch(`${service.url}/metrics`)).text();
    for (const line of [
      /^http_requests_total\{method="POST",route="\/api\/v1\/imports",status="200"\} 1$/m,
      /^http_requests_total\{method="GET",route="\/api\/v1\/imports\/:id",status="404"\} 1$/m,
      /^log_append_duration_seconds_count 4$/m,
      /^projection_duration_seconds_count 3$/m,
      /^log_calls_total\{call="append"\} [1-9]/m,
      /^read_model_calls_total\{call="write"\} [1-9]/m,
      /^log_up 1$/m,
      /^read_model_up 1$/m,
      /^projector_lag_events \d+$/m,
      /^projector_lag_seconds \d/m,
      /^projector_heartbeat_age_seconds \d/m,
      /^projector_events_set_aside 1$/m,
      /^nodejs_eventloop_lag_p99_seconds \d/m,
      /^process_resident_memory_bytes \d/m,
    ]) {
      expect(text).to.match(line);
    }
  });
});
