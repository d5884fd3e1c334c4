import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { signalOfGoing } from '../../../../src/http/in/caller-gone.ts';
import type { Piece } from '../../../../src/http/out/event-stream.ts';
import { type LiveStream, type StreamTimes, sendLive } from '../../../../src/http/routes/feed/live-stream.ts';
import type { Published } from '../../../../src/subscribers/cloud-event.ts';
import type { Stretch } from '../../../../src/subscribers/feed/feed.ts';
import type { Place } from '../../../../src/subscribers/place.ts';
import { countingTurns } from '../../../support/loop-turns.ts';
import { until } from '../../../support/until.ts';

const LONG: StreamTimes = { heartbeatMs: 60_000, lookMs: 20, patienceMs: 60_000, stuckMs: 60_000, pauseMs: 5 };

const placeAt = (index: number): Place => ({ log: '', position: BigInt(index), event: null });

describe('a live stream', () => {
  let server: Server;
  let sockets: Socket[];
  /** The events of the log, as they are sent. */
  let log: string[];
  /** The places from which was read. */
  let reads: number[];
  let responses: ServerResponse[];
  let heldBytes: number;
  let ended: number;
  let times: StreamTimes;
  let further: Partial<LiveStream>;

  const stretchAfter = (place: Place, most: number): Stretch => {
    const from = Number(place.position);
    const to = Math.min(log.length, from + most);
    const events = Array.from({ length: to - from }, (_, index) => ({ event: { position: BigInt(from + index + 1) } }));
    return { events: events as Published[], to: placeAt(to), isLevel: to === log.length };
  };

  const open = async (text = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'): Promise<Socket> => {
    const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
    sockets.push(socket);
    socket.on('error', () => {});
    socket.write(text);
    await until('it is asked', () => responses.length === sockets.length);
    return socket;
  };

  /** What the reader gets, without the framing of chunks. */
  const receiving = (socket: Socket) => {
    const received = { text: '', isWhole: false };
    let raw = '';
    socket.on('data', (chunk) => {
      raw += chunk.toString('latin1');
      for (;;) {
        const head = /^(?:HTTP[\s\S]*?\r\n\r\n)?([0-9a-f]+)\r\n/.exec(raw);
        if (head === null) return;
        const size = Number.parseInt(head[1] as string, 16);
        if (raw.length < head[0].length + size + 2) return;
        received.isWhole ||= size === 0;
        received.text += raw.slice(head[0].length, head[0].length + size);
        raw = raw.slice(head[0].length + size + 2);
      }
    });
    return received;
  };

  /** The feed, which waits if there is nothing. */
  const read: LiveStream['read'] = async (place, waitMs) => {
    reads.push(Number(place.position));
    const stretch = stretchAfter(place, 10);
    if (stretch.events.length === 0) await sleep(Math.min(waitMs, 5));
    return stretch;
  };

  const piecesOf = ({ events }: Stretch): Piece[] =>
    events.map(({ event: { position } }) => ({
      bytes: Buffer.from(log[Number(position) - 1] as string),
      after: placeAt(Number(position)),
    }));

  /** Resolves when the reader is stuck, and nothing is read for it any more. */
  const stuck = async (response = responses[0] as ServerResponse) => {
    let before = -1;
    await until('it is stuck', () => {
      const isStuck = response.writableNeedDrain && before === response.writableLength;
      before = response.writableLength;
      return isStuck;
    });
  };

  beforeEach(async () => {
    [sockets, log, reads, responses, heldBytes, ended, times, further] = [[], [], [], [], 0, 0, LONG, {}];
    server = createServer((request, response) => {
      const rights = new AbortController();
      response.writeHead(200);
      const stream: LiveStream = {
        response,
        from: placeAt(0),
        read,
        piecesOf,
        heartbeat: ({ position }) => `<${position}>`,
        hold(bytes) {
          heldBytes += bytes;
          return () => {
            heldBytes -= bytes;
          };
        },
        mayGoOn: async () => !rights.signal.aborted,
        endsAtMs: Number.POSITIVE_INFINITY,
        signal: signalOfGoing(request, response),
        ...further,
      };
      void sendLive(stream, times).then(() => {
        ended += 1;
      });
      responses.push(response);
    });
    Object.assign(server, { httpAllowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await until('all have ended', () => ended === responses.length);
    server.close();
    server.closeAllConnections();
  });

  it('begins with a heartbeat that says where it begins, then sends what is there and what comes', async () => {
    log = ['a', 'b'];
    const received = receiving(await open());
    await until('all came', () => received.text === '<0>ab');
    log.push('c');
    await until('it came', () => received.text === '<0>abc');
  });

  it('sends heartbeats with the place that it has come to, also if nothing is selected', async () => {
    times = { ...LONG, heartbeatMs: 30 };
    further = { piecesOf: () => [] };
    log = ['a', 'b'];
    const received = receiving(await open());
    await until('there are some', () => /^<0><2><2>/.test(received.text));
  });

  it('goes on after the log could not be read', async () => {
    let fails = 3;
    further = {
      async read(...from) {
        fails -= 1;
        if (fails >= 0) throw new Error('away');
        return read(...from);
      },
    };
    log = ['a'];
    const received = receiving(await open());
    await until('it came', () => received.text === '<0>a');
  });

  it('leaves a turn of the event loop to others after each part of a piece', async () => {
    log = Array.from({ length: 10 }, () => 'x'.repeat(200_000));
    const made: number[] = [];
    await countingTurns(async (turn) => {
      further = {
        *piecesOf(stretch) {
          for (const piece of piecesOf(stretch)) {
            made.push(turn());
            yield piece;
          }
        },
      };
      const received = receiving(await open());
      await until('all came', () => received.text.length >= 2_000_000);
    });
    expect([made.length, new Set(made).size]).to.deep.equal([10, 10]);
  });

  describe('whose reader is slow', () => {
    const large = () => Array.from({ length: 60 }, (_, index) => `[${index}${'x'.repeat(300_000)}]`);

    beforeEach(() => {
      log = large();
    });

    it('holds one piece, and reads nothing more for it', async () => {
      await open();
      await stuck();
      const before = reads.length;
      expect(heldBytes).to.be.within(300_000, 300_010);
      expect(responses[0]?.writableLength).to.be.below(200_000);
      expect(before).to.be.below(6);
      for (let turn = 0; turn < 100; turn += 1) await nextTurn();
      expect(reads.length).to.equal(before);
    });

    it('gets everything once and in order as soon as it reads, though all but one piece was let go of', async () => {
      times = { ...LONG, patienceMs: 0 };
      const socket = await open();
      await stuck();
      const received = receiving(socket);
      let isOver = false;
      // It pauses again and again.
      socket.on('data', () => {
        if (isOver) return;
        socket.pause();
        setImmediate(() => socket.resume());
      });
      await until('all came', () => received.text.length === 3 + large().join('').length);
      isOver = true;
      expect(received.text === `<0>${large().join('')}`).to.equal(true);
      // Pieces were let go of, and read again.
      expect(reads.some((place) => place % 10 !== 0)).to.equal(true);
      await until('nothing is held', () => heldBytes === 0);
    });

    it('is closed after a time without progress, even if it sends bytes itself', async () => {
      times = { ...LONG, patienceMs: 20, stuckMs: 150 };
      const socket = await open();
      const sending = setInterval(() => socket.write('GET'), 10);
      await until('it is closed', () => responses[0]?.closed);
      clearInterval(sending);
      expect([ended, heldBytes]).to.deep.equal([1, 0]);
    });

    it('is not closed while it takes a little now and then', async () => {
      // Longer than this process may have to wait for the processor.
      times = { ...LONG, patienceMs: 10, stuckMs: 2_500 };
      const socket = await open();
      await stuck();
      const began = performance.now();
      // The system takes more of the service's bytes only once a third of its own buffer is free.
      const dripping = setInterval(() => socket.read(), 10);
      await until('it lasted for long', () => performance.now() - began > 3_000);
      clearInterval(dripping);
      expect([responses[0]?.closed, ended]).to.deep.equal([false, 0]);
    });

    it('ends if it closes the connection while its turn is awaited', async () => {
      const socket = await open();
      await stuck();
      socket.destroy();
      await until('it has ended', () => ended === 1);
      expect(heldBytes).to.equal(0);
    });

    it('ends if it closes its sending side', async () => {
      const socket = await open();
      await stuck();
      socket.end();
      await until('it has ended', () => ended === 1);
    });

    it('ends with its rights, and the connection soon after', async () => {
      times = { ...LONG, patienceMs: 50 };
      let mayGoOn = true;
      further = { mayGoOn: async () => mayGoOn };
      await open();
      await stuck();
      mayGoOn = false;
      await until('it is closed', () => responses[0]?.closed);
      expect([ended, heldBytes]).to.deep.equal([1, 0]);
    });

    it('is closed if there is no memory for what is unsent', async () => {
      further = { hold: () => null };
      times = { ...LONG, patienceMs: 50 };
      const socket = await open();
      const received = receiving(socket);
      await until('all came', () => received.isWhole);
      expect(received.text).to.equal('<0>');
    });

    it('takes little memory with many others: one piece for all who are at the same place', async () => {
      log = Array.from({ length: 20 }, (_, index) => `[${index}${'x'.repeat(1_000_000)}]`);
      const shared = new Map<bigint, Piece>();
      further = {
        *piecesOf(stretch) {
          for (const { event } of stretch.events) {
            const { position } = event;
            const bytes = shared.get(position)?.bytes ?? Buffer.from(log[Number(position) - 1] as string);
            shared.set(position, { bytes, after: placeAt(Number(position)) });
            yield shared.get(position) as Piece;
          }
        },
      };
      for (let count = 0; count < 200; count += 1) await open();
      await until('all are stuck', () => responses.every(({ writableNeedDrain }) => writableNeedDrain));
      expect(heldBytes).to.be.below(200 * 1_000_010);
      for (const { writableLength } of responses) expect(writableLength).to.be.below(200_000);
      const unsent = responses.reduce((sum, { writableLength }) => sum + writableLength, 0);
      expect(unsent).to.be.below(200 * 200_000);
    });
  });

  describe('that must end', () => {
    it('ends when its token does', async () => {
      further = { endsAtMs: Date.now() + 100, mayGoOn: async () => Date.now() < (further.endsAtMs as number) };
      times = { ...LONG, lookMs: 60_000 };
      await open();
      await until('it has ended', () => ended === 1);
      expect(Date.now()).to.be.at.least(further.endsAtMs as number);
    });

    it('sends nothing that was read after its rights had ended', async () => {
      let mayGoOn = true;
      further = {
        mayGoOn: async () => mayGoOn,
        async read(...from) {
          mayGoOn = false;
          return read(...from);
        },
      };
      log = ['a'];
      const socket = await open();
      const received = receiving(socket);
      await until('all came', () => received.isWhole);
      expect(received.text).to.equal('<0>');
    });

    it('ends at once when it is told to', async () => {
      const told = new AbortController();
      further = { signal: told.signal };
      await open();
      told.abort();
      await until('it has ended', () => ended === 1);
    });

    it('writes nothing if that was before it began', async () => {
      further = { signal: AbortSignal.abort() };
      const received = receiving(await open());
      await until('it has ended', () => ended === 1);
      expect(received.text).to.equal('');
    });
  });
});
