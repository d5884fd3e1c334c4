import { isLoopback } from '../../../outbound/is-loopback.ts';

/** Where Salesforce's own servers are: its clouds for everybody, for the United States' defense, and for China. */
const SALESFORCE = /\.(salesforce\.com|force\.com|salesforce\.mil|crmforce\.mil|sfcrmproducts\.cn|sfcrmapps\.cn)$/;

/** These do not know the apps of an organization. */
const SHARED = ['login.salesforce.com', 'test.salesforce.com'];

/**
 * The origin of a connection's URL, such as `https://acme.my.salesforce.com`.
 * @throws {Error} what is wrong with the URL, and what to do
 */
export function connectionOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (text !== url.origin && text !== `${url.origin}/`)) {
    throw new Error(
      `${text} is not the URL of an organization: it is like https://mydomain.my.salesforce.com, without user, path and query.`,
    );
  }
  if (SHARED.includes(url.hostname)) {
    throw new Error(
      `${url.hostname} does not let the service log in: use the organization's own My Domain, such as https://mydomain.my.salesforce.com.`,
    );
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(hostOf(url)))) {
    throw new Error('The URL must begin with https:// (http:// only leads to this machine itself, for tests).');
  }
  return url.origin;
}

/**
 * Where the API is, as the answer to a login names it; null: nothing may be sent there. The token goes there, and what is fetched is taken
 * for the organization's. So it is the host that gave the token, or one of Salesforce's.
 */
export function apiOrigin(named: string, connection: string): string | null {
  if (!URL.canParse(named)) return null;
  const { origin, protocol, hostname, port } = new URL(named);
  if (origin === connection) return origin;
  return protocol === 'https:' && port === '' && SALESFORCE.test(hostname) ? origin : null;
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}
