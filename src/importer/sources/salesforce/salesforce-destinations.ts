import { Destinations } from '../../../outbound/destinations.ts';
import type { OutboundConfig } from '../../../outbound/settings.ts';

/**
 * Where connections may lead. An operator chooses their URLs, so this machine itself is open, which tests need. But their names are looked
 * up like all others: a name of Salesforce's that leads to a private network leads nowhere.
 */
export function salesforceDestinations({
  importAllowedHosts,
  importAllowedPorts,
  proxies,
}: OutboundConfig): Destinations {
  return new Destinations({
    ...{ mayUseHttp: false, mayUseLoopback: true, proxies },
    ...{ allowedHosts: importAllowedHosts, allowedPorts: importAllowedPorts },
    settings: { hosts: 'IMPORT_ALLOWED_HOSTS', ports: 'IMPORT_ALLOWED_PORTS' },
  });
}
