/** A dead connection is noticed after the client's keep-alive interval (10 s, its least) and this, unless the URL has its own. */
const KEEP_ALIVE_TIMEOUT_MS = 3_000;

/** What may be set in the URL. Not `throwOnAppendFailure`: off, a conflict would look like success. */
const OPTIONS = [
  'connectionName',
  'discoveryInterval',
  'gossipTimeout',
  'keepAliveInterval',
  'keepAliveTimeout',
  'maxDiscoverAttempts',
  'nodePreference',
  'tls',
  'tlsCAFile',
  'userCertFile',
  'userKeyFile',
].map(flat);

/**
 * The connection string for the client. Of an option that it does not know it would print a warning with the whole string, password
 * and all; so those are left out here.
 */
export function forClient(url: string, warn: (message: string) => void): string {
  const [, address = '', query = ''] = /^([^:]*:\/\/(?:[^:]+:[^@]+@)?[^?]*)\??(.*)/s.exec(url) ?? [];
  if (address === '') return url;
  const options = query.split('&').filter((option) => {
    const name = nameOf(option);
    const isKnown = OPTIONS.includes(flat(name));
    if (!isKnown && name !== '') warn(`The option ${name} in EVENTSTORE_URL has no effect.`);
    return isKnown;
  });
  if (!options.some((option) => flat(nameOf(option)) === 'keepalivetimeout')) {
    options.push(`keepAliveTimeout=${KEEP_ALIVE_TIMEOUT_MS}`);
  }
  return `${address}?${options.join('&')}`;
}

function nameOf(option: string): string {
  return option.split('=')[0] ?? '';
}

/** As the client compares names. */
function flat(name: string): string {
  return name.trim().toLowerCase().replace(/[_-]/g, '');
}
