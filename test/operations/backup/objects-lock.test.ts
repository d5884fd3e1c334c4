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
      return found === undefined ? null : { body: Readable.from([Buffer.from(found)]) };
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

  it('is not read to its end if it is too long for one: the message says what to do', async () => {
    const objects = objectsOf(new Map([['lock.json', '']]));
    let pieces = 0;
    const endless = function* () {
      for (;;) {
        pieces += 1;
        // It fails instead of filling the memory.
        if (pieces > 100) throw new Error('all of it is read');
        yield Buffer.alloc(65_536, ' ');
      }
    };
    const long = { ...objects, get: async () => ({ body: Readable.from(endless()) }) };
    const { message } = await rejectionOf(lockObjects(long, () => {}, TIMES));
    expect(message).to.match(
      /^s3:\/\/bucket\/lock\.json has more than 65536 bytes: it is no lock of a backup\. Remove /,
    );
  });
});
