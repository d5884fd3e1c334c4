import { BlockList, isIPv6 } from 'node:net';
import { addNetwork } from './add-network.ts';

/** IPv4 that is not the public internet. Source: the IANA registry of special-purpose addresses. */
const REFUSED_IPV4 = [
  '0.0.0.0/8', // unspecified, "this network"
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by the customers of a carrier
  '127.0.0.0/8', // loopback
  '168.63.129.16', // the platform of Azure, which only its machines can reach
  '169.254.0.0/16', // link-local, with the metadata of clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocols
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // relays of 6to4
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
];

/** The only parts of IPv6 that lead to the public internet. All others are loopback, link-local, unique-local, multicast or not in use. */
const USED_IPV6 = [
  '2000::/3', // global unicast
  '::ffff:0:0/96', // IPv4-mapped
  '64:ff9b::/96', // NAT64
];

/** What of `USED_IPV6` is not public either. */
const REFUSED_IPV6 = [
  '2001::/23', // protocols: Teredo, benchmarks, ORCHID
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4
  '3fff::/20', // documentation
];

const refused = listOf([...REFUSED_IPV4, ...REFUSED_IPV6]);
const usedIpv6 = listOf(USED_IPV6);

/** Whether an IP address is none of the public internet. Whoever may name an address must not reach these through this service. */
export function isRefusedAddress(address: string): boolean {
  // A zone (`fe80::1%eth0`) names a network card of this machine.
  if (address.includes('%')) return true;
  return contains(refused, address) || (isIPv6(address) && !contains(usedIpv6, address));
}

/**
 * Adds an address or a network. One of IPv4 is added in all its spellings: `BlockList` itself knows IPv4-mapped addresses, and behind a
 * NAT64 every address of IPv4 has one of IPv6 as well.
 * @returns false, and nothing is added, if the text is neither
 */
export function addInAllSpellings(list: BlockList, text: string): boolean {
  const [address = '', prefix = '32'] = text.split('/');
  if (!addNetwork(list, text)) return false;
  if (!isIPv6(address)) addNetwork(list, `64:ff9b::${address}/${96 + Number(prefix)}`);
  return true;
}

/** Whether an address is in a list. @param address IPv4 or IPv6, as text */
export function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) addInAllSpellings(list, network);
  return list;
}
