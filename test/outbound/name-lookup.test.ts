import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { expect } from 'chai';
import { lookUpInDns, lookUpInSystem } from '../../src/outbound/name-lookup.ts';
import { rejectionOf } from '../support/rejection-of.ts';

const TYPES: { readonly [type: number]: { readonly address: Buffer } } = {
  1: { address: Buffer.from([192, 0, 2, 7]) },
  28: { address: Buffer.from('20010db8000000000000000000000007', 'hex') },
};
const NO_ERROR = 0;
const SERVFAIL = 2;
const NXDOMAIN = 3;

/** A name server's answer to a query: its code, and one address of each type that is listed. */
function answerTo(query: Buffer, code: number, types: readonly number[]): Buffer {
  const type = query.readUInt16BE(query.indexOf(0, 12) + 1);
  const address = types.includes(type) ? TYPES[type]?.address : undefined;
  const question = query.subarray(12, query.indexOf(0, 12) + 5);
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180 | code, 2);
  header.writeUInt16BE(address === undefined ? 0 : 1, 6);
  // No further records, such as the OPT of the query.
  header.writeUInt32BE(0, 8);
  if (address === undefined) return Buffer.concat([header, question]);
  const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, address.length]);
  return Buffer.concat([header, question, record, address]);
}

describe('a look-up in DNS', () => {
  const server = createSocket('udp4');
  let answer: (query: Buffer) => Buffer | null;

  const lookUp = (name = 'a.example') => {
    const resolver = new Resolver({ timeout: 50, tries: 1 });
    resolver.setServers([`127.0.0.1:${server.address().port}`]);
    return lookUpInDns(name, resolver);
  };

  before(async () => {
    server.on('message', (query, { port, address }) => {
      const bytes = answer(query);
      if (bytes !== null) server.send(bytes, port, address);
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
  });

  after(() => server.close());

  it('gives the addresses of both families', async () => {
    answer = (query) => answerTo(query, NO_ERROR, [1, 28]);
    expect(await lookUp()).to.deep.equal([
      { address: '192.0.2.7', family: 4 },
      { address: '2001:db8::7', family: 6 },
    ]);
  });

  it('gives those of one family if the other fails', async () => {
    answer = (query) => answerTo(query, query.readUInt16BE(query.indexOf(0, 12) + 1) === 1 ? NO_ERROR : SERVFAIL, [1]);
    expect(await lookUp()).to.deep.equal([{ address: '192.0.2.7', family: 4 }]);
  });

  for (const [what, code] of [
    ['a name that does not exist', NXDOMAIN],
    ['a name without addresses', NO_ERROR],
  ] as const) {
    it(`gives none for ${what}`, async () => {
      answer = (query) => answerTo(query, code, []);
      expect(await lookUp()).to.deep.equal([]);
    });
  }

  it('gives none for what cannot be a name', async () => {
    answer = () => null;
    expect(await lookUp(`${'a'.repeat(64)}.example`)).to.deep.equal([]);
  });

  for (const [what, bytes] of [
    ['fails', (query: Buffer) => answerTo(query, SERVFAIL, [])],
    ['does not answer', () => null],
    ['answers with garbage', () => Buffer.from('garbage')],
  ] as const) {
    it(`fails in time if the name server ${what}`, async () => {
      answer = bytes;
      expect(await rejectionOf(lookUp())).to.include({ name: 'OutboundError', code: 'name_lookup_failed' });
    });
  }
});

describe('a look-up by the operating system', () => {
  it('knows its file of hosts', async () => {
    expect((await lookUpInSystem('localhost')).map(({ address }) => address)).to.include('127.0.0.1');
  });
});
