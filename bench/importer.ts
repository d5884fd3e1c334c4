import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { importDecider } from '../src/commands/import.ts';
import { metadataOf, newEvents } from '../src/commands/new-events.ts';
import { decode } from '../src/events/decode.ts';
import type { EventLog } from '../src/events/event-log.ts';
import type { DomainEvent } from '../src/events/event-types.ts';
import { newId } from '../src/events/new-id.ts';
import { streamName } from '../src/events/streams.ts';
import { postImport } from './document-request.ts';
import { ask, type HttpRequest } from './http-request.ts';
import { median } from './median.ts';
import type { Options } from './options.ts';
import { sendPaced } from './paced.ts';
import { cpuSeconds, residentMb } from './process-stats.ts';
import { type Program, registerUser, startService } from './program.ts';
import { type StoreSettings, withLog } from './stores.ts';
import { figure, printTable } from './table.ts';
import type { Workspace } from './workspace.ts';

export interface Importing {
  /** Imports a second of 200 KB each, with nothing else to do. */
  readonly perSecond: number;
  /** The p99 of 200 POSTs a second, 100 of which are performed, and with nothing performed. */
  readonly p99Ratio: number;
  /** How many imports a second were performed beside them. */
  readonly besidePerSecond: number;
  /** How much resident memory grows while a file of 100 MB is imported. */
  readonly largeFileMb: number;
  /** CPU milliseconds a second: with imports that wait for one paused organization, and without. */
  readonly waitingCpuMs: number;
  readonly idleCpuMs: number;
  /** Until the import of another organization began, in milliseconds. */
  readonly otherStartsMs: number;
}

const BYTES = 200_000;
const LARGE_BYTES = 100_000_000;
const ORGANIZATIONS = 4;
const LONGEST_MS = 300_000;

/** Measures and prints how imports are performed from a source on this machine. */
export async function measureImporter(
  workspace: Workspace,
  storesIn: (folder: string) => StoreSettings,
  options: Options,
): Promise<Importing> {
  const source = await startSource(workspace);
  const rig: Rig = { workspace, source, options };
  const alone = await measureAlone(rig, storesIn('alone'));
  const beside = await measureBeside(rig, storesIn('beside'));
  const largeFileMb = await measureLarge(rig, storesIn('large'));
  const waiting = await measureWaiting(rig, storesIn('waiting'));
  printTable(
    ['imports from a local source', ''],
    [
      ['imports a second, 200 KB each', figure(alone.perSecond, 0)],
      ['CPU µs of each', figure(alone.cpuMicrosecondsEach, 0)],
      ['imports a second beside 200 POSTs a second', figure(beside.perSecond, 0)],
      ['p99 of these POSTs, ms (without imports)', `${figure(beside.p99Ms, 1)} (${figure(beside.withoutMs, 1)})`],
      ['resident memory that 100 MB add, MB', figure(largeFileMb, 1)],
      [
        `CPU ms a second with ${figure(waiting.count, 0)} imports that wait (without)`,
        `${figure(waiting.cpuMs, 1)} (${figure(waiting.idleMs, 1)})`,
      ],
      ['until an import of another organization begins then, ms', figure(waiting.otherStartsMs, 0)],
    ],
  );
  console.log();
  return {
    perSecond: alone.perSecond,
    p99Ratio: beside.p99Ms / beside.withoutMs,
    besidePerSecond: beside.perSecond,
    largeFileMb,
    waitingCpuMs: waiting.cpuMs,
    idleCpuMs: waiting.idleMs,
    otherStartsMs: waiting.otherStartsMs,
  };
}

interface Rig {
  readonly workspace: Workspace;
  /** The port of the source. */
  readonly source: number;
  readonly options: Options;
}

