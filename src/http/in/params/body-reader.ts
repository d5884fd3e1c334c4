import type { Params } from '../../../events/import-events.ts';
import { type BodyFormat, firstContentType, formatOf, MEDIA_TYPES } from '../bodies.ts';
import { BadParameters } from './bad-parameters.ts';
import { refuseOtherCharset } from './charset.ts';
import { parseForm } from './form.ts';
import { parseJsonBody } from './json-body.ts';
import { multipartReader } from './multipart.ts';
import type { ParameterBudget } from './parameter-budget.ts';

/** Reads the parameters of a body that is not empty. */
type BodyReader = (body: Buffer, budget: ParameterBudget) => Params;

const READERS: { readonly [format in BodyFormat]: (type: string) => BodyReader } = {
  form(type) {
    refuseOtherCharset(type);
    return parseForm;
  },
  json(type) {
    refuseOtherCharset(type);
    return parseJsonBody;
  },
  multipart: multipartReader,
};

/**
 * The reader for bodies of that type. It checks all that the type says, before the body arrives.
 * @param contentType the `Content-Type` header, as it was sent
 * @throws {BadParameters} `type_not_read`, `charset_not_read`, or `malformed_multipart` if the boundary is missing
 */
export function bodyReaderFor(contentType: string | undefined): BodyReader {
  const type = firstContentType(contentType);
  const format = formatOf(type);
  if (format !== null) return READERS[format](type);
  const read = [...MEDIA_TYPES.keys()].join(', ');
  throw new BadParameters(
    'type_not_read',
    `Bodies of this Content-Type are not read. Send one of ${read}; or no body.`,
  );
}
