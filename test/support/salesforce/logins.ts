import { createPublicKey, type KeyObject, randomUUID, verify } from 'node:crypto';
import { fakeId } from './files.ts';

/** Who may log in. */
export interface FakeApp {
  readonly clientId: string;
  readonly username: string;
  /** In PEM: of the certificate that was uploaded. */
  readonly publicKey: string;
  /** For client credentials. */
  readonly secret: string;
}

/** The answer to a login. */
export type LoginAnswer = { readonly status: number; readonly members: object };

const MOST_AHEAD_SECONDS = 180;

/** Logs users in as Salesforce does: the assertion's signature, issuer, user, audience and time are checked. */
export class FakeLogins {
  readonly #app: FakeApp;
  readonly #key: KeyObject;
  readonly #tokens = new Set<string>();
  /** The audience that assertions must have. */
  audience = '';

  constructor(app: FakeApp) {
    this.#app = app;
    this.#key = createPublicKey(app.publicKey);
  }

  logIn(form: URLSearchParams, instanceUrl: string): LoginAnswer {
    const refused = this.#refusalOf(form);
    if (refused !== null) return { status: 400, members: refused };
    const token = `00D!${randomUUID()}`;
    this.#tokens.add(token);
    const id = `https://login.salesforce.com/id/${fakeId('00D', 7)}/${fakeId('005', 7)}`;
    const members = { access_token: token, instance_url: instanceUrl, id, token_type: 'Bearer', scope: 'api id' };
    return { status: 200, members };
  }

  isLoggedIn(authorization = ''): boolean {
    return this.#tokens.has(authorization.replace(/^Bearer /, ''));
  }

  /** Ends all sessions. */
  endAll(): void {
    this.#tokens.clear();
  }

  #refusalOf(form: URLSearchParams): object | null {
    const app = this.#app;
    if (form.get('grant_type') === 'client_credentials') {
      if (form.get('client_id') !== app.clientId) return refusal('invalid_client_id', 'client identifier invalid');
      return form.get('client_secret') === app.secret ? null : refusal('invalid_client', 'invalid client credentials');
    }
    if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
      return refusal('unsupported_grant_type', 'grant type not supported');
    }
    const parts = (form.get('assertion') ?? '').split('.');
    const [header = '', claims = '', signature = ''] = parts;
    const { alg } = decoded(header);
    const { iss, sub, aud, exp } = decoded(claims);
    if (iss !== app.clientId) return refusal('invalid_client_id', 'client identifier invalid');
    const isSigned = verify(
      'RSA-SHA256',
      Buffer.from(`${header}.${claims}`),
      this.#key,
      Buffer.from(signature, 'base64url'),
    );
    if (parts.length !== 3 || alg !== 'RS256' || !isSigned) return refusal('invalid_grant', 'invalid assertion');
    if (aud !== this.audience) return refusal('invalid_grant', 'audience is invalid');
    const aheadSeconds = Number(exp) - Date.now() / 1_000;
    if (!(aheadSeconds > 0 && aheadSeconds <= MOST_AHEAD_SECONDS)) return refusal('invalid_grant', 'expired assertion');
    return sub === app.username ? null : refusal('invalid_grant', "user hasn't approved this consumer");
  }
}

function refusal(error: string, error_description: string): object {
  return { error, error_description };
}

function decoded(segment: string): { readonly [name: string]: unknown } {
  try {
    return Object(JSON.parse(Buffer.from(segment, 'base64url').toString()));
  } catch {
    return {};
  }
}
