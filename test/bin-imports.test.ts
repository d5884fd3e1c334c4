import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type EmbeddedData, embeddedData } from './support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent } from './support/events.ts';

const PROGRAM = fileURLToPath(new URL('../bin/imports', import.meta.url));

describe('bin/imports', () => {
  let data: EmbeddedData;

  beforeEach(() => {
    data = embeddedData();
  });

  afterEach(() => data.remove());

  it('works through links from any folder, whose name may be odd, and keeps that folder and the environment', async () => {
    const folder = data.env.DATA_DIR as string;
    const id = 'f1900bba-e339-4dc9-87df-9dc8665adead';
    await data.append(`import-${id}`, newEvent(IMPORT_REQUESTED));
    const elsewhere = join(folder, 'a folder');
    mkdirSync(elsewhere);
    symlinkSync(PROGRAM, join(elsewhere, 'first'));
    symlinkSync('first', join(elsewhere, 'imports'));
    // The data directory is found from the folder that it is called in; no npm and no Node need be on the path.
    const env = { ...data.env, DATA_DIR: '..', PATH: '/usr/bin:/bin' };
    const printed = execFileSync('./imports', ['events', '--json'], { cwd: elsewhere, env, encoding: 'utf8' });
    expect(JSON.parse(printed)).to.include({ stream: `import-${id}` });
    expect(
      execFileSync('imports', ['--version'], { env: { PATH: `${elsewhere}:/usr/bin:/bin` }, encoding: 'utf8' }),
    ).to.match(/^\d+\.\d+\.\d+\n$/);
  });
});
