import { worstOf } from '../../operations/health/judge.ts';
import type { Part } from '../../operations/health/part.ts';
import type { InstallationFacts } from '../../service/installation-facts.ts';
import { printable, printableJson } from '../printable.ts';

/** One line as monitoring plugins write it (https://nagios-plugins.org/doc/guidelines.html): the worst first, then the performance data. */
export function pluginLine(parts: readonly Part[]): string {
  const worst = worstOf(parts);
  const texts = parts.toSorted((one, other) => rank(one) - rank(other)).map(({ text }) => pluginText(text));
  const data = parts.flatMap(performanceData);
  return `${worst} - ${texts.join(', ')}${data.length > 0 ? `|${data.join(' ')}` : ''}\n`;
}

/** The line if nothing could be checked. */
export function unknownLine(reason: string): string {
  return `UNKNOWN - ${pluginText(reason)}\n`;
}

/** What runs, and on which stores, for people. */
export function factsText(facts: InstallationFacts): string {
  const { views_version: ours, views_versions: all, unfinished_replay: replay } = facts;
  const others = all?.filter((name) => name !== String(ours)) ?? [];
  const rows = {
    version: `${facts.version} on Node ${facts.node}`,
    log: `${facts.log_id ?? 'not known'} in ${facts.log_store}`,
    views: `version ${ours} in ${facts.views_store}${others.length === 0 ? '' : `, besides ${others.join(', ')}`}`,
    'data folder': facts.data_dir,
    zone: facts.time_zone,
    ...(facts.unused_stores.length > 0 && { 'not used': facts.unused_stores.join('; ') }),
    ...(replay !== null && { replay: `${replay.id} is unfinished, at position ${replay.position}` }),
  };
  return Object.entries(rows)
    .map(([name, text]) => `${name.padEnd(12)}${printable(text)}\n`)
    .join('');
}

/** The same as a table for people. */
export function statusText(parts: readonly Part[]): string {
  const row = (name: string, level: string, text: string) => `${name.padEnd(12)}${level.padEnd(9)} ${text}`.trimEnd();
  const rows = parts.map(({ name, level, text }) => row(name, level, printable(text)));
  return `${[row('all', worstOf(parts), ''), ...rows].join('\n')}\n`;
}

/** The same as one line of JSON. */
export function statusJson(parts: readonly Part[], installation: InstallationFacts): string {
  const status = {
    status: worstOf(parts),
    installation,
    parts: parts.map(({ level, ...part }) => ({ ...part, status: level })),
  };
  return `${printableJson(JSON.stringify(status))}\n`;
}

function rank({ level }: Part): number {
  return ['CRITICAL', 'UNKNOWN', 'WARNING', 'OK'].indexOf(level);
}

/** On one line, and without `|`, which begins the performance data. */
function pluginText(text: string): string {
  return printable(text.trim().replaceAll(/\s+/g, ' ')).replaceAll('|', '/');
}

/** `'label'=value[unit];[warning];[critical];[min];[max]`, the two as ranges without an alert. */
function performanceData({ name, value, unit, threshold }: Part): string[] {
  if (value === null || threshold === null) return [];
  const isPercent = unit === '%';
  const range = (bound: number) => (isPercent ? `${bound}:` : String(bound));
  const rounded = Number(value.toFixed(3));
  return [
    `${name}=${rounded}${unit};${range(threshold.warning)};${range(threshold.critical)};0${isPercent ? ';100' : ''}`,
  ];
}
