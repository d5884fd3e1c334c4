import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import type { OfOthers } from '../../src/stores/adoption.ts';
import { startStandIn } from '../support/eventstore/stand-in.ts';
import { imports } from '../support/imports.ts';
import { describeWithMongodb, freshDatabase } from '../support/mongodb.ts';
import { kill, listening, startImports, startProcess, type TestProcess } from '../support/process.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { DOCUMENT_BODY, JWT_SECRET, ORGANIZATION, USER } from '../support/service.ts';
import { type StartedHere, startHere } from '../support/start-here.ts';
import { VIEWS_FILE } from '../support/stores.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const REFUSED = /The views belong to another event log: log [0-9a-f-]{36}, up to its position \d+. This is log/;

/** Two logs, each with a user who is in both and one import that is in one of them, and views that can be but one log's. */
interface Place {
  /** The settings of the log whose views they are, and of the other one. */
  readonly ours: NodeJS.ProcessEnv;
  readonly theirs: NodeJS.ProcessEnv;
  /** What is in the views, whatever that is. */
  views(): Promise<string>;
  remove(): Promise<void>;
}

function describeIn(title: string, describeIt: typeof describe, make: () => Promise<Place>): void {
  describeIt(title, () => {
    let place: Place;
    const running: TestProcess[] = [];

    beforeEach(async () => {
      place = await make();
    });

    afterEach(async () => {
      await Promise.all(running.splice(0).map((service) => kill(service, 'SIGKILL')));
      await Promise.all(startedHere.splice(0).map((service) => service.stop(0)));
      await place?.remove();
    });

    async function start(env: NodeJS.ProcessEnv, ...args: string[]) {
      const service = startProcess({ ...env, PORT: '0' }, undefined, undefined, args);
      running.push(service);
      return { url: await listening(service) };
    }
    const ready = (url: string) => until('it is ready', async () => (await fetch(`${url}/readyz`)).status === 200);
    const startedHere: StartedHere[] = [];
    const startHereOn = async (env: NodeJS.ProcessEnv, ofOthers?: OfOthers) => {
      const service = await startHere(env, undefined, ofOthers);
      startedHere.push(service);
      return service;
    };
    const refusal = async (env: NodeJS.ProcessEnv) => (await rejectionOf(startHereOn(env))).message;
    async function tokenOf(env: NodeJS.ProcessEnv): Promise<string> {
      return (await imports(env, 'token', '--user', USER)).stdout.trim();
    }
    async function post(url: string, token: string): Promise<string> {
      const headers = { Authorization: `Token ${token}`, 'Content-Type': 'application/x-www-form-urlencoded' };
      const answer = await fetch(`${url}/api/v1/imports`, { method: 'POST', body: DOCUMENT_BODY, headers });
      expect(answer.status).to.equal(200);
      return ((await answer.json()) as { id: string }).id;
    }
    async function list(url: string, token: string): Promise<string[]> {
      const answer = await fetch(`${url}/api/v1/imports`, { headers: { Authorization: `Token ${token}` } });
      return ((await answer.json()) as { id: string }[]).map(({ id }) => id);
    }

    it('are refused by a start and by every command that uses views, and nothing of them is touched', async function () {
      this.timeout(60_000);
      const before = await place.views();
      expect(await refusal(place.theirs))
        .to.match(REFUSED)
        .and.match(/npm start -- --adopt/);
      for (const command of [
        'users list',
        'secrets list',
        `users add --organization ${ORGANIZATION}`,
        `users remove ${USER} --yes`,
        `secrets add --organization ${ORGANIZATION}`,
        'quarantine list',
        'quarantine retry --all',
        'verify --all',
        'verify --all --repair --yes',
        'replay --yes',
        'replay --dry-run',
        'status --no-service',
      ]) {
        const ended = await imports(place.theirs, ...command.split(' '));
        expect(ended.code, command).to.equal(1);
        expect(ended.stdout + ended.stderr, command).to.match(REFUSED);
        expect(await place.views(), command).to.equal(before);
      }
      const checked = await imports(place.theirs, 'check', '--no-service');
      expect(checked.code).to.equal(2);
      expect(checked.stdout).to.match(/^CRITICAL - The views belong to another event log/);
      // Nothing was issued, either: the log has what it had.
      expect((await imports(place.theirs, 'events', '--json')).stdout.trim().split('\n')).to.have.length(1);
      expect(await place.views()).to.equal(before);
    });

    it('are built anew for who says that this is meant', async () => {
      const { url } = await start(place.theirs, '--adopt');
      await ready(url);
      const token = await tokenOf(place.theirs);
      const id = await post(url, token);
      expect(await list(url, token)).to.deep.equal([id]);
      // From now on they are this log's: it needs no word for that, and the other one does.
      await kill(running.pop() as TestProcess, 'SIGTERM');
      expect((await imports(place.theirs, 'users', 'list')).code).to.equal(0);
      expect(await refusal(place.ours)).to.match(REFUSED);
    });

    it('are built anew by a replay that says so', async () => {
      const replayed = await startImports(place.theirs, ['replay', '--adopt', '--yes']).ended();
      expect(replayed.code, replayed.stderr).to.equal(0);
      expect((await imports(place.theirs, 'verify', '--all')).stderr).to.match(/no difference/);
      expect(await refusal(place.ours)).to.match(REFUSED);
    });

    it('are not touched any more by a service whose views were taken, and it says so', async () => {
      const ours = await startHereOn(place.ours);
      await ready(ours.url);
      const token = await tokenOf(place.ours);
      await post(ours.url, token);
      const theirs = await startHereOn(place.theirs, { operator: 'eve', host: 'here' });
      await ready(theirs.url);
      const { readiness } = await until('it is not ready', async () => {
        const answer = await fetch(`${ours.operationsUrl}/readyz`);
        return answer.status === 503 ? { readiness: (await answer.json()) as { projector: string } } : null;
      });
      await until('it says why', async () =>
        REFUSED.test(((await (await fetch(`${ours.operationsUrl}/readyz`)).json()) as { projector: string }).projector),
      );
      expect(readiness).to.have.property('projector');
      const before = await place.views();
      // It goes on taking requests: they are in its log.
      await post(ours.url, token);
      expect(await place.views()).to.equal(before);
      await ready(theirs.url);
      expect((await imports(place.theirs, 'verify', '--all')).stderr).to.match(/no difference/);
    });
  });
}

