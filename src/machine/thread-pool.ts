/**
 * Lets more files be written at once: each fsync keeps a thread of Node's pool waiting, and several that wait together share a commit of the
 * file system. Call it before any other import, since the pool begins with its first work.
 */
export function enlargeThreadPool(): void {
  process.env.UV_THREADPOOL_SIZE ??= '16';
}
