import { expect } from 'chai';
import { MongoNetworkError, MongoServerError } from 'mongodb';
import { BOUND_MS, Gate, PAUSE_MS } from '../../../src/projections/mongodb/gate.ts';
import { ReadModelUnavailable } from '../../../src/projections/read-model.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { until } from '../../support/until.ts';

const away = () => Promise.reject(new MongoNetworkError('the connection is closed'));
const silent = () => new Promise<never>(() => {});
const there = async () => 'an answer';

describe('the gate before MongoDB', () => {
  let gate: Gate;
  let tried: number;

  /** Passes the gate, and counts that it did. */
  const pass = <T>(roundTrip: () => Promise<T>) =>
    gate.pass(() => {
      tried += 1;
      return roundTrip();
    });

  beforeEach(() => {
    gate = new Gate();
    tried = 0;
  });

  it('gives what the round trip gives', async () => {
    expect(await pass(there)).to.equal('an answer');
  });

  it('says why a round trip failed, and what caused it', async () => {
    const error = await rejectionOf(pass(away));
    expect(error)
      .to.be.instanceOf(ReadModelUnavailable)
      .with.property('message')
      .that.includes('the connection is closed');
    expect(error.cause).to.be.instanceOf(MongoNetworkError);
  });

  it('leaves a fault of our own as it is', async () => {
    const fault = new TypeError('ours');
    expect(await rejectionOf(pass(() => Promise.reject(fault)))).to.equal(fault);
    expect(await pass(there)).to.equal('an answer');
  });

  it('waits for an answer so long, and no longer', async () => {
    const began = performance.now();
    const error = await rejectionOf(pass(silent));
    expect(error).to.be.instanceOf(ReadModelUnavailable).with.property('message').that.includes(`${BOUND_MS} ms`);
    expect(performance.now() - began).to.be.within(BOUND_MS - 5, BOUND_MS + 200);
  });

  it('tries nothing for a while once the store is away, and gives the reason again', async () => {
    await rejectionOf(pass(away));
    const began = performance.now();
    for (let call = 0; call < 10; call += 1) {
      expect((await rejectionOf(pass(there))).message).to.include('the connection is closed');
    }
    expect(tried).to.equal(1);
    expect(performance.now() - began).to.be.lessThan(PAUSE_MS / 2);
  });

  it('lets one try after that, and the others not until it has succeeded', async () => {
    await rejectionOf(pass(away));
    const probe = Promise.withResolvers<string>();
    let probing: Promise<string> | undefined;
    const isProbing = () => {
      const before = tried;
      const passing = pass(() => probe.promise);
      passing.catch(() => {});
      if (tried > before) probing = passing;
      return tried > before;
    };
    const began = performance.now();
    await until('one may try', isProbing);
    expect(performance.now() - began).to.be.within(PAUSE_MS - 20, PAUSE_MS + 200);
    await rejectionOf(pass(there));
    expect(tried).to.equal(2);
    probe.resolve('it is back');
    expect(await probing).to.equal('it is back');
    expect(await pass(there)).to.equal('an answer');
  });

  it('waits again where that one fails too', async () => {
    await rejectionOf(pass(away));
    await until('one has tried in vain', async () => {
      await rejectionOf(pass(away));
      return tried === 2;
    });
    await rejectionOf(pass(there));
    expect(tried).to.equal(2);
    await until('one has succeeded', () => pass(there).catch(() => null));
  });

  it('stays open where the server answers that it will not', async () => {
    const refused = new MongoServerError({ errmsg: 'Document failed validation', code: 121 });
    expect(await rejectionOf(pass(() => Promise.reject(refused)))).to.be.instanceOf(ReadModelUnavailable);
    expect(await pass(there)).to.equal('an answer');
  });

  it('shuts where the server answers that it is not the primary any more', async () => {
    const steppedDown = new MongoServerError({ errmsg: 'not primary', code: 10_107 });
    await rejectionOf(pass(() => Promise.reject(steppedDown)));
    await rejectionOf(pass(there));
    expect(tried).to.equal(1);
  });

  it('stays open where one operation is slow and others since were answered', async () => {
    const slow = rejectionOf(pass(silent));
    await until('another is answered', async () => (await pass(there)) === 'an answer');
    await slow;
    expect(await pass(there)).to.equal('an answer');
  });
});
