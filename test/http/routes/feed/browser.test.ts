import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { type BrowserPage, hasChromium, openPage } from '../../../support/chromium.ts';
import { EVENTS } from '../../../support/feed.ts';
import { DOCUMENT_BODY, FORM, IMPORTS, startTestService, type TestService } from '../../../support/service.ts';

/** What a page does: reads a stream until it has so many events, then cancels it. */
const READ = `async (url, headers, count) => {
  const answer = await fetch(url, { headers: { Accept: 'text/event-stream', ...headers } });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const events = () => [...text.matchAll(/^id: (.*)\\n(?:event: .*\\n)data: (.*)\\n\\n/gm)].map(([, id, data]) => ({ id, data: JSON.parse(data) }));
  if (count === 0) await reader.read();
  while (events().length < count) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  await reader.cancel();
  return { status: answer.status, token: answer.headers.get('X-token') !== null, events: events() };
}`;

const POST = `async (url, headers, body) => (await (await fetch(url, { method: 'POST', headers, body })).json()).id`;

describe('a page of another origin in Chromium', function () {
  this.timeout(90_000);
  const site = createServer((_request, response) => response.end('<!doctype html>'));
  let service: TestService;
  let page: BrowserPage;
  const run = <T>(script: string, ...parameters: unknown[]) =>
    page.run<T>(`(${script})(${parameters.map((parameter) => JSON.stringify(parameter)).join(', ')})`);

  before(async function () {
    if (!hasChromium) this.skip();
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
    const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    service = await startTestService({ CORS_ORIGINS: origin });
    page = await openPage(`${origin}/`);
  });

  after(async () => {
    await page?.close();
    await service?.stop();
    site.close();
    site.closeAllConnections();
  });

  it('reads a live stream by fetch, and goes on exactly where it was cut', async () => {
    const Authorization = service.authorization();
    const url = `${service.url}${EVENTS}`;
    const posted: string[] = [];
    for (let number = 0; number < 5; number += 1) {
      const headers = { Authorization, 'Content-Type': FORM };
      posted.push(await run<string>(POST, `${service.url}${IMPORTS}`, headers, DOCUMENT_BODY));
    }
    interface Read {
      readonly status: number;
      readonly token: boolean;
      readonly events: readonly { readonly id: string; readonly data: { readonly subject: string } }[];
    }
    const first = await run<Read>(READ, `${url}?since=2000-01-01`, { Authorization }, 2);
    expect([first.status, first.token]).to.deep.equal([200, true]);
    const begun = first.events.slice(0, 2);
    const headers = { Authorization, 'Last-Event-ID': begun.at(-1)?.id };
    const then = await run<Read>(READ, url, headers, 3);
    expect([...begun, ...then.events].map(({ data }) => data.subject)).to.deep.equal(posted);
  });
});
