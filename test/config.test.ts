import { randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { readConfig } from '../src/config.ts';
import { JWT_SECRET } from './support/service.ts';

const WEAK = '0'.repeat(32);
const modeOf = (env: NodeJS.ProcessEnv) => (readConfig(env).production ? 'production' : 'development');

describe('the mode', () => {
  for (const [env, mode] of [
    [{}, 'development'],
    [{ HOST: 'localhost' }, 'development'],
    [{ HOST: '::1' }, 'development'],
    [{ HOST: '127.9.9.9' }, 'development'],
    [{ NODE_ENV: '', JWT_SECRET: '' }, 'development'],
    [{ NODE_ENV: 'development', HOST: '0.0.0.0' }, 'development'],
    [{ NODE_ENV: 'development', JWT_SECRET }, 'development'],
    [{ NODE_ENV: 'development', JWT_SECRET: WEAK }, 'development'],
    [{ JWT_SECRET }, 'production'],
    [{ JWT_SECRET, HOST: '0.0.0.0' }, 'production'],
    [{ JWT_SECRET, NODE_ENV: 'production' }, 'production'],
    [{ JWT_SECRET, NODE_ENV: 'staging' }, 'production'],
    [{ JWT_SECRET, NODE_ENV: 'Development' }, 'production'],
  ] as const) {
    it(`of ${JSON.stringify(env).replace(JWT_SECRET, '…')} is ${mode}`, () => {
      expect(modeOf(env)).to.equal(mode);
    });
  }

  for (const [env, says] of [
    [{ NODE_ENV: 'production' }, /JWT_SECRET is required in production: at least 32 bytes; `openssl/],
    [
      { NODE_ENV: 'staging' },
      /required in production: .* makes one\. To try the service out, set NODE_ENV=development/,
    ],
    [{ HOST: '0.0.0.0' }, /required if HOST is not loopback: .* NODE_ENV=development/],
    [{ HOST: '::' }, /required if HOST is not loopback/],
    [{ HOST: '127.0.0.1.example.com' }, /required if HOST is not loopback/],
    [{ JWT_SECRET: WEAK }, /JWT_SECRET is easy to guess: .* makes one\. To try the service out/],
    [{ JWT_SECRET: WEAK, NODE_ENV: 'production' }, /JWT_SECRET is easy to guess: [^.]*makes one$/],
  ] as const) {
    it(`cannot be chosen by ${JSON.stringify(env)}, and the error says what to do`, () => {
      expect(() => readConfig(env)).to.throw(says);
    });
  }

  it('does not matter if the secret is too short, which is reported once', () => {
    expect(() => readConfig({ JWT_SECRET: 'short', NODE_ENV: 'production' })).to.throw(/^[^\n]*\n[^\n]*$/);
  });
});

describe('a JWT_SECRET in production', () => {
  const read = (secret: string) => readConfig({ NODE_ENV: 'production', JWT_SECRET: secret });

  for (const secret of [
    WEAK,
    'x'.repeat(500),
    `${'a'.repeat(40)}b`,
    'password'.repeat(4),
    `${'password'.repeat(8)}!`,
    'changeme-changeme-changeme-changeme',
    'secret-secret-secret-secret-secret',
    'your-256-bit-secret-your-256-bit-secret',
    '0123456789'.repeat(4),
    '9876543210'.repeat(4),
    '0123456789abcdef'.repeat(8),
    'deadbeef'.repeat(8),
    'abcdefghijklmnopqrstuvwxyz012345',
    'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
    'abcabcabdabcabcabdabcabcabdabcabc',
    'é'.repeat(32),
    'a-string-secret-at-least-256-bits-long',
  ]) {
    it(`like ${secret.slice(0, 40)} is refused`, () => {
      expect(() => read(secret)).to.throw(/JWT_SECRET is easy to guess/);
    });
  }

  for (const [what, secret] of [
    ['openssl rand -base64 48', () => randomBytes(48).toString('base64')],
    ['openssl rand -base64 24', () => randomBytes(24).toString('base64')],
    ['openssl rand -hex 16', () => randomBytes(16).toString('hex')],
    ['uuidgen', () => randomUUID()],
    ['a few words', () => 'correct horse battery staple and some more'],
  ] as const) {
    it(`that ${what} makes is accepted`, () => {
      for (let made = 0; made < 200; made += 1) expect(() => read(secret())).to.not.throw();
    });
  }
});

describe('TRUST_PROXY', () => {
  it('is off by default', () => {
    expect(readConfig({}).trustedProxies).to.equal(null);
  });

  it('is refused if it is neither a number nor addresses, and the error says what is accepted', () => {
    expect(() => readConfig({ TRUST_PROXY: 'true' })).to.throw(
      /TRUST_PROXY must be the number of proxies .* 10\.0\.0\.0\/8/,
    );
  });
});
