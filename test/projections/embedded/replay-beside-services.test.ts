import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openEmbeddedLog } from '../../../src/events/embedded/open.ts';
import type { EventLog } from '../../../src/events/event-log.ts';
import { openEmbeddedReadModel } from '../../../src/projections/embedded/embedded-read-model.ts';
import { Follower } from '../../../src/projections/follower.ts';
import { InlineProjector } from '../../../src/projections/inline-projector.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const PROGRAM = fileURLToPath(new URL('./serving-process.ts', import.meta.url));
const ROUNDS = 8;
const silent = { info: () => {}, warn: () => {} };

describe('replays beside two services that never pause', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let log: EventLog;
  let readModel: ReadModel;
  let follower: Follower;

  beforeEach(async () => {
    directory = temporaryDirectory();
    log = await openEmbeddedLog({ file: join(directory.path, 'events.db') });
    readModel = await openEmbeddedReadModel({ file: join(directory.path, 'views.db') });
    follower = new Follower(log, readModel, new InlineProjector(readModel), silent);
    follower.start();
  });

  afterEach(async () => {
    await follower.stop();
    await readModel.close();
    await log.close();
    directory.remove();
  });

  const start = (role: 'serve' | 'replay'): ChildProcess =>
    spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM, directory.path, role], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });

  it('lose no view of an acknowledged event, though they are killed again and again', async () => {
    const services = [start('serve'), start('serve')];
    const printed = services.map((service) => text(service.stdout as NodeJS.ReadableStream));
    let isServing = true;
    const watching = watchCheckpoint(() => isServing);
    for (let round = 0; round < ROUNDS; round += 1) {
      const replaying = start('replay');
      const stdout = replaying.stdout as NodeJS.ReadableStream;
      // At any moment, from before it has opened anything; in every other round, once it has put one in place.
      if (round % 2 === 1) await once(stdout, 'data');
      await sleep(Math.random() * 800);
      replaying.kill('SIGKILL');
      await once(replaying, 'close');
    }
    for (const service of services) service.stdin?.end();
    const codes = await Promise.all(services.map(async (service) => (await once(service, 'exit'))[0]));
    expect(codes).to.deep.equal([0, 0]);
    isServing = false;
    await watching;
    const ids = (await Promise.all(printed)).flatMap((lines) => lines.trim().split('\n'));
    expect(ids.length).to.be.above(10);
    expect(Number(await log.head())).to.equal(ids.length);
    await new Follower(log, readModel, new InlineProjector(readModel), silent).untilLevel();
    const views = await readModel.getMany('import', ids);
    expect(ids.filter((id) => !views.has(id))).to.deep.equal([]);
  });

  /** What the checkpoint has passed is in the views, at any moment; between two versions that cannot be told. */
  async function watchCheckpoint(isOn: () => boolean): Promise<void> {
    while (isOn()) {
      await sleep(1);
      const before = await readModel.checkpoint();
      const position = before?.position ?? 0n;
      const events = position === 0n ? [] : await log.readAll(position > 50n ? position - 50n : 0n, 50);
      const ids = events.filter((event) => event.position <= position).map(({ stream }) => stream.slice(7));
      const views = await readModel.getMany('import', ids);
      const after = await readModel.checkpoint();
      if (after?.generation !== before?.generation) continue;
      expect(ids.filter((id) => !views.has(id))).to.deep.equal([]);
    }
  }
});
