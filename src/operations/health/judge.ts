import { reasonOf } from '../../errors/reason-of.ts';
import { ofImporter, ofImports } from './judge-imports.ts';
import { ofBackup, ofLooks } from './judge-kept.ts';
import type { Disk, Failure, Measures, Projection } from './measures.ts';
import { beyond, gigabytesText, type Level, type Part, secondsText, type Threshold } from './part.ts';
import type { ServiceAnswer, WebhooksAnswer } from './service-answer.ts';

/** From the best to the worst: unknown is worse than a warning, and better than a known fault. */
const BY_WEIGHT: readonly Level[] = ['OK', 'WARNING', 'UNKNOWN', 'CRITICAL'];

/** Lower bounds for the free disk space, upper bounds for everything else. */
export interface Thresholds {
  readonly lag: Threshold;
  readonly heartbeat: Threshold;
  readonly quarantine: Threshold;
  /** Of imports: how long ago somebody could have begun them. */
  readonly late: Threshold;
  /** Of connections that imports wait for, and whose login or rights were refused. */
  readonly refused: Threshold;
  /** Of held webhooks: an operator has to say from where on they send. */
  readonly held: Threshold;
  /** Of the last backup: its age in seconds. */
  readonly backup: Threshold;
  readonly disk: Threshold;
}

/** What was measured, part by part, each with its level. What was not asked for has no part; what could not be measured is one with its reason. */
export function judge({ projection, imports, kept, service, disk }: Measures, thresholds: Thresholds): Part[] {
  return [
    ...('error' in projection ? [failed('stores', projection)] : ofProjection(projection, thresholds)),
    ...(imports === null ? [] : ofImports(imports, thresholds)),
    ...(service === null ? [] : 'error' in service ? [failed('heartbeat', service)] : ofService(service, thresholds)),
    ...ofLooks([...(kept?.looks ?? []), ...(service === null || 'error' in service ? [] : service.looks)]),
    ...(kept === null ? [] : [ofBackup(kept.backupAgeSeconds, thresholds.backup)]),
    ...(disk === null ? [] : ['error' in disk ? failed('disk', disk) : ofDisk(disk, thresholds)]),
  ];
}

/** `OK` of none. */
export function worstOf(parts: readonly { readonly level: Level }[]): Level {
  const weights = parts.map(({ level }) => BY_WEIGHT.indexOf(level));
  return BY_WEIGHT[Math.max(0, ...weights)] as Level;
}

function ofProjection({ lagSeconds, position, head, quarantined }: Projection, thresholds: Thresholds): Part[] {
  const { lag, quarantine } = thresholds;
  const at = position < head ? `at position ${position} of ${head}` : `level with the log at position ${head}`;
  const age = lagSeconds === null ? 'the views are not level, for an unknown time' : `lag ${secondsText(lagSeconds)}`;
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
  const ofItsImporter = service.importer === null ? [] : [ofImporter(service.importer)];
  return [ofHeartbeat(service, thresholds), ...ofItsImporter, ...ofWebhooks];
}

function ofHeartbeat(
  { heartbeatAgeSeconds, notReady, isStoreFailing }: ServiceAnswer,
  { heartbeat }: Thresholds,
): Part {
  const ofAge = heartbeatAgeSeconds === null ? 'OK' : beyond(heartbeatAgeSeconds, heartbeat);
  const level = isStoreFailing ? 'CRITICAL' : ofAge;
  const age = heartbeatAgeSeconds === null ? [] : [`heartbeat ${secondsText(heartbeatAgeSeconds)} ago`];
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
  const late = waiting === 0 ? '' : `, the oldest for ${secondsText(oldestSeconds)}`;
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
    text: `${Math.floor(freePercent)} % of the disk free (${gigabytesText(freeBytes)} at ${directory})`,
    value: freePercent,
    unit: '%',
    threshold: disk,
  };
}

function failed(name: Part['name'], { error }: Failure): Part {
  return { name, level: 'CRITICAL', text: reasonOf(error), value: null, unit: '', threshold: null };
}
