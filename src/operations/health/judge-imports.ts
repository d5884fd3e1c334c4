import { type ImportsStanding, type LaneStanding, MOST_COUNTED } from './imports-standing.ts';
import { beyond, gigabytesText, type Part, secondsText, type Threshold } from './part.ts';
import type { ImporterAnswer } from './service-answer.ts';

/** What waits longer than it should, and which connections are refused: somebody has to mend them. */
export function ofImports(
  { waiting, running, late, connections }: ImportsStanding,
  thresholds: { readonly late: Threshold; readonly refused: Threshold },
): Part[] {
  const lanes = Object.entries(waiting).filter(([, { count }]) => count > 0);
  const byLane = lanes.map(([lane, { count }]) => `${lane} ${countText(count)}`).join(', ');
  const oldest = Math.max(0, ...lanes.map(([, { oldestSeconds }]) => oldestSeconds));
  const wait =
    lanes.length === 0 ? 'none waits' : `${sumText(waiting)} wait (${byLane}), the oldest for ${secondsText(oldest)}`;
  const { organizations, seconds } = late;
  const ofOrganizations = organizations === 1 ? 'of 1 organization' : `of ${organizations} organizations`;
  const nobody = running.count === 0 ? ', and no worker has any: no node has IMPORTER=on, or none can take them' : '';
  const lateness =
    organizations === 0 ? '' : `, some ${ofOrganizations} could have begun ${secondsText(seconds)} ago${nobody}`;
  const { missing, refused, paused } = connections;
  const ofConnections: Part = {
    name: 'connections',
    level: beyond(refused, thresholds.refused),
    text: `connections that imports wait for: ${missing} missing, ${refused} refused, ${paused} paused`,
    value: refused,
    unit: '',
    threshold: thresholds.refused,
  };
  return [
    {
      name: 'imports',
      level: beyond(seconds, thresholds.late),
      text: `imports: ${wait}, ${countText(running.count)} run${lateness}`,
      value: seconds,
      unit: 's',
      threshold: thresholds.late,
    },
    ...(missing + refused + paused > 0 ? [ofConnections] : []),
  ];
}

/** What the importer of the service does. It is wrong only if it cannot keep what it fetches. */
export function ofImporter({ isOn, running, ended, bytes, storage, budgetPercents }: ImporterAnswer): Part {
  const { succeeded = 0, ...failures } = ended;
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  const reasons = Object.entries(failures).map(([reason, count]) => `${reason} ${count}`);
  const why = failed === 0 ? '' : ` (${reasons.join(', ')})`;
  const budget =
    budgetPercents.length === 0
      ? ''
      : `; of the API budgets of connections, up to ${Math.max(...budgetPercents)} % used`;
  const trouble =
    storage === null
      ? ''
      : `the bytes of images cannot be kept since ${storage.since}: ${storage.reason}. Make room, or mend the folder or bucket of images ` +
        '(BLOBS_URL): imports wait for it, and go on by themselves; ';
  return {
    name: 'importer',
    level: storage === null ? 'OK' : 'CRITICAL',
    text:
      `${trouble}importer of this node: ${isOn ? 'on' : 'off'}, ${running} under way; since its start ${succeeded} succeeded, ` +
      `${failed} failed${why}, ${gigabytesText(bytes)}${budget}`,
    value: null,
    unit: '',
    threshold: null,
  };
}

function sumText(lanes: ImportsStanding['waiting']): string {
  const counts = Object.values<LaneStanding>(lanes).map(({ count }) => count);
  const sum = counts.reduce((total, count) => total + count, 0);
  return counts.some((count) => count >= MOST_COUNTED) ? `${sum} or more` : String(sum);
}

function countText(count: number): string {
  return count < MOST_COUNTED ? String(count) : `${count} or more`;
}
