import { BlockList, isIP } from 'node:net';

/** Whether an address on the way of a request is a proxy that is trusted to name its caller. `hop` 0 connected to us. */
export type TrustedProxies = (address: string, hop: number) => boolean;

const COUNT = /^\d$/;
const RANGE = /^([\d.]{7,15}|[\da-f:.]{2,45})(?:\/(\d{1,3}))?$/i;

/**
 * Reads `TRUST_PROXY`: the number of proxies before the service (0 to 9), or their addresses and networks (`10.0.0.0/8, 2001:db8::7`).
 * @returns undefined if it is neither
 */
export function trustedProxies(text: string): TrustedProxies | undefined {
  if (COUNT.test(text.trim())) {
    const count = Number(text);
    return (_, hop) => hop < count;
  }
  const list = new BlockList();
  const ranges = text.split(/[\s,]+/).filter((range) => range !== '');
  if (ranges.length === 0 || !ranges.every((range) => add(list, range))) return undefined;
  return (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function add(list: BlockList, range: string): boolean {
  const [, address = '', prefix] = RANGE.exec(range) ?? [];
  const family = isIP(address);
  const bits = family === 6 ? 128 : 32;
  if (family === 0 || Number(prefix ?? bits) > bits) return false;
  list.addSubnet(address, Number(prefix ?? bits), family === 6 ? 'ipv6' : 'ipv4');
  return true;
}
