import type { ReadModel } from '../../src/projections/read-model.ts';
import { describeFollowerSteps } from './read-model/follower-steps.ts';
import { describeLists, type IdOrder } from './read-model/lists.ts';
import { describeRepairing } from './read-model/repairing.ts';
import { describeText } from './read-model/text.ts';
import { describeViews } from './read-model/views.ts';
import { describeWork } from './read-model/work.ts';

export interface OpenedReadModel {
  readonly readModel: ReadModel;
  cleanUp(): Promise<void>;
}

/** What every read model must do. `open` gives an empty one; each test writes a few views only. */
export function describeReadModel(
  name: string,
  open: () => Promise<OpenedReadModel>,
  idOrder: IdOrder = 'UTF-8',
): void {
  describe(`${name}: the read model's contract`, () => {
    let opened: OpenedReadModel;

    beforeEach(async () => {
      opened = await open();
    });

    afterEach(() => opened.cleanUp());

    for (const describePart of [describeViews, describeRepairing, describeFollowerSteps, describeText, describeWork]) {
      describePart(() => opened.readModel);
    }
    describeLists(() => opened.readModel, idOrder);
  });
}
