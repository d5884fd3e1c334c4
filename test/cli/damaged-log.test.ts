import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { newId } from '../../src/events/new-id.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { imports } from '../support/imports.ts';
import type { Ended } from '../support/process.ts';
import { untilLevel } from '../support/projected.ts';
import { ORGANIZATION } from '../support/service.ts';
import { VIEWS_FILE } from '../support/stores.ts';

const EVENTS = 40;
const DAMAGED = 20;

describe('a log of which an event is damaged', () => {
  let data: EmbeddedData;
  let firstId: string;
  let lastId: string;

  beforeEach(async () => {
    data = embeddedData();
    await data.with(async (log, readModel) => {
      for (let index = 0; index < EVENTS; index += 1) {
        lastId = newId();
        if (index === 0) firstId = lastId;
        await log.append(`import-${lastId}`, [newEvent(IMPORT_REQUESTED)], 'no_stream');
      }
      await untilLevel(log, readModel);
    });
  });

  afterEach(() => data.remove());

  const run = (...args: string[]) => imports(data.env, ...args);
  const positionsIn = ({ stdout }: Ended) =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => Number((JSON.parse(line) as { position: string }).position));
  const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

  const cancel = (id: string) =>
    data.with((log) =>
      log.append(`import-${id}`, [newEvent({ type: 'ImportCancelled', data: { album_id: null } })], 0),
    );

  const damageOne = () => damageAt(DAMAGED);

  function damageAt(position: number): void {
    const [guard] = data.sql('events.db', "SELECT sql FROM sqlite_schema WHERE name = 'events_never_change'");
    const change = `UPDATE events SET metadata = '{}' WHERE position = ${position}`;
    data.sql('events.db', 'DROP TRIGGER events_never_change', change, String(guard?.sql));
  }

  /** The file loses its last pages. */
  function cutOff(): void {
    data.sql('events.db', 'PRAGMA wal_checkpoint(TRUNCATE)');
    const file = join(data.env.DATA_DIR as string, 'events.db');
    truncateSync(file, statSync(file).size - 2 * 4096);
  }

  for (const command of ['events', 'export']) {
    it(`gives ${command} what is before the damage, which it then tells`, async () => {
      damageOne();
      const ended = await run(command, ...(command === 'events' ? ['--json'] : []));
      expect(ended.code).to.equal(1);
      expect(positionsIn(ended)).to.deep.equal(from(1, DAMAGED - 1));
      expect(ended.stderr).to.match(new RegExp(`position ${DAMAGED} .+restore a backup`));
    });
  }

  it('gives events what is after the damage too, if that is asked for', async () => {
    damageOne();
    const ended = await run('events', '--json', '--skip-damaged');
    expect(ended.code).to.equal(1);
    expect(positionsIn(ended)).to.deep.equal([...from(1, DAMAGED - 1), ...from(DAMAGED + 1, EVENTS)]);
    expect(ended.stderr).to.match(/1 position of the log could not be read/);
  });

  it('tells who exports it what came out, and how the rest is had', async () => {
    damageOne();
    const { stderr } = await run('export');
    expect(stderr).to.contain(`Exported ${DAMAGED - 1} events, up to position ${DAMAGED - 1}: all before the damage.`);
    expect(stderr).to.contain(`\`imports export --after ${DAMAGED}\` has it and what follows`);
    expect(positionsIn(await run('export', '--after', String(DAMAGED)))).to.deep.equal(from(DAMAGED + 1, EVENTS));
  });

  it('is audited beyond the damage, and what is left out is said', async () => {
    damageOne();
    const ended = await run('audit', '--organization', ORGANIZATION, '--json');
    expect(ended.code).to.equal(1);
    expect(positionsIn(ended)).to.deep.equal([...from(1, DAMAGED - 1), ...from(DAMAGED + 1, EVENTS)]);
    expect(ended.stderr).to.match(/Left out, up to position 20.+1 position of the log could not be read/s);
  });

  it('is audited up to the damage of one import, and the later event of another is shown without its history', async () => {
    await cancel(lastId);
    await cancel(firstId);
    damageAt(EVENTS);
    damageAt(EVENTS + 2);
    const all = await run('audit', '--organization', ORGANIZATION, '--since', String(EVENTS + 1));
    expect(all.stdout).to.contain('! the events before it are damaged');
    const one = await run('audit', firstId);
    expect(one.code).to.equal(1);
    expect(one.stdout).to.contain('ImportRequested');
    expect(one.stderr).to.contain('What is shown comes before the damage. `imports events --skip-damaged` has');
  });

  it('is verified beyond the damage, and nobody is told that all was compared', async () => {
    damageOne();
    data.sql(VIEWS_FILE, `DELETE FROM imports WHERE id = '${lastId}'`);
    const ended = await run('verify', '--all');
    expect(ended.code).to.equal(3);
    expect(ended.stdout).to.match(new RegExp(`^the log\\s+damaged\\s+position ${DAMAGED} cannot be read`, 'm'));
    expect(ended.stdout).to.match(new RegExp(`import-${lastId}\\s+missing`));
    expect(ended.stderr).to.match(/Compared all that can be read \(not 1 position of the log\)/);
    expect(ended.stderr).not.to.include('Compared all streams');
  });

  it('is read as far as it can be if its file has lost its end', async () => {
    cutOff();
    const events = await run('events', '--json');
    expect(positionsIn(events)).to.include.members([1, 2, 3]);
    expect(events.code).to.equal(1);
    expect(events.stderr).to.match(/(cut off|malformed)[\s\S]+may not be all/);
    const verified = await run('verify', '--all');
    expect(verified.code).to.equal(3);
    expect(verified.stdout).to.match(/the log\s+damaged/);
    expect(verified.stderr).not.to.include('Compared all streams');
  });
});
