import type { Command } from 'commander';
import type { EventLog } from '../events/event-log.ts';
import { serviceMark } from '../events/service-mark.ts';
import { streamName } from '../events/streams.ts';
import { type Stand, standAt } from '../history/stand.ts';
import type { Point } from '../history/view-at.ts';
import { markIn } from '../importer/mark.ts';
import { isPerformed } from '../importer/not-performed.ts';
import type { ImportView } from '../projections/views.ts';
import { uuidArgument } from './arguments.ts';
import type { Context } from './context.ts';
import { NotFound } from './outcomes.ts';
import { printable } from './printable.ts';
import { pointArgument } from './reading/points.ts';
import { diffJson, diffText, standJson, standText } from './reading/stand-text.ts';

interface Options {
  readonly at?: Point;
  readonly diff?: Point;
  readonly json?: true;
}

/** `imports show`: an import's view as it stood. */
export function addShowCommand(program: Command, context: Context): void {
  program
    .command('show')
    .description("an import's view as it stood at a point, folded from the log")
    .summary("an import's view as it stood at a point")
    .argument('<import-id>', 'the import', uuidArgument)
    .option('--at <point>', 'the point (default: now)', pointArgument)
    .option(
      '--diff <point>',
      'show only what changed between this point and the other one, from the earlier to the later',
      pointArgument,
    )
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action((importId: string, options: Options) => run(importId, options, context));
}

const HELP = `
Points: a revision of the import (0 is its first event), a position of the log (@1200), a time with its zone
(2026-11-24T10:21:30.095+01:00), a day (2026-11-24, today, yesterday: its beginning, UTC), or how long ago (90m, 1h, 2d).
The view at a time has the events before the first one of a later time. If this release cannot fold an event, the view before that event is shown, and the reason.

Examples:
  npx imports show 3d172b54-f40f-4df9-9342-0b042fac5382 --at 2026-11-24T10:21:30+01:00
  npx imports show 3d172b54-f40f-4df9-9342-0b042fac5382 --diff 0`;

async function run(importId: string, { at, diff, json }: Options, context: Context): Promise<void> {
  const log = await context.logDespiteDamage();
  const events = await log.readStream(streamName('import', importId));
  if (events.length === 0) throw new NotFound(`There is no import ${importId}.`);
  for (const point of [at, diff]) assertThere(point, events.length - 1);
  const stand = standAt(events, at);
  if (diff !== undefined) {
    const [from, to] = [stand, standAt(events, diff)].sort((one, other) => one.events - other.events) as [Stand, Stand];
    await context.write(json ? diffJson(from, to) : diffText(from, to));
    return;
  }
  if (stand.events === 0) throw new NotFound(`Import ${importId} was not there yet.`);
  if (stand.folded === null) throw new Error(printable(`There is no view of it. ${stand.problem}`));
  await context.write(json ? standJson(stand) : standText(stand));
  if (at === undefined) await sayIfNobodyTakesIt(stand.folded.stored?.view as ImportView | undefined, log, context);
}

/** What no event of the import says. */
async function sayIfNobodyTakesIt(view: ImportView | undefined, log: EventLog, context: Context): Promise<void> {
  if (view?.status !== 'waiting') return;
  const mark = await markIn(log, serviceMark(context.config, log));
  if (mark === null ? view.log === log.id : isPerformed(view, mark)) return;
  context.say(
    'No worker takes it by itself: it was requested in another log or installation, or before this one performed any. ' +
      '`imports work --since` has it performed.',
  );
}

function assertThere(point: Point | undefined, last: number): void {
  if (point === undefined || !('revision' in point) || point.revision <= last) return;
  throw new NotFound(`There is no revision ${point.revision}: the last one is ${last}.`);
}
