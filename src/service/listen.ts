import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { BadConfig } from '../errors/bad-config.ts';
import type { ListenAt } from '../settings/config.ts';
import { seldom } from '../time/seldom.ts';

const REASONS: { readonly [code: string]: (settings: Settings) => string } = {
  EADDRINUSE: ({ port, orElse }) => `the port is in use; stop what listens there, or set another ${port}${orElse}`,
  EACCES: ({ port }) =>
    `this user may not (a process of root has become the owner of DATA_DIR); set ${port} above 1023`,
  EADDRNOTAVAIL: ({ host }) => `this machine has no such address; set another ${host}`,
  ENOTFOUND: ({ host }) => `this name has no address; set another ${host}`,
};

/** The names of the settings of a listener. */
interface Settings {
  readonly host: string;
  readonly port: string;
  /** What may be set instead of another port. */
  readonly orElse: string;
}

/** The settings of the listener for callers. */
export const PUBLIC: Settings = { host: 'HOST', port: 'PORT', orElse: '' };
/** The settings of the listener for operators. */
export const OPERATIONS: Settings = {
  host: 'OPERATIONS_HOST',
  port: 'OPERATIONS_PORT',
  orElse: ' (0: any free one; off: none)',
};

/**
 * Listens, and returns the address.
 * @throws {BadConfig} it cannot listen there; the message names the settings
 */
export function listen(
  server: Server,
  { host, port }: ListenAt,
  settings: Settings,
  logger: Logger,
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => {
      const reason = REASONS[error.code ?? '']?.(settings) ?? error.message;
      reject(new BadConfig([`${settings.host} ${host} and ${settings.port} ${port} cannot be listened on: ${reason}`]));
    };
    server.once('error', refuse);
    server.listen({ host, port, backlog: 1_024 }, () => {
      server.off('error', refuse);
      // Later errors are connections that cannot be accepted (no free file descriptor). They must not end the process.
      const warn = seldom((err: Error) => logger.warn({ err }, 'connections are lost (this is said once in a while)'));
      server.on('error', warn);
      resolve(server.address() as AddressInfo);
    });
  });
}
