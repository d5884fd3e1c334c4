import { parseArgs } from 'node:util';
import type { Logger } from 'pino';
import { operatorOf } from './cli/operator.ts';
import { BadConfig } from './errors/bad-config.ts';
import { OtherStore } from './errors/other-store.ts';
import { reasonOf } from './errors/reason-of.ts';
import { LogDamaged, LogUnavailable } from './events/errors.ts';
import { OtherBlobs, StorageUnavailable } from './importer/blobs/blob-store.ts';
import { SealedUnavailable } from './importer/sealed/sealed-store.ts';
import { OtherKey } from './operations/keys/own-keys.ts';
import { NoRoom } from './operations/replay/room.ts';
import { OtherLog, ReadModelUnavailable } from './projections/errors.ts';
import { announce, registerDocumentUser } from './service/development.ts';
import { type Service, startService } from './service/service.ts';
import { readConfig } from './settings/config.ts';
import { DeliveriesUnavailable } from './subscribers/webhooks/delivery-store.ts';
import { LogOutput } from './telemetry/log-output.ts';
import { loggerTo } from './telemetry/logger.ts';

/** Errors that an operator can repair: only their message is logged. Any other error is a fault of ours, and is logged with its stack. */
const EXPECTED = [
  BadConfig,
  DeliveriesUnavailable,
  LogDamaged,
  LogUnavailable,
  NoRoom,
  OtherBlobs,
  OtherKey,
  OtherLog,
  OtherStore,
  ReadModelUnavailable,
  SealedUnavailable,
  StorageUnavailable,
];

/** How long running work may take to finish after the process is told to stop. */
const STOP_WITHIN_MS = 8_000;

/** After this the process ends in any case: a disk that hangs must not keep it. */
const END_WITHIN_MS = 9_300;

/** How long the last log lines may take. */
const LAST_LINES_WITHIN_MS = 500;

/**
 * Runs the service as this process: reads the configuration, starts, and stops when it is told to.
 * @param stopReason resolves with the reason to stop, perhaps before the service has started
 */
export async function run(stopReason: Promise<string>): Promise<void> {
  // If the reader of an output ends, that is no fault of the process.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  let logger: Logger | null = null;
  const output = new LogOutput(1, (lines) =>
    logger?.warn(
      { lines_dropped: lines },
      'the log output did not take all lines: so many were dropped before this one',
    ),
  );
  const end = async (code: number) => {
    await output.flush(LAST_LINES_WITHIN_MS);
    // Node would wait for that write, perhaps for ever.
    if (output.isStuck) process.kill(process.pid, 'SIGKILL');
    process.exit(code);
  };
  let service: Service | null = null;
  // If the stop fails, the uncaught exception ends the process too.
  void stopReason.then(async (signal) => {
    logger?.info({ signal }, 'stopping: running work is finished first');
    setTimeout(() => void end(1), END_WITHIN_MS).unref();
    // While it is starting, there is no running work.
    await service?.stop(STOP_WITHIN_MS);
    logger?.info('stopped');
    await end(0);
  });
  try {
    const { adopt } = options();
    const config = readConfig(process.env, true, true);
    logger = loggerTo(output, config.logLevel);
    process.on('uncaughtException', (error) => {
      logger?.fatal({ err: error }, 'the service ends: a fault of its own');
      void end(1);
    });
    service = await startService(config, logger, adopt ? operatorOf(process.env, {}) : 'refuse');
    service.metrics.count(
      'imports_log_lines_dropped_total',
      'Log lines that the output did not take.',
      () => output.dropped,
    );
    if (!config.production) {
      await registerDocumentUser(service);
      output.write(announce(service));
    }
  } catch (error) {
    const isExpected = EXPECTED.some((kind) => error instanceof kind);
    const { message, stack } = error instanceof Error ? error : { message: String(error), stack: String(error) };
    process.stderr.write(`${isExpected ? message : stack}\n`);
    await end(1);
  }
}

/** The options after `npm start --`. @throws {BadConfig} */
function options(): { readonly adopt: boolean } {
  try {
    return parseArgs({ options: { adopt: { type: 'boolean', default: false } } }).values;
  } catch (error) {
    throw new BadConfig([`${reasonOf(error)}. The one option is --adopt.`]);
  }
}
