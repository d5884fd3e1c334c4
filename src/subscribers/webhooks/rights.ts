import type { SecretView, UserView, WebhookView } from '../../projections/views.ts';

/** Who is registered, and what was issued. What it says is at most half a second old. */
export interface Directory {
  user(id: string): Promise<UserView | null>;
  secret(id: string): Promise<SecretView | null>;
}

/**
 * Why an endpoint's maker, who chose its URL, may not see its events any more; null: they may. Subscribers read it, so it does not say who
 * that is.
 * @throws {LogUnavailable | ReadModelUnavailable} nobody knows
 */
export async function endedRights(endpoint: WebhookView, directory: Directory): Promise<string | null> {
  const [kind = '', id = ''] = endpoint.made_by.split(':');
  if (kind === 'secret') {
    const secret = await directory.secret(id);
    if (secret === null || secret.revoked_at !== null) return 'The secret that chose its URL was revoked.';
    if (endpoint.sees === 'everything') return 'The secret that chose its URL is no operator.';
    return ofSame(secret, endpoint, 'The secret that chose its URL');
  }
  const user = await directory.user(id);
  if (user === null || user.removed_at !== null) return 'The user who chose its URL was removed.';
  if (endpoint.sees === 'everything' && user.role !== 'operator') {
    return 'The user who chose its URL is no operator any more.';
  }
  // An operator may have chosen the URL of an endpoint of another organization.
  return user.role === 'operator' ? null : ofSame(user, endpoint, 'The user who chose its URL');
}

function ofSame(maker: UserView | SecretView, endpoint: WebhookView, who: string): string | null {
  return maker.organization_id === endpoint.organization_id ? null : `${who} belongs to another organization now.`;
}
