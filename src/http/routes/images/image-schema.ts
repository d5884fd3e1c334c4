import { z } from 'zod';
import { parameter } from '../../in/query-values.ts';
import { noSuchImage } from '../../out/problem.ts';
import { EXAMPLE } from '../examples.ts';
import { timeSchema } from '../import-schema.ts';

const { album, image, time } = EXAMPLE;

const described = (description: string) => z.string().meta({ description });
const pixels = (description: string) => z.int().meta({ description });

const infos = z
  .object({
    bytes: z.int().meta({ description: 'How many bytes the original has.' }),
    created_at: timeSchema,
    etag: described('The md5 of the original, in hex.'),
    format: described('As `format`.'),
    height: pixels('As `height`.'),
    width: pixels('As `width`.'),
    resource_type: described('`image`.'),
    original_filename: z
      .string()
      .nullable()
      .meta({ description: 'The name of the file at its source, with its extension; null: it has none there.' }),
  })
  .meta({ id: 'ImageInfos', description: 'What is known of the bytes.' });

export const imageSchema = z
  .object({
    id: z.uuid().meta({ description: 'The id of the image: the `image_id` of its import.' }),
    infos,
    created_at: timeSchema,
    updated_at: timeSchema,
    width: pixels('As it is shown, in pixels: the orientation of the camera is taken into account.'),
    height: pixels('As it is shown, in pixels.'),
    metadatas: z.record(z.string(), z.unknown()).meta({
      description:
        'The `metadatas` of the import, as sent; empty if there were none. What is no object is its member `_json`.',
    }),
    original_url: z.string().meta({
      override: { format: 'uri-reference' },
      description: 'Where the bytes are. They need a token, as everything does.',
    }),
    original_width: pixels('As `width`.'),
    original_height: pixels('As `height`.'),
    filename: z.string().nullable().meta({
      description:
        'Its name without the extension: the `filename` of the import, or else that at its source; null: it has none.',
    }),
    format: described(
      'What it is by its bytes, whatever it is called: `jpg`, `png`, `gif`, `webp`, `tif`, `bmp`, `heic` or `avif`.',
    ),
    processed: z.boolean().meta({ description: 'True: it was looked at.' }),
    processing_error: z.string().nullable().meta({ description: 'Null: there was none.' }),
    album_id: z.string().nullable().meta({ description: 'The album of the import, as sent; null if it was not sent.' }),
  })
  .meta({
    id: 'Image',
    description: 'An image that has arrived. The keys are in the order of the original service.',
    examples: [
      {
        id: image,
        infos: {
          ...{
            bytes: 204_800,
            created_at: time,
            etag: 'd41d8cd98f00b204e9800998ecf8427e',
            format: 'jpg',
            height: 3024,
          },
          ...{ width: 4032, resource_type: 'image', original_filename: 'IMG_0001.jpeg' },
        },
        ...{ created_at: time, updated_at: time, width: 4032, height: 3024 },
        metadatas: { contentDocumentId: '0694I000008HV8MQAW' },
        original_url: `https://imports.example.com/api/v1/images/${image}/original`,
        ...{ original_width: 4032, original_height: 3024, filename: 'Image456', format: 'jpg', processed: true },
        ...{ processing_error: null, album_id: album },
      },
    ],
  });

/** The id of an image in a path. Text that is no UUID gets the same 404 as an unknown id. */
export const imageInPath = z.object({
  id: parameter(z.uuid({ error: noSuchImage().message }).toLowerCase(), 'The `image_id` of an import.', image),
});
