import { BlockList, isIP } from 'node:net';
import { addNetwork } from '../../outbound/add-network.ts';

/** Whether an address on the way of a request is a proxy that is trusted to name its caller. `hop` 0 connected to us. */
export type TrustedProxies = (address: string, hop: number) => boolean;

const COUNT = /^\d$/;

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
  if (ranges.length === 0 || !ranges.every((range) => addNetwork(list, range))) return undefined;
  return (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
