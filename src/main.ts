import { readFileSync } from 'node:fs';
import pino from 'pino';
import { BadConfig, readConfig } from './config.ts';
import { announce, registerDocumentUser } from './development.ts';
import { LogDamaged, LogUnavailable } from './events/errors.ts';
import { startService } from './service.ts';

/** The service's process: reads the configuration, starts, and stops when it is told to. */

const STOP_WITHIN_MS = 8_000;

const destination = pino.destination({ sync: false, minLength: 4_096, periodicFlush: 500 });

try {
  const config = readConfig(process.env);
  const logger = pino(
    { level: config.logLevel, base: undefined, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  );
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'the service ends: a fault of its own');
    destination.flushSync();
    process.exit(1);
  });
  const openapi = readFileSync(new URL('./http/openapi.json', import.meta.url), 'utf8');
  const service = await startService(config, logger, openapi);
  if (!config.production) {
    await registerDocumentUser(service);
    console.log(announce(service.address(), service.keys));
  }

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping: what is under way is finished');
    await service.stop(STOP_WITHIN_MS);
    logger.info('stopped');
    destination.flushSync();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
} catch (error) {
  destination.flushSync();
  const known = error instanceof BadConfig || error instanceof LogDamaged || error instanceof LogUnavailable;
  process.stderr.write(known ? `${error.message}\n` : `${error instanceof Error ? error.stack : error}\n`);
  process.exit(1);
}
