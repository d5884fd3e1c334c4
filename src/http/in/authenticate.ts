import type { EventMetadata } from '../../events/metadata.ts';
import type { SecretView, UserView } from '../../projections/views.ts';
import { type Abilities, ALL_ALBUMS, abilitiesOf } from '../../tokens/abilities.ts';
import type { Claims } from '../../tokens/json-web-token.ts';
import type { Bearer, RefusedToken, TokenVerifier, VerifiedToken } from '../../tokens/token-verifier.ts';
import { AccessDenied } from './access-denied.ts';
import type { Directory } from './directory.ts';
import { tokenOf } from './token-header.ts';

/** The caller, their organization, and what they may do. */
export interface Caller {
  /** The unique name of the caller: `user:<uuid>` or `secret:<uuid>`. */
  readonly name: string;
  readonly organizationId: string;
  /** How events name the caller, and the caller's span. */
  readonly identity: Pick<EventMetadata, 'user_id' | 'secret_id' | 'traceparent'>;
  readonly abilities: Abilities;
  /** True for a user whose role is operator: they see the events of every organization. */
  readonly isOperator: boolean;
  /** True for a user whose role is worker: they perform imports, and may do nothing else. */
  readonly isWorker: boolean;
  /** When the token ends, in milliseconds since 1970; infinity: it has no `exp`. */
  readonly expiresAtMs: number;
  /** The token for the `X-token` header of a success. */
  readonly freshToken: string;
}

/** What is told of a request's token after its signature was verified. */
export interface TokenFacts {
  caller?: string;
  /** Its `jti`, as long as it may be. */
  tokenId?: string;
  /** Its `sub`: on whose behalf the holder of a secret says to act. */
  subject?: string;
}

/** Finds the caller of a request by its `Authorization` header. */
export class Authenticator {
  readonly #verifier: TokenVerifier;
  readonly #directory: Directory;
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(verifier: TokenVerifier, directory: Directory, now: () => number = Date.now) {
    this.#verifier = verifier;
    this.#directory = directory;
    this.#now = now;
  }

  /**
   * @param facts gets what is trusted of the token, even if the request is refused
   * @throws {AccessDenied} 401, which does not show the reason
   */
  async authenticate(authorization: string | undefined, facts: TokenFacts = {}): Promise<Caller> {
    const token = tokenOf(authorization);
    if (token === null) throw new AccessDenied(authorization === undefined ? 'header_missing' : 'token_missing');
    const nowSeconds = Math.floor(this.#now() / 1000);
    const verified = this.#verifier.verify(token, nowSeconds);
    if ('fault' in verified) throw denied(verified, facts);
    const { bearer, claims } = verified;
    note(bearer, claims, facts);
    const owner = bearer.kind === 'user' ? await this.#user(bearer.id) : await this.#issuer(verified);
    return {
      name: nameOf(bearer),
      organizationId: owner.organization_id,
      identity: bearer.kind === 'user' ? { user_id: bearer.id } : { secret_id: bearer.id },
      abilities: bearer.kind === 'user' ? ALL_ALBUMS : abilitiesOf(claims),
      isOperator: roleOf(owner) === 'operator',
      isWorker: roleOf(owner) === 'worker',
      expiresAtMs: verified.times.expiresAt === null ? Number.POSITIVE_INFINITY : verified.times.expiresAt * 1000,
      freshToken: verified.renewedAt(nowSeconds),
    };
  }

  /**
   * Whether an answer that lasts may go on: the token has not ended, and its user or secret may still do what it could. If that cannot be
   * looked up, it may.
   */
  async mayGoOn({ identity, organizationId, isOperator, isWorker, expiresAtMs }: Caller): Promise<boolean> {
    if (this.#now() >= expiresAtMs) return false;
    const { user_id, secret_id } = identity;
    try {
      const owner = user_id === undefined ? await this.#secret(secret_id as string) : await this.#user(user_id);
      const hasSameRole = (roleOf(owner) === 'operator') === isOperator && (roleOf(owner) === 'worker') === isWorker;
      return owner.organization_id === organizationId && hasSameRole;
    } catch (error) {
      return !(error instanceof AccessDenied);
    }
  }

  /** The secret of a token. An old key must not make tokens of secrets that were issued with a newer one. */
  async #issuer(token: VerifiedToken): Promise<SecretView> {
    const secret = await this.#secret(token.bearer.id);
    if (!this.#verifier.isAsIssued(token, secret.key)) throw new AccessDenied('signature_wrong');
    return secret;
  }

  async #user(id: string): Promise<UserView> {
    const user = await this.#directory.user(id);
    if (user === null) throw new AccessDenied('user_unknown');
    if (user.removed_at !== null) throw new AccessDenied('user_removed');
    return user;
  }

  async #secret(id: string): Promise<SecretView> {
    const secret = await this.#directory.secret(id);
    if (secret === null) throw new AccessDenied('secret_unknown');
    if (secret.revoked_at !== null) throw new AccessDenied('secret_revoked');
    return secret;
  }
}

function denied({ fault, bearer, claims }: RefusedToken, facts: TokenFacts): AccessDenied {
  if (bearer === null) return new AccessDenied(fault);
  if (fault === 'signature_wrong') return new AccessDenied(fault, nameOf(bearer));
  note(bearer, claims, facts);
  return new AccessDenied(fault);
}

function note(bearer: Bearer, { jti, sub }: Claims, facts: TokenFacts): void {
  facts.caller = nameOf(bearer);
  facts.tokenId = textOf(jti);
  facts.subject = textOf(sub);
}

function textOf(claim: unknown): string | undefined {
  return typeof claim === 'string' || typeof claim === 'number' ? String(claim) : undefined;
}

/** Null: a secret has none. */
function roleOf(owner: UserView | SecretView): UserView['role'] | null {
  return 'role' in owner ? owner.role : null;
}

function nameOf({ kind, id }: Bearer): string {
  return `${kind}:${id}`;
}
