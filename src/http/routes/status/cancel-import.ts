import { route } from '../../route.ts';
import { importInPath } from '../import-schema.ts';
import { onImport } from './on-import.ts';
import { importStatusSchema } from './status-schema.ts';

export const cancelImport = route({
  id: 'cancelImport',
  tag: 'Imports',
  method: 'POST',
  path: '/api/v1/imports/:id/cancel',
  access: 'caller',
  summary: 'Cancel an import',
  description:
    'It is not performed any more. What a worker is fetching just now is thrown away. To cancel again what was cancelled is no error. An import that has ' +
    'succeeded or failed gets 409, with its status as `import_status`.',
  inPath: importInPath,
  headers: ['If-Match'],
  answers: { 200: { description: 'It is cancelled.', body: importStatusSchema, headers: ['ETag'] } },
  problems: ['not-found', 'conflict', 'deleted', 'precondition-failed'],
  handle: (asked, services) => onImport(asked, services, { type: 'CancelImport' }),
});
