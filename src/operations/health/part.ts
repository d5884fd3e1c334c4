/** The levels of monitoring systems; the number is the plugin's exit code. */
export const levels = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 } as const;

export type Level = keyof typeof levels;

/** The values beyond which the level is a warning or critical. */
export interface Threshold {
  readonly warning: number;
  readonly critical: number;
}

/** One value with its level. */
export interface Part {
  readonly name:
    | 'lag'
    | 'quarantine'
    | 'imports'
    | 'connections'
    | 'heartbeat'
    | 'importer'
    | 'webhooks'
    | 'disk'
    | 'damage'
    | 'views'
    | 'backup'
    | 'stores';
  readonly level: Level;
  readonly text: string;
  /** Null: it could not be measured, or it is no number. */
  readonly value: number | null;
  readonly unit: 's' | '%' | '';
  readonly threshold: Threshold | null;
}

/** The level of a value that is the worse the higher it is. */
export function beyond(value: number, { warning, critical }: Threshold): Level {
  if (value > critical) return 'CRITICAL';
  return value > warning ? 'WARNING' : 'OK';
}

/** `0.3 s`, `12 s` */
export function secondsText(value: number): string {
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} s`;
}

/** `77.7 GB`, of a billion bytes each */
export function gigabytesText(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
