import type { LookupAddress } from 'node:dns';
import { expect } from 'chai';
import { type AllowedHosts, parseAllowedHosts } from '../../src/outbound/allowed-hosts.ts';
import { parseAllowedPorts } from '../../src/outbound/allowed-ports.ts';
import type { Destinations } from '../../src/outbound/destinations.ts';
import { OutboundError } from '../../src/outbound/outbound-error.ts';
import { addresses, destinations } from '../support/destinations.ts';
import { rejectionOf } from '../support/rejection-of.ts';

const allowedHosts = (setting: string) => parseAllowedHosts(setting) as AllowedHosts;
const refusalOf = async (where: Destinations, url: string) => {
  const error = await rejectionOf(where.check(url));
  expect(error).to.be.instanceOf(OutboundError);
  return error as OutboundError;
};
const leadingTo = (...list: string[]) => destinations({ lookUp: async () => addresses(...list) });
/** What a connection to a name would get. */
const lookedUp = (where: Destinations, name: string) =>
  new Promise<LookupAddress[]>((resolve, reject) =>
    where.lookup(name, { all: true }, (error, found) =>
      error === null ? resolve(found as LookupAddress[]) : reject(error),
    ),
  );

describe('the URL of a webhook', () => {
  for (const [url, code, says] of [
    ['', 'not_a_url', /not a URL, such as https:/],
    ['example.com/hook', 'not_a_url', /not a URL/],
    ['https://', 'not_a_url', /not a URL/],
    ['https://[::1', 'not_a_url', /not a URL/],
    ['https://256.256.256.256/', 'not_a_url', /not a URL/],
    ['http://example.com/', 'scheme_not_allowed', /must begin with https:\/\/, not with http:/],
    ['ftp://example.com/', 'scheme_not_allowed', /must begin with https:/],
    ['file:///etc/passwd', 'scheme_not_allowed', /must begin with https:/],
    ['javascript:alert(1)', 'scheme_not_allowed', /must begin with https:/],
    ['https://user@example.com/', 'user_info_in_url', /leave them out/],
    ['https://:secret@example.com/', 'user_info_in_url', /leave them out/],
    ['https://example.com/#part', 'fragment_in_url', /leave out #/],
    ['https://example.com/#', 'fragment_in_url', /leave out #/],
    ['https://example.com:8443/', 'port_not_allowed', /port 8443 is not open, only 80, 443: .* WEBHOOK_ALLOWED_PORTS/],
    ['https://example.com:22/', 'port_not_allowed', /port 22/],
    ['https://127.0.0.1/', 'refused_address', /127\.0\.0\.1 is no address of the public .* WEBHOOK_ALLOWED_HOSTS/],
    ['https://2130706433/', 'refused_address', /127\.0\.0\.1/],
    ['https://0x7f.1/', 'refused_address', /127\.0\.0\.1/],
    ['https://0177.0.0.1/', 'refused_address', /127\.0\.0\.1/],
    ['https://127.1/', 'refused_address', /127\.0\.0\.1/],
    ['https://１２７.0.0.1/', 'refused_address', /127\.0\.0\.1/],
    ['https://127.0.0.1./', 'refused_address', /127\.0\.0\.1/],
    ['https://0/', 'refused_address', /0\.0\.0\.0/],
    ['https://10.0.0.1:443/', 'refused_address', /10\.0\.0\.1/],
    ['https://169.254.169.254/latest/meta-data', 'refused_address', /169/],
    ['https://[::1]/', 'refused_address', /::1/],
    ['https://[::]/', 'refused_address', /::/],
    ['https://[::ffff:127.0.0.1]/', 'refused_address', /::ffff:7f00:1/],
    ['https://[64:ff9b::a00:1]/', 'refused_address', /64:ff9b/],
    ['https://[fd00::1]/', 'refused_address', /fd00::1/],
  ] as const) {
    it(`${JSON.stringify(url)} is refused as ${code}, and the message says what to do`, async () => {
      const error = await refusalOf(destinations(), url);
      expect(error.code).to.equal(code);
      expect(error.message).to.match(says);
    });
  }

  for (const url of [
    'https://1.1.1.1/',
    'https://1.1.1.1:80/',
    'https://[2606:4700::1111]/a?b=c',
    'HTTPS://1.1.1.1:443',
  ]) {
    it(`${url} is accepted without a look-up`, () => destinations().check(url));
  }

  it('may be http where http is open', async () => {
    await destinations({ mayUseHttp: true }).check('http://1.1.1.1/');
    expect(await refusalOf(destinations({ mayUseHttp: true }), 'ftp://1.1.1.1/')).to.include({
      code: 'scheme_not_allowed',
    });
    expect(await refusalOf(destinations({ mayUseHttp: true }), 'http://127.0.0.1/')).to.include({
      code: 'refused_address',
    });
  });

  it('may lead to this machine in development, by http and to any port, and nowhere else by that', async () => {
    const where = destinations({ mayUseLoopback: true, lookUp: async () => addresses('127.0.0.1') });
    for (const host of ['127.0.0.1', '127.1', '[::1]', 'localhost', 'localhost.', 'LOCALHOST']) {
      await where.check(`http://${host}:8080/hook`);
      await where.check(`https://${host}/hook`);
    }
    expect(await refusalOf(where, 'http://1.1.1.1/')).to.include({ code: 'scheme_not_allowed' });
    expect(await refusalOf(where, 'https://1.1.1.1:8080/')).to.include({ code: 'port_not_allowed' });
    expect(await refusalOf(where, 'https://10.0.0.1/')).to.include({ code: 'refused_address' });
    // A name of somebody's that has the address of this machine.
    expect(await refusalOf(where, 'https://rebound.example/')).to.include({ code: 'no_allowed_address' });
    // A network that says of every name that it is here.
    const lying = destinations({ mayUseLoopback: true, lookUp: async () => addresses('10.0.0.1') });
    expect(await refusalOf(lying, 'http://localhost/')).to.include({ code: 'no_allowed_address' });
  });

  it('may be the one URL of this machine that is open, in all spellings, with no other path, query, port or scheme', async () => {
    const openUrl = 'http://127.0.0.1:3000/example.jpg';
    const where = destinations({ mayUseHttp: true, openUrl, allowedPorts: new Set([80, 443, 3000, 3001]) });
    for (const url of [openUrl, 'http://2130706433:3000/a/../example.jpg', 'HTTP://127.1:3000/./example.jpg'])
      await where.check(url);
    for (const url of [
      'http://127.0.0.1:3000/example.jpg?',
      'http://127.0.0.1:3000/example.jpg/',
      'http://127.0.0.1:3000/%65xample.jpg',
      'http://127.0.0.1:3000/',
      'http://127.0.0.1:3001/example.jpg',
      'https://127.0.0.1:3000/example.jpg',
      'http://[::ffff:127.0.0.1]:3000/example.jpg',
      'http://127.0.0.2:3000/example.jpg',
    ])
      expect(await refusalOf(where, url)).to.include({ code: 'refused_address' });
    expect(await refusalOf(where, `${openUrl}#part`)).to.include({ code: 'fragment_in_url' });
  });

  it('may have a port that the operator opened', async () => {
    const where = destinations({ allowedPorts: parseAllowedPorts('8443, 9000') as ReadonlySet<number> });
    await where.check('https://1.1.1.1:8443/');
    await where.check('https://1.1.1.1/');
    expect(await refusalOf(where, 'https://1.1.1.1:8444/')).to.include({ code: 'port_not_allowed' });
  });

  it('may lead to an address or a network that the operator opened, in all spellings, and to no neighbour', async () => {
    const where = destinations({ allowedHosts: allowedHosts('10.1.2.3, 192.168.7.0/24, fd00:1::/32') });
    for (const host of ['10.1.2.3', '192.168.7.255', '[fd00:1:ffff::1]', '[::ffff:10.1.2.3]', '[64:ff9b::c0a8:701]']) {
      await where.check(`https://${host}/`);
    }
    for (const host of ['10.1.2.4', '192.168.8.0', '[fd00:2::1]', '[64:ff9b::a01:204]']) {
      expect(await refusalOf(where, `https://${host}/`)).to.include({ code: 'refused_address' });
    }
  });

  it('may have a name that the operator opened, whatever its address is, but no name below it', async () => {
    const where = destinations({
      allowedHosts: allowedHosts('hooks.corp.example, bücher.example'),
      lookUp: async () => addresses('10.0.0.1'),
    });
    for (const host of ['hooks.corp.example', 'HOOKS.corp.example.', 'bücher.example'])
      await where.check(`https://${host}/`);
    expect(await refusalOf(where, 'https://a.hooks.corp.example/')).to.include({ code: 'no_allowed_address' });
  });

  it('may have a name that leads to an opened address', async () => {
    const where = destinations({ allowedHosts: allowedHosts('10.0.0.0/8'), lookUp: async () => addresses('10.9.9.9') });
    await where.check('https://wiki.corp.example/');
  });

  it('may have a name with one public address among others', () =>
    leadingTo('10.0.0.1', '::1', '1.1.1.1').check('https://a.example/'));

  it('is refused in the same words if its name has only private addresses and if it does not exist', async () => {
    const [hidden, missing] = [leadingTo('10.0.0.1', 'fd00::1', '64:ff9b::10.0.0.1'), leadingTo()];
    const error = await refusalOf(hidden, 'https://a.example/');
    expect(error.code).to.equal('no_allowed_address');
    expect(error.message)
      .to.match(/^a\.example has no address .* WEBHOOK_ALLOWED_HOSTS$/)
      .and.not.match(/10\.0|fd00|64:/);
    expect(await refusalOf(missing, 'https://a.example/')).to.include({ code: error.code, message: error.message });
  });

  it('is refused if its name cannot be looked up', async () => {
    const where = destinations({
      lookUp: async () => {
        throw new OutboundError('name_lookup_failed', 'try again');
      },
    });
    expect(await refusalOf(where, 'https://a.example/')).to.include({ code: 'name_lookup_failed' });
  });

  it('is not looked up where a proxy connects, but scheme, port and a literal address are checked', async () => {
    const where = destinations({ proxies: { http: null, https: 'http://proxy.example:3128', except: '' } });
    await where.check('https://a.example/');
    expect(await refusalOf(where, 'https://10.0.0.1/')).to.include({ code: 'refused_address' });
    expect(await refusalOf(where, 'https://a.example:22/')).to.include({ code: 'port_not_allowed' });
    const otherScheme = destinations({ mayUseHttp: true, lookUp: async () => [], proxies: where.proxies });
    expect(await refusalOf(otherScheme, 'http://a.example/')).to.include({ code: 'no_allowed_address' });
  });
});

describe('the look-up for a connection', () => {
  it('leaves out the addresses that are refused, and gives few of many', async () => {
    const mixed = leadingTo('10.0.0.1', '1.1.1.1', '64:ff9b::10.0.0.1', '64:ff9b::1.1.1.1', '::1');
    expect(await lookedUp(mixed, 'a.example')).to.deep.equal(addresses('1.1.1.1', '64:ff9b::1.1.1.1'));
    const many = leadingTo(...Array.from({ length: 1_000 }, (_, at) => `1.1.${at >> 8}.${at & 255}`));
    expect(await lookedUp(many, 'a.example')).to.have.lengthOf(8);
  });

  it('fails if all addresses are refused', async () => {
    expect(await rejectionOf(lookedUp(leadingTo('10.0.0.1'), 'a.example'))).to.include({ code: 'no_allowed_address' });
  });

  it('asks once for all connections that are made at the same time, and anew for the next', async () => {
    let asked = 0;
    const where = destinations({
      lookUp: async () => {
        asked += 1;
        return addresses('1.1.1.1');
      },
    });
    await Promise.all(Array.from({ length: 32 }, () => lookedUp(where, 'a.example')));
    expect(asked).to.equal(1);
    await lookedUp(where, 'a.example');
    expect(asked).to.equal(2);
  });
});
