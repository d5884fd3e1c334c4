import { expect } from 'chai';
import { factsText, pluginLine, statusJson, statusText, unknownLine } from '../../../src/cli/health/health-text.ts';
import { LogUnavailable } from '../../../src/events/errors.ts';
import { judge, worstOf } from '../../../src/operations/health/judge.ts';
import type { Measures } from '../../../src/operations/health/measures.ts';
import type { Part } from '../../../src/operations/health/part.ts';

const NOTHING = { count: 0, oldestSeconds: 0 };

const WELL: Measures = {
  projection: { lagSeconds: 0, position: 12n, head: 12n, quarantined: 0, logId: 'a log' },
  imports: {
    waiting: { none: NOTHING, url: NOTHING, salesforce: NOTHING, sealed: NOTHING },
    running: NOTHING,
    late: { organizations: 0, seconds: 0 },
    connections: { missing: 0, refused: 0, paused: 0 },
  },
  service: {
    ...{
      url: 'http://127.0.0.1:3001',
      heartbeatAgeSeconds: 0.4,
      notReady: null,
      isStoreFailing: false,
      logId: 'a log',
    },
    ...{ webhooks: null, looks: [], importer: null },
  },
  kept: null,
  disk: { directory: 'data', freeBytes: 5e9, freePercent: 50 },
};

const FACTS = {
  ...{ version: '1.2.0', node: 'v24.0.0', log_id: 'log-1', log_store: 'esdb://host:2113', views_store: '/data' },
  ...{ data_dir: '/data', time_zone: 'UTC', views_version: 10, views_versions: ['9', '10'] },
  unused_stores: ['events.db (EVENTSTORE_URL is set)'],
  unfinished_replay: { id: 'replay-1', position: '7' },
};

