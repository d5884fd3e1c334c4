import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { CODINGS, MEDIA_TYPES } from '../../../src/http/in/bodies.ts';
import { GrowingBytes } from '../../../src/http/in/growing-bytes.ts';
import { rawRequest } from '../../support/raw-http.ts';
import { FORM, testService } from '../../support/service.ts';

const MEBIBYTE = 1_048_576;
const BODY = 'album_id=5005800000HEXCtAAP&filename=Image456.jpg';

/** Either the answer is 200 and the whole body was recorded, or nothing was recorded. */
describe('a body over the wire', () => {
  const service = testService();

  const post = (body: string | Buffer, headers: Record<string, string> = {}, chunked = false) => {
    const bytes = Buffer.from(body);
    const lines = Object.entries({ Authorization: service.authorization(), ...headers }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    const length = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${bytes.length}`;
    const head = `POST /api/v1/imports HTTP/1.1\r\nHost: x\r\n${lines.join('')}${length}\r\n\r\n`;
    if (!chunked) return rawRequest(service.url, [Buffer.concat([Buffer.from(head), bytes])]);
    const chunk =
      bytes.length === 0 ? [] : [Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')];
    return rawRequest(service.url, [Buffer.from(head), Buffer.concat([...chunk, Buffer.from('0\r\n\r\n')])]);
  };
  const head = () => service.service.services.log.head();
  const paramsOf = (answer: { body: Buffer }) => (JSON.parse(answer.body.toString()) as { params: object }).params;

  async function expectRefused(
    status: number,
    body: string | Buffer,
    headers: Record<string, string>,
    chunked = false,
  ) {
    const before = await head();
    const answer = await post(body, headers, chunked);
    expect(answer.status).to.equal(status);
    expect(Object.fromEntries(answer.headers)).to.include({ 'Content-Type': 'application/problem+json' });
    expect(await head()).to.equal(before);
    return (JSON.parse(answer.body.toString()) as { detail: string }).detail;
  }

  async function expectRead(body: Buffer, headers: Record<string, string>, chunked = false) {
    const answer = await post(body, headers, chunked);
    expect(answer.status, answer.body.toString()).to.equal(200);
    expect(paramsOf(answer)).to.include({ album_id: '5005800000HEXCtAAP', filename: 'Image456.jpg' });
  }

  for (const chunked of [false, true]) {
    const how = chunked ? 'in chunks' : 'with its length';

    it(`without a type is a form, ${how}`, async () => {
      await expectRead(Buffer.from(BODY), {}, chunked);
      await expectRead(Buffer.from(BODY), { 'Content-Type': '' }, chunked);
    });

    for (const type of ['text/plain', 'application/vnd.x+json', 'text/plain, application/json', 'nonsense']) {
      it(`of the type ${type} is refused with what is read, unless it has no byte, ${how}`, async () => {
        const detail = await expectRefused(415, '{"album_id":"a"}', { 'Content-Type': type }, chunked);
        expect(detail).to.contain('application/json').and.contain(FORM).and.contain('multipart/form-data');
        const empty = await post('', { 'Content-Type': type, 'Content-Encoding': 'zstd' }, chunked);
        expect(empty.status).to.equal(200);
        expect(paramsOf(empty)).to.deep.equal({ controller: 'api/v1/imports', action: 'create' });
      });
    }

    it(`in a charset that is not read is refused, ${how}`, async () => {
      await expectRefused(415, BODY, { 'Content-Type': `${FORM}; charset=utf-16` }, chunked);
      await expectRefused(415, '{}', { 'Content-Type': 'application/json; charset=x' }, chunked);
    });

    const zipped: [coding: string, body: Buffer][] = [
      ['gzip', gzipSync(BODY)],
      ['GZip', gzipSync(BODY)],
      ['x-gzip', gzipSync(BODY)],
      ['gzip, identity', gzipSync(BODY)],
      [' , identity ,GZIP,', gzipSync(BODY)],
      ['identity', Buffer.from(BODY)],
      ['', Buffer.from(BODY)],
      ['deflate', deflateSync(BODY)],
      ['Deflate', deflateRawSync(BODY)],
      ['br', brotliCompressSync(BODY)],
      ['gzip, br', brotliCompressSync(gzipSync(BODY))],
      ['deflate, gzip, br', brotliCompressSync(gzipSync(deflateSync(BODY)))],
      ['gzip', Buffer.concat([gzipSync(BODY.slice(0, 9)), gzipSync(''), gzipSync(BODY.slice(9))])],
      ['deflate', deflateSync(BODY, { level: 0 })],
    ];
    for (const [coding, body] of zipped) {
      it(`in the coding "${coding}" of ${body.length} bytes is read, ${how}`, () =>
        expectRead(body, { 'Content-Type': FORM, 'Content-Encoding': coding }, chunked));
    }

    const kinds = { gzip: gzipSync(BODY), deflate: deflateSync(BODY), br: brotliCompressSync(BODY) };
    for (const [coding, body] of Object.entries({ ...kinds, 'deflate ': deflateRawSync(BODY) })) {
      const headers = { 'Content-Type': FORM, 'Content-Encoding': coding };

      it(`in ${coding} of ${body.length} bytes that is cut anywhere is refused, ${how}`, async () => {
        for (let length = 1; length < body.length; length++) {
          await expectRefused(400, body.subarray(0, length), headers, chunked);
        }
      });

      it(`in ${coding} of ${body.length} bytes with more after its end is refused, ${how}`, async () => {
        for (const more of ['junk', '\0', '\0\0junk', '\x1f\x8b']) {
          await expectRefused(400, Buffer.concat([body, Buffer.from(more, 'latin1')]), headers, chunked);
        }
      });

      it(`in ${coding} with a wrong byte anywhere is refused or read, and never gets 500, ${how}`, async () => {
        for (let at = 0; at < body.length; at++) {
          const wrong = Buffer.from(body);
          wrong[at] = (wrong[at] as number) ^ 0xff;
          expect((await post(wrong, headers, chunked)).status).to.be.oneOf([200, 400, 413]);
        }
      });
    }

    it(`that is not zipped as it says is refused, ${how}`, async () => {
      for (const coding of Object.keys(kinds)) {
        await expectRefused(400, BODY, { 'Content-Type': FORM, 'Content-Encoding': coding }, chunked);
      }
    });

    for (const coding of ['zstd', 'compress', 'gzipp', 'gzip;q=1', 'gzip, x', 'gzip, gzip, gzip, gzip']) {
      it(`in the coding ${coding} is refused with a hint what is read, ${how}`, async () => {
        const headers = { 'Content-Type': FORM, 'Content-Encoding': coding };
        const detail = await expectRefused(415, gzipSync(BODY), headers, chunked);
        for (const read of CODINGS.keys()) expect(detail).to.contain(read);
      });
    }

    it(`is refused over one mebibyte, as sent or inflated, by any chain of codings, ${how}`, async () => {
      const large = Buffer.alloc(MEBIBYTE + 1, 'a');
      const fits = large.subarray(1);
      const bomb = Buffer.alloc(20 * MEBIBYTE);
      const zeros = gzipSync(bomb);
      for (const [coding, body] of [
        ['identity', large],
        ['gzip', gzipSync(large)],
        ['deflate', deflateSync(large)],
        ['deflate', deflateRawSync(large)],
        ['br', brotliCompressSync(large)],
        ['gzip', zeros],
        ['gzip, gzip', gzipSync(zeros)],
        ['gzip, gzip, gzip', gzipSync(gzipSync(zeros))],
        ['gzip', Buffer.concat([gzipSync(fits), gzipSync('a')])],
        // Over the limit, and then malformed: whichever is found first, there is one answer.
        ['gzip', withoutEnd(gzipSync, constants.Z_FULL_FLUSH)],
        ['deflate', withoutEnd(deflateSync, constants.Z_FULL_FLUSH)],
        ['deflate', withoutEnd(deflateRawSync, constants.Z_FULL_FLUSH)],
      ] as const) {
        await expectRefused(413, body, { 'Content-Type': FORM, 'Content-Encoding': coding }, chunked);
      }
      const wrong = withoutEnd(brotliCompressSync, constants.BROTLI_OPERATION_FLUSH);
      await expectRefused(400, wrong, { 'Content-Type': FORM, 'Content-Encoding': 'br' }, chunked);
      for (const body of [fits, gzipSync(fits)]) {
        const coding = body === fits ? 'identity' : 'gzip';
        expect((await post(body, { 'Content-Type': FORM, 'Content-Encoding': coding }, chunked)).status).to.equal(200);
      }
    });

    it(`of a GET is refused, unless it has no byte, ${how}`, async () => {
      const request = (body: string) =>
        `GET /api/v1/imports HTTP/1.1\r\nHost: x\r\nAuthorization: ${service.authorization()}\r\nContent-Type: ${FORM}\r\n` +
        (chunked
          ? `Transfer-Encoding: chunked\r\n\r\n${body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`}0\r\n\r\n`
          : `Content-Length: ${body.length}\r\n\r\n${body}`);
      expect((await rawRequest(service.url, [request('limit=1')])).status).to.equal(400);
      expect((await rawRequest(service.url, [request('')])).status).to.equal(200);
    });
  }

  it('in pieces of one byte takes at most twice its bytes in memory', async () => {
    const bytes = new GrowingBytes();
    const piece = Buffer.from('a');
    for (let count = 0; count < 100_000; count++) {
      bytes.add(piece);
      expect(bytes.heldBytes).to.be.at.most(Math.max(16_384, 2 * bytes.length));
    }
    expect(bytes.all().equals(Buffer.alloc(100_000, 'a'))).to.equal(true);
  });

  it('with several Content-Type fields is read by the first', async () => {
    const types = ['Content-Type: application/json', 'Content-Type: text/plain'];
    const answer = await service.send('POST /api/v1/imports', types, '{"album_id":"a"}');
    expect(paramsOf(answer)).to.include({ album_id: 'a' });
  });

  it('whose coding comes after almost all the headers that a request may have is inflated', async () => {
    const lines = [...Array<string>(190).fill('a:'), 'Content-Encoding: gzip', `Content-Type: ${FORM}`];
    const answer = await service.send('POST /api/v1/imports', lines, gzipSync(BODY));
    expect(paramsOf(answer)).to.include({ filename: 'Image456.jpg' });
  });

  it('is described in docs/api.md as it is read', () => {
    const docs = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8');
    const named = (heading: string) => {
      const row = docs.split('\n').find((line) => line.startsWith(`| ${heading}`)) ?? '';
      return Array.from((row.split('|')[2] ?? '').matchAll(/`([^`]+)`/g), ([, name]) => name);
    };
    const typesOf = (format: string) => [...MEDIA_TYPES].filter(([, its]) => its === format).map(([type]) => type);
    expect(named('a form')).to.deep.equal(typesOf('form'));
    expect(named('JSON')).to.deep.equal(typesOf('json'));
    expect(named('text fields')).to.deep.equal(typesOf('multipart'));
    expect(named('compressed')).to.deep.equal([...CODINGS.keys()]);
  });
});

/** Blocks that inflate to more than the limit, and then one that cannot be inflated. */
function withoutEnd(zip: (bytes: Buffer, options: { finishFlush: number }) => Buffer, finishFlush: number): Buffer {
  return Buffer.concat([zip(Buffer.alloc(MEBIBYTE + 20_480, 'a'), { finishFlush }), Buffer.alloc(5, 0xff)]);
}
