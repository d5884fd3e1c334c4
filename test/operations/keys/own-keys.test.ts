import { expect } from 'chai';
import { accessDecider, type RecordAccess } from '../../../src/commands/access.ts';
import { type Execute, executor } from '../../../src/commands/execute.ts';
import { accessStream } from '../../../src/events/streams.ts';
import { keysOfCommand, keysOfService, OtherKey } from '../../../src/operations/keys/own-keys.ts';
import { InlineProjector } from '../../../src/projections/inline-projector.ts';
import type { ProjectorStore } from '../../../src/projections/projector-store.ts';
import { Keys } from '../../../src/tokens/keys.ts';
import { keysOfLog, presentKeys } from '../../../src/tokens/log-keys.ts';
import { MemoryLog } from '../../support/memory-log.ts';
import { rejectionOf } from '../../support/rejection-of.ts';

const [OLD, NEW, OTHER] = ['old', 'new', 'other'].map(
  (name) => `${name}, a secret of the tests; long enough for HS256`,
);
const keysWith = (...masters: (string | undefined)[]) => new Keys(masters as string[]);
const printOf = (master: string | undefined) => keysWith(master).newest.fingerprint;

describe('whether the configured keys are those of the log', () => {
  let log: MemoryLog;
  let execute: Execute;
  let warnings: string[];
  const record = (access: RecordAccess) =>
    execute(accessDecider, accessStream(log.id), access, { operator: 'test', request_id: 'test' });
  const start = (keys: Keys, isAdopted = false) =>
    keysOfService(keys, log, { record, warn: (message) => warnings.push(message), isAdopted });
  const recorded = () =>
    log.events.map(({ type, data }) => [type, (JSON.parse(data) as { key?: string; from?: string }).key]);
  const retire = (master: string | undefined) => record({ type: 'RetireKey', data: { key: printOf(master) } });
  const prints = ({ all }: Keys) => all.map(({ fingerprint }) => fingerprint);

  beforeEach(() => {
    log = new MemoryLog();
    execute = executor(log, new InlineProjector({} as ProjectorStore));
    warnings = [];
  });

  describe('at a start of the service', () => {
    it('introduces the keys to a log that has none, the oldest first', async () => {
      const keys = await start(keysWith(NEW, OLD));
      expect(recorded()).to.deep.equal([
        ['KeyIntroduced', printOf(OLD)],
        ['KeyIntroduced', printOf(NEW)],
      ]);
      expect(keys.oldest).to.equal(printOf(OLD));
      expect((await keysOfLog(log)).oldest).to.equal(printOf(OLD));
    });

    it('records nothing at the next start', async () => {
      await start(keysWith(OLD));
      expect(prints(await start(keysWith(OLD)))).to.deep.equal([printOf(OLD)]);
      expect(recorded()).to.have.length(1);
    });

    it('introduces a new first key, if one of the others is known', async () => {
      await start(keysWith(OLD));
      // Accepted first, on every node; only then one signs with it.
      await start(keysWith(OLD, NEW));
      expect(recorded()).to.have.length(1);
      const keys = await start(keysWith(NEW, OLD));
      expect(recorded().at(-1)).to.deep.equal(['KeyIntroduced', printOf(NEW)]);
      expect(keys.newest.fingerprint).to.equal(printOf(NEW));
      expect(warnings).to.deep.equal([]);
    });

    it('leaves what does not say its key to the first key of the log, wherever it stands', async () => {
      await start(keysWith(OLD));
      for (const keys of [keysWith(NEW, OLD), keysWith(OLD, NEW)]) {
        expect((await start(keys)).oldest).to.equal(printOf(OLD));
      }
      expect((await start(keysWith(NEW))).has(null)).to.equal(false);
    });

    it('refuses keys that the log does not know, and says which are here and there', async () => {
      await start(keysWith(OLD));
      const error = await rejectionOf(start(keysWith(OTHER)));
      expect(error).to.be.instanceOf(OtherKey);
      expect(error.message).to.include(`here is the key ${printOf(OTHER)}; the log has ${printOf(OLD)} (the newest)`);
      expect(error.message).to.include('Set JWT_SECRET').and.include('--adopt');
      expect(recorded()).to.have.length(1);
    });

    it('takes them with --adopt, and records that', async () => {
      await start(keysWith(OLD));
      const keys = await start(keysWith(OTHER), true);
      expect(recorded().slice(1)).to.deep.equal([
        ['StoreAdopted', undefined],
        ['KeyIntroduced', printOf(OTHER)],
      ]);
      expect(keys.newest.fingerprint).to.equal(printOf(OTHER));
      expect(warnings.join()).to.include(`does not have the key ${printOf(OLD)}`);
    });

    it('does not accept a retired key, and warns of it', async () => {
      await start(keysWith(OLD));
      await start(keysWith(NEW, OLD));
      await retire(OLD);
      expect(prints(await start(keysWith(NEW, OLD)))).to.deep.equal([printOf(NEW)]);
      expect(warnings.join()).to.include(`the key ${printOf(OLD)}, which is retired`);
      const error = await rejectionOf(start(keysWith(OLD)));
      expect(error.message).to.include(`${printOf(OLD)} (retired)`);
    });

    it('warns of a key of the log that is not configured', async () => {
      await start(keysWith(OLD));
      await start(keysWith(NEW, OLD));
      await start(keysWith(NEW));
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.include(`does not have the key ${printOf(OLD)}`);
    });
  });

  describe('in a command', () => {
    it('takes what is there if the log has none: the service introduces it', async () => {
      expect(prints(await keysOfCommand(keysWith(OLD), log))).to.deep.equal([printOf(OLD)]);
      expect(recorded()).to.deep.equal([]);
    });

    it('takes those of the service', async () => {
      await start(keysWith(OLD));
      await start(keysWith(NEW, OLD));
      for (const keys of [keysWith(NEW, OLD), keysWith(NEW), keysWith(OLD, NEW)]) {
        expect(prints(await keysOfCommand(keys, log))).to.deep.equal(prints(keys));
      }
    });

    it('refuses another key, and one that the service has replaced', async () => {
      await start(keysWith(OLD));
      await start(keysWith(NEW, OLD));
      for (const keys of [keysWith(OTHER), keysWith(OLD)]) {
        const error = await rejectionOf(keysOfCommand(keys, log));
        expect(error).to.be.instanceOf(OtherKey);
        expect(error.message).to.include('would not be accepted').and.include('sudo --preserve-env=JWT_SECRET');
      }
    });

    it('refuses a new key that the service does not have yet', async () => {
      await start(keysWith(OLD));
      const error = await rejectionOf(keysOfCommand(keysWith(NEW, OLD), log));
      expect(error.message).to.include(`does not have the key ${printOf(NEW)} yet`);
    });
  });

  it('is read from a stream of any length', async () => {
    await start(keysWith(OLD));
    const metadata = log.events[0]?.metadata as string;
    const bearer = { kind: 'user', id: '3d172b54-f40f-4df9-9342-0b042fac5382' };
    const data = JSON.stringify({ token: null, bearer, expires_at: null });
    const minted = Array.from({ length: 2_500 }, (_, n) => ({ id: String(n), type: 'TokenMinted', data, metadata }));
    await log.append(accessStream(log.id), minted);
    await start(keysWith(NEW, OLD));
    expect(presentKeys(await keysOfLog(log))).to.deep.equal([printOf(OLD), printOf(NEW)]);
  });
});
