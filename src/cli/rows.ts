import { allOf } from '../projections/all-of.ts';
import { type ReadModel, UnreadableView } from '../projections/read-model.ts';

/**
 * Every user or secret, removed and revoked ones too, as rows to print.
 * @throws {UnreadableView}
 */
export function rowsOf(readModel: ReadModel, kind: 'user' | 'secret'): Promise<{ [column: string]: string | null }[]> {
  return Array.fromAsync(allOf(readModel, kind), (paged) => {
    if ('unreadable' in paged) throw new UnreadableView(kind, paged.id, paged.unreadable);
    return { ...paged.view };
  });
}
