import { asJson } from '../../history/json-text.ts';
import type { Repair } from '../../operations/repair.ts';
import type { Finding } from '../../operations/verify/finding.ts';
import { jsonLine } from '../json-line.ts';
import { EXCERPT_CHARACTERS, printable } from '../printable.ts';

type Done = Pick<Repair, 'view' | 'after'>;

export const FINDING_COLUMNS = [{ name: 'stream', isWhole: true }, { name: 'difference' }];

export const REPAIR_COLUMNS = [{ name: 'stream', isWhole: true }, { name: 'repair' }];

/** How many equal characters are shown before the first difference. */
const CHARACTERS_BEFORE = 40;

/** A finding as a row of a table of `FINDING_COLUMNS` for a person; after them come the values, or the reason. */
export function findingTexts({ stream, what, compared, reason }: Finding): string[] {
  const columns = [printable(stream ?? 'the log'), what];
  if (compared !== undefined) {
    const { field, inLog, inReadModel } = compared;
    const [log, readModel] = excerpts(inLog ?? 'nothing', inReadModel ?? 'nothing');
    columns.push(`${printable(field)}: in the log's fold ${log}, in the read model ${readModel}`);
  }
  if (reason !== undefined) columns.push(printable(reason));
  return columns;
}

/** A finding as one line of JSON; `null` if a value is not there. */
export function findingJsonLine({ stream, what, compared, reason }: Finding): string {
  return jsonLine({
    stream: JSON.stringify(stream),
    what: JSON.stringify(what),
    ...(compared !== undefined && {
      field: JSON.stringify(compared.field),
      log: asJson(compared.inLog ?? 'null'),
      // A value of a damaged view may be no JSON.
      read_model: asJson(compared.inReadModel ?? 'null'),
    }),
    ...(reason !== undefined && { reason: JSON.stringify(reason) }),
  });
}

/** A repair, done or planned, as a row of a table of `REPAIR_COLUMNS` for a person. */
export function repairTexts({ view, after }: Done, isPlan: boolean): string[] {
  const done = after === null ? 'removed' : `written again at revision ${after.revision}`;
  return [printable(view.stream), `${isPlan ? 'would be ' : ''}${done}`];
}

/** The same as one line of JSON. */
export function repairJsonLine({ view, after }: Done, isPlan: boolean): string {
  const what = after === null ? 'remove' : 'write';
  return jsonLine({
    stream: JSON.stringify(view.stream),
    [isPlan ? 'plan' : 'done']: JSON.stringify(what),
    revision: String(after?.revision ?? null),
  });
}

/** Excerpts of two values, from shortly before the first difference. */
function excerpts(one: string, other: string): [string, string] {
  let same = 0;
  while (same < one.length && one[same] === other[same]) same += 1;
  const start = Math.max(one.length, other.length) > EXCERPT_CHARACTERS ? Math.max(0, same - CHARACTERS_BEFORE) : 0;
  const excerpt = (text: string) => `${start > 0 ? '…' : ''}${printable(text.slice(start), EXCERPT_CHARACTERS)}`;
  return [excerpt(one), excerpt(other)];
}
