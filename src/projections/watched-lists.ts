import type { LastOutcome } from '../last-outcome.ts';
import { type ReadModel, ReadModelUnavailable } from './read-model.ts';

/** The same read model, with note taken of whether imports could be listed: a store may read single views and yet fail at that. */
export function watchedLists(readModel: ReadModel, lists: LastOutcome): ReadModel {
  return {
    get: (...get) => readModel.get(...get),
    ownerOf: (...of) => readModel.ownerOf(...of),
    getMany: (...get) => readModel.getMany(...get),
    async listImports(query) {
      try {
        const found = await readModel.listImports(query);
        lists.worked();
        return found;
      } catch (error) {
        if (error instanceof ReadModelUnavailable) lists.failed(error, () => readModel.listImports(query));
        throw error;
      }
    },
    page: (...page) => readModel.page(...page),
    write: (batch) => readModel.write(batch),
    checkpoint: () => readModel.checkpoint(),
    repair: (...repair) => readModel.repair(...repair),
    quarantined: (...range) => readModel.quarantined(...range),
    clear: () => readModel.clear(),
    beside: (madeBy) => readModel.beside(madeBy),
    besideStatus: () => readModel.besideStatus(),
    close: () => readModel.close(),
  };
}
