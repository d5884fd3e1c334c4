import { expect } from 'chai';
import { newId } from '../../src/events/new-id.ts';
import { asQuarantined } from '../../src/projections/decode-or-quarantine.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent, UNREADABLE, USER_REGISTERED } from '../support/events.ts';
import { imports } from '../support/imports.ts';
import type { Ended } from '../support/process.ts';
import { USER } from '../support/service.ts';

const linesOf = ({ stdout }: Ended) => stdout.split('\n').slice(0, -1);

describe('npx imports quarantine', () => {
  const nasty = newEvent({ ...UNREADABLE, data: { note: 'a\u202eb\u001b[2J' } });
  const user = `user-${USER}`;
  let data: EmbeddedData;
  let stream: string;

  beforeEach(async () => {
    data = embeddedData();
    stream = `import-${newId()}`;
    // One that this version cannot read and one that waits behind it; and one that it knows, as an older version left it.
    await data.append(stream, nasty, newEvent(IMPORT_REQUESTED));
    await data.append(user, newEvent(USER_REGISTERED));
    await data.project();
    await data.with(async (log, readModel) => {
      const events = await log.readStream(user);
      const quarantined = events.map((event) => asQuarantined(event, 'unknown to version 0'));
      await readModel.repair('user', USER, await readModel.get('user', USER), null);
      await readModel.write({ writes: [], quarantined });
    });
  });

  afterEach(() => data.remove());

  const quarantine = (...args: string[]) => imports(data.env, 'quarantine', ...args);
  const waiting = async () => linesOf(await quarantine('list')).map((line) => line.split('\t').slice(0, 3).join(' '));

  it('lists what is set aside with its reason, oldest first, and nothing of it drives a terminal', async () => {
    const ended = await quarantine('list');
    expect(ended.code).to.equal(0);
    const [first, second, third] = linesOf(ended).map((line) => line.split('\t'));
    expect(first?.slice(0, 5)).to.deep.equal(['1', stream, '0', nasty.type, nasty.id]);
    expect(first?.[5]).to.match(/^event 0 of /);
    expect(second?.[5]).to.equal('it waits for revision 0 of its stream');
    expect(third?.slice(0, 2)).to.deep.equal(['3', user]);
    const json = await quarantine('list', '--json');
    expect(json.stdout).to.match(/^[\n\x20-\x7e]*$/);
    expect(JSON.parse(linesOf(json)[0] as string)).to.include({ event_id: nasty.id, type: nasty.type, position: '1' });
  });

  it('dismisses what a stream has in it, with a reason, for good: a rebuild and a retry come to the same', async () => {
    expect((await quarantine('dismiss', stream, '--yes')).code).to.equal(2);
    expect((await quarantine('dismiss', stream, 'user-of-nobody', '--yes', '--reason', 'x')).code).to.equal(4);
    const ended = await quarantine('dismiss', stream, '--yes', '--reason', 'a script wrote it');
    expect(ended).to.include({ code: 0, stderr: '2 events dismissed.\n' });
    expect(await waiting()).to.deep.equal([`3 ${user} 0`]);
    const [record] = await data.with((log) => log.readStream('operations'));
    expect(record?.type).to.equal('QuarantineDismissed');
    expect(JSON.parse(record?.metadata as string)).to.include({ reason: 'a script wrote it' });
    expect((await quarantine('retry', '--all')).code).to.equal(0);
    await data.with((_, readModel) => readModel.clear());
    await data.project();
    expect(await waiting()).to.deep.equal([]);
    // What comes later is told of anew, and alone.
    await data.with((log) => log.append(stream, [newEvent(IMPORT_REQUESTED)], 1));
    await data.project();
    expect(await waiting()).to.have.length(1);
    expect((await quarantine('retry', '--all')).code).to.equal(3);
    expect(await waiting()).to.have.length(1);
  });

  it('shows an event as the log has it, whole and inert', async () => {
    const ended = await quarantine('show', nasty.id);
    expect(ended.code).to.equal(0);
    expect(ended.stdout).to.match(/^[\n\x20-\x7e]*$/);
    expect(ended.stdout).to.contain('data      {"note":"a\\u{202e}b\\u001b[2J"}\n').and.to.contain('"occurred_at"');
    const [line = ''] = linesOf(await quarantine('show', nasty.id, '--json'));
    expect((JSON.parse(line) as { data: unknown }).data).to.deep.equal(JSON.parse(nasty.data));
  });

  it('shows all of a stream that is set aside', async () => {
    const lines = linesOf(await quarantine('show', stream, '--json'));
    expect(lines.map((line) => (JSON.parse(line) as { revision: number }).revision)).to.deep.equal([0, 1]);
  });

  it('ends with 4 for what is not set aside, and has tried nothing then', async () => {
    expect(await quarantine('show', newId())).to.include({ code: 4, stdout: '' });
    const ended = await quarantine('retry', user, 'user-unknown');
    expect(ended).to.include({ code: 4, stdout: '' });
    expect(ended.stderr).to.match(/user-unknown/);
    expect(await waiting()).to.have.length(3);
  });

  it('releases what can be projected by now, tells what still waits, and puts that on record', async () => {
    const ended = await quarantine('retry', '--all', '--reason', 'version 1 is here');
    expect(ended.code).to.equal(3);
    expect(ended.stderr).to.match(/1 event released, 2 still/);
    expect(linesOf(ended)).to.have.length(2);
    expect(linesOf(ended)[0]).to.match(/\tevent 0 of /);
    expect(await waiting()).to.deep.equal([`1 ${stream} 0`, `2 ${stream} 1`]);
    expect(linesOf(await imports(data.env, 'users', 'list'))[0]).to.contain(USER);
    const [event] = await data.with((log) => log.readStream('operations'));
    expect(event).to.include({
      type: 'QuarantineRetried',
      data: '{"released":1,"waiting":2,"reason":"version 1 is here"}',
    });
  });

  it('releases the streams that it is told, and ends with 0 where none of that waits', async () => {
    expect(await quarantine('retry', user)).to.include({ code: 0, stdout: '' });
    expect(await waiting()).to.deep.equal([`1 ${stream} 0`, `2 ${stream} 1`]);
  });

  it('only prints what it would try with --dry-run', async () => {
    const ended = await quarantine('retry', '--all', '--dry-run');
    expect(ended.code).to.equal(0);
    expect(linesOf(ended)).to.have.length(3);
    expect(await waiting()).to.have.length(3);
    expect(await data.with((log) => log.readStream('operations'))).to.deep.equal([]);
  });

  it('is used wrongly without a stream or --all, and with both', async () => {
    expect((await quarantine('retry')).code).to.equal(2);
    expect((await quarantine('retry', user, '--all')).code).to.equal(2);
  });
});
