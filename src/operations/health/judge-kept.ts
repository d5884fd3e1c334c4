import { knownBy } from '../last-look.ts';
import { beyond, type Part, secondsText, type Threshold } from './part.ts';
import type { LookAnswer } from './service-answer.ts';

/** What the last looks at everything found damaged, and which views differ: until a later look, of the service or a command, finds none. */
export function ofLooks(looks: readonly LookAnswer[]): Part[] {
  const { damage, views } = knownBy(looks);
  const parts: Part[] = [];
  if (damage !== null) {
    const found = damage.faults === 0 ? 'no damage' : `${damage.faults} damaged, first: ${damage.first}`;
    const threshold = { warning: 0, critical: 0 };
    parts.push({
      ...{ name: 'damage', level: beyond(damage.faults, threshold), value: damage.faults, unit: '', threshold },
      text: `events and images, as of ${damage.at}: ${found}`,
    });
  }
  if (views !== null) {
    const { at, differences, first_difference: first } = views;
    const whatToDo = 'see `imports verify --all --repair --dry-run`';
    const found = differences === 0 ? 'no difference' : `${differences} differ, first: ${first}; ${whatToDo}`;
    const threshold = { warning: 0, critical: 1_000 };
    parts.push({
      ...{ name: 'views', level: beyond(differences, threshold), value: differences, unit: '', threshold },
      text: `views compared with the log, as of ${at}: ${found}`,
    });
  }
  return parts;
}

/** The age of the last backup. @param seconds null: none is known, which may be a backup that no event and no note here tells of */
export function ofBackup(seconds: number | null, threshold: Threshold): Part {
  const name = 'backup' as const;
  if (seconds === null) {
    return { name, level: 'OK', text: 'no backup is known', value: null, unit: 's', threshold };
  }
  return {
    ...{ name, level: beyond(seconds, threshold), value: seconds, unit: 's', threshold },
    text: `the last backup was ${secondsText(seconds)} ago`,
  };
}
