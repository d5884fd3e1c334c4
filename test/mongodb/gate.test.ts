import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { MongoNetworkError, MongoServerError } from 'mongodb';
import { BOUNDS_MS } from '../../src/mongodb/bounds.ts';
import { Gate } from '../../src/mongodb/gate.ts';
import { ReadModelUnavailable } from '../../src/projections/errors.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { until } from '../support/until.ts';
import { SomeClients } from './some-clients.ts';

const away = () => Promise.reject(new MongoNetworkError('the connection is closed'));
const silent = () => new Promise<never>(() => {});
const there = async () => 'an answer';

describe('the gate to MongoDB', () => {
  let gate: Gate;
  let tried: number;

  /** Passes the gate, and counts that it did. */
  const pass = <T>(roundTrip: () => Promise<T>) =>
    gate.pass(() => {
      tried += 1;
      return roundTrip();
    });

  beforeEach(() => {
    gate = new Gate(new SomeClients(), ReadModelUnavailable);
    tried = 0;
  });

  it('returns the result of the round trip', async () => {
    expect(await pass(there)).to.equal('an answer');
  });

  it('says why a round trip failed, with the cause', async () => {
    const error = await rejectionOf(pass(away));
    expect(error)
      .to.be.instanceOf(ReadModelUnavailable)
      .with.property('message')
      .that.includes('the connection is closed');
    expect(error.cause).to.be.instanceOf(MongoNetworkError);
  });

  it('says that the store is away if a connection ends with an error of Node that is a TypeError too', async () => {
    const error = Object.assign(new TypeError('no TLS'), { code: 'ERR_TLS_INVALID_STATE' });
    expect(await rejectionOf(pass(() => Promise.reject(error)))).to.be.instanceOf(ReadModelUnavailable);
    expect((await rejectionOf(pass(there))).message).to.include(error.message);
    expect(tried).to.equal(2);
  });

  it('leaves a fault of our own as it is', async () => {
    const fault = new TypeError('ours');
    expect(await rejectionOf(pass(() => Promise.reject(fault)))).to.equal(fault);
    expect(await pass(there)).to.equal('an answer');
  });

  for (const asked of ['document', 'documents'] as const) {
    it(`waits for an answer for the time limit, and no longer, if a round trip asks for ${asked}`, async () => {
      const bounds = { document: 50, documents: 60, collection: 70 };
      gate = new Gate(new SomeClients(), ReadModelUnavailable, bounds);
      const error = await rejectionOf(gate.pass(silent, asked));
      expect(error)
        .to.be.instanceOf(ReadModelUnavailable)
        .with.property('message')
        .that.includes(`${bounds[asked]} ms`);
    });
  }

  it('waits longer for a page than for a document, and for an index far longer', () => {
    expect(BOUNDS_MS.documents).to.be.greaterThan(BOUNDS_MS.document);
    expect(BOUNDS_MS.collection).to.be.greaterThan(10 * BOUNDS_MS.document);
  });

  it('tries nothing for a while after the store is away, and gives the same reason', async () => {
    await rejectionOf(pass(away));
    expect(tried).to.equal(2);
    for (let call = 0; call < 10; call += 1) {
      expect((await rejectionOf(pass(there))).message).to.include('the connection is closed');
    }
    expect(tried).to.equal(2);
  });

  it('lets one call try after that, and the others only after it has succeeded', async () => {
    await rejectionOf(pass(away));
    const probe = Promise.withResolvers<string>();
    let probing: Promise<string> | undefined;
    const isProbing = async () => {
      const before = tried;
      const passing = pass(() => probe.promise);
      passing.catch(() => {});
      await nextTurn();
      if (tried > before) probing = passing;
      return tried > before;
    };
    await until('one may try', isProbing);
    await rejectionOf(pass(there));
    expect(tried).to.equal(3);
    probe.resolve('it is back');
    expect(await probing).to.equal('it is back');
    expect(await pass(there)).to.equal('an answer');
  });

  it('waits again if that one fails too', async () => {
    await rejectionOf(pass(away));
    await until('one has tried in vain', async () => {
      await rejectionOf(pass(away));
      return tried === 4;
    });
    await rejectionOf(pass(there));
    expect(tried).to.equal(4);
    await until('one has succeeded', () => pass(there).catch(() => null));
  });

  it('stays open if the server answers with a refusal', async () => {
    const refused = new MongoServerError({ errmsg: 'Document failed validation', code: 121 });
    expect(await rejectionOf(pass(() => Promise.reject(refused)))).to.be.instanceOf(ReadModelUnavailable);
    expect(await pass(there)).to.equal('an answer');
  });

  it('shuts if the server answers that it is no longer the primary', async () => {
    const steppedDown = new MongoServerError({ errmsg: 'not primary', code: 10_107 });
    await rejectionOf(pass(() => Promise.reject(steppedDown)));
    await rejectionOf(pass(there));
    expect(tried).to.equal(2);
  });

  it('stays open if one operation is slow and later ones were answered', async () => {
    const slow = rejectionOf(pass(silent));
    await until('another is answered', async () => (await pass(there)) === 'an answer');
    await slow;
    expect(await pass(there)).to.equal('an answer');
  });
});
