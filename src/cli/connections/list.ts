import { completeViews } from '../../operations/complete-views.ts';
import type { ConnectionView } from '../../projections/views.ts';
import type { Context } from '../context.ts';
import { printRows } from '../rows.ts';

export interface ListOptions {
  readonly removed?: true;
  readonly json?: boolean;
}

/** Prints every connection. No secret is in it. */
export async function list({ removed, json = false }: ListOptions, context: Context): Promise<void> {
  const views = await completeViews(await context.reading(), 'connection');
  const shown = views.filter(({ view }) => removed || view.status === 'connected');
  await printRows(
    context,
    shown.map(({ view }) => rowOf(view)),
    json,
    ['audience', 'login', 'user', 'until', 'url'],
  );
}

function rowOf(view: ConnectionView) {
  const { organization_id, status, url, login, username, client_id, audience } = view;
  const isPaused =
    view.paused_reason !== null && (view.paused_until === null || Date.parse(view.paused_until) > Date.now());
  return {
    ...{ organization_id, status: isPaused ? 'paused' : status, url, login, user: username ?? client_id, audience },
    reason: isPaused ? view.paused_reason : null,
    detail: isPaused ? view.paused_detail : null,
    until: isPaused ? view.paused_until : null,
  };
}
