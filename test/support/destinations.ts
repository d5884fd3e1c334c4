import { NO_HOSTS } from '../../src/outbound/allowed-hosts.ts';
import { USUAL_PORTS } from '../../src/outbound/allowed-ports.ts';
import { type DestinationRules, Destinations } from '../../src/outbound/destinations.ts';

/** The rules for webhooks in production, where nothing else is said. Names are not looked up unless a test says how. */
export function destinations(rules: Partial<DestinationRules> = {}): Destinations {
  return new Destinations({
    mayUseHttp: false,
    mayUseLoopback: false,
    allowedHosts: NO_HOSTS,
    allowedPorts: USUAL_PORTS,
    settings: { hosts: 'WEBHOOK_ALLOWED_HOSTS', ports: 'WEBHOOK_ALLOWED_PORTS' },
    proxies: null,
    lookUp: async (name) => {
      throw new Error(`${name} was looked up`);
    },
    ...rules,
  });
}

/** Addresses as a look-up gives them. */
export function addresses(...list: string[]): { address: string; family: number }[] {
  return list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
}
