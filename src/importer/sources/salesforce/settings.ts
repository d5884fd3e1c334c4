import { z } from 'zod';

/** How images are fetched from Salesforce, by the settings. */
export interface SalesforceConfig {
  /** The app by which the service logs in to organizations; null: each connection names one. */
  readonly salesforceClientId: string | null;
  /** Null: only connections with a secret of their own work. */
  readonly salesforcePrivateKeyFile: string | null;
  /** Such as `68.0`. */
  readonly salesforceApiVersion: string;
  /** How much of an organization's API requests of a day may be used up, by everybody, before the service stops. */
  readonly salesforceBudgetPercent: number;
}

/** The settings as the environment has them. */
export const salesforceSettings = z.object({
  SALESFORCE_CLIENT_ID: z
    .string()
    .regex(/^\S+$/, 'must be the consumer key of the external client app, without blanks')
    .optional(),
  SALESFORCE_PRIVATE_KEY_FILE: z.string().optional(),
  SALESFORCE_API_VERSION: z
    .string()
    .regex(/^[1-9]\d{1,2}\.0$/, 'must be a version of the REST API, such as 68.0')
    .default('68.0'),
  SALESFORCE_BUDGET_PERCENT: z
    .string()
    .regex(/^([1-9]\d?|100)$/, 'must be a whole number from 1 to 100')
    .default('90')
    .transform(Number),
});

type Settings = z.infer<typeof salesforceSettings>;

/** The same, as the service uses them. */
export function salesforceConfig(settings: Settings): SalesforceConfig {
  return {
    salesforceClientId: settings.SALESFORCE_CLIENT_ID ?? null,
    salesforcePrivateKeyFile: settings.SALESFORCE_PRIVATE_KEY_FILE ?? null,
    salesforceApiVersion: settings.SALESFORCE_API_VERSION,
    salesforceBudgetPercent: settings.SALESFORCE_BUDGET_PERCENT,
  };
}

/** What is wrong with them together. */
export function faultsOfSalesforce({
  SALESFORCE_CLIENT_ID: id,
  SALESFORCE_PRIVATE_KEY_FILE: file,
}: Settings): string[] {
  if (id === undefined || file !== undefined) return [];
  return ['SALESFORCE_CLIENT_ID is of no use without SALESFORCE_PRIVATE_KEY_FILE: set both'];
}
