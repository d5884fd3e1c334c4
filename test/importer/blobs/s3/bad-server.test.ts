import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { StorageUnavailable } from '../../../../src/importer/blobs/blob-store.ts';
import { Bucket } from '../../../../src/importer/blobs/s3/bucket.ts';
import { patient } from '../../../../src/importer/blobs/s3/patient.ts';
import { S3BlobStore } from '../../../../src/importer/blobs/s3/s3-blob-store.ts';
import { rejectionOf } from '../../../support/rejection-of.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';
import { drafted, sha256Of } from '../drafted.ts';

const ENV = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' };

describe('S3 at its worst', () => {
  let server: Server;
  let store: S3BlobStore;
  let answer: (request: IncomingMessage, response: ServerResponse, tries: number) => unknown;
  let tries: number;
  let directory: ReturnType<typeof temporaryDirectory>;

  const openStore = (answersWithinMs: number) => new S3BlobStore(new Bucket('images', '', answersWithinMs), true);

  beforeEach(async () => {
    directory = temporaryDirectory();
    tries = 0;
    server = createServer((request, response) => {
      tries += 1;
      answer(request, response, tries);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    Object.assign(process.env, ENV, { AWS_ENDPOINT_URL_S3 });
    store = openStore(10_000);
  });

  afterEach(async () => {
    await store.close();
    server.closeAllConnections();
    server.close();
    for (const name of [...Object.keys(ENV), 'AWS_ENDPOINT_URL_S3']) delete process.env[name];
    directory.remove();
  });

  it('that is overloaded gets the whole bytes again', async () => {
    const bodies: string[] = [];
    answer = async (request, response, count) => {
      bodies.push((await buffer(request)).toString());
      response.writeHead(count < 3 ? 503 : 200).end();
    };
    await store.keep(drafted(directory.path, 'some bytes'));
    expect(bodies).to.deep.equal(['some bytes', 'some bytes', 'some bytes']);
  });

  it('that stays overloaded is given up', async () => {
    answer = (request, response) => {
      request.resume();
      response.writeHead(503).end();
    };
    expect(await rejectionOf(store.keep(drafted(directory.path, 'some bytes')))).to.be.instanceOf(StorageUnavailable);
    expect(tries).to.equal(3);
  });

  it('that never answers is given up', async () => {
    answer = () => {};
    await store.close();
    store = openStore(150);
    const failures = await Promise.all([
      rejectionOf(store.stat(sha256Of('some'))),
      rejectionOf(store.read(sha256Of('some'))),
      rejectionOf(store.keep(drafted(directory.path, 'some bytes'))),
    ]);
    for (const failure of failures) {
      expect(failure).to.be.instanceOf(StorageUnavailable);
      expect(failure.message).to.match(/s3:\/\/images cannot be used: .*no answer within 1\d\d ms/);
    }
  });

  it('is asked to remove something once only: a late repeat could remove what was kept meanwhile', async () => {
    const methods: (string | undefined)[] = [];
    answer = (request, response) => {
      methods.push(request.method);
      if (request.method === 'DELETE') response.writeHead(503).end();
      else response.writeHead(200, { 'Last-Modified': new Date(0).toUTCString(), 'Content-Length': '4' }).end();
    };
    expect(await rejectionOf(store.removeIfOlder(sha256Of('some'), new Date()))).to.be.instanceOf(StorageUnavailable);
    expect(methods).to.deep.equal(['HEAD', 'DELETE']);
  });

  it('that ends a body early fails its reader', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'Content-Length': '1000' });
      response.write('half');
      setImmediate(() => response.destroy());
    };
    const open = await store.read(sha256Of('some'));
    expect(await rejectionOf(buffer(open?.stream ?? new PassThrough()))).to.be.instanceOf(Error);
  });

  it('that answers with a page of something else is not taken for a store without these bytes', async () => {
    answer = (_request, response) => response.writeHead(404, { 'Content-Type': 'text/html' }).end('<h1>no</h1>');
    expect(await rejectionOf(store.keep(drafted(directory.path, 'some bytes')))).to.be.instanceOf(StorageUnavailable);
  });

  it('that sends no more bytes fails its reader, who may pause as long as it likes', async () => {
    const body = new PassThrough();
    const stream = patient(body, 100);
    body.write('half');
    const parts = stream[Symbol.asyncIterator]();
    expect(String((await parts.next()).value)).to.equal('half');
    expect((await rejectionOf(parts.next())).message).to.equal('no bytes came for 100 ms');
    expect(body.destroyed).to.equal(true);
  });
});
