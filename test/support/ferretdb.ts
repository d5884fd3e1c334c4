import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { builtOnce } from './build-once.ts';
import type { CommandLine } from './mongodb-server.ts';

const SOURCE = fileURLToPath(new URL('ferretdb/', import.meta.url));

/** Starts FerretDB, which speaks MongoDB's protocol. Go builds it, which takes a minute or two the first time. */
export async function buildFerretdb(): Promise<CommandLine> {
  const files = ['go.mod', 'go.sum', 'main.go'];
  const folder = await builtOnce('ferretdb', { folder: SOURCE, files }, (into) =>
    promisify(execFile)('go', ['build', '-buildvcs=false', '-trimpath', '-o', join(into, 'ferretdb'), '.'], {
      cwd: SOURCE,
      env: { ...process.env, CGO_ENABLED: '0' },
    }),
  );
  return (port, data) => [join(folder, 'ferretdb'), `127.0.0.1:${port}`, data];
}
