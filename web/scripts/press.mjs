// Lays a gzip and a Brotli file beside everything that gets smaller by it, so that the hub need
// not compress anything.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const DIST = resolve(import.meta.dirname, "../dist");
const TEXT = /\.(html|js|css|svg|json|webmanifest)$/;
/** Below this an answer fits one packet either way. */
const BYTES_MIN = 1024;

for (const name of readdirSync(DIST, { recursive: true })) {
  if (!TEXT.test(name)) continue;
  const path = join(DIST, name);
  const bytes = readFileSync(path);
  if (bytes.length < BYTES_MIN) continue;
  const size = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: size }));
}
