import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { Turns } from '../../../src/http/limits/turns.ts';
import { Drafts } from '../../../src/importer/blobs/draft.ts';
import { OutsideWork } from '../../../src/importer/outside-work.ts';
import { largePng, PNG } from '../../support/png.ts';
import { rawRequest } from '../../support/raw-http.ts';
import { reset } from '../../support/reset.ts';
import { IMPORTS } from '../../support/service.ts';
import { until } from '../../support/until.ts';
import { whileInstead } from '../../support/while-instead.ts';
import { CLAIMS, type Claimed, WORKER, WorkerClient } from './worker-client.ts';

const MIB = 1_048_576;

describe('bytes that a worker brings', () => {
  const client = new WorkerClient();
  const { service } = client;

  const claimed = async () => {
    const id = await client.requested();
    return { id, claim: ((await client.claim()) as [Claimed])[0].id };
  };
  const head = (claim: string, ...lines: string[]) =>
    [
      `POST ${CLAIMS}/${claim}/complete HTTP/1.1`,
      'Host: x',
      `Authorization: ${service.authorization(WORKER)}`,
      ...lines,
      '',
      '',
    ].join('\r\n');
  /** A connection to which a part of a request was written, and what has come back. */
  const begun = (text: string | Buffer) => {
    const socket = connect({ port: Number(new URL(service.url).port), host: '127.0.0.1', allowHalfOpen: true });
    const got = { socket, text: '', isClosed: false };
    socket.on('data', (chunk) => {
      got.text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      got.isClosed = true;
    });
    socket.write(text);
    return got;
  };
  const drafts = () => {
    try {
      return readdirSync(join(service.dataDir, 'tmp'));
    } catch {
      return [];
    }
  };
  const statusIn = (text: string) => /HTTP\/1\.1 (\d{3})/.exec(text.replace('HTTP/1.1 100 Continue\r\n\r\n', ''))?.[1];

  before(() => client.claim());

  afterEach(async () => {
    await until('no draft is left', () => drafts().length === 0);
  });

  it('may be many', async () => {
    const { id, claim } = await claimed();
    const bytes = largePng(20 * MIB);
    expect((await client.complete(claim, bytes)).status).to.equal(200);
    expect([...client.blobs.kept.values()].some((kept) => kept.equals(bytes))).to.equal(true);
    expect(await client.statusOf(id)).to.include({ status: 'succeeded' });
  });

  it('may come in pieces of any size, without a length', async () => {
    const { claim } = await claimed();
    const got = begun(head(claim, 'Transfer-Encoding: chunked'));
    for (const byte of PNG) got.socket.write(`1\r\n${String.fromCharCode(byte)}\r\n`, 'latin1');
    got.socket.write('0\r\n\r\n');
    await until('it is answered', () => statusIn(got.text) === '200');
    got.socket.destroy();
  });

  it('are refused by their headers before one of them is read', async () => {
    const { claim } = await claimed();
    for (const [status, ...lines] of [
      ['413', `Content-Length: ${200 * MIB}`],
      ['413', `Content-Length: ${200 * MIB}`, 'Expect: 100-continue'],
      ['415', 'Content-Length: 10', 'Content-Encoding: gzip', 'Expect: 100-continue'],
      ['400', 'Content-Length: 0'],
      ['400'],
    ] as string[][]) {
      const got = begun(head(claim, ...lines));
      await until(`${lines} is answered`, () => statusIn(got.text) === status);
      expect(got.text).to.not.include('100 Continue');
      got.socket.destroy();
    }
  });

  it('are asked for only if the claim is not over', async () => {
    const { id, claim } = await claimed();
    const lines = [`Content-Length: ${PNG.length}`, 'Expect: 100-continue'];
    const first = begun(head(claim, ...lines));
    await until('they are asked for', () => first.text.startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
    first.socket.write(PNG);
    await until('it is answered', () => statusIn(first.text) === '200');
    first.socket.destroy();
    const repeated = begun(head(claim, ...lines));
    await until('it is answered', () => statusIn(repeated.text) === '200');
    expect(repeated.text).to.not.include('100 Continue');
    repeated.socket.destroy();
    expect(await client.statusOf(id)).to.include({ status: 'succeeded', attempts: 1 });
    const other = await claimed();
    await service.request(`${IMPORTS}/${other.id}/cancel`, { method: 'POST' });
    const late = begun(head(other.claim, ...lines));
    await until('it is answered', () => statusIn(late.text) === '409');
    expect(late.text).to.not.include('100 Continue');
    late.socket.destroy();
  });

  it('are not read on once the import is cancelled', async () => {
    const { id, claim } = await claimed();
    const got = begun(head(claim, `Content-Length: ${50 * MIB}`));
    got.socket.write(PNG);
    await until('they are read', () => drafts().length === 1);
    await service.request(`${IMPORTS}/${id}/cancel`, { method: 'POST' });
    await until('it is answered', () => statusIn(got.text) === '409');
    expect(got.text).to.include('"import_status":"cancelled"');
    got.socket.destroy();
  });

  it('are not read on once there are too many', async () => {
    const { claim } = await claimed();
    const small = new Drafts({ folder: join(service.dataDir, 'tmp'), limitBytes: 1_000 });
    await whileInstead(client.services, { drafts: small }, async () => {
      const got = begun(head(claim, 'Transfer-Encoding: chunked'));
      got.socket.write(`${(2_000).toString(16)}\r\n${'x'.repeat(2_000)}\r\n`);
      await until('it is answered', () => statusIn(got.text) === '413');
      got.socket.destroy();
    });
    expect((await client.complete(claim, PNG)).status).to.equal(200);
  });

  it('leave nothing behind if they break off', async () => {
    const { id, claim } = await claimed();
    const endings: ((socket: Socket) => void)[] = [reset, (socket) => socket.destroy(), (socket) => socket.end()];
    for (const end of endings) {
      const got = begun(head(claim, `Content-Length: ${MIB}`));
      got.socket.write(PNG);
      await until('they are read', () => drafts().length === 1);
      end(got.socket);
      await until('the draft is gone', () => drafts().length === 0);
      got.socket.destroy();
    }
    expect(await client.statusOf(id)).to.include({ status: 'running' });
    expect((await client.complete(claim, PNG)).status).to.equal(200);
  });

  it('wait for their turn: half-open ones of an organization do not take the whole disk', async () => {
    const { claim } = await claimed();
    await whileInstead(client.services.limits, { uploads: new Turns(2, 100, 2) }, async () => {
      const open = [1, 2].map(() => begun(head(claim, `Content-Length: ${MIB}`)));
      for (const { socket } of open) socket.write(PNG);
      await until('they are read', () => drafts().length === 2);
      const more = Array.from({ length: 20 }, () =>
        begun(head(claim, `Content-Length: ${MIB}`, 'Expect: 100-continue')),
      );
      await until('all others are answered', () => more.every(({ text }) => statusIn(text) === '503'));
      expect(drafts()).to.have.length(2);
      for (const { socket } of [...open, ...more]) socket.destroy();
      await until('the drafts are gone', () => drafts().length === 0);
      expect((await client.complete(claim, PNG)).status).to.equal(200);
    });
  });

  it('cannot be kept if the disk is full: 503, and the claim stays', async () => {
    const { claim } = await claimed();
    const full = new Drafts({ folder: join(service.dataDir, 'tmp'), limitBytes: MIB, floorBytes: 2 ** 60 });
    const { status, body } = await whileInstead(client.services, { drafts: full }, () => client.complete(claim, PNG));
    expect([status, body.type]).to.deep.equal([503, 'urn:import-api:problem:storage-unavailable']);
    expect(client.services.keeping.trouble?.reason).to.match(/its disk is full/);
    expect((await client.complete(claim, PNG)).status).to.equal(200);
    expect(client.services.keeping.trouble).to.equal(null);
  });

  it('do not count twice if two bring them at once', async () => {
    const { id, claim } = await claimed();
    const answers = await Promise.all([client.complete(claim, PNG), client.complete(claim, largePng(1_000))]);
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
    const types = (await client.services.log.readStream(`import-${id}`)).map(({ type }) => type);
    expect(types).to.deep.equal(['ImportRequested', 'ImportStarted', 'ImportSucceeded']);
  });

  it('are of few imports at once if these are large', async () => {
    const large = JSON.stringify({ url: 'https://example.com/1.jpg', metadatas: { text: 'x'.repeat(600_000) } });
    for (let number = 0; number < 3; number += 1) {
      await service.post(large, { 'Content-Type': 'application/json' });
    }
    expect(await client.claim()).to.have.length(2);
    expect(await client.claim()).to.have.length(1);
  });

  it('are not awaited from a worker that has gone while it was given an import: that waits again', async () => {
    const id = await client.requested();
    const { outsideWork, limits } = client.services;
    const body = '{"max":1}';
    const lines = ['Host: x', `Authorization: ${service.authorization(WORKER)}`, 'Content-Type: application/json'];
    const request = [`POST ${CLAIMS} HTTP/1.1`, ...lines, `Content-Length: ${body.length}`, '', body].join('\r\n');
    const { promise: isGiven, resolve: given } = Promise.withResolvers<void>();
    const { promise: isGone, resolve: gone } = Promise.withResolvers<void>();
    const give: typeof outsideWork.give = async (wish) => {
      const imports = await OutsideWork.prototype.give.call(outsideWork, wish);
      given();
      await isGone;
      return imports;
    };
    await whileInstead(outsideWork, { give }, async () => {
      const got = begun(request);
      await isGiven;
      expect(await client.statusOf(id)).to.include({ status: 'running' });
      reset(got.socket);
      // What a request holds is released with its connection.
      await until('the service knows it', () => limits.memory.heldBytes === 0);
      gone();
    });
    await until('it waits again', async () => (await client.statusOf(id)).status === 'waiting');
    expect(await client.statusOf(id)).to.include({ attempts: 0 });
    await client.claim();
  });

  it('need the token before anything else', async () => {
    const { claim } = await claimed();
    const line = `POST ${CLAIMS}/${claim}/complete HTTP/1.1\r\nHost: x\r\nContent-Length: ${50 * MIB}\r\n\r\n`;
    expect((await rawRequest(service.url, [line])).status).to.equal(401);
  });
});
