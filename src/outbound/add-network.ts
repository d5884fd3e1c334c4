import { type BlockList, isIP } from 'node:net';

const NETWORK = /^([\d.]{7,15}|[\da-f:.]{2,45})(?:\/(\d{1,3}))?$/i;

/** Adds an address or a network, such as `10.0.0.0/8` or `2001:db8::7`. False, and nothing is added, if the text is neither. */
export function addNetwork(list: BlockList, text: string): boolean {
  const [, address = '', prefix] = NETWORK.exec(text) ?? [];
  const family = isIP(address);
  const bits = family === 6 ? 128 : 32;
  if (family === 0 || Number(prefix ?? bits) > bits) return false;
  list.addSubnet(address, Number(prefix ?? bits), family === 6 ? 'ipv6' : 'ipv4');
  return true;
}
