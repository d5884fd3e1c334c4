import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { readBody } from '../../../src/http/in/read-body.ts';
import type { CallersShare } from '../../../src/http/limits/callers-share.ts';
import type { Problem } from '../../../src/http/out/problem.ts';
import { createHttpServer, timeoutsWith } from '../../../src/http/server.ts';
import { converse, statusesIn } from '../../support/raw-http.ts';

/** No limits: nobody else sends anything. */
const NO_LIMITS = {
  held: { take: () => {}, keep: () => {}, release: () => {} },
  large: { enter: async () => {}, enterIfLarge: async () => {}, leave: () => {} },
  share: { zip: <T>(work: () => Promise<T>) => work() } as CallersShare,
};

const PIECE = '1\r\na\r\n';

describe('a body that comes in pieces of a byte', () => {
  let server: Server;
  /** How many pieces Node has read. */
  let pieces: number;

  before(async () => {
    server = createHttpServer((req, res) => {
      const push = req.push.bind(req);
      req.push = (piece) => {
        pieces += 1;
        return push(piece);
      };
      readBody({ req, res }, NO_LIMITS).then(
        ({ length }) => res.end(`{"bytes":${length}}`),
        ({ status, message }: Problem) => res.writeHead(status, { Connection: 'close' }).end(message),
      );
    }, timeoutsWith(1_000));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  after(() => {
    server.close();
    server.closeAllConnections();
  });

  /** What came back of a body of so many pieces. */
  const send = (count: number) => {
    pieces = 0;
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n';
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return converse(url, [`${head}${PIECE.repeat(count)}0\r\n\r\n`]);
  };

  it('is read if they are not too many', async () => {
    expect(await send(4_096)).to.include('{"bytes":4096}');
  });

  it('is refused, and not read on, if they are too many: each takes the time of all others', async () => {
    const received = await send(80_000);
    expect(statusesIn(received)).to.deep.equal([400]);
    expect(received).to.match(/larger pieces/);
    expect(pieces).to.be.below(40_000);
  });
});
