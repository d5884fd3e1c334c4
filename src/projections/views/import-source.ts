import type { Params } from '../../events/import-events.ts';

/** Where the image of a request is: by which parameter, and what that says. */
export type RequestedSource =
  | { readonly kind: 'salesforce'; readonly parameter: 'content_document_id' | 'attachment_id'; readonly id: string }
  | { readonly kind: 'url'; readonly url: string };

const PARAMETERS = [
  ['content_document_id', 'salesforce'],
  ['attachment_id', 'salesforce'],
  ['url', 'url'],
] as const;

/**
 * The source of a request; null: it names none. `import_type` chooses if it is `salesforce` or `url`; otherwise the first parameter that is
 * there.
 */
export function sourceOf(params: Params): RequestedSource | null {
  const wanted = params.import_type;
  for (const [parameter, kind] of PARAMETERS) {
    const value = Object.hasOwn(params, parameter) ? params[parameter] : null;
    if (typeof value !== 'string' || value === '') continue;
    if ((wanted === 'salesforce' || wanted === 'url') && wanted !== kind) continue;
    return parameter === 'url' ? { kind: 'url', url: value } : { kind: 'salesforce', parameter, id: value };
  }
  return null;
}
