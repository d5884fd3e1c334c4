import { execFileSync } from 'node:child_process';

/**
 * Overwrites bytes of a file with noise, in another process: to close a file that SQLite has open in the same process would
 * take SQLite's locks away.
 */
export function overwrite(file: string, from: number, bytes: number): void {
  const noise = ['if=/dev/urandom', 'bs=1M', `count=${bytes}`, 'iflag=fullblock,count_bytes'];
  execFileSync('dd', [...noise, `of=${file}`, `seek=${from}`, 'oflag=seek_bytes', 'conv=notrunc', 'status=none']);
}
