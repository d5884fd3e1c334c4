import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { newId } from '../../../src/events/new-id.ts';
import { type EmbeddedData, embeddedData } from '../../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent } from '../../support/events.ts';
import { kill, listeningForOperators, startImports, startProcess } from '../../support/process.ts';
import { VIEWS_FILE } from '../../support/stores.ts';

describe('imports check -t, with embedded stores', () => {
  let data: EmbeddedData;

  beforeEach(async () => {
    data = embeddedData();
    await data.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED));
    await data.project();
  });

  afterEach(() => data.remove());

  it('answers where reading a file never ends, as on a file system that is frozen', async () => {
    const folder = data.env.DATA_DIR as string;
    rmSync(join(folder, VIEWS_FILE));
    execFileSync('mkfifo', [join(folder, VIEWS_FILE)]);
    const { code, stdout } = await startImports(data.env, ['check', '-t', '1', '--no-service']).ended();
    expect(stdout).to.equal(
      `CRITICAL - the stores in ${folder} did not answer within 1 s: is the file system frozen?\n`,
    );
    expect(code).to.equal(2);
  });

  it('reads the stores of a service that is stopped (SIGSTOP) all the same', async () => {
    const service = startProcess({ ...data.env, PORT: '0' });
    try {
      const url = await listeningForOperators(service);
      service.child.kill('SIGSTOP');
      const { code, stdout } = await startImports(data.env, ['check', '-t', '20', '--url', url]).ended();
      expect(stdout).to.match(/^CRITICAL - no service answers at \S+ .*, lag /);
      expect(code).to.equal(2);
    } finally {
      await kill(service, 'SIGKILL');
    }
  });
});