async function measureAlone(rig: Rig, stores: StoreSettings) {
  const { performed } = rig.options;
  // While the service compiles its code, it is slower.
  const warmUp = Math.ceil(performed / 4);
  const count = warmUp + performed;
  await mark(rig, stores);
  const organizations = Array.from({ length: ORGANIZATIONS }, () => randomUUID());
  await withLog(stores, (log) =>
    fill(log, count, (index) => ({
      organization: organizations[index % ORGANIZATIONS] as string,
      params: { url: urlOf(rig, BYTES, String(index)) },
    })),
  );
  const service = await startImporting(rig, stores);
  await untilEnded(service, warmUp);
  const before = { cpu: cpuSeconds(service.pid), ended: await endedOf(service) };
  await untilEnded(service, count);
  const cpu = cpuSeconds(service.pid) - before.cpu;
  await service.end('SIGTERM');
  const succeeded = (await eventsOf(stores)).filter(({ type }) => type === 'ImportSucceeded');
  const seconds = (timeOf(succeeded.at(-1)) - timeOf(succeeded[warmUp - 1])) / 1_000;
  return { perSecond: performed / seconds, cpuMicrosecondsEach: (cpu * 1e6) / (count - before.ended) };
}

/** The same POSTs with and without an importer, in turn. */
async function measureBeside(rig: Rig, stores: StoreSettings) {
  const { rounds, seconds } = rig.options;
  const token = await registerUser(rig.workspace, stores);
  const p99 = { on: [] as number[], off: [] as number[] };
  let performed = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const importer of ['off', 'on'] as const) {
      // What waits from the round before is performed first.
      const service = await startImporting(rig, stores, importer);
      if (importer === 'on') await untilIdle(service);
      const post = (name: string): Promise<number[]> =>
        sendPaced({
          ...{ origin: service.origin, perSecond: 100, seconds, onAnswer: () => {} },
          request: name === '' ? postImport(token) : postUrl(token, urlOf(rig, BYTES, name)),
        });
      const before = importer === 'on' ? await endedOf(service) : 0;
      const took = (await Promise.all([post(''), post(randomUUID())])).flat().sort((one, other) => one - other);
      if (importer === 'on') performed += (await endedOf(service)) - before;
      p99[importer].push(took[Math.floor(took.length * 0.99)] as number);
      await service.end('SIGTERM');
    }
  }
  return { p99Ms: median(p99.on), withoutMs: median(p99.off), perSecond: performed / (rounds * seconds) };
}

async function measureLarge(rig: Rig, stores: StoreSettings): Promise<number> {
  const token = await registerUser(rig.workspace, stores);
  const service = await startImporting(rig, stores);
  // What is loaded for a first import is no memory of a file.
  for (let index = 0; index < 20; index += 1) await ask(service.origin, postUrl(token, urlOf(rig, BYTES, `${index}`)));
  await untilEnded(service, 20);
  await sleep(2_000);
  const before = residentMb(service.pid).now;
  let highest = before;
  await ask(service.origin, postUrl(token, urlOf(rig, LARGE_BYTES, 'large')));
  const ended = untilEnded(service, 21).then(() => true);
  while (!(await Promise.race([ended, sleep(10)]))) highest = Math.max(highest, residentMb(service.pid).now);
  await service.end('SIGTERM');
  return highest - before;
}

async function measureWaiting(rig: Rig, stores: StoreSettings) {
  const count = rig.options.waiting;
  const { idleSeconds } = rig.options;
  const token = await registerUser(rig.workspace, stores);
  await mark(rig, stores);
  const idleMs = await cpuOf(await startImporting(rig, stores), idleSeconds);
  const organization = randomUUID();
  // No connection: nothing is asked of it.
  await withLog(stores, (log) =>
    fill(log, count, () => ({ organization, params: { content_document_id: '0694I000008HV8MQAW' } })),
  );
  const service = await startImporting(rig, stores);
  await untilLevel(service);
  const cpuMs = await cpuOf(service, idleSeconds, false);
  const asked = Date.now();
  const { body } = await ask(service.origin, postUrl(token, urlOf(rig, BYTES, 'other')));
  await untilEnded(service, 1);
  await service.end('SIGTERM');
  const { id } = JSON.parse(body);
  const started = (await eventsOf(stores)).find(
    ({ type, stream }) => type === 'ImportStarted' && stream === streamName('import', id),
  );
  return { count, cpuMs, idleMs, otherStartsMs: timeOf(started) - asked };
}

