import { getImport, postImport } from './document-request.ts';
import { drive } from './drive.ts';
import type { HttpRequest } from './http-request.ts';
import type { LoadResult } from './load.ts';
import { loggedImports } from './logged-imports.ts';
import { median } from './median.ts';
import type { Options } from './options.ts';
import { cpuSeconds, residentMb } from './process-stats.ts';
import { type Program, registerUser, startPlain, startService, startStoring } from './program.ts';
import { assertSameAnswer } from './same-answer.ts';
import { type StoreCalls, storeCalls } from './store-calls.ts';
import type { StoreSettings } from './stores.ts';
import { figure, printTable } from './table.ts';
import type { Workspace } from './workspace.ts';

const CONTENDERS = ['plain POST', 'storing POST', 'service POST', 'service GET'] as const;
type Contender = (typeof CONTENDERS)[number];

/** How many different imports the GETs ask for. */
const IDS = 1_000;

interface Measured extends LoadResult {
  readonly perSecond: number;
  readonly cpuMicrosecondsEach: number;
  /** Calls to the log and to the read model, for each request. */
  readonly appendsEach: number;
  readonly readModelCallsEach: number;
}

type Round = { readonly [C in Contender]: Measured };

/** The values for the goals, at one number of connections. */
export interface Throughput {
  readonly connections: number;
  /** The service's POSTs and GETs, divided by the plain program's POSTs. */
  readonly postRatio: number;
  readonly getRatio: number;
  /** The 99th percentile of the service's POSTs, divided by the plain program's. */
  readonly p99Ratio: number;
  /** The median of the service's POSTs, divided by that of the plain program that stores. */
  readonly storingRatio: number;
  /** The CPU time of a POST in milliseconds: of the service, and of the plain program that stores. */
  readonly postCpuMs: number;
  readonly storingCpuMs: number;
  /** Calls to the log and to the read model for each POST. */
  readonly appendsEach: number;
  readonly readModelCallsEach: number;
}

const NO_CALLS: StoreCalls = { log: Number.NaN, readModel: Number.NaN };

/**
 * Measures both programs in turn and prints their requests a second, latency, CPU and calls to the stores.
 * @param logEnd the end of the log before the run
 * @throws Error if a request failed, or if the log does not hold exactly the acknowledged imports
 */
