import { importDecider } from '../../src/commands/import.ts';
import type { ImportCommand } from '../../src/commands/import-command.ts';
import { unchangedSince } from '../../src/commands/unchanged.ts';
import { IMPORT_REQUESTED } from '../support/events.ts';
import { given } from '../support/given.ts';

describe('a command for an import as somebody has seen it', () => {
  const cancel: ImportCommand = { type: 'CancelImport' };
  const { album_id } = IMPORT_REQUESTED.data;
  const started = {
    type: 'ImportStarted',
    data: { album_id, attempt: 1, worker: 'w', deadline: '2019-04-08T17:40:58.041Z' },
  } as const;

  it('is decided as always if nothing has happened since', () => {
    const cancelled = { type: 'ImportCancelled', data: { album_id } } as const;
    given(unchangedSince(importDecider, 0), IMPORT_REQUESTED).when(cancel).then(cancelled);
    given(unchangedSince(importDecider, 1), IMPORT_REQUESTED, started).when(cancel).then(cancelled);
  });

  it('is refused if there is a later event, even if there is nothing to do', () => {
    given(unchangedSince(importDecider, 0), IMPORT_REQUESTED, started).when(cancel).thenRefused('import_changed');
    const retry: ImportCommand = { type: 'RetryImport', reason: null, adoptedBy: null };
    given(unchangedSince(importDecider, 0), IMPORT_REQUESTED, started).when(retry).thenRefused('import_changed');
  });
});
