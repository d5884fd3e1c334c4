import { readFileSync } from 'node:fs';
import pino, { type Logger } from 'pino';
import { BadConfig, readConfig } from './config.ts';
import { announce, registerDocumentUser } from './development.ts';
import { LogDamaged, LogUnavailable } from './events/errors.ts';
import { ReadModelUnavailable } from './projections/read-model.ts';
import { type Service, startService } from './service.ts';

/** What an operator can mend: told as its message alone. Anything else is a fault of ours, and comes with its stack. */
const EXPECTED = [BadConfig, LogDamaged, LogUnavailable, ReadModelUnavailable];

/** How long what is under way may take to finish, once the process is told to stop. */
const STOP_WITHIN_MS = 8_000;

/** After this the process ends in any case: a disk that hangs must not keep it. */
const END_WITHIN_MS = 9_800;

/** Runs the service as this process: reads the configuration, starts, and stops when it is told to. */
export async function run(): Promise<void> {
  const destination = pino.destination({ sync: false, minLength: 4_096, periodicFlush: 500 });
  const end = (code: number) => {
    destination.flushSync();
    process.exit(code);
  };
  try {
    const config = readConfig(process.env);
    const { isoTime } = pino.stdTimeFunctions;
    const logger = pino({ level: config.logLevel, base: undefined, timestamp: isoTime }, destination);
    process.on('uncaughtException', (error) => {
      logger.fatal({ err: error }, 'the service ends: a fault of its own');
      end(1);
    });
    const openapi = readFileSync(new URL('./http/openapi.json', import.meta.url), 'utf8');
    const service = await startService(config, logger, openapi);
    if (!config.production) {
      await registerDocumentUser(service);
      console.log(announce(service.address(), service.keys));
    }
    stopWhenTold(service, logger, end);
  } catch (error) {
    const isExpected = EXPECTED.some((kind) => error instanceof kind);
    const { message, stack } = error instanceof Error ? error : { message: String(error), stack: String(error) };
    process.stderr.write(`${isExpected ? message : stack}\n`);
    end(1);
  }
}

function stopWhenTold(service: Service, logger: Logger, end: (code: number) => void): void {
  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping: what is under way is finished');
    setTimeout(() => end(1), END_WITHIN_MS).unref();
    await service.stop(STOP_WITHIN_MS);
    logger.info('stopped');
    end(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