/** CPU milliseconds a second of a service that nobody asks anything. */
async function cpuOf(service: Program, seconds: number, isEnded = true): Promise<number> {
  await untilLevel(service);
  await sleep(3_000);
  const before = cpuSeconds(service.pid);
  await sleep(seconds * 1_000);
  const ms = ((cpuSeconds(service.pid) - before) * 1_000) / seconds;
  if (isEnded) await service.end('SIGTERM');
  return ms;
}

async function startSource(workspace: Workspace): Promise<number> {
  const child = workspace.spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'bench/image-source.ts'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  return Number(line);
}

/** Starts the service; gives it once it is ready. */
async function startImporting({ workspace, source }: Rig, stores: StoreSettings, IMPORTER = 'on'): Promise<Program> {
  const open = { IMPORT_ALLOWED_HOSTS: '127.0.0.1', IMPORT_ALLOWED_PORTS: String(source) };
  const service = await startService(workspace, stores, { IMPORTER, ...open });
  await service.untilOk('/readyz');
  return service;
}

/** Makes the mark: what is asked for after it is performed. */
async function mark(rig: Rig, stores: StoreSettings): Promise<void> {
  const service = await startImporting(rig, stores);
  while (!(await isMarked(stores))) await sleep(100);
  await service.end('SIGTERM');
}

function isMarked(stores: StoreSettings): Promise<boolean> {
  return withLog(stores, async (log) => (await log.readStream('operations')).length > 0);
}

interface Asked {
  readonly organization: string;
  readonly params: { readonly [name: string]: string };
}

const APPENDS_AT_ONCE = 128;

/** Appends requests as the service does. */
async function fill(log: EventLog, count: number, asked: (index: number) => Asked): Promise<void> {
  const appendOne = (index: number) => {
    const { organization, params } = asked(index);
    const command = { type: 'CreateImport', organization_id: organization, import_type: null, album_id: null } as const;
    const facts = importDecider.decide({ ...command, params, redacted: [] }, importDecider.initial);
    const context = { organization_id: organization, request_id: newId() };
    return log.append(streamName('import', newId()), newEvents(facts, metadataOf(context, log.id)), 'no_stream');
  };
  for (let index = 0; index < count; index += APPENDS_AT_ONCE) {
    const length = Math.min(APPENDS_AT_ONCE, count - index);
    await Promise.all(Array.from({ length }, (_, offset) => appendOne(index + offset)));
  }
}

function urlOf({ source }: Rig, bytes: number, name: string): string {
  return `http://127.0.0.1:${source}/${bytes}/${name}`;
}

function postUrl(token: string, url: string): HttpRequest {
  return { ...postImport(token), body: `url=${encodeURIComponent(url)}` };
}

async function endedOf({ operationsOrigin }: Program): Promise<number> {
  const metrics = await (await fetch(`${operationsOrigin}/metrics`)).text();
  return Number(/^imports_ended_total\{how="succeeded"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
}

async function untilEnded(service: Program, count: number): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  while ((await endedOf(service)) < count) {
    if (performance.now() > deadline) throw new Error(`${count} imports did not end within ${LONGEST_MS / 1_000} s.`);
    await sleep(100);
  }
}

/** Until nothing has ended for a second. */
async function untilIdle(service: Program): Promise<void> {
  for (let before = -1; ; await sleep(1_000)) {
    const ended = await endedOf(service);
    if (ended === before) return;
    before = ended;
  }
}

async function untilLevel({ operationsOrigin }: Program): Promise<void> {
  for (;;) {
    const metrics = await (await fetch(`${operationsOrigin}/metrics`)).text();
    if (/^imports_projector_lag_events 0$/m.test(metrics)) return;
    await sleep(200);
  }
}

async function eventsOf(stores: StoreSettings): Promise<DomainEvent[]> {
  return withLog(stores, async (log) => {
    const events: DomainEvent[] = [];
    for (let after = 0n; ; ) {
      const page = await log.readAll(after, 1_000);
      events.push(...page.filter(({ type }) => /^Import(Started|Succeeded)$/.test(type)).map(decode));
      const last = page.at(-1);
      if (last === undefined) return events;
      after = last.position;
    }
  });
}

function timeOf(event: DomainEvent | undefined): number {
  return Date.parse(event?.metadata.occurred_at ?? '');
}
