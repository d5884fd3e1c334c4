import { expect } from 'chai';
import { type Db, MongoServerError } from 'mongodb';
import { untilNoConflict } from '../../src/mongodb/conflicts.ts';
import { openMongoReadModel } from '../../src/projections/mongodb/open.ts';
import { firstImport } from '../projections/some-views.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { startFakeMongodb } from './fake-mongodb.ts';

const database = {} as Db;

describe('a round trip to MongoDB that meets a conflict', () => {
  /** Fails so often, then answers. */
  const failing = (times: number, error: Error) => {
    let tries = 0;
    const roundTrip = async () => {
      tries += 1;
      if (tries <= times) throw error;
      return tries;
    };
    return untilNoConflict(roundTrip)(database);
  };

  for (const [what, fields] of [
    ['a write conflict, DocumentDB’s code for a deadlock', { code: 112, errmsg: 'deadlock' }],
    ['a lock that was not free in time', { code: 24, errmsg: 'lock timeout' }],
    ['another operation that runs', { code: 117, errmsg: 'conflict with internal apply operation' }],
    ['a deadlock without a code of its own', { code: 1, errmsg: 'ERROR: deadlock detected (SQLSTATE 40P01)' }],
  ] as const) {
    it(`is repeated if it is ${what}`, async () => {
      expect(await failing(3, new MongoServerError(fields))).to.equal(4);
    });
  }

  it('is given up in the end', async () => {
    const conflict = new MongoServerError({ code: 112, errmsg: 'conflict' });
    expect(await rejectionOf(failing(1_000, conflict))).to.equal(conflict);
  });

  it('of another kind is not repeated', async () => {
    const other = new MongoServerError({ code: 121, errmsg: 'Document failed validation' });
    expect(await rejectionOf(failing(1, other))).to.equal(other);
  });

  it('does not fail: the view is written, whether the server ends the command or lists the write as failed', async () => {
    const conflicts = [
      { code: 112, errmsg: 'Could not acquire lock for operation due to deadlock' },
      { n: 0, writeErrors: [{ index: 0, code: 112, errmsg: 'WriteConflict' }] },
    ];
    let inserts = 0;
    const fake = await startFakeMongodb({
      insert: () => conflicts[inserts++] ?? { n: 1 },
    });
    const readModel = await openMongoReadModel({ url: `mongodb://127.0.0.1:${fake.port}/views` });
    expect(await readModel.write({ writes: [firstImport()] })).to.deep.equal(['written']);
    expect(inserts).to.equal(3);
    await readModel.close();
    await fake.stop();
  });
});
