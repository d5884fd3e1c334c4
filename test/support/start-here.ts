import pino from 'pino';
import { type Service, startService } from '../../src/service/service.ts';
import { readConfig } from '../../src/settings/config.ts';
import type { OfOthers } from '../../src/stores/adoption.ts';
import { environment } from './process.ts';

/** The service in this process. */
export interface StartedHere extends Service {
  readonly url: string;
  readonly operationsUrl: string;
}

/**
 * Starts the service in this process, as its own process would with this environment.
 * @param onLine is called with each line that it logs
 * @throws the error with which its own process would end
 */
export async function startHere(
  env: NodeJS.ProcessEnv,
  onLine: (line: string) => void = () => {},
  ofOthers: OfOthers = 'refuse',
): Promise<StartedHere> {
  const config = readConfig(environment({ PORT: '0', OPERATIONS_PORT: '0', IMPORTER: 'off', ...env }));
  const service = await startService(config, pino({}, { write: onLine }), ofOthers);
  const urlOf = (port: number | undefined) => `http://127.0.0.1:${port}`;
  return { ...service, url: urlOf(service.address.port), operationsUrl: urlOf(service.operationsAddress?.port) };
}