async function addUser(env: NodeJS.ProcessEnv): Promise<void> {
  expect((await imports(env, 'users', 'add', '--user', USER, '--organization', ORGANIZATION)).code).to.equal(0);
}

describeIn('the views of another log, in a folder', describe, async () => {
  const directory = temporaryDirectory();
  const eventStore = await startStandIn();
  const DATA_DIR = join(directory.path, 'shared');
  const theirs = { NODE_ENV: 'production', JWT_SECRET, DATA_DIR };
  const ours = { ...theirs, EVENTSTORE_URL: eventStore.url };
  const elsewhere = join(directory.path, 'elsewhere');
  await addUser({ ...theirs, DATA_DIR: elsewhere });
  await addUser(ours);
  cpSync(join(elsewhere, 'events.db'), join(DATA_DIR, 'events.db'));
  return {
    ours,
    theirs,
    async views() {
      const database = new DatabaseSync(join(DATA_DIR, VIEWS_FILE), { readOnly: true });
      try {
        const tables = ['imports', 'users', 'secrets', 'checkpoint', 'quarantine'];
        return JSON.stringify(tables.map((table) => database.prepare(`SELECT * FROM ${table}`).all()));
      } finally {
        database.close();
      }
    },
    async remove() {
      await eventStore.stop();
      directory.remove();
    },
  };
});

describeIn('the views of another log, in a database', describeWithMongodb as typeof describe, async () => {
  const directory = temporaryDirectory();
  const mongodb = await freshDatabase();
  const shared = { NODE_ENV: 'production', JWT_SECRET };
  const ours = { ...shared, DATA_DIR: join(directory.path, 'ours'), MONGODB_URL: mongodb.url };
  const theirs = { ...ours, DATA_DIR: join(directory.path, 'theirs') };
  await addUser({ ...theirs, MONGODB_URL: '' });
  await addUser(ours);
  return {
    ours,
    theirs,
    async views() {
      const client = await MongoClient.connect(mongodb.url);
      try {
        // Nodes renew and remove their leases all the time.
        const collections = (await client.db().listCollections().toArray()).filter(
          ({ name }) => name !== 'webhook_leases',
        );
        const names = collections.map(({ name }) => name).sort();
        const all = names.map(async (name) => {
          const documents = await client.db().collection(name).find().sort({ _id: 1 }).toArray();
          return `${name} ${documents.map((document) => JSON.stringify(document)).join()}`;
        });
        return (await Promise.all(all)).join('\n');
      } finally {
        await client.close();
      }
    },
    async remove() {
      await mongodb.drop();
      directory.remove();
    },
  };
});
