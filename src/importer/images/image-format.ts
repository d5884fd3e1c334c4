/** How an image is kept: the names that an image's `format` has. */
export type ImageFormat = 'jpg' | 'png' | 'gif' | 'webp' | 'tif' | 'bmp' | 'heic' | 'avif';

/** What a look at an image's bytes says. */
export interface Look {
  readonly format: ImageFormat;
  readonly contentType: string;
  /** In pixels, as it is shown: the orientation of the camera is taken into account. */
  readonly width: number;
  readonly height: number;
}

/** In pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The orientations of Exif and TIFF in which an image lies on its side. */
const ON_ITS_SIDE = [5, 6, 7, 8];

/** The size of an image as it is shown. @param orientation 1 to 8; others say nothing */
export function asShown({ width, height }: Size, orientation: number | undefined): Size {
  return ON_ITS_SIDE.includes(orientation ?? 1) ? { width: height, height: width } : { width, height };
}

/** The bytes are not what an image of their format has. */
export class BadImage extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'BadImage';
  }
}
