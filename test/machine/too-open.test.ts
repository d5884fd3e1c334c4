import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { dataTrouble, readSecretFile } from '../../src/machine/too-open.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('a file of a secret', () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'key');
  const read = () => readSecretFile(file);

  beforeEach(() => {
    chmodSync(directory.path, 0o700);
    rmSync(file, { recursive: true, force: true });
  });

  after(() => directory.remove());

  function made(mode: number): void {
    writeFileSync(file, 'secret\n');
    chmodSync(file, mode);
  }

  for (const mode of [0o400, 0o600, 0o440, 0o640, 0o660]) {
    it(`is read with the mode ${mode.toString(8)}, which systemd and Kubernetes give it`, () => {
      made(mode);
      expect(read()).to.equal('secret\n');
    });
  }

  it('is refused if everybody may read or change it, with what to do', () => {
    made(0o644);
    expect(read).to.throw(/everybody may read it \(mode 0644\): chmod o= it \(in Kubernetes, defaultMode: 0440\)/);
    made(0o622);
    expect(read).to.throw(/everybody may change it \(mode 0622\)/);
  });

  it('is refused if everybody may replace it', () => {
    made(0o600);
    chmodSync(directory.path, 0o777);
    expect(read).to.throw(`everybody may replace files in ${directory.path} (mode 0777)`);
    // As Kubernetes has it: nobody may replace what is another's.
    chmodSync(directory.path, 0o1777);
    expect(read()).to.equal('secret\n');
  });

  it('may be a link within its folder, as Kubernetes makes it', () => {
    mkdirSync(join(directory.path, '..2026_11_27'));
    writeFileSync(join(directory.path, '..2026_11_27', 'key'), 'secret', { mode: 0o440 });
    symlinkSync('..2026_11_27', join(directory.path, '..data'));
    symlinkSync('..data/key', file);
    expect(read()).to.equal('secret');
  });

  it('is refused if it is not text: random bytes would be a weaker key than they are', () => {
    writeFileSync(file, Buffer.from('ff00fe01c3', 'hex'), { mode: 0o600 });
    expect(read).to.throw(/it is not text \(UTF-8\): `openssl rand -base64 48` makes/);
  });

  it('is refused if it is a link out of its folder', () => {
    const elsewhere = temporaryDirectory();
    writeFileSync(join(elsewhere.path, 'key'), 'secret', { mode: 0o600 });
    symlinkSync(join(elsewhere.path, 'key'), file);
    expect(read).to.throw(`it is a link out of its folder, to ${join(elsewhere.path, 'key')}: name that file itself`);
    elsewhere.remove();
  });

  it('is refused if it is no file, or longer than any key', () => {
    mkdirSync(file);
    expect(read).to.throw('it is no file');
    rmSync(file, { recursive: true });
    writeFileSync(file, 'x'.repeat(65_537), { mode: 0o600 });
    expect(read).to.throw('it has more than 65536 bytes');
  });

  // Tests run as root, as others here do.
  it('is refused if another group may change it, or if it is of another account than the process', () => {
    made(0o660);
    chownSync(file, 0, 4_711);
    expect(read).to.throw("the group 4711, which is none of this process's, may change it");
    chmodSync(directory.path, 0o755);
    chmodSync(file, 0o644);
    chownSync(file, 4_712, 0);
    process.seteuid?.(4_713);
    try {
      expect(read).to.throw('it belongs to uid 4712, who can change it, and this process runs as uid 4713: chown it');
    } finally {
      process.seteuid?.(0);
    }
  });
});

describe('the files of a data directory', () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'events.db');
  const trouble = (names: readonly string[] = ['events.db']) => dataTrouble(directory.path, names);

  beforeEach(() => {
    rmSync(file, { force: true });
    writeFileSync(file, '', { mode: 0o600 });
    chmodSync(directory.path, 0o755);
  });

  after(() => directory.remove());

  it("are the owner's alone, or also those of a group of the service", () => {
    expect(trouble()).to.equal(null);
    chmodSync(file, 0o660);
    expect(trouble()).to.equal(null);
    expect(trouble(['not there'])).to.equal(null);
  });

  it('are refused if everybody may read them, as after a copy', () => {
    chmodSync(file, 0o644);
    expect(trouble()).to.include('events.db: everybody may read it (mode 0644): chmod o= it');
  });

  it('are refused if everybody may replace them', () => {
    chmodSync(directory.path, 0o777);
    expect(trouble()).to.include('everybody may replace files').and.include('take a folder of its own in it');
  });

  it('are refused if one is a link out of the folder', () => {
    const elsewhere = temporaryDirectory();
    rmSync(file);
    writeFileSync(join(elsewhere.path, 'other.db'), '', { mode: 0o600 });
    symlinkSync(join(elsewhere.path, 'other.db'), file);
    expect(trouble()).to.include('events.db: it is a link out of its folder');
    elsewhere.remove();
  });
});
