import { setTimeout as sleep } from 'node:timers/promises';
import { postImport } from './document-request.ts';
import { drive } from './drive.ts';
import type { Options } from './options.ts';
import { residentMb } from './process-stats.ts';
import { registerUser, startService } from './program.ts';
import type { StoreSettings } from './stores.ts';
import { figure, printTable } from './table.ts';
import type { Workspace } from './workspace.ts';

const CONNECTIONS = 64;

/** Short, since the speed of the service is not known beforehand. */
const LONGEST_STEP_SECONDS = 5;

/** The shares of the imports at which the memory is read. */
const MILESTONES = [1 / 4, 1 / 2, 1];

/** Resident memory of the service in MB. */
export interface Memory {
  /** After a quarter of the imports, and after all of them. */
  readonly quarterMb: number;
  readonly fullMb: number;
}

/** Fills a log through the API and prints the service's resident memory meanwhile. */
export async function measureMemory(workspace: Workspace, stores: StoreSettings, options: Options): Promise<Memory> {
  const token = await registerUser(workspace, stores);
  const service = await startService(workspace, stores);
  await service.untilOk('/readyz');
  const rows: string[][] = [];
  const readings: number[] = [];
  const record = (when: string) => {
    const { now, highest } = residentMb(service.pid);
    readings.push(now);
    rows.push([when, figure(now, 0), figure(highest, 0)]);
  };
  record('started');
  let imports = 0;
  let perSecond = 2_000;
  for (const part of MILESTONES) {
    while (imports < options.imports * part) {
      const seconds = Math.min(
        LONGEST_STEP_SECONDS,
        Math.max(1, Math.floor((options.imports * part - imports) / perSecond)),
      );
      const load = { origin: service.origin, requests: [postImport(token)], connections: CONNECTIONS, seconds };
      const result = await drive(options.load, workspace, load);
      imports += result.answers;
      perSecond = result.answers / result.seconds;
    }
    record(`${figure(imports, 0)} imports`);
  }
  await sleep(options.idleSeconds * 1_000);
  record(`idle for ${options.idleSeconds} s`);
  await service.end('SIGTERM');
  console.log(`Resident memory of the service under POSTs at ${CONNECTIONS} connections, in MB:\n`);
  printTable(['when', 'now', 'highest so far'], rows);
  console.log();
  const at = (part: number) => readings[1 + MILESTONES.indexOf(part)] ?? Number.NaN;
  return { quarterMb: at(1 / 4), fullMb: at(1) };
}
