import { createHash } from 'node:crypto';
import { salesforceId } from '../../../src/projections/views/salesforce-record.ts';

/** A record of a file, with the fields that queries may name, and its bytes. */
export interface FakeFile {
  readonly type: 'ContentVersion' | 'Attachment';
  readonly fields: { readonly [name: string]: string | number | boolean | null };
  readonly bytes: Buffer;
}

/** An id of 18 characters, by its number. */
export function fakeId(prefix: '069' | '068' | '00P' | '00D' | '005', number: number): string {
  return salesforceId(`${prefix}${String(number).padStart(12, '0')}`) as string;
}

/** A version of a document. */
export function contentVersion(document: number, version: number, bytes: Buffer, title = 'Picture'): FakeFile {
  return {
    type: 'ContentVersion',
    fields: {
      Id: fakeId('068', document * 1_000 + version),
      ContentDocumentId: fakeId('069', document),
      VersionNumber: String(version),
      Title: title,
      FileExtension: 'png',
      FileType: 'PNG',
      ContentSize: bytes.length,
      Checksum: createHash('md5').update(bytes).digest('hex'),
      ContentLocation: 'S',
      IsLatest: true,
    },
    bytes,
  };
}

export function attachment(number: number, bytes: Buffer, name = 'Picture.png'): FakeFile {
  return {
    type: 'Attachment',
    fields: { Id: fakeId('00P', number), Name: name, ContentType: 'image/png', BodyLength: bytes.length },
    bytes,
  };
}
