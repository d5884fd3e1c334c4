import { Readable } from 'node:stream';
import { expect } from 'chai';
import type { Objects } from '../../../src/operations/backup/objects.ts';
import { lockObjects } from '../../../src/operations/backup/objects-lock.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { until } from '../../support/until.ts';

const TIMES = { renewEveryMs: 20, deadAfterMs: 200, lookEveryMs: 10 };

/** Objects in memory. */
function objectsOf(kept: Map<string, string>): Objects {
  return {
    address: 's3://bucket',
    get: async (name) => {
      const found = kept.get(name);
      return found === undefined ? null : { body: Readable.from([found]) };
    },
    putBytes: async (name, bytes) => void kept.set(name, bytes.toString()),
    putNew: async (name, text) => {
      if (kept.has(name)) return false;
      kept.set(name, text);
      return true;
    },
    remove: async (name) => void kept.delete(name),
    list: async () => ({}),
    nameOf: (key) => key,
    close: () => {},
  };
}

describe('the lock of a backup in S3', () => {
  it('is refused while the one who has it is alive', async () => {
    const objects = objectsOf(new Map());
    // So long that nobody is taken for dead who only had to wait for the processor.
    const patient = { ...TIMES, deadAfterMs: 20_000 };
    const lock = await lockObjects(objects, () => {}, patient);
    const error = await rejectionOf(lockObjects(objects, () => {}, patient));
    expect(error.message).to.contain(`process ${process.pid} on `);
    await lock.close();
  });

  it('is taken over from a process that has died, which is said first', async () => {
    const kept = new Map([['lock.json', '{"run":"1","host":"gone","process":7}']]);
    const said: string[] = [];
    const lock = await lockObjects(objectsOf(kept), (message) => said.push(message), TIMES);
    expect(said).to.have.length(1);
    expect(said[0]).to.contain('process 7 on gone');
    await lock.assertHeld();
    await lock.close();
    expect(kept.size).to.equal(0);
  });

  it('says that it was lost to another process, and leaves it that one', async () => {
    const kept = new Map<string, string>();
    const lock = await lockObjects(objectsOf(kept), () => {}, TIMES);
    kept.set('lock.json', '{"run":"2","host":"other","process":8}');
    const error = await until('it notices', () =>
      lock.assertHeld().then(
        () => null,
        (lost) => lost,
      ),
    );
    expect(error).to.have.property('code', 'backup_in_use');
    await lock.close();
    expect(kept.size).to.equal(1);
  });
});
