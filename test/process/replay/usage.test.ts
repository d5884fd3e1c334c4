import { expect } from 'chai';
import { type Deployed, deployChange, NEW_ALBUM, OLD_ALBUM } from './fixture.ts';

describe('npx imports replay', () => {
  let deployed: Deployed;

  before(async () => {
    deployed = await deployChange(3);
  });

  after(() => deployed.remove());

  it('does nothing without --yes where nobody can be asked', async () => {
    const { code, stdout, stderr } = await deployed.replay();
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.match(/^error: there is no terminal to ask at: add --yes/);
    expect(await deployed.operations()).to.deep.equal([]);
  });

  it('says with --dry-run what it would do, and does and records nothing', async () => {
    const { code, stdout, stderr } = await deployed.replay('--dry-run');
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout).to.match(
      /^Would project 4 events from the beginning of the log up to position 4 into a version beside/,
    );
    expect((await deployed.show(deployed.old[0] as string)).album_id).to.equal(OLD_ALBUM);
    expect(await deployed.operations()).to.deep.equal([]);
  });

  it('writes with --only one view anew, says what changed, and puts it on record', async () => {
    const { replay, show, old, operations } = deployed;
    const [one, other] = old as [string, string];
    const change = `changed: import ${one}\n  album_id: "${OLD_ALBUM}" → "${NEW_ALBUM}"\n`;
    expect(await replay('--only', one, '--dry-run')).to.deep.equal({
      code: 0,
      stdout: change,
      stderr: 'The view would be written anew.\n',
    });
    expect((await show(one)).album_id).to.equal(OLD_ALBUM);
    expect(await replay('--only', one, '--reason', 'it was odd')).to.deep.equal({
      code: 0,
      stdout: change,
      stderr: 'The view was written anew from the log.\n',
    });
    expect((await show(one)).album_id).to.equal(NEW_ALBUM);
    expect((await show(other)).album_id).to.equal(OLD_ALBUM);
    const again = await replay('--only', one);
    expect(again).to.include({ code: 0, stdout: '' });
    expect(again.stderr).to.match(/nothing was changed/);
    expect((await operations()).map(({ type, data }) => [type, JSON.parse(data)])).to.deep.equal([
      ['ViewsRepaired', { streams: [`import-${one}`], reason: 'it was odd' }],
    ]);
  });

  it('ends with 4 where there is no such import, and with 2 for options that do not go together', async () => {
    const unknown = '3d172b54-f40f-4df9-9342-0b042fac5382';
    const missing = await deployed.replay('--only', unknown);
    expect(missing).to.deep.equal({ code: 4, stdout: '', stderr: `There is no import ${unknown} in the log.\n` });
    expect((await deployed.replay('--only', unknown, '--discard')).code).to.equal(2);
    expect((await deployed.replay('--discard', '--yes')).code).to.equal(2);
  });

  it('shows examples to a person', async () => {
    const { code, stdout } = await deployed.replay('--yes');
    expect(code).to.equal(0);
    expect(stdout).to.match(
      /^(changed: import [0-9a-f-]{36}\n {2}album_id: "5005800000HEXCtAAP" → "5005800000HEXCTAAP"\n){2}2 views changed \(album_id in 2\), 0 added, 0 removed, 2 equal\n$/,
    );
  });
});
