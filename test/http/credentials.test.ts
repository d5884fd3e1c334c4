import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import pino from 'pino';
import { importIdFor } from '../../src/commands/import-id.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { ORGANIZATION, testService, USER } from '../support/service.ts';

const SECRET_ID = '6c1d0b52-6f0e-4c0e-9d8e-2f6b7a5d4c3b';
/** None of these is ever found in an answer, an event, a view or a log line. */
const SECRETS = ['s3cret-one', 's3cret-two', 's3cret-three', 's3cret-four'];
const BODY =
  `{"headers":{"Accept":"*/*","Authorization":"Bearer ${SECRETS[0]}"},"filename":"kept.jpg","ftp_pass":"${SECRETS[1]}",` +
  `"url":"https://u:${SECRETS[2]}@example.org/k?v=1&X-Amz-Date=20261126&X-Amz-Signature=${SECRETS[3]}"}`;

describe('POST /api/v1/imports with credentials among the parameters', () => {
  const logged: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => logged.push(line) });
  const service = testService({ REDACTED_PARAMETERS: 'ftp_pass, metadatas[ssn]' }, logger);
  const post = (body: string, headers: Record<string, string> = {}) =>
    service.post(body, { 'Content-Type': 'application/json', ...headers });
  const lastEvent = async () => (await service.service.services.log.readAll(0n, 10_000)).at(-1);

  it('neither records, echoes nor logs them, and names their places', async () => {
    const answer = await post(BODY);
    const text = await answer.text();
    expect(answer.headers.get('x-redacted')).to.equal('ftp_pass, headers[Authorization], url');
    expect(JSON.parse(text).params).to.deep.include({
      headers: { Accept: '*/*', Authorization: '[FILTERED]' },
      filename: 'kept.jpg',
      ftp_pass: '[FILTERED]',
      url: 'https://[FILTERED]@example.org/k?v=1&X-Amz-Date=[FILTERED]&X-Amz-Signature=[FILTERED]',
    });
    const event = await lastEvent();
    expect(JSON.parse(event?.data as string).redacted).to.deep.equal(['ftp_pass', 'headers[Authorization]', 'url']);
    const { id } = JSON.parse(text) as { id: string };
    const shown = await (await service.request(`/api/v1/imports/${id}`)).text();
    expect(shown).to.equal(text);
    for (const secret of SECRETS) expect(text + event?.data + logged.join()).to.not.contain(secret);
  });

  it('has no X-Redacted if there was nothing to remove, nor on a GET', async () => {
    const answer = await post('{"metadatas":{"pass":"yes","signature":"x","requires_signature":false}}');
    expect(answer.headers.has('x-redacted')).to.equal(false);
    const { id, params } = (await answer.json()) as { id: string; params: { metadatas: unknown } };
    expect(params.metadatas).to.deep.equal({ pass: 'yes', signature: 'x', requires_signature: false });
    const redacted = (await (await post(BODY)).json()) as { id: string };
    for (const path of [id, redacted.id]) {
      expect((await service.request(`/api/v1/imports/${path}`)).headers.has('x-redacted')).to.equal(false);
    }
  });

  it('uses the values as sent for columns, lists and abilities', async () => {
    const secret = await service.issueSecret(SECRET_ID, ORGANIZATION);
    const album = 'Bearer Hall';
    const abilities = { [album]: { Access: { image_upload: true } } };
    const token = jwt.sign({ iss: SECRET_ID, abilities }, secret, { noTimestamp: true });
    const answer = await post(JSON.stringify({ album_id: album }), { Authorization: `Token token="${token}"` });
    expect(answer.status).to.equal(200);
    const { id, album_id } = (await answer.json()) as Record<string, string>;
    expect(album_id).to.equal(album);
    const list = await service.request(`/api/v1/imports?album_id=${encodeURIComponent(album)}`);
    expect(((await list.json()) as { id: string }[]).map((import_) => import_.id)).to.deep.equal([id]);
  });

  it('keeps a name that the caller chose out of the log if the request is refused', async () => {
    const refused = await service.post('s3cret-name=%');
    expect(await refused.text()).to.contain('s3cret-name');
    expect(refused.status).to.equal(400);
    expect(logged.join()).to.not.contain('s3cret-name');
  });

  describe('under an Idempotency-Key', () => {
    const keyed = (body: string, key: string) => post(body, { 'Idempotency-Key': key });

    it('is the same request with renewed credentials and a newly signed URL', async () => {
      const first = await keyed(BODY, 'renewed');
      const renewed = BODY.replace('s3cret-one', 'other').replace('u:s3cret-three', 'v:w').replace('s3cret-two', 'x');
      const again = await keyed(
        renewed.replace('X-Amz-Date=20261126&X-Amz-Signature=s3cret-four', 'X-Amz-Signature=y&X-Amz-Date=20261127'),
        'renewed',
      );
      expect(again.status).to.equal(200);
      expect(await again.text()).to.equal(await first.text());
      expect(again.headers.get('idempotent-replayed')).to.equal('true');
      expect(again.headers.get('x-redacted')).to.equal('ftp_pass, headers[Authorization], url');
    });

    it('is another request if the difference was not removed', async () => {
      for (const [key, first, again] of [
        ['pass', '{"metadatas":{"pass":"yes"}}', '{"metadatas":{"pass":"no"}}'],
        ['signed', BODY, BODY.replace('/k?', '/l?')],
        ['version', BODY, BODY.replace('v=1', 'v=2')],
        ['header', BODY, BODY.replace('*/*', 'image/*')],
        ['token', '{"token":"a"}', '{"token":"b"}'],
        ['flag', '{"metadatas":{"requires_signature":false}}', '{"metadatas":{"requires_signature":true}}'],
        ['text', '{"note":"Authorization: Bearer a"}', '{"note":"Authorization: Bearer b"}'],
        ['ordinary', '{"url":"https://h/?sig=1"}', '{"url":"https://h/?sig=2"}'],
      ] as const) {
        expect((await keyed(first, key)).status, key).to.equal(200);
        expect((await keyed(again, key)).status, key).to.equal(422);
      }
    });

    it('is the same request when an earlier release recorded it', async () => {
      const key = randomUUID();
      const id = importIdFor(`user:${USER} of ${ORGANIZATION}`, key);
      const params = {
        note: 'Bearer x',
        metadatas: { pass: '[FILTERED]' },
        controller: 'api/v1/imports',
        action: 'create',
      };
      const event = newEvent({ type: 'ImportRequested', data: { ...IMPORT_REQUESTED.data, params } });
      await service.service.services.log.append(`import-${id}`, [event], 'no_stream');
      const again = await keyed('{"metadatas":{"pass":"yes"},"note":"Bearer x"}', key);
      expect([again.status, again.headers.get('idempotent-replayed')]).to.deep.equal([200, 'true']);
      expect((await keyed('{"metadatas":{"pass":"yes"},"note":"Bearer y"}', key)).status).to.equal(422);
    });
  });
});
