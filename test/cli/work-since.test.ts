import { join } from 'node:path';
import { expect } from 'chai';
import { openEmbeddedLogForReading } from '../../src/events/embedded/open.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { imports, runImports } from '../support/imports.ts';
import { until } from '../support/until.ts';

const [EARLIER, LATER] = ['3d172b54-f40f-4df9-9342-0b0400000001', '3d172b54-f40f-4df9-9342-0b0400000002'] as const;

describe('imports work --since', () => {
  let data: EmbeddedData;

  beforeEach(() => {
    data = embeddedData();
  });

  afterEach(() => data.remove());

  /** As a release before 0.3 recorded it. */
  const request = (id: string, occurred_at: string) =>
    data.append(`import-${id}`, newEvent(IMPORT_REQUESTED, { occurred_at }));
  const auditOf = async (id: string) => (await imports(data.env, 'audit', id)).stdout;

  it('takes in what an older release recorded, since a time and with a reason, and says before how many that are', async function () {
    this.timeout(90_000);
    await request(EARLIER, '2026-11-23T10:00:00.000Z');
    await request(LATER, '2026-11-24T10:00:00.000Z');
    await data.project();
    const dry = await imports(data.env, 'work', '--since', '2026-11-24', '--dry-run');
    expect(dry).to.include({ code: 0 });
    expect(dry.stderr).to.equal('1 import would be performed that would wait otherwise.\n');
    // If the disk takes seconds for the claim, nobody knows whether it was written: it is lost with its time.
    const env = { ...data.env, IMPORT_ATTEMPT_SECONDS: '3' };
    const worker = runImports(env, ['work', '--since', '2026-11-24', '--yes', '--reason', 'ticket 4711']);
    const isPerformed = async () => (await auditOf(LATER)).includes('source_missing');
    try {
      await until('it is performed', isPerformed, 60_000).catch((error) => {
        throw new Error(`${error.message}: ${worker.stderr()}`);
      });
    } finally {
      worker.interrupt();
      await worker.ended;
    }
    expect(await auditOf(LATER)).to.match(/ImportRetryRequested[^└]*because: ticket 4711/);
    expect(await auditOf(EARLIER)).not.to.contain('ImportRetryRequested');
  });

  it('is what `show` names for an import that nobody takes, and for no other', async () => {
    await request(EARLIER, '2026-11-23T10:00:00.000Z');
    const log = await openEmbeddedLogForReading({ file: join(String(data.env.DATA_DIR), 'events.db') });
    const { id } = log;
    await log.close();
    await data.append(`import-${LATER}`, newEvent(IMPORT_REQUESTED, { log: id }));
    const show = (...args: string[]) => imports(data.env, 'show', ...args);
    const [older, newer] = [await show(EARLIER, '--json'), await show(LATER)];
    expect(JSON.parse(older.stdout).view.status).to.equal('waiting');
    expect(older.stderr).to.match(/^No worker takes it by itself: .* `imports work --since` has it performed\.\n$/);
    expect(newer).to.include({ code: 0, stderr: '' });
    expect(await show(EARLIER, '--at', '0')).to.include({ code: 0, stderr: '' });
  });

  it('refuses a reason for which there is nothing to do', async () => {
    const { code, stderr } = await imports(data.env, 'work', '--reason', 'ticket 4711');
    expect(code).to.equal(2);
    expect(stderr).to.contain('--dry-run, --operator, --reason and --yes go with --since');
  });
});
