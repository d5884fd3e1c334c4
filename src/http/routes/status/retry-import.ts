import { route } from '../../route.ts';
import { importInPath } from '../import-schema.ts';
import { onImport } from './on-import.ts';
import { importStatusSchema } from './status-schema.ts';

export const retryImport = route({
  id: 'retryImport',
  tag: 'Imports',
  method: 'POST',
  path: '/api/v1/imports/:id/retry',
  access: 'caller',
  summary: 'Try an import again',
  description:
    'An import that has failed or was cancelled waits anew, for 72 hours at most. For one that waits or runs, nothing is done. One that has succeeded, or was ' +
    'tried again a hundred times, gets 409, with its status as `import_status`.',
  inPath: importInPath,
  headers: ['If-Match'],
  answers: { 200: { description: 'It will be tried again.', body: importStatusSchema, headers: ['ETag'] } },
  problems: ['not-found', 'conflict', 'deleted', 'precondition-failed'],
  handle: (asked, services) => onImport(asked, services, { type: 'RetryImport', reason: null, adoptedBy: null }),
});
