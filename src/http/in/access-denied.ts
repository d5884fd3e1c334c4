import type { TokenFault } from '../../tokens/token-verifier.ts';
import { Problem } from '../out/problem.ts';

/** Why a request is refused with 401: stable codes, for the log alone. docs/operating.md lists them. */
type DenialReason =
  | TokenFault
  | 'header_missing'
  | 'token_missing'
  | 'user_unknown'
  | 'user_removed'
  | 'secret_unknown'
  | 'secret_revoked'
  | 'album_not_allowed'
  | 'role_not_allowed'
  | 'rights_ended';

/** 401: the same answer for every reason, so that a caller does not learn the reason. */
export class AccessDenied extends Problem {
  readonly reason: DenialReason;
  /** The bearer that the token names, if that claim is not trusted. */
  readonly claimed: string | undefined;

  constructor(reason: DenialReason, claimed?: string) {
    super('access-denied', 'Send a valid token: Authorization: Token token="…".', [
      ['X-message', 'Access denied'],
      ['WWW-Authenticate', 'Token realm="Application"'],
    ]);
    this.reason = reason;
    this.claimed = claimed;
  }
}
