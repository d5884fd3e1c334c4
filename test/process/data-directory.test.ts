import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type StandIn, startStandIn } from '../support/eventstore/stand-in.ts';
import { imports } from '../support/imports.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { JWT_SECRET } from '../support/service.ts';
import { startHere } from '../support/start-here.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** With the log in EventStoreDB, and so only the views in `DATA_DIR`. */
describe('a DATA_DIR that cannot be one', () => {
  const directory = temporaryDirectory();
  let eventStore: StandIn;

  before(async () => {
    eventStore = await startStandIn();
    writeFileSync(join(directory.path, 'file'), '');
    symlinkSync(join(directory.path, 'nowhere'), join(directory.path, 'link'));
    // The log is there.
    const env = { JWT_SECRET, EVENTSTORE_URL: eventStore.url, DATA_DIR: join(directory.path, 'data') };
    await imports(env, 'users', 'add', '--organization', '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83');
  });

  after(async () => {
    await eventStore.stop();
    directory.remove();
  });

  for (const [what, path, reason] of [
    ['a file', 'file', 'it is no directory'],
    ['in a file', 'file/data', 'a part of that path is no directory'],
    ['a link that leads nowhere', 'link', 'it is a link to .*nowhere, which is not there: make that directory'],
  ] as const) {
    it(`since it is ${what}, is named by the service and by every command`, async () => {
      const env = { JWT_SECRET, PORT: '0', EVENTSTORE_URL: eventStore.url, DATA_DIR: join(directory.path, path) };
      const says = new RegExp(`DATA_DIR \\S+/${path} cannot be used: ${reason}`);
      expect((await rejectionOf(startHere(env))).message).to.match(says);
      const ended = [
        await imports(env, 'users', 'list'),
        await imports(env, 'status', '--no-service'),
        await imports(env, 'verify'),
      ];
      for (const { code, stderr } of ended) {
        expect(code).to.equal(1);
        expect(stderr).to.match(says);
      }
    });
  }
});
