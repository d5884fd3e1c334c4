import { importDecider } from '../../src/commands/import.ts';
import type { ImportCommand } from '../../src/commands/import-command.ts';
import type { Image, ImportReason } from '../../src/events/import-events.ts';
import { newId } from '../../src/events/new-id.ts';
import { streamName } from '../../src/events/streams.ts';
import type { Services } from '../../src/http/services.ts';
import { imageIdOf } from '../../src/importer/image-id.ts';
import type { Stored } from '../../src/projections/queries.ts';
import { ORGANIZATION } from './service.ts';

type Parts = Pick<Services, 'execute' | 'log'>;

const SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** An image of an import, to test with. */
export function imageOf(importId: string, image: Partial<Image> = {}): Image {
  return {
    ...{ id: imageIdOf(importId), sha256: SHA256, md5: 'd41d8cd98f00b204e9800998ecf8427e', bytes: 204_800 },
    ...{ content_type: 'image/jpeg', format: 'jpg', width: 4_032, height: 3_024, filename: 'IMG_0001.jpeg' },
    ...image,
  };
}

/** Does to imports what a worker does, without any. */
export class Performing {
  readonly #parts: () => Parts;

  constructor(parts: () => Parts) {
    this.#parts = parts;
  }

  async take(id: string, command: ImportCommand, organization = ORGANIZATION): Promise<Stored<'import'>> {
    const context = { organization_id: organization, request_id: newId() };
    const { view } = await this.#parts().execute(importDecider, streamName('import', id), command, context);
    return view as Stored<'import'>;
  }

  /** Gives the claim. */
  async start(id: string, { seconds = 120, worker = 'folder.start', nowMs = Date.now() } = {}): Promise<number> {
    const performed = { log: this.#parts().log.id, after: -1n };
    const deadlineMs = nowMs + seconds * 1_000;
    const command = { type: 'StartImport', worker, nowMs, deadlineMs, lostClaim: null, performed } as const;
    return (await this.take(id, command)).revision;
  }

  async fail(id: string, claim: number, reason: ImportReason, detail: string | null = null): Promise<void> {
    const why = { reason, detail, calls: [] };
    await this.take(id, { type: 'FailAttempt', claim, nowMs: Date.now(), random: 0.5, ...why });
  }

  /** Starts and completes it. */
  async succeed(id: string, image: Partial<Image> = {}): Promise<Image> {
    const claim = await this.start(id);
    const brought = imageOf(id, image);
    const source = { kind: 'url', host: 'example.com', path: '/1.jpg' } as const;
    await this.take(id, { type: 'CompleteImport', claim, image: brought, source, calls: [] });
    return brought;
  }
}
