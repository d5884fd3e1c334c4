import { UrlSource } from '../../src/importer/sources/url.ts';
import { GuardedClient } from '../../src/outbound/guarded-client.ts';
import { destinations } from './destinations.ts';
import { fetchFrom } from './fetched.ts';

// Is run as a process: fetches from the URL twice, and prints how many bytes came and how many more were resident the second time.

let most = 0;
let bytes = 0;
const sink = {
  bytes: 0,
  async write(piece: Uint8Array) {
    bytes += piece.length;
    most = Math.max(most, process.memoryUsage.rss());
  },
};
const client = new GuardedClient(destinations({ mayUseLoopback: true }));
const source = new UrlSource({ client, timeoutMs: 60_000, mostBytes: 1_000_000_000 });
const fetch = () => fetchFrom(source, { params: { url: process.argv[2] } }, { sink }).fetched;

await fetch();
const before = most;
await fetch();
console.log(JSON.stringify({ bytes, growth: most - before }));
await client.close();
