import { expect } from 'chai';
import { type Db, MongoNetworkError, MongoServerError } from 'mongodb';
import { NoAnswer } from '../../src/mongodb/failures.ts';
import { tryTwice } from '../../src/mongodb/two-tries.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { SomeClients } from './some-clients.ts';

/** Long enough for a slow machine, as no test waits for its end but those of silence. */
const BOUND_MS = 400;

/** As Node has it, of a socket that is gone: the driver passes such errors on as they are. */
const ofNode = (code: string, message = code) => Object.assign(new Error(message), { code });

describe('a round trip to MongoDB that fails', () => {
  let clients: SomeClients;
  /** The databases that were asked, one a try. */
  let asked: Db[];

  beforeEach(() => {
    clients = new SomeClients();
    asked = [];
  });

  /** Each try goes as the next of these says; the last one counts for all that follow. */
  const trying = <T>(...goes: (() => Promise<T>)[]) =>
    tryTwice(
      clients,
      (database) => {
        asked.push(database);
        return (goes[asked.length - 1] ?? (goes.at(-1) as () => Promise<T>))();
      },
      BOUND_MS,
    );
  const failing = (error: unknown) => () => Promise.reject(error);
  const answering = async () => 'an answer';
  const silent = () => new Promise<never>(() => {});

  for (const [what, error] of [
    ['the driver says that the connection closed', new MongoNetworkError('connection 3 to 127.0.0.1:1 closed')],
    ['the socket is reset', Object.assign(ofNode('ECONNRESET', 'read ECONNRESET'), { syscall: 'read' })],
    ['the socket was ended by the server', ofNode('EPIPE', 'This socket has been ended by the other party')],
    ['the socket was destroyed', ofNode('ERR_STREAM_DESTROYED')],
    ['the socket is written to after its end', ofNode('ERR_STREAM_WRITE_AFTER_END')],
    ['TLS fails', ofNode('ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC')],
    ['TLS is not there any more', Object.assign(new TypeError('no TLS'), { code: 'ERR_TLS_INVALID_STATE' })],
    ['the server shuts down', new MongoServerError({ errmsg: 'shutting down', code: 91 })],
    ['something else happens', new Error('…')],
  ] as const) {
    it(`is tried again at once, by a new client, if ${what}`, async () => {
      expect(await trying(failing(error), answering)).to.equal('an answer');
      expect(clients.all).to.have.length(2);
      expect(asked[0]).to.not.equal(asked[1]);
      expect(clients.doubts).to.deep.equal([false]);
    });
  }

  it('is tried twice and no more', async () => {
    const [first, second] = [new MongoNetworkError('first'), new MongoNetworkError('second')];
    expect(await rejectionOf(trying(failing(first), failing(second)))).to.equal(second);
    expect(asked).to.have.length(2);
  });

  it('is not tried again if the server has answered', async () => {
    const refusal = new MongoServerError({ errmsg: 'Document failed validation', code: 121 });
    expect(await rejectionOf(trying(failing(refusal), answering))).to.equal(refusal);
    expect(asked).to.have.length(1);
  });

  it('with an error that looks like our fault is tried again by the same client, and counts as our fault the second time', async () => {
    expect(await trying(failing(new TypeError('of null')), answering)).to.equal('an answer');
    const fault = new TypeError('ours');
    asked = [];
    expect(await rejectionOf(trying(failing(fault)))).to.equal(fault);
    expect(asked).to.have.length(2);
    expect(clients.all).to.have.length(1);
  });

  describe('to be answered', () => {
    it('is tried again by a new client if nothing else is answered either', async () => {
      expect(await trying<unknown>(silent, answering)).to.equal('an answer');
      expect(clients.all).to.have.length(2);
      expect(clients.doubts).to.deep.equal([false]);
    });

    it('is tried again, with a doubt whether its connection is lost, if others are answered meanwhile', async () => {
      const trial = trying<unknown>(silent, answering);
      const first = await clients.current();
      await first.ask(answering, BOUND_MS);
      expect(await trial).to.equal('an answer');
      expect(clients.doubts).to.deep.equal([true]);
    });

    it('is answered by the first try if that answer comes first', async () => {
      const first = Promise.withResolvers<string>();
      const second = () => {
        first.resolve('late, and yet first');
        return silent();
      };
      expect(await trying<string>(() => first.promise, second)).to.equal('late, and yet first');
    });

    it('is given up in time', async () => {
      expect(await rejectionOf(trying(silent))).to.be.instanceOf(NoAnswer);
      expect(asked).to.have.length(2);
    });
  });
});
