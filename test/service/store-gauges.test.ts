import { expect } from 'chai';
import { LogUnavailable } from '../../src/events/errors.ts';
import { accessStream } from '../../src/events/streams.ts';
import { Metrics } from '../../src/http/metrics.ts';
import { noteBackup } from '../../src/operations/backup/last-backup.ts';
import { looksOf } from '../../src/operations/health/last-looks.ts';
import { type LastLook, lastVerify } from '../../src/operations/last-look.ts';
import { addStoreGauges } from '../../src/service/store-gauges.ts';
import { LastOutcome } from '../../src/time/last-outcome.ts';
import { newEvent } from '../support/events.ts';
import { MemoryLog } from '../support/memory-log.ts';
import { IMPORTS, testService } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('the gauges of the stores', () => {
  const service = testService();
  const scrape = async () => (await fetch(`${service.operationsUrl}/metrics`)).text();

  it('name the release, the position of the log, the sizes of the stores and the free disk', async () => {
    const text = await scrape();
    expect(text)
      .to.match(/^imports_build_info\{version="[\d.]+",node="24\.[\d.]+"\} 1$/m)
      .and.match(/^imports_log_position [1-9]\d*$/m)
      .and.match(/^imports_log_appends_failing 0$/m)
      .and.match(/^imports_disk_free_bytes [1-9]\d*/m)
      .and.match(/^imports_disk_free_ratio 0\.\d+/m);
    for (const store of ['events', 'views'])
      expect(text).to.match(new RegExp(`store_bytes\\{store="${store}"\\} [1-9]`));
  });

  it('count refused logins by reason', async () => {
    const refused = async () =>
      Number(/^imports_logins_refused_total\{reason="header_missing"\} (\d+)$/m.exec(await scrape())?.[1] ?? 0);
    const before = await refused();
    await fetch(`${service.url}${IMPORTS}`);
    await fetch(`${service.url}${IMPORTS}`, { headers: { Authorization: `${service.authorization()}x` } });
    expect((await refused()) - before).to.equal(1);
  });

  it('tell that appends fail, and the age of the newest backup: one that ended, or one that goes on here', async () => {
    const [metrics, log, appends, directory] = [
      new Metrics(),
      new MemoryLog(),
      new LastOutcome(),
      temporaryDirectory(),
    ];
    addStoreGauges(metrics, log, appends, looksOf({ last: null }, directory.path, log.id), directory.path);
    const ageOf = async () => {
      const age = /^imports_backup_age_seconds (.*)$/m.exec(await metrics.scrape())?.[1];
      return age === undefined ? null : Math.round(Number(age));
    };
    const record = (kind: string, secondsAgo: number) => {
      const fact = { type: 'LogBackedUp', data: { to: '/mnt', kind, up_to: '1', events: 1, images: 0 } };
      return log.append(accessStream(log.id), [newEvent(fact, { occurred_at: ago(secondsAgo) })]);
    };
    expect(await ageOf()).to.equal(null);
    await record('begun', 500);
    expect(await ageOf()).to.equal(null);
    await record('once', 300);
    expect(await ageOf()).to.be.within(299, 330);
    await noteBackup(directory.path, { log: log.id, to: '/mnt', up_to: '1', events: 1, missing: 0, at: ago(10) });
    expect(await ageOf()).to.be.within(9, 40);
    appends.failed(new LogUnavailable('away'), () => Promise.reject(new Error('away')));
    expect(await metrics.scrape()).to.match(/^imports_log_appends_failing 1$/m);
    directory.remove();
  });

  it('tell when everything was last verified, and what the newest look has found', async () => {
    const [metrics, log, directory] = [new Metrics(), new MemoryLog(), temporaryDirectory()];
    const scrub: { last: LastLook | null } = { last: null };
    addStoreGauges(metrics, log, new LastOutcome(), looksOf(scrub, directory.path, log.id), directory.path);
    /** Of an age, its hundreds: time goes on. */
    const values = async () => {
      const text = await metrics.scrape();
      const found = (name: string, pattern: string) =>
        new RegExp(`^imports_${name} ${pattern}`, 'm').exec(text)?.[1] ?? null;
      return [
        ...['scrub_age_seconds', 'verify_age_seconds'].map((name) => found(name, '(\\d+)\\d\\d\\b')),
        ...['damage_found', 'view_differences_found'].map((name) => found(name, '(\\d+)$')),
      ];
    };
    expect(await values()).to.deep.equal([null, null, null, null]);
    const look = { log: log.id, events: 9, images: 1, faults: 1, first: 'x', differences: 2, first_difference: 'y' };
    scrub.last = { ...look, at: ago(5_000) };
    expect(await values()).to.deep.equal(['50', '50', '1', '2']);
    const repaired = { ...look, images: null, faults: 0, first: null, differences: 0, first_difference: null };
    await lastVerify.write(directory.path, { ...repaired, at: ago(500) });
    expect(await values()).to.deep.equal(['50', '5', '1', '0']);
    directory.remove();
  });
});

function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1_000).toISOString();
}
