import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer as createPlainServer, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { expect } from 'chai';
import { type Document, MongoClient } from 'mongodb';
import { ReadModelUnavailable } from '../../../src/projections/errors.ts';
import { openMongoReadModel } from '../../../src/projections/mongodb/open.ts';
import { VIEWS_VERSION } from '../../../src/projections/views.ts';
import { startFakeMongodb } from '../../mongodb/fake-mongodb.ts';
import { certificateFile } from '../../support/eventstore/server.ts';
import { describeWithMongodb, freshDatabase } from '../../support/mongodb.ts';
import { rejectionOf } from '../../support/rejection-of.ts';

const LEAST_WAITED_SECONDS = 7;

/** The message with which an opening ends, how long it took in seconds, and the notices meanwhile. */
async function failureOf(url: string): Promise<{ message: string; seconds: number; notices: string[] }> {
  const notices: string[] = [];
  const began = performance.now();
  const error = await rejectionOf(openMongoReadModel({ url, onNotice: (notice) => notices.push(notice) }));
  expect(error).to.be.instanceOf(ReadModelUnavailable);
  expect(error.cause, 'what could hold the password').to.equal(undefined);
  return { message: error.message, seconds: (performance.now() - began) / 1000, notices };
}

/** The message of an open that is refused at once. */
async function refusalOf(url: string): Promise<string> {
  const { message, seconds } = await failureOf(url);
  // Any other failure is waited for at least this long.
  expect(seconds).to.be.lessThan(LEAST_WAITED_SECONDS);
  return message;
}

