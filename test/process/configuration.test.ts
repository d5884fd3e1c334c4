import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { imports } from '../support/imports.ts';
import { kill, listeningForOperators, startProcess } from '../support/process.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { JWT_SECRET } from '../support/service.ts';
import { startHere } from '../support/start-here.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

describe('the configuration', () => {
  const directory = temporaryDirectory();
  const DATA_DIR = directory.path;

  after(() => directory.remove());

  for (const [what, env, says] of [
    ['a missing JWT_SECRET in production', { NODE_ENV: 'production' }, /JWT_SECRET is required in production/],
    [
      'an empty JWT_SECRET in production',
      { NODE_ENV: 'production', JWT_SECRET: '' },
      /JWT_SECRET is required in production/,
    ],
    ['a short JWT_SECRET', { JWT_SECRET: 'short' }, /JWT_SECRET must have at least 32 bytes/],
    [
      '32 zeros for a JWT_SECRET in production',
      { NODE_ENV: 'production', JWT_SECRET: '0'.repeat(32) },
      /easy to guess/,
    ],
    ['no JWT_SECRET on all addresses', { HOST: '0.0.0.0' }, /JWT_SECRET is required/],
    ['a TRUST_PROXY that is none', { TRUST_PROXY: 'yes' }, /TRUST_PROXY must be the number of proxies/],
    ['a PORT that is none', { PORT: '99999' }, /PORT must be a port number from 0 to 65535/],
    ['an OPERATIONS_PORT that is none', { OPERATIONS_PORT: 'no' }, /OPERATIONS_PORT must be a port number .*, or off/],
    ['one port for both', { PORT: '3001', OPERATIONS_PORT: '3001' }, /OPERATIONS_PORT 3001 .*: set another/],
    ['a PORT that is the default of the other', { PORT: '3001', OPERATIONS_PORT: '' }, /OPERATIONS_PORT 3001/],
    [
      'a KEEP_ALIVE_SECONDS of none',
      { KEEP_ALIVE_SECONDS: '0' },
      /KEEP_ALIVE_SECONDS must be a whole number of seconds/,
    ],
    ['an unknown time zone', { TIME_ZONE: 'Mars/Olympus' }, /TIME_ZONE must be an IANA time zone/],
    ['a PUBLIC_URL with a query', { PUBLIC_URL: 'https://x.example/?a=1' }, /PUBLIC_URL must be like https:/],
    ['a PUBLIC_URL with a user', { PUBLIC_URL: 'https://user@x.example' }, /PUBLIC_URL must be like https:/],
    [
      'a PUBLIC_URL that would be repaired',
      { PUBLIC_URL: 'https://x.example/a/../b' },
      /PUBLIC_URL must be like https:/,
    ],
    ['a PUBLIC_URL without a scheme', { PUBLIC_URL: 'x.example' }, /PUBLIC_URL must be like https:/],
    ['a CORS_ORIGINS with a path', { CORS_ORIGINS: 'https://x.example/' }, /CORS_ORIGINS must be origins/],
    ['a CORS_ORIGINS of null', { CORS_ORIGINS: 'null' }, /CORS_ORIGINS must be origins/],
    ['a CORS_ORIGINS of any and one', { CORS_ORIGINS: '*,https://x.example' }, /CORS_ORIGINS must be origins/],
    ['an unknown log level', { LOG_LEVEL: 'loud' }, /LOG_LEVEL must be one of/],
    ['a DATA_DIR that is a file', { DATA_DIR: '/etc/hostname' }, /DATA_DIR \/etc\/hostname cannot be used/],
    ['a DATA_DIR where none can be made', { DATA_DIR: '/proc/nope/x' }, /DATA_DIR \/proc\/nope\/x cannot be used/],
    [
      'REDACTED_PARAMETERS that are no paths',
      { REDACTED_PARAMETERS: 'a, b[]' },
      /REDACTED_PARAMETERS has "b\[\]", which is no path/,
    ],
    ['an album_id to be redacted', { REDACTED_PARAMETERS: 'album_id' }, /REDACTED_PARAMETERS has "album_id"/],
    ['an EVENTSTORE_URL of another scheme', { EVENTSTORE_URL: 'http://x:2113' }, /EVENTSTORE_URL must be like esdb:/],
    ['an EVENTSTORE_URL without a host', { EVENTSTORE_URL: 'esdb://?tls=false' }, /EVENTSTORE_URL must be like esdb:/],
    ...['x-', '$x_', 'x y', 'x\t', ' ', 'x\u0000', 'x\u200b'].map(
      (prefix) =>
        [
          `an EVENTSTORE_STREAM_PREFIX of ${JSON.stringify(prefix)}`,
          { EVENTSTORE_STREAM_PREFIX: prefix },
          /EVENTSTORE_STREAM_PREFIX must be like x_, without a hyphen, .* first hyphen/,
        ] as const,
    ),
    ['a MONGODB_URL of another scheme', { MONGODB_URL: 'mysql://x/imports' }, /MONGODB_URL must be like mongodb:/],
    ['a MONGODB_URL without a database', { MONGODB_URL: 'mongodb://x:27017' }, /MONGODB_URL .* the name of a database/],
  ] as const) {
    it(`with ${what} stops the start with a message that names it, and writes nothing`, async () => {
      const lines: string[] = [];
      const error = await rejectionOf(startHere({ DATA_DIR, ...env }, (line) => lines.push(line)));
      expect(error).to.include({ code: 'bad_config' });
      expect(error.message).to.match(says);
      expect(lines).to.deep.equal([]);
      expect(readdirSync(DATA_DIR)).to.deep.equal([]);
    });
  }

  it('with several wrong settings ends the process with 1 and one message that names them all', async () => {
    const wrong = { DATA_DIR, NODE_ENV: 'production', PORT: 'x', TIME_ZONE: 'y' };
    const { code, stderr, stdout } = await startProcess(wrong).ended();
    expect(code).to.equal(1);
    expect(stderr)
      .to.match(/PORT.*TIME_ZONE.*JWT_SECRET/s)
      .and.not.match(/^ {4}at /m);
    expect(stdout).to.equal('');
    expect(readdirSync(DATA_DIR)).to.deep.equal([]);
  });

  it('with a port that is taken stops the start with the reason', async () => {
    const [one, other] = [temporaryDirectory(), temporaryDirectory()];
    const first = await startHere({ JWT_SECRET, DATA_DIR: one.path });
    const PORT = String(first.address.port);
    const error = await rejectionOf(startHere({ JWT_SECRET, DATA_DIR: other.path, PORT }));
    await first.stop(0);
    for (const { remove } of [one, other]) remove();
    expect(error).to.include({ code: 'bad_config' });
    expect(error.message).to.match(/PORT.*in use/);
  });

  it('with a JWT_SECRET and no word of development makes nothing up: no user, no curl line', async () => {
    const env = { DATA_DIR, JWT_SECRET, PORT: '0' };
    const service = startProcess(env);
    const url = await listeningForOperators(service);
    expect(await (await fetch(`${url}/metrics`)).text()).to.match(/^imports_log_append_duration_seconds_count 0$/m);
    const { stdout } = await kill(service, 'SIGTERM');
    expect(stdout)
      .to.match(/"mode":"production"/)
      .and.not.contain('curl');
    expect((await imports(env, 'users', 'list')).stdout).to.equal('');
  });
});
