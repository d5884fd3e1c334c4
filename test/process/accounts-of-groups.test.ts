import { chmodSync, chownSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { kill, listening, startAs, startImports } from '../support/process.ts';
import { ORGANIZATION } from '../support/service.ts';
import { until } from '../support/until.ts';
import { othersDirectory, STRANGER } from './others-directory.ts';

const ADD = ['users', 'add', '--organization', ORGANIZATION];

/** The command line, in a process of its own, which may become another account's. */
const imports = (env: NodeJS.ProcessEnv, ...args: string[]) => startImports(env, args).ended();

describe('a data directory of root that the service', () => {
  const directory = othersDirectory();

  for (const [how, group, mode] of [
    ['by its group', STRANGER, 0o770],
    ['by a group that its account is given', 5_000, 0o770],
    ['by its group, which is that of new files', 5_000, 0o2770],
    ['by its mode', 0, 0o1777],
  ] as const) {
    it(`has ${how} gets no file of root's among those of the service`, async function () {
      this.timeout(60_000);
      const { folder, env, running } = directory;
      chownSync(folder, 0, group);
      chmodSync(folder, mode);
      const service = startAs(STRANGER, env, 'start.js', [], group === STRANGER ? undefined : group);
      running.push(service);
      const url = await listening(service);
      await until('it is ready', async () => (await fetch(`${url}/readyz`)).status === 200);
      const others = () => readdirSync(folder).filter((name) => statSync(join(folder, name)).uid !== STRANGER);
      expect((await imports(env, 'replay', '--yes')).code).to.equal(0);
      expect(others()).to.deep.equal([]);
      await kill(service, 'SIGTERM');
      for (const name of readdirSync(folder)) if (name.startsWith('views')) rmSync(join(folder, name));
      expect((await imports(env, ...ADD)).code).to.equal(0);
      expect(others()).to.deep.equal([]);
      const again = startAs(STRANGER, env, 'cli/start.js', ADD, group === STRANGER ? undefined : group);
      expect((await again.ended()).code).to.equal(0);
      expect(others()).to.deep.equal([]);
      for (const name of readdirSync(folder)) if (name.startsWith('events')) rmSync(join(folder, name));
      await imports(env, ...ADD);
      expect(readdirSync(folder)).to.include('events.db');
      expect(others(), 'where only the views are left').to.deep.equal([]);
    });
  }
});
