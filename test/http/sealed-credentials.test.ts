import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import pino from 'pino';
import { importDecider } from '../../src/commands/import.ts';
import type { ImportCommand } from '../../src/commands/import-command.ts';
import { LogUnavailable } from '../../src/events/errors.ts';
import { streamName } from '../../src/events/streams.ts';
import { SealedUnavailable } from '../../src/importer/sealed/sealed-store.ts';
import { imports } from '../support/imports.ts';
import { IMPORTS, JWT_SECRET, ORGANIZATION, OTHER_USER, testService } from '../support/service.ts';
import { whileInstead } from '../support/while-instead.ts';

const SECRETS = ['s3cret-header', 's3cret-user', 's3cret-signature'];
const URL_SENT = `https://me:${SECRETS[1]}@example.org/1.jpg?v=1&X-Amz-Date=20261126&X-Amz-Signature=${SECRETS[2]}`;
const BODY = `{"headers":{"Accept":"*/*","Authorization":"Bearer ${SECRETS[0]}"},"number":1.0,"ssn":"s3cret-ssn","url":"${URL_SENT}"}`;
const TAKEN = [
  { place: 'headers[Authorization]', original: `Bearer ${SECRETS[0]}` },
  { place: 'url', original: URL_SENT },
];

describe('credentials that a POST of an import brings', () => {
  const logged: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => logged.push(line) });
  const service = testService({ REDACTED_PARAMETERS: 'ssn' }, logger);
  const sealed = () => service.service.services.sealed;
  const post = (body: string, key?: string, user?: string) =>
    service.post(
      body,
      { 'Content-Type': 'application/json', ...(key !== undefined && { 'Idempotency-Key': key }) },
      user,
    );
  const idOf = async (answer: Response) => {
    expect(answer.status).to.equal(200);
    return ((await answer.json()) as { id: string }).id;
  };
  const events = () => service.service.services.log.readAll(0n, 10_000);
  const tell = async (id: string, command: ImportCommand) => {
    const context = { organization_id: ORGANIZATION, operator: 'test', request_id: 'test' };
    await service.service.services.execute(importDecider, streamName('import', id), command, context);
  };

  it('need no file before there are any, nor when the importer could not use them', async () => {
    await idOf(await post('{"album_id":"a"}'));
    await idOf(await post('{"headers":{"Authorization":"Bearer x"}}'));
    await idOf(await post('{"content_document_id":"069","headers":{"Authorization":"Bearer x"}}'));
    await idOf(await post('{"import_type":"salesforce","url":"https://u:p@example.org/"}'));
    await idOf(await post('{"url":"https://example.org/","ssn":"1"}'));
    expect(readdirSync(service.dataDir).filter((name) => name.startsWith('sealed'))).to.deep.equal([]);
  });

  it('are kept as they were sent, but for those that no fetch needs', async () => {
    const id = await idOf(await post(BODY));
    expect(await sealed().of(id)).to.deep.equal(TAKEN);
    expect(await sealed().ownImports(null, 10)).to.deep.equal([id]);
  });

  it('are in no event, answer, log line, measurement, export or file', async () => {
    const answer = await post(BODY);
    const headers = JSON.stringify([...answer.headers]);
    const text = await answer.text();
    const { id } = JSON.parse(text) as { id: string };
    const shown = await Promise.all(
      [`${IMPORTS}/${id}`, `${IMPORTS}/${id}/events`, IMPORTS, '/api/v1/events'].map(async (path) =>
        (await service.request(path)).text(),
      ),
    );
    const measured = await (await fetch(`${service.operationsUrl}/metrics`)).text();
    const exported = await imports({ NODE_ENV: 'production', JWT_SECRET, DATA_DIR: service.dataDir }, 'export');
    expect(exported.stdout).to.include(id);
    const found = readdirSync(service.dataDir, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    expect(found.map(({ name }) => name)).to.include.members(['events.db', 'sealed.db']);
    const files = found.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'));
    const all = [text, headers, ...shown, measured, exported.stdout, exported.stderr, ...logged, ...files].join('\n');
    for (const secret of [...SECRETS, 's3cret-ssn']) {
      expect(all, secret).to.not.include(secret);
      expect(all, secret).to.not.include(Buffer.from(secret).toString('base64').slice(0, -2));
    }
  });

  it('are kept before anything is recorded: if they cannot be, nothing is, and the answer is 503', async () => {
    const before = (await events()).length;
    const keep = () => Promise.reject(new SealedUnavailable('the test says so'));
    const answer = await whileInstead(sealed(), { keep }, () => post(BODY));
    expect([answer.status, answer.headers.get('retry-after')]).to.deep.equal([503, '1']);
    const text = await answer.text();
    expect(JSON.parse(text)).to.include({ type: 'urn:import-api:problem:credentials-unavailable' });
    expect(text).to.not.include('the test says so');
    expect((await events()).length).to.equal(before);
    await whileInstead(sealed(), { keep }, async () => idOf(await post('{"url":"https://example.org/"}')));
  });

  it('stay if it is unknown whether the request was recorded', async () => {
    const { log } = service.service.services;
    const before = await sealed().ownImports(null, 100);
    const append = () => Promise.reject(new LogUnavailable('the test says so'));
    expect((await whileInstead(log, { append }, () => post(BODY))).status).to.equal(503);
    expect(await sealed().ownImports(null, 100)).to.have.length(before.length + 1);
  });

  describe('under an Idempotency-Key', () => {
    const renewed = BODY.replace(SECRETS[0] as string, 'renewed');

    it('replace those of the same request before', async () => {
      const id = await idOf(await post(BODY, 'renewed'));
      const again = await post(renewed, 'renewed');
      expect(again.headers.get('idempotent-replayed')).to.equal('true');
      expect(await idOf(again)).to.equal(id);
      expect((await sealed().of(id))?.[0]).to.deep.equal({ ...TAKEN[0], original: 'Bearer renewed' });
    });

    it('replace those of a request that was never recorded', async () => {
      const { log } = service.service.services;
      const append = () => Promise.reject(new LogUnavailable('the test says so'));
      expect((await whileInstead(log, { append }, () => post(BODY, 'lost'))).status).to.equal(503);
      const id = await idOf(await post(renewed, 'lost'));
      expect((await sealed().of(id))?.[0]).to.deep.equal({ ...TAKEN[0], original: 'Bearer renewed' });
    });

    it('take the place of those that the store has lost', async () => {
      const id = await idOf(await post(BODY, 'gone'));
      await sealed().forget(id);
      expect(await idOf(await post(BODY, 'gone'))).to.equal(id);
      expect(await sealed().of(id)).to.deep.equal(TAKEN);
    });

    it('do not replace them if the request is refused, as another one with the same key', async () => {
      const id = await idOf(await post(BODY, 'refused'));
      const before = (await events()).length;
      expect((await post(renewed.replace('1.jpg', '2.jpg'), 'refused')).status).to.equal(422);
      expect(await sealed().of(id)).to.deep.equal(TAKEN);
      expect((await events()).length).to.equal(before);
    });

    it('are not kept if the request is refused and the import has none', async () => {
      const id = await idOf(await post('{"url":"https://example.org/"}', 'without'));
      expect((await post(BODY, 'without')).status).to.equal(422);
      expect(await sealed().of(id)).to.equal(null);
    });

    it('are never mixed up by two requests at the same moment, of which one is refused', async () => {
      const other = renewed.replace('1.jpg', '2.jpg');
      for (let round = 0; round < 20; round += 1) {
        const answers = await Promise.all([BODY, other].map((body) => post(body, `both ${round}`)));
        expect(answers.map(({ status }) => status).toSorted()).to.deep.equal([200, 422]);
        const recorded = answers.find(({ status }) => status === 200) as Response;
        const { id, params } = (await recorded.json()) as { id: string; params: { url: string } };
        const kept = await sealed().of(id);
        if (kept !== null) expect(kept[1]?.original).to.include(params.url.includes('1.jpg') ? '1.jpg' : '2.jpg');
      }
    });

    it('are of one caller', async () => {
      const id = await idOf(await post(BODY, 'mine'));
      const others = await idOf(await post(renewed, 'mine', OTHER_USER));
      expect(await sealed().of(id)).to.deep.equal(TAKEN);
      expect((await sealed().of(others))?.[0]?.original).to.equal('Bearer renewed');
    });

    it('are not kept if the import has ended, and are kept if it waits again', async () => {
      const id = await idOf(await post(BODY, 'ended'));
      await tell(id, { type: 'CancelImport' });
      expect(await idOf(await post(renewed, 'ended'))).to.equal(id);
      expect(await sealed().of(id)).to.equal(null);
      await tell(id, { type: 'RetryImport', reason: null, adoptedBy: null });
      expect(await idOf(await post(renewed, 'ended'))).to.equal(id);
      expect(await sealed().areThere(id)).to.equal(true);
    });
  });

  it('that would take over 1 MiB as JSON are refused with 413', async () => {
    const answer = await post(
      `{"url":"https://example.org/","headers":{"Cookie":"${'\\u0001'.repeat(170_000)}","Accept":""}}`,
    );
    expect(answer.status).to.equal(200);
    const form = `url=https://example.org/&headers[Cookie]=${'%01'.repeat(200_000)}`;
    expect((await service.post(form)).status).to.equal(413);
  });

  it('are not there any more after they were forgotten', async () => {
    const id = await idOf(await post(BODY));
    await sealed().forget(id);
    expect(await sealed().of(id)).to.equal(null);
    expect(existsSync(join(service.dataDir, 'sealed.db-wal'))).to.equal(false);
  });
});
