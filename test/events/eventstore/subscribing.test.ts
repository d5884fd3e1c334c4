import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  type AllStreamRecordedEvent,
  EventStoreDBClient,
  type JSONEventType,
  jsonEvent,
  START,
  streamNameFilter,
} from '@eventstore/db-client';
import { expect } from 'chai';
import { eventSchemas } from '../../../src/events/event-types.ts';
import { metadataSchema } from '../../../src/events/metadata.ts';
import { type StandIn, startStandIn } from '../../support/eventstore/stand-in.ts';
import { environment } from '../../support/process.ts';
import { DOCUMENT_BODY, ORGANIZATION, startTestService, type TestService, USER } from '../../support/service.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/until.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const page = readFileSync(`${ROOT}/docs/subscribing.md`, 'utf8');

/** The client takes no interface here. */
type Metadata = {
  schema_version: number;
  occurred_at: string;
  organization_id?: string;
  user_id?: string;
  request_id: string;
  $correlationId: string;
  $causationId: string;
};
type Data = {
  organization_id: string;
  import_type: string | null;
  album_id: string | null;
  params: { [name: string]: unknown };
  redacted?: string[];
};
type ImportRequested = JSONEventType<'ImportRequested', Data, Metadata>;

/** The names in the first column of the table with this heading, in rows with this text. */
function namesUnder(heading: string, text = ''): string[] {
  const [, table = ''] = new RegExp(`^\\| ${heading} \\|.*\\n\\|[ -|]*\\n((?:\\|.*\\n)*)`, 'm').exec(page) ?? [];
  const rows = table.split('\n').filter((row) => row.includes(text));
  return rows.flatMap((row) => Array.from((row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g), ([, name = '']) => name));
}

