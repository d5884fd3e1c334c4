import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import type { EventLog, RecordedEvent } from '../../../src/events/event-log.ts';
import { makeEventStoreLog } from '../../../src/events/eventstore/eventstore-log-in-making.ts';
import { openEventStoreLog } from '../../../src/events/eventstore/open.ts';
import { serviceMark } from '../../../src/events/service-mark.ts';
import { accessStream } from '../../../src/events/streams.ts';
import { placeOf } from '../../../src/importer/blobs/blob-store.ts';
import { readConfig } from '../../../src/settings/config.ts';
import { sha256Of } from '../../importer/blobs/drafted.ts';
import { imageEvent } from '../../operations/backup/backed-up.ts';
import { type EmbeddedData, embeddedData } from '../../support/embedded-data.ts';
import { newEvent, USER_REGISTERED } from '../../support/events.ts';
import { startStandIn } from '../../support/eventstore/stand-in.ts';
import { imports } from '../../support/imports.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { JWT_SECRET } from '../../support/service.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const BYTES = Buffer.from('the bytes of an image');

describe('npx imports restore, into EventStoreDB', () => {
  let data: EmbeddedData;
  let directory: ReturnType<typeof temporaryDirectory>;
  let server: Awaited<ReturnType<typeof startStandIn>>;
  let env: NodeJS.ProcessEnv;
  /** The log as the backup has it. */
  let id: string;
  let events: RecordedEvent[];

  beforeEach(async () => {
    [data, directory, server] = [embeddedData(), temporaryDirectory(), await startStandIn()];
    await data.append('user-f1900bba-e339-4dc9-87df-9dc8665adead', newEvent(USER_REGISTERED));
    const image = imageEvent(BYTES);
    await data.append(image.stream, ...image.events);
    const blob = join(data.env.DATA_DIR as string, 'blobs', placeOf(sha256Of(BYTES)));
    mkdirSync(dirname(blob), { recursive: true });
    writeFileSync(blob, BYTES);
    [id, events] = await data.with(async (log) => [log.id, await log.readAll(0n, 100)]);
    const backedUp = await imports(data.env, 'backup', join(directory.path, 'backup'));
    expect(backedUp.code, backedUp.stderr).to.equal(0);
    const [dataDir, blobs] = [join(directory.path, 'data'), join(directory.path, 'blobs')];
    for (const folder of [dataDir, blobs]) mkdirSync(folder);
    env = { NODE_ENV: 'production', JWT_SECRET, DATA_DIR: dataDir, EVENTSTORE_URL: server.url };
    env.BLOBS_URL = pathToFileURL(blobs).href;
  });

  afterEach(async () => {
    await server.stop();
    data.remove();
    directory.remove();
  });

  const restore = () => imports(env, 'restore', join(directory.path, 'backup'), '--yes');
  const open = (): Promise<EventLog> => openEventStoreLog({ url: server.url, isMade: false });
  const withoutPlace = ({ position: _, ...event }: RecordedEvent) => event;

  async function all(): Promise<ReturnType<typeof withoutPlace>[]> {
    const log = await open();
    expect(log.id).to.equal(id);
    const found = await log.readAll(0n, 1_000);
    await log.close();
    return found.map(withoutPlace);
  }

  it('brings back the same log, and never writes over it', async () => {
    const { code, stderr } = await restore();
    expect(code, stderr).to.equal(0);
    const log = await open();
    await log.close();
    const config = readConfig(env);
    expect(serviceMark(config, log), 'a server of the same name is another installation').not.to.equal(
      serviceMark(config, { id }),
    );
    expect(JSON.parse(readFileSync(join(directory.path, 'blobs/owner.json'), 'utf8')).service).to.equal(
      serviceMark(config, log),
    );
    const found = await all();
    expect(found.slice(0, -1)).to.deep.equal(events.map(withoutPlace));
    expect(found.at(-1)).to.include({ type: 'LogRestored', stream: accessStream(id) });
    const again = await restore();
    expect(again.code).to.equal(1);
    expect(again.stderr).to.contain(`EventStoreDB has the log ${id}, and a log is never written over`);
  });

  it('goes on with a restore that was killed, whose log nobody can use before', async () => {
    const making = await makeEventStoreLog({ url: server.url, making: id });
    await making.take(events.slice(0, 2));
    await making.close();
    expect((await rejectionOf(open())).message).to.contain(`the log ${id} is not whole`);
    const refused = rejectionOf(makeEventStoreLog({ url: server.url, making: '5c3b1b0e-0000-4000-8000-000000000001' }));
    expect(await refused).to.include({ code: 'log_there' });
    expect((await restore()).code).to.equal(0);
    expect((await all()).slice(0, -1)).to.deep.equal(events.map(withoutPlace));
  });
});
