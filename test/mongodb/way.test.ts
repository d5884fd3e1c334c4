import { expect } from 'chai';
import { MongoNetworkError, MongoServerError } from 'mongodb';
import { wayTo } from '../../src/mongodb/way.ts';
import { ReadModelUnavailable } from '../../src/projections/errors.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { SomeClients } from './some-clients.ts';

const PATIENCE_MS = 5_000;

describe('the way to MongoDB', () => {
  let said: string[];
  let tries: number;

  const way = (patienceMs?: number) =>
    wayTo(new SomeClients(), ReadModelUnavailable, { patienceMs, onNotice: (message) => said.push(message) });

  /** Fails so often, and then answers. */
  const awayFor = (failures: number) => async () => {
    tries += 1;
    if (tries <= failures) throw new MongoNetworkError('the connection is closed');
    return 'an answer';
  };

  beforeEach(() => {
    said = [];
    tries = 0;
  });

  it('is given up at once for a request', async () => {
    expect(await rejectionOf(way().pass(awayFor(3)))).to.be.instanceOf(ReadModelUnavailable);
    expect(said).to.deep.equal([]);
  });

  it('waits out an outage for a command that works for minutes, and says so once', async () => {
    expect(await way(PATIENCE_MS).pass(awayFor(3))).to.equal('an answer');
    expect(said).to.have.length(2);
    expect(said[0]).to.match(/the connection is closed\. Waiting for it, for up to 5 s\.$/);
    expect(said[1]).to.equal('MongoDB answers again.');
  });

  it('waits no longer than it is told', async () => {
    expect(await rejectionOf(way(1).pass(awayFor(1_000)))).to.be.instanceOf(ReadModelUnavailable);
  });

  it('does not wait where the server has refused', async () => {
    const refuse = async () => {
      tries += 1;
      throw new MongoServerError({ code: 13, message: 'not allowed' });
    };
    expect(await rejectionOf(way(PATIENCE_MS).pass(refuse))).to.be.instanceOf(ReadModelUnavailable);
    expect(tries).to.equal(1);
    expect(said).to.deep.equal([]);
  });
});