describe('how it is doing', () => {
  const thresholds = {
    lag: { warning: 10, critical: 60 },
    heartbeat: { warning: 5, critical: 10 },
    quarantine: { warning: 0, critical: 100 },
    late: { warning: 3_600, critical: 259_200 },
    refused: { warning: 0, critical: 10 },
    held: { warning: 0, critical: 10 },
    backup: { warning: 1_000, critical: 2_000 },
    disk: { warning: 10, critical: 5 },
  };
  const judged = (measures: Partial<Measures>) => judge({ ...WELL, ...measures }, thresholds);
  const levelOf = (measures: Partial<Measures>, name: Part['name']) =>
    judged(measures).find((part) => part.name === name)?.level;
  const { projection, imports, service, disk } = WELL as {
    [K in keyof Measures]: Exclude<Measures[K], { error: unknown } | null>;
  };

  it('is OK, on one line, where all is well', () => {
    expect(pluginLine(judged({}))).to.equal(
      'OK - lag 0 s (level with the log at position 12), 0 events in quarantine, imports: none waits, 0 run, ' +
        'heartbeat 0.4 s ago, 50 % of the disk free (5.0 GB at data)' +
        '|lag=0s;10;60;0 quarantine=0;0;100;0 imports=0s;3600;259200;0 heartbeat=0.4s;5;10;0 disk=50%;10:;5:;0;100\n',
    );
  });

  for (const [lagSeconds, level] of [
    [10, 'OK'],
    [10.1, 'WARNING'],
    [60.1, 'CRITICAL'],
    [null, 'UNKNOWN'],
  ] as const) {
    it(`is ${level} with a lag of ${lagSeconds} s`, () => {
      expect(levelOf({ projection: { ...projection, lagSeconds, head: 13n } }, 'lag')).to.equal(level);
    });
  }

  it('goes by the number of events in quarantine', () => {
    const levels = [0, 1, 100, 101].map((quarantined) =>
      levelOf({ projection: { ...projection, quarantined } }, 'quarantine'),
    );
    expect(levels).to.deep.equal(['OK', 'WARNING', 'WARNING', 'CRITICAL']);
  });

  it('goes by the heartbeat, and warns of a service that is not ready', () => {
    const levels = [5, 6, 11].map((heartbeatAgeSeconds) =>
      levelOf({ service: { ...service, heartbeatAgeSeconds } }, 'heartbeat'),
    );
    expect(levels).to.deep.equal(['OK', 'WARNING', 'CRITICAL']);
    expect(levelOf({ service: { ...service, notReady: 'projector: catching up' } }, 'heartbeat')).to.equal('WARNING');
    // Every POST or every list gets 503, though the stores can be read from here.
    const failing = { ...service, notReady: 'log: appends fail', isStoreFailing: true };
    expect(levelOf({ service: failing }, 'heartbeat')).to.equal('CRITICAL');
    const unknown = { ...service, heartbeatAgeSeconds: null };
    expect(levelOf({ service: unknown }, 'heartbeat')).to.equal('OK');
    expect(levelOf({ service: { ...unknown, notReady: 'it says so' } }, 'heartbeat')).to.equal('WARNING');
  });

  const at = (hour: number) => `2026-11-27T0${hour}:00:00.000Z`;
  const look = { at: at(2), images: 5, faults: 0, first: null, differences: 0, first_difference: null };
  const withLooks = (...looks: (typeof WELL.kept & object)['looks']) => ({
    service: { ...service, looks: looks.slice(0, 1) },
    kept: { backupAgeSeconds: null, looks: looks.slice(1) },
  });

  it('is critical if a look at everything found damage, and says which', () => {
    const found = { ...look, faults: 2, first: 'the event at position 3 is damaged' };
    expect(levelOf(withLooks(look), 'damage')).to.equal('OK');
    expect(levelOf(withLooks(found), 'damage')).to.equal('CRITICAL');
    expect(pluginLine(judged(withLooks(found)))).to.match(
      /^CRITICAL - events and images, as of 2026-11-27T02:00:00.000Z: 2 damaged, first: the event at position 3 is damaged, /,
    );
  });

  it('warns of views that differ from the log, until a later look finds none', () => {
    const found = { ...look, differences: 2, first_difference: 'import-1: missing: revision' };
    expect(levelOf(withLooks(found), 'views')).to.equal('WARNING');
    expect(judged(withLooks(found)).find(({ name }) => name === 'views')?.text).to.equal(
      'views compared with the log, as of 2026-11-27T02:00:00.000Z: 2 differ, first: import-1: missing: revision; ' +
        'see `imports verify --all --repair --dry-run`',
    );
    expect(levelOf(withLooks(found, { ...look, at: at(3) }), 'views')).to.equal('OK');
    expect(levelOf(withLooks(found, { ...look, at: at(1) }), 'views')).to.equal('WARNING');
    expect(levelOf(withLooks({ ...look, differences: null }), 'views')).to.equal(undefined);
  });

  it('does not take images for sound that a later look did not look at', () => {
    const found = { ...look, faults: 1, first: 'altered' };
    const withoutImages = { ...look, at: at(3), images: null };
    expect(levelOf(withLooks(found, withoutImages), 'damage')).to.equal('CRITICAL');
    expect(levelOf(withLooks(look, { ...withoutImages, faults: 1, first: 'x' }), 'damage')).to.equal('CRITICAL');
  });

  it('goes by the age of the last backup, if one is known', () => {
    const of = (backupAgeSeconds: number | null) =>
      judged({ kept: { backupAgeSeconds, looks: [] } }).find(({ name }) => name === 'backup');
    expect([null, 60, 1_001, 2_001].map((age) => of(age)?.level)).to.deep.equal(['OK', 'OK', 'WARNING', 'CRITICAL']);
    expect([of(null)?.text, of(60)?.text]).to.deep.equal(['no backup is known', 'the last backup was 60 s ago']);
  });

  it('goes by the number of held webhooks, and says how the others stand', () => {
    const webhooks = { held: 0, failing: 2, waiting: 0, oldestSeconds: 0 };
    const levels = [0, 1, 11].map((held) =>
      levelOf({ service: { ...service, webhooks: { ...webhooks, held } } }, 'webhooks'),
    );
    expect(levels).to.deep.equal(['OK', 'WARNING', 'CRITICAL']);
    const late = { ...webhooks, held: 1, waiting: 3, oldestSeconds: 4_000 };
    expect(pluginLine(judged({ service: { ...service, webhooks: late } }))).to.match(
      /^WARNING - webhooks: 1 held, 2 failing, 3 deliveries wait, the oldest for 4000 s, .* webhooks=1;0;10;0 /,
    );
  });

  it('warns of imports that are late, and says how many wait where', () => {
    const late = (seconds: number) => ({ ...imports, late: { organizations: seconds > 0 ? 2 : 0, seconds } });
    const levels = [0, 3_601, 260_000].map((seconds) => levelOf({ imports: late(seconds) }, 'imports'));
    expect(levels).to.deep.equal(['OK', 'WARNING', 'CRITICAL']);
    const waiting = {
      ...imports.waiting,
      url: { count: 12, oldestSeconds: 4_000 },
      salesforce: { count: 10_000, oldestSeconds: 5_000 },
    };
    const [, , part] = judged({ imports: { ...late(3_700), waiting, running: { count: 4, oldestSeconds: 9 } } });
    expect(part?.text).to.equal(
      'imports: 10012 or more wait (url 12, salesforce 10000 or more), the oldest for 5000 s, 4 run, ' +
        'some of 2 organizations could have begun 3700 s ago',
    );
  });

  it('says that nobody works if imports are late and none runs', () => {
    const text = (count: number, late: object) =>
      judged({ imports: { ...imports, running: { count, oldestSeconds: 0 }, late } as typeof imports })[2]?.text;
    const nobody =
      /could have begun 3700 s ago, and no worker has any: no node has IMPORTER=on, or none can take them$/;
    expect(text(0, { organizations: 1, seconds: 3_700 })).to.match(nobody);
    expect(text(1, { organizations: 1, seconds: 3_700 })).not.to.match(nobody);
    expect(text(0, { organizations: 0, seconds: 0 })).not.to.match(nobody);
  });

  it('tells what waits for connections apart, and warns of those that are refused', () => {
    const troubled = (connections: object) => judged({ imports: { ...imports, connections } as typeof imports });
    const part = (connections: object) => troubled(connections).find(({ name }) => name === 'connections');
    expect(part({ missing: 0, refused: 0, paused: 0 })).to.equal(undefined);
    expect(part({ missing: 3, refused: 0, paused: 2 })?.level).to.equal('OK');
    expect(part({ missing: 3, refused: 1, paused: 2 })).to.deep.include({
      level: 'WARNING',
      text: 'connections that imports wait for: 3 missing, 1 refused, 2 paused',
      value: 1,
    });
  });

  it('says what the importer of the node has done, and is critical only if images cannot be kept', () => {
    const importer = { isOn: true, running: 3, ended: {}, bytes: 0, storage: null, budgetPercents: [] };
    const text = (more: object) =>
      judged({ service: { ...service, importer: { ...importer, ...more } } }).find(({ name }) => name === 'importer')
        ?.text;
    expect(text({})).to.equal('importer of this node: on, 3 under way; since its start 0 succeeded, 0 failed, 0.0 GB');
    const ended = { succeeded: 120, source_not_found: 2, not_an_image: 1 };
    expect(text({ isOn: false, ended, bytes: 2e9, budgetPercents: [12, 81] })).to.equal(
      'importer of this node: off, 3 under way; since its start 120 succeeded, 3 failed (source_not_found 2, ' +
        'not_an_image 1), 2.0 GB; of the API budgets of connections, up to 81 % used',
    );
    expect(levelOf({ service: { ...service, importer } }, 'importer')).to.equal('OK');
    const storage = { reason: 'ENOSPC at /blobs', since: '2026-11-27T02:00:00.000Z' };
    expect(levelOf({ service: { ...service, importer: { ...importer, storage } } }, 'importer')).to.equal('CRITICAL');
    expect(text({ storage })).to.match(
      /^the bytes of images cannot be kept since 2026-11-27T02:00:00.000Z: ENOSPC at \/blobs. Make room, or mend /,
    );
  });

  it('goes by the share of the disk that is free, less being worse', () => {
    const levels = [10, 9.9, 4.9].map((freePercent) => levelOf({ disk: { ...disk, freePercent } }, 'disk'));
    expect(levels).to.deep.equal(['OK', 'WARNING', 'CRITICAL']);
  });

  it('leaves out what was not asked for, or is not here', () => {
    expect(judged({ service: null, disk: null }).map(({ name }) => name)).to.deep.equal([
      'lag',
      'quarantine',
      'imports',
    ]);
  });

  it('is critical where a store is away, which comes first and has no performance data', () => {
    const away = { projection: { error: new LogUnavailable('no route') }, imports: null };
    const parts = judged({ ...away, service: null });
    expect(pluginLine(parts)).to.equal(
      'CRITICAL - The event log is unavailable: no route, 50 % of the disk free (5.0 GB at data)|disk=50%;10:;5:;0;100\n',
    );
  });

  it('is as bad as its worst part; what is unknown is worse than a warning', () => {
    const worst = (...levels: Part['level'][]) => worstOf(levels.map((level) => ({ level })));
    expect(worst('OK', 'WARNING')).to.equal('WARNING');
    expect(worst('UNKNOWN', 'WARNING', 'OK')).to.equal('UNKNOWN');
    expect(worst('UNKNOWN', 'CRITICAL')).to.equal('CRITICAL');
  });

  it('stays one inert line whatever a store says', () => {
    const line = pluginLine(
      judged({ projection: { error: new Error('a|b\nc\u001b[2J') }, imports: null, disk: null, service: null }),
    );
    expect(line).to.equal('CRITICAL - a/b c\\u{1b}[2J\n');
    expect(unknownLine('error:\n  two lines')).to.equal('UNKNOWN - error: two lines\n');
  });

  it('is a table for people, and an object for programs', () => {
    const parts = judged({ service: { error: new Error('no service answers') } });
    const lines = statusText(parts).split('\n');
    expect(lines[0]).to.match(/^all +CRITICAL$/);
    expect(lines[1]).to.match(/^lag +OK +lag 0 s /);
    expect(lines[4]).to.match(/^heartbeat +CRITICAL +no service answers$/);
    expect(factsText(FACTS)).to.equal(
      'version     1.2.0 on Node v24.0.0\nlog         log-1 in esdb://host:2113\nviews       version 10 in /data, besides 9\n' +
        'data folder /data\nzone        UTC\nnot used    events.db (EVENTSTORE_URL is set)\nreplay      replay-1 is unfinished, at position 7\n',
    );
    const status = JSON.parse(statusJson(parts, FACTS)) as {
      status: string;
      parts: { name: string; status: string }[];
    };
    expect(status.status).to.equal('CRITICAL');
    expect(status.parts.find(({ name }) => name === 'disk')).to.include({ status: 'OK', value: 50, unit: '%' });
  });
});
