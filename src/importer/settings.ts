import { z } from 'zod';

/** How imports are performed, by the settings. */
export interface ImportConfig {
  /** How many attempts are under way at once, and how many of them for one organization. */
  readonly importConcurrency: number;
  readonly importConcurrencyPerOrganization: number;
  /** How long an attempt may take. */
  readonly importAttemptSeconds: number;
  /** How many bytes an image may have. */
  readonly importMostBytes: number;
  /** An import is late if somebody could have begun it so long ago. */
  readonly importWaitWarningSeconds: number;
}

/** The settings as the environment has them. */
export const importSettings = z.object({
  IMPORT_CONCURRENCY: concurrency('20'),
  IMPORT_CONCURRENCY_PER_ORGANIZATION: concurrency('10'),
  IMPORT_ATTEMPT_SECONDS: z
    .string()
    .refine((text) => isWhole(text, 1, 1_800), 'must be a whole number of seconds from 1 to 1800')
    .default('120')
    .transform(Number),
  IMPORT_MAX_MB: z
    .string()
    .refine((text) => isWhole(text, 1, 10_000), 'must be a whole number of megabytes from 1 to 10000')
    .default('100')
    .transform((megabytes) => Number(megabytes) * 1_000_000),
  IMPORT_WAIT_WARNING_MINUTES: z
    .string()
    .refine((text) => isWhole(text, 1, 9_999), 'must be a whole number of minutes from 1 to 9999')
    .default('60')
    .transform((minutes) => Number(minutes) * 60),
});

/** The same, as the service uses them. */
export function importConfig(settings: z.infer<typeof importSettings>): ImportConfig {
  return {
    importConcurrency: settings.IMPORT_CONCURRENCY,
    importConcurrencyPerOrganization: settings.IMPORT_CONCURRENCY_PER_ORGANIZATION,
    importAttemptSeconds: settings.IMPORT_ATTEMPT_SECONDS,
    importMostBytes: settings.IMPORT_MAX_MB,
    importWaitWarningSeconds: settings.IMPORT_WAIT_WARNING_MINUTES,
  };
}

function concurrency(usual: string) {
  return z
    .string()
    .refine((text) => isWhole(text, 1, 1_000), 'must be a whole number from 1 to 1000')
    .default(usual)
    .transform(Number);
}

function isWhole(text: string, least: number, most: number): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= least && Number(text) <= most;
}