describe('opening the read model in MongoDB', () => {
  describe('is refused at once, with what to do about it,', () => {
    for (const [what, url] of [
      ['no URL of MongoDB', 'http://someone:secret@127.0.0.1/views'],
      ['without a host', 'mongodb://'],
      ['with an option that the driver does not know', 'mongodb://someone:secret@127.0.0.1/views?secretly=1'],
      ['with a bare @ in the password', 'mongodb://someone:sec@secret/ret@127.0.0.1/views'],
      ['with a bare / in the password', 'mongodb://someone:1/secret@127.0.0.1/views'],
      ['with a port that is no number', 'mongodb://someone:secret@127.0.0.1:secret/views'],
    ] as const) {
      it(`for a URL that is malformed: ${what}`, async () => {
        const message = await refusalOf(url);
        expect(message).to.include('MONGODB_URL is not a URL of MongoDB').and.include('percent-encoded');
        expect(message).to.not.match(/someone|secret/);
      });
    }

    for (const url of ['mongodb://127.0.0.1', 'mongodb://127.0.0.1/', 'mongodb://127.0.0.1/?appName=test']) {
      it(`for a URL that names no database: ${url}`, async () => {
        const message = await refusalOf(url);
        expect(message).to.include('MONGODB_URL names no database');
      });
    }

    for (const option of ['tlsCAFile', 'tlsCertificateKeyFile']) {
      it(`for a file of ${option} that is not there`, async () => {
        const message = await refusalOf(`mongodb://someone:secret@127.0.0.1:1/views?tls=true&${option}=/nope`);
        expect(message).to.include(`the file /nope, which ${option} in MONGODB_URL names, cannot be read (ENOENT)`);
        expect(message).to.not.match(/someone|secret/);
      });
    }

    const answering = async (answers: Record<string, Document>, user = '') => {
      const fake = await startFakeMongodb(answers);
      try {
        return await refusalOf(`mongodb://${user}127.0.0.1:${fake.port}/views`);
      } finally {
        await fake.stop();
      }
    };

    it('if the server does not accept user and password, and names neither', async () => {
      const fault = { code: 18, errmsg: 'Authentication failed for someone with secret.' };
      const message = await answering({ saslStart: fault }, 'someone:secret@');
      expect(message).to.include('does not accept the user and the password').and.include('authSource');
      expect(message).to.not.match(/someone|secret/);
    });

    for (const [what, answers, says] of [
      [
        'the user may not write',
        { createIndexes: { code: 13, errmsg: 'not authorized on views to execute command' } },
        /does not let the user.*readWrite/,
      ],
      [
        'the server does not allow the name of the database',
        { createIndexes: { code: 73, errmsg: 'Invalid namespace' } },
        /names a database that.*does not allow/,
      ],
      ['the server is too old', { hello: { maxWireVersion: 8 } }, /MongoDB 4\.4 or later/],
    ] as const) {
      it(`if ${what}`, async () => {
        expect(await answering(answers)).to.match(says);
      });
    }
  });

  describe('waits ten seconds at most, and says once that it does,', () => {
    it('for a server that is not there, and for one that is not the primary', async () => {
      const fake = await startFakeMongodb({
        createIndexes: { code: 10_107, errmsg: 'not primary' },
      });
      const [absent, secondary] = await Promise.all([
        failureOf('mongodb://someone:secret@127.0.0.1:1/views'),
        failureOf(`mongodb://127.0.0.1:${fake.port}/views`),
      ]);
      await fake.stop();
      expect(absent.message).to.include('MongoDB at 127.0.0.1:1 could not be used within 10 s: start it');
      expect(absent.message)
        .to.include('ECONNREFUSED')
        .and.not.match(/someone|secret/);
      expect(secondary.message).to.include('is not the primary of its replica set');
      for (const { seconds, notices } of [absent, secondary]) {
        // Ten, and what a busy machine takes.
        expect(seconds).to.be.within(LEAST_WAITED_SECONDS, 15);
        expect(notices).to.have.length(1);
        expect(notices[0]).to.include('waiting for').and.not.include('secret');
      }
    });
  });

  describe('over TLS, says at once what to do about', () => {
    for (const [what, certificate, query, advice] of [
      [
        'a certificate of a CA that is not known',
        'certificate',
        '',
        /signed by a CA that is not known here: .*tlsCAFile in MONGODB_URL \(mongodb:/,
      ],
      ['a certificate for another host', 'other-host', 'other-host', /not made for the host in MONGODB_URL/],
      ['a certificate that has expired', 'expired', 'expired', /certificate has expired: renew it/],
      ['a server without TLS', null, '', /does not speak TLS there: leave tls=true out of MONGODB_URL/],
    ] as const) {
      it(what, async () => {
        const end = (socket: Socket) => socket.on('error', () => {}).end('no TLS here');
        const key = new URL('../../support/eventstore/tls/key.pem', import.meta.url);
        const server =
          certificate === null
            ? createPlainServer(end)
            : createServer({ cert: readFileSync(certificateFile(certificate)), key: readFileSync(key) }, end);
        server.on('tlsClientError', () => {});
        await once(server.listen(0, '127.0.0.1'), 'listening');
        const ca = query === '' ? '' : `&tlsCAFile=${encodeURIComponent(certificateFile(query))}`;
        const { port } = server.address() as AddressInfo;
        const message = await refusalOf(`mongodb://localhost:${port}/views?tls=true${ca}`);
        server.close();
        expect(message).to.match(advice).and.not.include('start it').and.not.include('--use-system-ca');
      });
    }
  });

  describeWithMongodb('a server', () => {
    it('has an index for each filter and order of the lists', async () => {
      const database = await freshDatabase();
      const readModel = await openMongoReadModel({ url: database.url });
      await readModel.close();
      const client = new MongoClient(database.url);
      const keysOf = async (name: string) =>
        (await client.db().collection(`${name}_${VIEWS_VERSION}`).indexes()).map(({ key }) =>
          Object.entries(key).flat().join(' '),
        );
      const newest = 'created_at -1 _id -1';
      expect(await keysOf('imports')).to.include.members([
        `organization_id 1 ${newest}`,
        `organization_id 1 album_id 1 ${newest}`,
        `organization_id 1 import_type 1 ${newest}`,
      ]);
      expect(await keysOf('quarantine')).to.include('position 1 _id 1');
      await client.close();
      await database.drop();
    });

    it('is opened by many nodes at once', async () => {
      const database = await freshDatabase();
      const nodes = await Promise.all([1, 2, 3].map(() => openMongoReadModel({ url: database.url })));
      for (const node of nodes) expect(await node.checkpoint()).to.equal(null);
      await Promise.all(nodes.map((node) => node.close()));
      await database.drop();
    });
  });
});
