import { expect } from 'chai';
import { rawRequest } from '../../support/raw-http.ts';
import { testService } from '../../support/service.ts';

/** Node drops or joins them by its own table, so a request would not be read as it was sent. */
describe('a header that comes twice', () => {
  const service = testService();
  const send = (start: string, ...lines: string[]) =>
    rawRequest(service.url, [`${[`${start} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`]);
  const recorded = () => service.service.services.log.head();

  for (const [name, first, second] of [
    ['Idempotency-Key', 'K1', 'K1'],
    ['Idempotency-Key', 'K1', 'K2'],
    ['Idempotency-Key', '', ''],
    ['Host', 'x', 'x'],
    ['Host', 'x', 'y'],
    ['Authorization', null, 'Token none'],
    ['Authorization', null, null],
  ] as const) {
    it(`gets 400 that says so: ${name}: ${first}, ${second}`, async () => {
      const before = await recorded();
      const token = service.authorization();
      const others = [`Authorization: ${token}`, 'Host: x'].filter((line) => !line.startsWith(name));
      const twice = [`${name}: ${first ?? token}`, ...others, `${name.toLowerCase()}: ${second ?? token}`];
      const answer = await send('POST /api/v1/imports', ...twice, 'Content-Length: 0');
      expect(answer.status).to.equal(400);
      expect(JSON.parse(answer.body.toString()).detail).to.include(`Send ${name} once`);
      expect(await recorded()).to.equal(before);
    });
  }

  it('gets 400 on every route', async () => {
    for (const path of ['/livez', '/nothing', '/openapi.json']) {
      expect((await send(`GET ${path}`, 'Host: x', 'Host: x')).status, path).to.equal(400);
    }
  });

  it('is accepted if it may be a list, or if the first counts', async () => {
    const list = [
      'Host: x',
      `Authorization: ${service.authorization()}`,
      'X-Forwarded-For: 1.1.1.1',
      'x-forwarded-for: 2.2.2.2',
    ];
    const types = ['Content-Type: text/plain', 'Content-Type: application/json', 'Accept: */*', 'Accept: a/b'];
    expect((await send('POST /api/v1/imports', ...list, ...types, 'Content-Length: 0')).status).to.equal(200);
  });
});
