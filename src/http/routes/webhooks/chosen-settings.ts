import type { Naming } from '../../../subscribers/cloud-event.ts';
import { namesByType } from '../../../subscribers/known-types.ts';
import type { Caller } from '../../in/authenticate.ts';
import { malformed, webhookRefused } from '../../out/problem.ts';
import { ALL_TYPES } from '../../out/render-webhook.ts';
import type { Services } from '../../services.ts';

/**
 * The names of types without their prefix, each once; `*` alone if it is among them.
 * @throws {Problem} 400 that names the types that there are
 */
export function typeNamesOf(naming: Naming, types: readonly string[]): string[] {
  const known = namesByType(naming);
  const names = types.map((type) => {
    const name = type === ALL_TYPES ? type : known.get(type);
    if (name !== undefined) return name;
    throw malformed(
      `types takes types of events: ${[...known.keys()].join(', ')}, or * for all. One that was sent is not among them.`,
    );
  });
  return names.includes(ALL_TYPES) ? [ALL_TYPES] : [...new Set(names)];
}

/** @throws {Problem} 422 if nothing may be sent to the URL; 503 if its turn to be looked up does not come */
export async function assertAddress(
  { webhooks, limits }: Pick<Services, 'webhooks' | 'limits'>,
  { organizationId }: Caller,
  url: string,
): Promise<void> {
  const refusal = await limits.addressChecks.run(organizationId, () => webhooks.refusalOf(url));
  if (refusal !== null) throw webhookRefused(refusal);
}
