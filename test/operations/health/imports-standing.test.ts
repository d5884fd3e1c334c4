import { expect } from 'chai';
import { IMPORT_LIFETIME_MS } from '../../../src/events/import-events.ts';
import { standingOf } from '../../../src/operations/health/imports-standing.ts';
import type { ConnectionView, ImportView } from '../../../src/projections/views.ts';
import { firstImport, firstOf } from '../../projections/some-views.ts';
import { openTestStores, type TestStores } from '../../support/stores.ts';

const MINUTE_MS = 60_000;
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS).toISOString();
const [ONE, OTHER] = ['2cb9eb0f-038c-4fa9-a4e8-aba57b177a83', 'a3b1f2f0-7d5c-4c58-9d59-6a2f7a6f4f10'];

describe('how imports stand', () => {
  let stores: TestStores;
  let count = 0;

  beforeEach(async () => {
    stores = await openTestStores();
  });

  afterEach(() => stores.close());

  /** An import that was asked for some minutes ago, and is due since some minutes. */
  const add = (lane: ImportView['lane'], organization_id: string, asked: number, due: number, log = stores.log.id) => {
    count += 1;
    const expires_at = new Date(Date.parse(ago(asked)) + IMPORT_LIFETIME_MS).toISOString();
    const import_ = firstImport({ id: `${count}`, organization_id, log, lane, due_at: ago(due), expires_at });
    return stores.readModel.write({ writes: [import_] });
  };
  const connect = (
    id: string,
    paused_reason: ConnectionView['paused_reason'] = null,
    paused_until = null as string | null,
  ) => {
    const url = 'https://x.my.salesforce.com';
    const times = { added_at: ago(900), updated_at: ago(900) };
    const none = { username: null, audience: null, client_id: null, paused_detail: null, paused_at: null };
    const view = { id, organization_id: id, url, login: 'jwt', status: 'connected', settings_event: '1' } as const;
    const write = firstOf('connection', { ...view, ...none, ...times, paused_reason, paused_until });
    return stores.readModel.write({ writes: [write] });
  };
  const standing = (performedSince: string | null = null) => standingOf(stores, { seconds: 3_600, performedSince });
  const minutes = (seconds: number) => Math.round(seconds / 60);

  it('is told by lane: how many wait or run, and since when the oldest was asked for', async () => {
    await add('url', ONE, 30, 1);
    await add('url', OTHER, 10, -5);
    await add('sealed', ONE, 2, 1);
    await add('running', ONE, 7, -1);
    await add('url', ONE, 900, 900, 'another log');
    const { waiting, running, late } = await standing();
    const inMinutes = Object.entries({ ...waiting, running }).map(([lane, { count, oldestSeconds }]) => [
      ...[lane, count, minutes(oldestSeconds)],
    ]);
    expect(inMinutes).to.deep.equal([
      ['none', 0, 0],
      ['url', 2, 30],
      ['salesforce', 0, 0],
      ['sealed', 1, 2],
      ['running', 1, 7],
    ]);
    expect(late).to.deep.equal({ organizations: 0, seconds: 0 });
  });

  it('has imports that somebody could have begun long ago; those that wait for their next attempt are not late', async () => {
    await add('url', ONE, 400, -60);
    await add('url', ONE, 300, 61);
    await add('none', OTHER, 200, 90);
    const { late } = await standing();
    expect([late.organizations, minutes(late.seconds)]).to.deep.equal([2, 90]);
  });

  it('tells apart what waits for a connection: missing, refused or paused', async () => {
    const organizations = Array.from({ length: 5 }, (_, index) => `${index}${ONE.slice(1)}`) as [string, ...string[]];
    for (const organization of organizations) await add('salesforce', organization, 200, 100);
    await connect(organizations[1] as string);
    await connect(organizations[2] as string, 'connection_refused');
    await connect(organizations[3] as string, 'limit_exceeded', ago(-10));
    await connect(organizations[4] as string, 'asked');
    const { late, connections } = await standing();
    expect(connections).to.deep.equal({ missing: 1, refused: 1, paused: 2 });
    expect([late.organizations, minutes(late.seconds)]).to.deep.equal([1, 100]);
  });

  it('leaves out what is not performed here: what was asked for before the mark, though it was to be tried later', async () => {
    await add('url', ONE, 300, 200);
    await add('url', ONE, 300, 90);
    expect((await standing(ago(100))).late.organizations).to.equal(0);
    await add('url', ONE, 85, 80);
    const { late } = await standing(ago(100));
    expect([late.organizations, minutes(late.seconds)]).to.deep.equal([1, 80]);
  });

  it('takes a connection whose pause is over for one that works, and says nothing of one that nobody waits for', async () => {
    await add('salesforce', ONE, 200, 100);
    await connect(ONE, 'source_unavailable', ago(1));
    await connect(OTHER, 'connection_refused');
    const { late, connections } = await standing();
    expect(connections).to.deep.equal({ missing: 0, refused: 0, paused: 0 });
    expect(late.organizations).to.equal(1);
  });

  it('costs no more with many organizations than steps that others may come between', async () => {
    for (let index = 0; index < 250; index += 1) {
      await add('url', `${String(index).padStart(8, '0')}${ONE.slice(8)}`, 70, 65);
    }
    let turns = 0;
    let isOver = false;
    const others = async () => {
      while (!isOver) {
        await new Promise((resolve) => setImmediate(resolve));
        turns += 1;
      }
    };
    const counting = others();
    const { late } = await standing();
    isOver = true;
    await counting;
    expect(late.organizations).to.equal(250);
    expect(turns).to.be.greaterThan(1);
  });
});
