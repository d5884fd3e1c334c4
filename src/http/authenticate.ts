import type { EventMetadata } from '../events/event-types.ts';
import { type Abilities, ALL_ALBUMS, abilitiesOf } from '../tokens/abilities.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';
import type { Directory } from './directory.ts';
import { accessDenied } from './problem.ts';
import { tokenOf } from './token-header.ts';

/** Who is asking, on whose behalf, and what they may do. */
export interface Caller {
  /** Names the caller beyond doubt: `user:<uuid>` or `secret:<uuid>`. */
  readonly name: string;
  readonly organizationId: string;
  /** How events name the caller. */
  readonly identity: Pick<EventMetadata, 'user_id' | 'secret_id'>;
  readonly abilities: Abilities;
  /** A user whose role is operator: they see the events of every organization. */
  readonly isOperator: boolean;
  /** The token for the `X-token` header of a success. */
  readonly freshToken: string;
}

/** Tells who sent a request, from its `Authorization` header. */
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

  /** @throws {Problem} 401, which does not say what was wrong */
  async authenticate(authorization: string | undefined): Promise<Caller> {
    const token = tokenOf(authorization);
    if (token === null) throw accessDenied();
    const nowSeconds = Math.floor(this.#now() / 1000);
    const verified = this.#verifier.verify(token, nowSeconds);
    if (verified === null) throw accessDenied();
    const { kind, id, claims } = verified;
    const owner = kind === 'user' ? await this.#directory.user(id) : await this.#directory.secret(id);
    if (owner === null) throw accessDenied();
    return {
      name: `${kind}:${id}`,
      organizationId: owner.organization_id,
      identity: kind === 'user' ? { user_id: id } : { secret_id: id },
      abilities: kind === 'user' ? ALL_ALBUMS : abilitiesOf(claims),
      isOperator: 'role' in owner && owner.role === 'operator',
      freshToken: verified.mintAnew(nowSeconds),
    };
  }
}
