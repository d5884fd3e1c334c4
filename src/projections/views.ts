import { connectionView } from './views/connection-view.ts';
import type { ViewOf } from './views/declare-view.ts';
import { importView } from './views/import-view.ts';
import { secretView } from './views/secret-view.ts';
import { userView } from './views/user-view.ts';
import { webhookView } from './views/webhook-view.ts';

/** Every view, by kind. */
export const views = {
  import: importView,
  user: userView,
  secret: secretView,
  webhook: webhookView,
  connection: connectionView,
};

/** The version of the views that this release makes. */
export const VIEWS_VERSION = Math.max(...Object.values(views).map(({ version }) => version));

export type ViewKind = keyof typeof views;

export type Views = { readonly [K in ViewKind]: ViewOf<(typeof views)[K]['fields']> };

export const VIEW_KINDS = Object.keys(views) as readonly ViewKind[];

export type { ConnectionView } from './views/connection-view.ts';
export type { ImportView } from './views/import-view.ts';
export type { SecretView } from './views/secret-view.ts';
export type { UserView } from './views/user-view.ts';
export type { WebhookRecovery, WebhookView } from './views/webhook-view.ts';
