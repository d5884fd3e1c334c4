/** A small image, three pixels wide and two high. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR4nGP4z8AAQQxwFgBB0gX7h/C5SAAAAABJRU5ErkJggg==',
  'base64',
);

/** The same with so many bytes after its end, which no reader minds. */
export function largePng(bytes: number): Buffer {
  return Buffer.concat([PNG], bytes);
}
