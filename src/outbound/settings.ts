import { z } from 'zod';
import { type AllowedHosts, NO_HOSTS, parseAllowedHosts } from './allowed-hosts.ts';
import { parseAllowedPorts, USUAL_PORTS } from './allowed-ports.ts';
import type { Proxies } from './proxies.ts';

/** Where the service itself may connect to, by its settings. */
export interface OutboundConfig {
  /** The hosts inside of the network that webhooks may reach. */
  readonly webhookAllowedHosts: AllowedHosts;
  /** With 80 and 443. */
  readonly webhookAllowedPorts: ReadonlySet<number>;
  /** The same for where images are fetched from. */
  readonly importAllowedHosts: AllowedHosts;
  readonly importAllowedPorts: ReadonlySet<number>;
  /** Null: none. */
  readonly proxies: Proxies | null;
}

const proxy = z
  .string()
  .refine(isProxy, 'must be like http://user:password@proxy.example.com:3128, or https://…')
  .optional();

const allowedHosts = z
  .string()
  .transform(parseAllowedHosts)
  .refine(
    (hosts) => hosts !== undefined,
    'must be host names, addresses and networks, separated by commas, such as hooks.corp.example, 10.1.2.3, fd00:1::/64 (no scheme, port or path)',
  )
  .optional();

const allowedPorts = z
  .string()
  .transform(parseAllowedPorts)
  .refine(
    (ports) => ports !== undefined,
    'must be port numbers from 1 to 65535, separated by commas, such as 8443, 9000',
  )
  .optional();

/** The settings as the environment has them. */
export const outboundSettings = z.object({
  WEBHOOK_ALLOWED_HOSTS: allowedHosts,
  WEBHOOK_ALLOWED_PORTS: allowedPorts,
  IMPORT_ALLOWED_HOSTS: allowedHosts,
  IMPORT_ALLOWED_PORTS: allowedPorts,
  HTTP_PROXY: proxy,
  HTTPS_PROXY: proxy,
  NO_PROXY: z.string().default(''),
});

/** The same, as the service uses them. */
export function outboundConfig(settings: z.infer<typeof outboundSettings>): OutboundConfig {
  const { HTTP_PROXY, HTTPS_PROXY, NO_PROXY } = settings;
  return {
    webhookAllowedHosts: settings.WEBHOOK_ALLOWED_HOSTS ?? NO_HOSTS,
    webhookAllowedPorts: settings.WEBHOOK_ALLOWED_PORTS ?? USUAL_PORTS,
    importAllowedHosts: settings.IMPORT_ALLOWED_HOSTS ?? NO_HOSTS,
    importAllowedPorts: settings.IMPORT_ALLOWED_PORTS ?? USUAL_PORTS,
    proxies:
      HTTP_PROXY === undefined && HTTPS_PROXY === undefined
        ? null
        : { http: HTTP_PROXY ?? null, https: HTTPS_PROXY ?? null, except: NO_PROXY },
  };
}

/** The environment, with the settings of proxies in capitals. Most programs read them in small letters, and some in no others. */
export function withProxiesInCapitals(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const capitals = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
  return { ...env, ...Object.fromEntries(capitals.map((name) => [name, env[name.toLowerCase()] ?? env[name]])) };
}

function isProxy(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
