import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { BadConfig } from '../../src/errors/bad-config.ts';
import { readConfig } from '../../src/settings/config.ts';
import { JWT_SECRET } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const NEWER = 'a newer secret of the tests; long enough for HS256';

describe('settings in files', () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'setting');

  beforeEach(() => rmSync(file, { force: true }));

  after(() => directory.remove());

  const holding = (text: string) => {
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };

  it('are those of the secret and of the stores', () => {
    expect(readConfig({ JWT_SECRET_FILE: holding(JWT_SECRET) }).jwtSecrets).to.deep.equal([JWT_SECRET]);
    const stores = { EVENTSTORE_URL_FILE: holding('esdb://name:password@host:2113') };
    expect(readConfig(stores, false).eventStoreUrl).to.equal('esdb://name:password@host:2113');
    expect(readConfig({ MONGODB_URL_FILE: holding('mongodb://host/imports') }, false).mongodbUrl).to.equal(
      'mongodb://host/imports',
    );
  });

  it('lose one line break at their end, and nothing else', () => {
    for (const end of ['\n', '\r\n']) {
      expect(readConfig({ JWT_SECRET_FILE: holding(`${JWT_SECRET}${end}`) }).jwtSecrets).to.deep.equal([JWT_SECRET]);
    }
    expect(readConfig({ JWT_SECRET_FILE: holding(`${JWT_SECRET}\n\n`) }).jwtSecrets).to.deep.equal([`${JWT_SECRET}\n`]);
  });

  it('may hold several keys', () => {
    expect(readConfig({ JWT_SECRET_FILE: holding(`${NEWER},${NEWER}2\n`) }).jwtSecrets).to.deep.equal([
      NEWER,
      `${NEWER}2`,
    ]);
  });

  it('make production of it, as the setting itself does', () => {
    expect(readConfig({ JWT_SECRET_FILE: holding(JWT_SECRET) }).production).to.equal(true);
    // Also where nothing is signed, and the file may not be readable.
    expect(readConfig({ JWT_SECRET_FILE: join(directory.path, 'missing') }, false).production).to.equal(true);
  });

  it('are refused beside the setting itself', () => {
    expect(() => readConfig({ JWT_SECRET, JWT_SECRET_FILE: holding(JWT_SECRET) })).to.throw(
      BadConfig,
      'JWT_SECRET and JWT_SECRET_FILE are both set: set one of them',
    );
  });

  it('are refused with the reason if they are missing, empty or too open; none of it is shown', () => {
    const missing = join(directory.path, 'missing');
    expect(() => readConfig({ JWT_SECRET_FILE: missing })).to.throw(
      `JWT_SECRET_FILE ${missing}: there is no such file`,
    );
    expect(() => readConfig({ MONGODB_URL_FILE: holding('\n') }, false)).to.throw(`_FILE ${file}: it is empty`);
    holding(JWT_SECRET);
    chmodSync(file, 0o644);
    expect(() => readConfig({ JWT_SECRET_FILE: file })).to.throw(/setting: everybody may read it \(mode 0644\)/);
    rmSync(file);
    try {
      readConfig({ JWT_SECRET_FILE: holding('too short') });
      expect.fail('it is taken');
    } catch (error) {
      expect((error as Error).message)
        .to.include('JWT_SECRET must have at least 32 bytes')
        .and.not.include('too short');
    }
  });
});
