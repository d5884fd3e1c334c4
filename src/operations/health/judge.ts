import { reasonOf } from '../../reason-of.ts';
import type { Disk, Failure, Measures, Projection, ServiceAnswer, WebhooksAnswer } from './measures.ts';

/** The levels of monitoring systems; the number is the plugin's exit code. */
export const levels = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 } as const;

export type Level = keyof typeof levels;

/** From the best to the worst: unknown is worse than a warning, and better than a known fault. */
const BY_WEIGHT: readonly Level[] = ['OK', 'WARNING', 'UNKNOWN', 'CRITICAL'];

/** The values beyond which the level is a warning or critical. */
export interface Threshold {
  readonly warning: number;
  readonly critical: number;
}

/** Lower bounds for the free disk space, upper bounds for everything else. */
export interface Thresholds {
  readonly lag: Threshold;
  readonly heartbeat: Threshold;
  readonly quarantine: Threshold;
  /** Of held webhooks: an operator has to say from where on they send. */
  readonly held: Threshold;
  readonly disk: Threshold;
}

/** One value with its level. */
export interface Part {
  readonly name: 'lag' | 'quarantine' | 'heartbeat' | 'webhooks' | 'disk' | 'stores';
  readonly level: Level;
  readonly text: string;
  /** Null: it could not be measured. */
  readonly value: number | null;
  readonly unit: 's' | '%' | '';
  readonly threshold: Threshold | null;
}

export function judge({ projection, service, disk }: Measures, thresholds: Thresholds): Part[] {
  return [
    ...('error' in projection ? [failed('stores', projection)] : ofProjection(projection, thresholds)),
    ...(service === null ? [] : 'error' in service ? [failed('heartbeat', service)] : ofService(service, thresholds)),
    ...(disk === null ? [] : ['error' in disk ? failed('disk', disk) : ofDisk(disk, thresholds)]),
  ];
}

export function worstOf(parts: readonly { readonly level: Level }[]): Level {
  const weights = parts.map(({ level }) => BY_WEIGHT.indexOf(level));
  return BY_WEIGHT[Math.max(0, ...weights)] as Level;
}

function ofProjection({ lagSeconds, position, head, quarantined }: Projection, thresholds: Thresholds): Part[] {
  const { lag, quarantine } = thresholds;
  const at = position < head ? `at position ${position} of ${head}` : `level with the log at position ${head}`;
  const age = lagSeconds === null ? 'the views are not level, for an unknown time' : `lag ${seconds(lagSeconds)}`;
  return [
    {
      name: 'lag',
      level: lagSeconds === null ? 'UNKNOWN' : beyond(lagSeconds, lag),
      text: `${age} (${at})`,
      value: lagSeconds,
      unit: 's',
      threshold: lag,
    },
    {
      name: 'quarantine',
      level: beyond(quarantined, quarantine),
      text: `${quarantined} ${quarantined === 1 ? 'event' : 'events'} in quarantine`,
      value: quarantined,
      unit: '',
      threshold: quarantine,
    },
  ];
}

function ofService(service: ServiceAnswer, thresholds: Thresholds): Part[] {
  const ofWebhooks = service.webhooks === null ? [] : [ofStanding(service.webhooks, thresholds)];
  return [ofHeartbeat(service, thresholds), ...ofWebhooks];
}

function ofHeartbeat({ heartbeatAgeSeconds, notReady }: ServiceAnswer, { heartbeat }: Thresholds): Part {
  const level = heartbeatAgeSeconds === null ? 'OK' : beyond(heartbeatAgeSeconds, heartbeat);
  const age = heartbeatAgeSeconds === null ? [] : [`heartbeat ${seconds(heartbeatAgeSeconds)} ago`];
  const readiness = notReady === null ? [] : [`not ready: ${notReady}`];
  return {
    name: 'heartbeat',
    level: level === 'OK' && notReady !== null ? 'WARNING' : level,
    text: [...age, ...readiness].join(', ') || 'the service is ready',
    value: heartbeatAgeSeconds,
    unit: 's',
    threshold: heartbeat,
  };
}

function ofStanding({ held, failing, waiting, oldestSeconds }: WebhooksAnswer, thresholds: Thresholds): Part {
  const late = waiting === 0 ? '' : `, the oldest for ${seconds(oldestSeconds)}`;
  return {
    name: 'webhooks',
    level: beyond(held, thresholds.held),
    text: `webhooks: ${held} held, ${failing} failing, ${waiting} ${waiting === 1 ? 'delivery waits' : 'deliveries wait'}${late}`,
    value: held,
    unit: '',
    threshold: thresholds.held,
  };
}

function ofDisk({ directory, freeBytes, freePercent }: Disk, { disk }: Thresholds): Part {
  return {
    name: 'disk',
    level: beyond(-freePercent, { warning: -disk.warning, critical: -disk.critical }),
    text: `${Math.floor(freePercent)} % of the disk free (${gigabytes(freeBytes)} at ${directory})`,
    value: freePercent,
    unit: '%',
    threshold: disk,
  };
}

function failed(name: Part['name'], { error }: Failure): Part {
  return { name, level: 'CRITICAL', text: reasonOf(error), value: null, unit: '', threshold: null };
}

function beyond(value: number, { warning, critical }: Threshold): Level {
  if (value > critical) return 'CRITICAL';
  return value > warning ? 'WARNING' : 'OK';
}

function seconds(value: number): string {
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} s`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
