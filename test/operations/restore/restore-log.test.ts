import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { FolderPlace } from '../../../src/operations/backup/folder-place.ts';
import { writeManifest } from '../../../src/operations/backup/manifest.ts';
import { openBackup } from '../../../src/operations/backup/read-backup.ts';
import { SegmentWriter } from '../../../src/operations/backup/segment-writer.ts';
import { type RestoreParts, restoreLog } from '../../../src/operations/restore/restore-log.ts';
import { surveyOf } from '../../../src/operations/restore/survey.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { MANIFEST, recordedEvents } from '../backup/backed-up.ts';

describe('restoring a log', () => {
  it('makes none of a backup that has become less since it was surveyed', async () => {
    const directory = temporaryDirectory();
    try {
      const place = new FolderPlace(directory.path);
      await writeManifest(place, MANIFEST);
      const writer = await SegmentWriter.resume(place, 4_000);
      await writer.add(recordedEvents(31));
      await writer.commit({ up_to: '31', kept: 0, missing: 0 }, new Date());
      await writer.close();
      const backup = await openBackup(place);
      const { events: surveyed, damage } = await surveyOf(backup, () => {});
      expect({ surveyed, damage }).to.deep.equal({ surveyed: 31, damage: null });
      const folder = join(directory.path, 'events');
      rmSync(join(folder, readdirSync(folder)[1] as string));

      let isFinished = false;
      const parts = {
        ...{ backup, surveyed, onMissing: () => {}, onProgress: () => {}, beforePlace: async () => {} },
        making: {
          id: MANIFEST.log,
          take: async () => [],
          finish: async () => {
            isFinished = true;
          },
        },
        sealed: { get: async () => null, put: async () => {} },
        restored: () => null,
        signal: new AbortController().signal,
      } as unknown as RestoreParts;
      const refused = await rejectionOf(restoreLog(parts));
      expect(refused.message).to.match(/^The backup had 31 events a moment ago, and has \d+ now: .*is missing$/);
      expect(isFinished).to.equal(false);
    } finally {
      directory.remove();
    }
  });
});