describe('what the service writes to EventStoreDB, read by its plain client', () => {
  let server: StandIn;
  let service: TestService;
  let client: EventStoreDBClient;

  before(async () => {
    server = await startStandIn();
    service = await startTestService({ EVENTSTORE_URL: server.url, EVENTSTORE_STREAM_PREFIX: 'x_' });
    client = EventStoreDBClient.connectionString(server.url);
  });

  after(async () => {
    await client.dispose();
    await service.stop();
    await server.stop();
  });

  /** Posts an import, and gives its id. */
  async function post(body = DOCUMENT_BODY, headers: Record<string, string> = {}): Promise<string> {
    const answer = await service.post(body, headers);
    return ((await answer.json()) as { id: string }).id;
  }

  async function eventsOf(id: string) {
    const events = [];
    for await (const { event } of client.readStream<ImportRequested>(`x_import-${id}`)) events.push(event);
    return events;
  }

  it('is a stream for each import, with the type, the data and the metadata that the page names', async () => {
    const id = await post(DOCUMENT_BODY, { 'X-Request-Id': 'of-the-caller' });
    const [event, ...more] = await eventsOf(id);
    expect(more).to.deep.equal([]);
    expect(event).to.include({ type: 'ImportRequested', streamId: `x_import-${id}`, isJson: true, revision: 0n });
    const { data, metadata } = event ?? expect.fail();
    expect(data).to.deep.include({ organization_id: ORGANIZATION, import_type: 'salesforce' });
    expect(data.params).to.include({ filename: 'Image456.jpg', controller: 'api/v1/imports', action: 'create' });
    expect(namesUnder('Data of `ImportRequested`')).to.include.members(Object.keys(data));
    expect(metadata).to.include({
      schema_version: 1,
      organization_id: ORGANIZATION,
      user_id: USER,
      caller_request_id: 'of-the-caller',
      $correlationId: metadata?.request_id,
      $causationId: metadata?.request_id,
    });
    expect(metadata?.occurred_at).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('has the fields that the page names, those that may be absent marked as optional', () => {
    const { ImportRequested } = eventSchemas;
    for (const [heading, { shape }] of [
      ['Data of `ImportRequested`', ImportRequested],
      ['Metadata of every event', metadataSchema],
    ] as const) {
      expect(namesUnder(heading)).to.have.members(Object.keys(shape));
      const optional = Object.entries(shape).filter(([, field]) => field.safeParse(undefined).success);
      expect(namesUnder(heading, '| optional: ')).to.have.members(optional.map(([name]) => name));
    }
  });

  it('is bytes where JSON would change a number, with metadata that is JSON', async () => {
    const id = await post('{"album_id":"1","size":1.50}', { 'Content-Type': 'application/json' });
    const [event] = (await eventsOf(id)) as unknown as [{ isJson: boolean; data: Uint8Array; metadata: Metadata }];
    expect(event.isJson).to.equal(false);
    expect(Buffer.from(event.data).toString()).to.include('"size":1.50').and.satisfy(JSON.parse);
    expect(event.metadata).to.include({ schema_version: 1, user_id: USER });
  });

  it('is followed by the prefix of its streams, in the order of the answers', async () => {
    const ids = [await post(), await post(), await post()];
    const filter = streamNameFilter({ prefixes: ['x_import-'] });
    const subscription = client.subscribeToAll({ fromPosition: START, filter });
    const streams: string[] = [];
    for await (const { event } of subscription as AsyncIterable<{ event?: AllStreamRecordedEvent }>) {
      streams.push(event?.streamId ?? '');
      if (event?.streamId === `x_import-${ids[2]}`) break;
    }
    expect(streams.slice(-3)).to.deep.equal(ids.map((id) => `x_import-${id}`));
  });

  it('is printed by the program on the page, which goes on after the last event that it saw', async () => {
    const [, program = ''] = /^### A catch-up subscription[\s\S]*?^```js\n([\s\S]*?)^```$/m.exec(page) ?? [];
    const directory = temporaryDirectory();
    const file = `${directory.path}/position`;
    const script = program.replaceAll("'position", `'${file}`);
    const env = environment({ EVENTSTORE_URL: server.url, EVENTSTORE_STREAM_PREFIX: 'x_' });
    const printed = async (id: string) => {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
        cwd: ROOT,
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines: string[] = [];
      createInterface(child.stdout).on('line', (line) => lines.push(line));
      await until('it is printed', () => lines.at(-1)?.includes(id), 20_000);
      const { position } = server.events().find(({ stream }) => stream === `x_import-${id}`) ?? expect.fail();
      await until('its place is kept', () => existsSync(file) && readFileSync(file, 'utf8').startsWith(`${position} `));
      child.kill();
      return lines;
    };
    const bytes = await post('{"album_id":"of bytes","size":1.50}', { 'Content-Type': 'application/json' });
    expect((await printed(bytes)).at(-1)).to.match(
      new RegExp(`^x_import-${bytes} ImportRequested [0-9a-f-]{36} \\S+Z of bytes$`),
    );
    const next = await post();
    expect(await printed(next)).to.have.length(1);
    directory.remove();
  });

  it('stays as it is if another application writes to streams with these names, which is counted', async () => {
    const id = await post();
    for (const stream of [`x_import-${randomUUID()}`, `x_import-${id}`, 'x_operations', 'import-1']) {
      await client.appendToStream(stream, jsonEvent({ type: 'ImportRequested', data: {}, metadata: { theirs: true } }));
    }
    const ours = await post();
    await service.service.services.follower.whenLevel();
    const metrics = await (await fetch(`${service.operationsUrl}/metrics`)).text();
    expect(metrics)
      .to.match(/^imports_log_foreign_events_total 3$/m)
      .and.match(/^imports_projector_events_set_aside 0$/m)
      .and.match(/^imports_projector_events_unknown 0$/m);
    for (const each of [id, ours]) expect((await service.request(`/api/v1/imports/${each}`)).status).to.equal(200);
    const events = await service.request(`/api/v1/imports/${id}/events`);
    expect(await events.json()).to.have.length(1);
  });
});