export async function measureThroughput(
  workspace: Workspace,
  stores: StoreSettings,
  logEnd: bigint,
  options: Options,
): Promise<Throughput[]> {
  const token = await registerUser(workspace, stores);
  const service = await startService(workspace, stores);
  const plain = await startPlain(workspace);
  const storing = await startStoring(workspace, stores);
  await service.untilOk('/readyz');
  await plain.untilOk('/livez');
  await storing.untilOk('/livez');
  const post = [postImport(token)];
  await assertSameAnswer(service.origin, plain.origin, postImport(token));
  // Imports with an acknowledgement, and those whose answer was cut off by the end of a measurement.
  let acknowledged = 1;
  let cutOff = 0;

  async function measure(
    program: Program,
    requests: readonly HttpRequest[],
    connections: number,
    seconds: number,
  ): Promise<Measured> {
    const callsSoFar = () => (program === service ? storeCalls(service.operationsOrigin) : NO_CALLS);
    const callsBefore = await callsSoFar();
    const cpuBefore = cpuSeconds(program.pid);
    const result = await drive(options.load, workspace, { origin: program.origin, requests, connections, seconds });
    const cpu = cpuSeconds(program.pid) - cpuBefore;
    const calls = await callsSoFar();
    if (program === service && requests === post) {
      acknowledged += result.answers;
      cutOff += connections;
    }
    const perSecond = result.answers / result.seconds;
    // Includes those that were cut off at the end of the measurement, since the program handles them, too.
    const requested = result.answers + connections;
    return {
      ...result,
      perSecond,
      cpuMicrosecondsEach: (cpu * 1e6) / result.answers,
      appendsEach: (calls.log - callsBefore.log) / requested,
      readModelCallsEach: (calls.readModel - callsBefore.readModel) / requested,
    };
  }

  const most = Math.max(...options.connections);
  await measure(plain, post, most, options.warmUpSeconds);
  await measure(storing, post, most, options.warmUpSeconds);
  await measure(service, post, most, options.warmUpSeconds);
  const gets = (await loggedImports(stores, logEnd, IDS)).map((id) => getImport(id, token));
  await measure(service, gets, most, options.warmUpSeconds);

  const targets: { readonly [C in Contender]: readonly [Program, readonly HttpRequest[]] } = {
    'plain POST': [plain, post],
    'storing POST': [storing, post],
    'service POST': [service, post],
    'service GET': [service, gets],
  };
  const rounds = new Map(options.connections.map((connections) => [connections, [] as Round[]]));
  for (let number = 0; number < options.rounds; number += 1) {
    for (const [connections, measured] of rounds) {
      const round: Partial<Record<Contender, Measured>> = {};
      // Forwards and backwards, so that none of them is always the first.
      for (const contender of number % 2 === 0 ? CONTENDERS : CONTENDERS.toReversed()) {
        round[contender] = await measure(...targets[contender], connections, options.seconds);
      }
      measured.push(round as Round);
    }
  }
  const memory = residentMb(service.pid);
  // It cannot write anything more: what was acknowledged must be in the log by now.
  await service.end('SIGKILL');
  await plain.end('SIGTERM');
  await storing.end('SIGTERM');
  print(rounds);
  console.log(
    `\nThe service's resident memory after that: ${figure(memory.now, 0)} MB, ${figure(memory.highest, 0)} MB at most.`,
  );
  assertLogged((await loggedImports(stores, logEnd)).length, acknowledged, cutOff);
  return [...rounds].map(([connections, measured]) => ({
    connections,
    postRatio: median(ratios(measured, 'service POST')),
    getRatio: median(ratios(measured, 'service GET')),
    p99Ratio: median(measured.map((round) => round['service POST'].p99Ms / round['plain POST'].p99Ms)),
    postCpuMs: median(measured.map((round) => round['service POST'].cpuMicrosecondsEach / 1000)),
    storingCpuMs: median(measured.map((round) => round['storing POST'].cpuMicrosecondsEach / 1000)),
    storingRatio: median(measured.map((round) => round['service POST'].p50Ms / round['storing POST'].p50Ms)),
    appendsEach: median(measured.map((round) => round['service POST'].appendsEach)),
    readModelCallsEach: median(measured.map((round) => round['service POST'].readModelCallsEach)),
  }));
}

function assertLogged(logged: number, acknowledged: number, cutOff: number): void {
  const text = `The log holds ${figure(logged, 0)} imports; ${figure(acknowledged, 0)} POSTs were acknowledged`;
  if (logged < acknowledged) throw new Error(`${text}: some were lost.`);
  if (logged > acknowledged + cutOff) throw new Error(`${text}: there are more than were asked for.`);
  const unknown = logged - acknowledged;
  console.log(`${text} (the service was killed right after), ${unknown} more were under way as a measurement ended.\n`);
}

/** Compares the measurements of the same round. */
function ratios(rounds: readonly Round[], contender: Contender): number[] {
  return rounds.map((round) => round[contender].perSecond / round['plain POST'].perSecond);
}

function print(rounds: ReadonlyMap<number, readonly Round[]>): void {
  const rows: string[][] = [];
  for (const [connections, measured] of rounds) {
    for (const contender of CONTENDERS) {
      const middle = (member: keyof Measured) => median(measured.map((round) => round[contender][member]));
      const each = ratios(measured, contender);
      rows.push([
        contender,
        String(connections),
        figure(middle('perSecond'), 0),
        figure(middle('p50Ms'), 2),
        figure(middle('p99Ms'), 2),
        figure(middle('cpuMicrosecondsEach'), 0),
        figure(middle('appendsEach'), 2),
        figure(middle('readModelCallsEach'), 2),
        figure(median(each), 2),
        each.map((ratio) => figure(ratio, 2)).join(' '),
      ]);
    }
  }
  const calls = ['appends each', 'view calls each'];
  printTable(
    [
      'medians',
      'connections',
      'requests/s',
      'p50 ms',
      'p99 ms',
      'CPU µs each',
      ...calls,
      'ratio',
      'ratio in each round',
    ],
    rows,
  );
  console.log(
    '\nAppends and view calls (to the read model) are counted as they are sent, the follower’s too: transactions of the ' +
      'embedded stores, whose\nreads are no calls; appends to EventStoreDB; commands to MongoDB.',
  );
}
