import { z } from 'zod';
import { type RecordKind, salesforceId } from '../../../projections/views/salesforce-record.ts';
import { ImportFailure } from '../../import-failure.ts';
import { fileNameOf } from '../file-name.ts';
import { OR_INVISIBLE } from './failures.ts';

/** A file at Salesforce, and what Salesforce says of it. */
export interface SalesforceFile {
  readonly record: 'ContentVersion' | 'Attachment';
  readonly id: string;
  readonly versionNumber: string | null;
  /** Where its bytes are, below the version of the API. */
  readonly path: string;
  readonly filename: string | null;
  readonly bytes: number | null;
  readonly md5: string | null;
}

const id = z.string().transform(salesforceId).pipe(z.string());
const size = z.int().min(0).nullish();

const contentVersion = z.object({
  Id: id,
  VersionNumber: z.coerce.string().nullish(),
  Title: z.string().nullish(),
  FileExtension: z.string().nullish(),
  ContentSize: size,
  Checksum: z.string().nullish(),
  ContentLocation: z.string().nullish(),
});

const attachment = z.object({ Id: id, Name: z.string().nullish(), BodyLength: size });

/**
 * The query for a file.
 * @param id checked by `recordNamed`: it stands in the query as it is
 */
export function queryFor(kind: RecordKind, id: string): string {
  if (kind === 'Attachment') return `SELECT Id,Name,BodyLength FROM Attachment WHERE Id='${id}'`;
  const which = kind === 'ContentDocument' ? `ContentDocumentId='${id}' AND IsLatest=true` : `Id='${id}'`;
  return `SELECT Id,VersionNumber,Title,FileExtension,ContentSize,Checksum,ContentLocation FROM ContentVersion WHERE ${which}`;
}

/**
 * The file that the query found.
 * @throws {ImportFailure} there is none, or it has no bytes at Salesforce
 */
export function fileIn(kind: RecordKind, records: readonly unknown[]): SalesforceFile {
  const [record] = records;
  if (record === undefined)
    throw new ImportFailure('source_not_found', `Salesforce finds no such file. ${OR_INVISIBLE}`);
  return kind === 'Attachment' ? attachmentIn(record) : versionIn(record);
}

function attachmentIn(record: unknown): SalesforceFile {
  const { Id, Name, BodyLength } = read(attachment, record);
  return {
    ...{ record: 'Attachment', id: Id, versionNumber: null, path: `sobjects/Attachment/${Id}/Body` },
    ...{ filename: fileNameOf(Name ?? ''), bytes: BodyLength ?? null, md5: null },
  };
}

function versionIn(record: unknown): SalesforceFile {
  const { Id, VersionNumber, Title, FileExtension, ContentSize, Checksum, ContentLocation } = read(
    contentVersion,
    record,
  );
  if (ContentLocation === 'E' || ContentLocation === 'L') {
    throw new ImportFailure(
      'source_not_found',
      `The file's bytes are not at Salesforce, which has only a link to them (ContentLocation ${ContentLocation}): upload the file itself.`,
    );
  }
  const md5 = Checksum?.toLowerCase() ?? '';
  return {
    ...{ record: 'ContentVersion', id: Id, versionNumber: VersionNumber ?? null },
    path: `sobjects/ContentVersion/${Id}/VersionData`,
    filename: fileNameOf(withExtension(Title ?? '', FileExtension ?? '')),
    bytes: ContentSize ?? null,
    md5: /^[0-9a-f]{32}$/.test(md5) ? md5 : null,
  };
}

/** A title may have the extension, or not. */
function withExtension(title: string, extension: string): string {
  return title === '' || extension === '' || title.toLowerCase().endsWith(`.${extension.toLowerCase()}`)
    ? title
    : `${title}.${extension}`;
}

function read<T>(schema: z.ZodType<T>, record: unknown): T {
  const parsed = schema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw new ImportFailure(
    'source_unavailable',
    'Salesforce describes the file in a way that the service does not understand.',
  );
}
