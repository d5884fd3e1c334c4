import { isIP, type LookupFunction } from 'node:net';
import { contains, isRefusedAddress } from './addresses.ts';
import { type AllowedHosts, withoutDot } from './allowed-hosts.ts';
import { isLoopback } from './is-loopback.ts';
import { lookUpInDns, lookUpInSystem, type NameLookup } from './name-lookup.ts';
import { OutboundError } from './outbound-error.ts';
import type { Proxies } from './proxies.ts';

/** A name may have thousands of addresses. One request knocks at no more doors than these. */
const MOST_ADDRESSES = 8;

/** Where one may connect to. */
export interface DestinationRules {
  /** `http://` as well as `https://`. */
  readonly mayUseHttp: boolean;
  /** In development: this machine, by its loopback addresses or as `localhost`, with `http://` and any port too. */
  readonly mayUseLoopback: boolean;
  /**
   * In development: one URL of this machine, such as `http://127.0.0.1:3000/example.jpg`, and nothing else there. Its host must be a literal
   * address, since a name would be open with any path. Null or absent: none. It is read at each request.
   */
  readonly openUrl?: string | null;
  readonly allowedHosts: AllowedHosts;
  readonly allowedPorts: ReadonlySet<number>;
  /** The settings that open more, as messages name them. */
  readonly settings: { readonly hosts: string; readonly ports: string };
  /** Null: none. What goes through a proxy is looked up and connected to by the proxy, and so the check of names is the proxy's. */
  readonly proxies: Proxies | null;
  /** Instead of DNS and of the operating system. */
  readonly lookUp?: NameLookup;
}

/** Says of URLs that callers give whether one may connect to them. Source: decision 0038. */
export class Destinations {
  readonly proxies: Proxies | null;
  readonly #rules: DestinationRules;
  readonly #running = new Map<string, ReturnType<NameLookup>>();

  constructor(rules: DestinationRules) {
    this.#rules = rules;
    this.proxies = rules.proxies;
  }

  /**
   * Checks a URL when it is registered. A name is looked up.
   * @throws {OutboundError} what is wrong with it, and what to do
   */
  async check(url: string): Promise<void> {
    const parsed = this.parse(url);
    const proxy = parsed.protocol === 'https:' ? this.proxies?.https : this.proxies?.http;
    const host = hostOf(parsed);
    if (isIP(host) === 0 && (proxy ?? null) === null) await this.#allowedAddressesOf(host);
  }

  /**
   * Checks all of a URL that can be checked without looking up its name. `URL` makes `2130706433` and `0x7f.1` into `127.0.0.1` first.
   * @throws {OutboundError} what is wrong with it, and what to do
   */
  parse(text: string): URL {
    if (!URL.canParse(text))
      throw new OutboundError('not_a_url', 'this is not a URL, such as https://example.com/hooks');
    const url = new URL(text);
    if (url.href === this.#rules.openUrl) return url;
    const host = hostOf(url);
    this.#checkForm(url, this.#isOpenLoopback(host));
    if (isIP(host) !== 0 && !this.#mayUse(host, host)) {
      throw new OutboundError(
        'refused_address',
        `${host} is no address of the public internet: use one that is, or let the operator add it to ${this.#rules.settings.hosts}`,
      );
    }
    return url;
  }

  /**
   * Looks up a name for one connection, which is then made to one of the addresses that were checked here. Addresses that are refused are
   * left out: behind a DNS64 every host has both kinds. A literal address never comes here: `parse` has checked it.
   */
  readonly lookup: LookupFunction = (name, _options, callback) => {
    this.#allowedAddressesOf(name).then(
      (addresses) => callback(null, [...addresses]),
      (error) => callback(error, []),
    );
  };

  #checkForm(url: URL, isOpenLoopback: boolean): void {
    const { allowedPorts, mayUseHttp, settings } = this.#rules;
    const isHttpOpen = mayUseHttp || isOpenLoopback;
    if (url.protocol !== 'https:' && !(isHttpOpen && url.protocol === 'http:')) {
      const schemes = isHttpOpen ? 'https:// or http://' : 'https://';
      throw new OutboundError('scheme_not_allowed', `the URL must begin with ${schemes}, not with ${url.protocol}`);
    }
    if (url.username !== '' || url.password !== '') {
      throw new OutboundError(
        'user_info_in_url',
        'the URL must have no user and no password before its host: leave them out',
      );
    }
    // `hash` is empty for a fragment without a letter.
    if (url.href.includes('#')) {
      throw new OutboundError(
        'fragment_in_url',
        'the URL must have no fragment, for it is never sent: leave out # and what follows',
      );
    }
    if (url.port !== '' && !isOpenLoopback && !allowedPorts.has(Number(url.port))) {
      throw new OutboundError(
        'port_not_allowed',
        `port ${url.port} is not open, only ${[...allowedPorts].join(', ')}: use one of these, or let the operator add it to ${settings.ports}`,
      );
    }
  }

  /** @throws {OutboundError} there is none, or the look-up fails */
  async #allowedAddressesOf(host: string) {
    const name = withoutDot(host);
    const addresses = await this.#addressesOf(name);
    const allowed = addresses.filter(({ address }) => this.#mayUse(address, name)).slice(0, MOST_ADDRESSES);
    if (allowed.length > 0) return allowed;
    throw new OutboundError(
      'no_allowed_address',
      `${name} has no address that may be connected to. Either there is no such name, or it is of a private network: correct it, or let the operator add it to ${this.#rules.settings.hosts}`,
    );
  }

  /** @param host the name or the address by which the URL names it */
  #mayUse(address: string, host: string): boolean {
    const { allowedHosts } = this.#rules;
    if (!isRefusedAddress(address) || allowedHosts.names.has(host) || contains(allowedHosts.addresses, address))
      return true;
    return this.#isOpenLoopback(host) && isLoopback(address);
  }

  #isOpenLoopback(host: string): boolean {
    return this.#rules.mayUseLoopback && isLoopback(host);
  }

  /** Connections that are made at the same time share one look-up. */
  #addressesOf(name: string): ReturnType<NameLookup> {
    const running = this.#running.get(name);
    if (running !== undefined) return running;
    const isOurs = this.#rules.allowedHosts.names.has(name) || this.#isOpenLoopback(name);
    const lookUp = this.#rules.lookUp ?? (isOurs ? lookUpInSystem : lookUpInDns);
    const addresses = lookUp(name).finally(() => this.#running.delete(name));
    this.#running.set(name, addresses);
    return addresses;
  }
}

/** The host of a URL: the name without a dot at its end, or the address without brackets. */
function hostOf({ hostname }: URL): string {
  return withoutDot(hostname.replace(/^\[|\]$/g, ''));
}
