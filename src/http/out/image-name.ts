/** A name's ending that is no part of it: `.jpg`, but not the `.24` of `2026.12.24`. */
const EXTENSION = /\.(?=[a-z0-9]*[a-z])[a-z0-9]{1,5}$/i;

/** Characters of a name that a browser keeps. */
const LONGEST = 150;

/** A name without its extension. */
export function withoutExtension(name: string): string {
  return name.replace(EXTENSION, '');
}

/**
 * The name under which a browser may save an image: a plain file name, whatever the caller sent, with the extension of what it is.
 * @param name with or without an extension; null: it has none
 * @param otherwise without an extension, for an image without a name
 */
export function fileNameOf(name: string | null, format: string, otherwise: string): string {
  const last = name?.split(/[/\\]/).at(-1) ?? '';
  // Invisible characters could make it look like another name.
  const visible = last.toWellFormed().replace(/\p{C}/gu, '').trim().replace(/^\.+/, '');
  const plain = [...withoutExtension(visible)].slice(0, LONGEST).join('').trim();
  return `${plain === '' ? otherwise : plain}.${format}`;
}

/** A `Content-Disposition` with a file name of any characters. Source: RFC 6266, 4.3 and appendix D; RFC 8187, 3.2. */
export function inlineAs(fileName: string): string {
  const simple = fileName.replace(/[^ -~]|["%\\]/gu, '_');
  if (simple === fileName) return `inline; filename="${fileName}"`;
  const encoded = encodeURIComponent(fileName).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `inline; filename="${simple}"; filename*=UTF-8''${encoded}`;
}
