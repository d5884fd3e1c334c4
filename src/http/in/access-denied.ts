import type { TokenFault } from '../../tokens/token-verifier.ts';
import { Problem } from '../out/problem.ts';

/** Why a request is refused with 401: stable codes, for the log alone. The docs list them: docs/operating.md. */
export type DenialReason =
  | TokenFault
  | 'header_missing'
  | 'token_missing'
  | 'user_unknown'
  | 'user_removed'
  | 'secret_unknown'
  | 'secret_revoked'
  | 'album_not_allowed';

/** 401: one answer for every reason, so that nobody learns which it was. */
export class AccessDenied extends Problem {
  readonly reason: DenialReason;
  /** Who the token says that its bearer is, where that must not be believed. */
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
