import { expect } from 'chai';
import { isRefusedAddress } from '../../src/outbound/addresses.ts';

const REFUSED = [
  ['unspecified', '0.0.0.0', '0.1.2.3', '::'],
  ['loopback', '127.0.0.1', '127.255.255.254', '::1'],
  ['private', '10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1'],
  ['shared', '100.64.0.1', '100.127.255.255'],
  ['link-local', '169.254.0.1', '169.254.169.254', 'fe80::1', 'febf::1', 'fe80::1%eth0'],
  ['site-local and unique-local', 'fec0::1', 'fc00::1', 'fd00:ec2::254'],
  ['the platform of Azure', '168.63.129.16'],
  ['documentation', '192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  ['benchmarks', '198.18.0.1', '198.19.255.255', '2001:2::1'],
  ['protocols', '192.0.0.8', '192.88.99.1', '2001::1', '5f00::1', '100::1'],
  ['multicast', '224.0.0.1', '239.255.255.255', 'ff02::1'],
  ['reserved and broadcast', '240.0.0.1', '255.255.255.255'],
  [
    'IPv4-mapped',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '::ffff:169.254.169.254',
    '0:0:0:0:0:FFFF:A00:1',
  ],
  ['IPv4-compatible and -translated', '::127.0.0.1', '::10.0.0.1', '::8.8.8.8', '::ffff:0:127.0.0.1'],
  ['NAT64', '64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::10.0.0.1', '64:ff9b::168.63.129.16'],
  ['NAT64 inside of a network', '64:ff9b:1::8.8.8.8', '64:ff9b:1:a00:1::'],
  ['6to4 and Teredo', '2002:7f00:1::1', '2002:0a00:0001::', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  ['not in use', '1::1', '4000::1', 'a000::1', 'e000::1'],
] as const;

const ALLOWED = [
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '168.63.129.15',
  '169.253.255.255',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2001:4860:4860::8888',
  '2606:4700::1111',
  '2a00:1450:4001::1',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
];

describe('an address', () => {
  for (const [what, ...list] of REFUSED) {
    it(`that is ${what} is refused: ${list.join(', ')}`, () => {
      expect(list.filter((address) => !isRefusedAddress(address))).to.deep.equal([]);
    });
  }

  it(`of the public internet is allowed: ${ALLOWED.join(', ')}`, () => {
    expect(ALLOWED.filter(isRefusedAddress)).to.deep.equal([]);
  });
});
