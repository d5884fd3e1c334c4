import { v5 as uuidv5 } from 'uuid';

/** The namespace of the ids of images. Never change it: an import that is done twice would make two images. */
const IMAGE_NAMESPACE = '6a0f6f3e-8d0b-4f3b-9d39-1f0f0c5f6f52';

/** The id of the image of an import: always the same, whoever performs it, and however often. */
export function imageIdOf(importId: string): string {
  return uuidv5(importId, IMAGE_NAMESPACE);
}
