import { BlockList, isIP } from 'node:net';
import { addInAllSpellings } from './addresses.ts';

/** What a company opens of its own network: hosts that may be reached whatever their addresses are, and addresses. */
export interface AllowedHosts {
  /** As `URL` spells host names. */
  readonly names: ReadonlySet<string>;
  readonly addresses: BlockList;
}

/** Nothing is open but the public internet. */
export const NO_HOSTS: AllowedHosts = { names: new Set(), addresses: new BlockList() };

/** Reads a setting such as `hooks.corp.example, 10.1.2.3, fd00:1::/64`; undefined if it is malformed. */
export function parseAllowedHosts(setting: string): AllowedHosts | undefined {
  const names = new Set<string>();
  const addresses = new BlockList();
  for (const part of setting.split(',')) {
    if (addInAllSpellings(addresses, part.trim())) continue;
    const name = nameIn(part.trim());
    if (name === undefined) return undefined;
    names.add(name);
  }
  return { names, addresses };
}

/** A host name as `URL` spells it. `URL` reads `10.1` as an address, which would open another host than was meant. */
function nameIn(text: string): string | undefined {
  if (!/^[^\s/:@?#[\]\\%*]+$/.test(text) || !URL.canParse(`https://${text}`)) return undefined;
  const { hostname } = new URL(`https://${text}`);
  return isIP(hostname) === 0 ? withoutDot(hostname) : undefined;
}

/** `example.com.` is the same name as `example.com`. */
export function withoutDot(name: string): string {
  return name.replace(/\.$/, '');
}
