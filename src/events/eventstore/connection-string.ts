/** Used if the URL sets none. A dead connection is noticed after the client's shortest keep-alive interval (10 s) and this time. */
const KEEP_ALIVE_TIMEOUT_MS = 3_000;

/** The options that the URL may set. Not `throwOnAppendFailure`: if it is off, a conflict looks like success. */
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
 * The connection string for the client, without options that the client does not know: its warning about them would print the whole
 * string with the password.
 */
export function forClient(url: string, warn: (message: string) => void): string {
  const [, address = '', query = ''] = /^([^:]*:\/\/(?:[^:]+:[^@]+@)?[^?]*)\??(.*)/s.exec(url) ?? [];
  if (address === '') return url;
  const options = query.split('&').filter((option) => {
    const name = optionName(option);
    const isKnown = OPTIONS.includes(flat(name));
    if (!isKnown && name !== '') warn(`The option ${name} in EVENTSTORE_URL has no effect.`);
    return isKnown;
  });
  if (!options.some((option) => flat(optionName(option)) === 'keepalivetimeout')) {
    options.push(`keepAliveTimeout=${KEEP_ALIVE_TIMEOUT_MS}`);
  }
  return `${address}?${options.join('&')}`;
}

function optionName(option: string): string {
  return option.split('=')[0] ?? '';
}

/** The form in which the client compares names. */
function flat(name: string): string {
  return name.trim().toLowerCase().replace(/[_-]/g, '');
}
