// Run after `next build`. Completes out/ for the server that embeds it: writes a
// .br and a .gz beside every file that gets smaller by it, and manifest.json
// with what the server has to know of each file and cannot see from its name.

import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const OUT = fileURLToPath(new URL("../out/", import.meta.url));
const MANIFEST = "manifest.json";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
};
const PACKED_ALREADY = [".png", ".woff2"];
const ENCODINGS = [
  {
    name: "br",
    pack: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
  },
  { name: "gzip", suffix: "gz", pack: (bytes) => gzipSync(bytes, { level: 9 }) },
];

const files = {};
for (const name of (await fileNames()).sort()) {
  const bytes = await readFile(path.join(OUT, name));
  files[`/${name}`] = await seal(name, bytes);
}
await writeFile(path.join(OUT, MANIFEST), `${JSON.stringify({ files }, null, 1)}\n`);
await report();

/** Every file of the export, by its path below out/; what an earlier run wrote is removed. */
async function fileNames() {
  const entries = await readdir(OUT, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(OUT, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"));
  const ours = names.filter((name) => name === MANIFEST || /\.(?:br|gz)$/.test(name));
  await Promise.all(ours.map((name) => rm(path.join(OUT, name))));
  return names.filter((name) => !ours.includes(name));
}

async function seal(name, bytes) {
  const extension = path.extname(name);
  const type = TYPES[extension];
  if (type === undefined) throw new Error(`${name}: say in seal-export.mjs what type of file this is`);
  const encodings = [];
  if (!PACKED_ALREADY.includes(extension)) {
    for (const { name: encoding, suffix = encoding, pack } of ENCODINGS) {
      const packed = pack(bytes);
      if (packed.length >= bytes.length) continue;
      await writeFile(path.join(OUT, `${name}.${suffix}`), packed);
      encodings.push(encoding);
    }
  }
  return {
    type,
    etag: createHash("sha256").update(bytes).digest("hex").slice(0, 32),
    encodings,
    immutable: isImmutable(name),
    ...(extension === ".html" ? { script_hashes: inlineScriptHashes(name, bytes.toString("utf8")) } : {}),
  };
}

/** Next names these by a hash of their content; the rest of _next/static is named by the build. */
function isImmutable(name) {
  return /^_next\/static\/(?:chunks|css|media)\//.test(name);
}

/** CSP sources of the inline scripts of a page (CSP level 3, section 2.3.1). */
function inlineScriptHashes(name, html) {
  if (/\sstyle="|<style[\s>]|\son[a-z]+="/.test(html.replace(/<script[\s\S]*?<\/script>/g, ""))) {
    throw new Error(`${name}: inline styles and handlers do not pass the Content-Security-Policy`);
  }
  const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
    ([, code]) => code,
  );
  return [...new Set(inline)].map((code) => `sha256-${createHash("sha256").update(code).digest("base64")}`);
}

/** Prints what a first visit to each page transfers, packed with gzip. */
async function report() {
  console.log(
    `Sealed ${Object.keys(files).length} files. A first visit, in kB of gzip (page, styles, scripts):`,
  );
  for (const name of Object.keys(files).filter((file) => file.endsWith(".html"))) {
    const html = await readFile(path.join(OUT, name), "utf8");
    const styles = html.matchAll(/<link rel="stylesheet" href="([^"]+)"/g);
    const scripts = html.matchAll(/<script (?![^>]*noModule)[^>]*src="([^"]+)"/gi);
    const needed = new Set([name, ...[...styles, ...scripts].map(([, address]) => address)]);
    const sizes = await Promise.all([...needed].map(packedSize));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`  ${name.padEnd(18)} ${(total / 1000).toFixed(0).padStart(4)}`);
  }
}

async function packedSize(name) {
  const file = path.join(OUT, name);
  const { size } = await stat(files[name].encodings.includes("gzip") ? `${file}.gz` : file);
  return size;
}
