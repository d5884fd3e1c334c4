import { z } from 'zod';

/** How often the service looks at everything it keeps. */
export interface ScrubConfig {
  /** 0: never. */
  readonly scrubEveryMs: number;
}

const HOUR_MS = 3_600_000;

export const scrubSettings = z.object({
  SCRUB_EVERY_HOURS: z
    .string()
    .regex(/^([1-9]\d{0,3}|off)$/, 'must be a whole number of hours from 1 to 9999, or off')
    .default('24')
    .transform((hours) => (hours === 'off' ? 0 : Number(hours) * HOUR_MS)),
});

/** The same, as the service uses them. */
export function scrubConfig(settings: z.infer<typeof scrubSettings>): ScrubConfig {
  return { scrubEveryMs: settings.SCRUB_EVERY_HOURS };
}
