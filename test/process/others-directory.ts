import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { kill, type TestProcess } from '../support/process.ts';
import { JWT_SECRET } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** The account `nobody`, as every Linux has it: the service's. */
export const NOBODY = 65_534;

/** An account that no machine has a name for. */
export const STRANGER = 12_345;

/** The settings of a service, without its data directory. */
export const USUAL = { NODE_ENV: 'production', JWT_SECRET, PORT: '0' };

/** A data directory of the account `nobody`, made before each test of a `describe`. Without root its tests are pending: nobody else can be somebody else. */
export function othersDirectory() {
  const others = {
    directory: undefined as unknown as ReturnType<typeof temporaryDirectory>,
    folder: '',
    env: {} as NodeJS.ProcessEnv,
    /** Killed after each test. */
    running: [] as TestProcess[],
  };

  before(function () {
    if (process.getuid?.() !== 0) this.skip();
  });

  beforeEach(() => {
    others.directory = temporaryDirectory();
    chmodSync(others.directory.path, 0o755);
    others.folder = join(others.directory.path, 'data');
    mkdirSync(others.folder, { mode: 0o700 });
    chownSync(others.folder, NOBODY, NOBODY);
    others.env = { ...USUAL, DATA_DIR: others.folder };
  });

  afterEach(async () => {
    await Promise.all(others.running.splice(0).map((service) => kill(service, 'SIGKILL')));
    others.directory.remove();
  });

  return others;
}
