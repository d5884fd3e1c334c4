import type { Naming } from '../subscribers/cloud-event.ts';
import type { Config } from './config.ts';

/** How the settings name public events. The origin is what `PUBLIC_URL` says, never what a request says. */
export function namingOf({ publicUrl, host, port, eventTypePrefix }: Config): Naming {
  const origin = publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { typePrefix: eventTypePrefix, origin };
}
