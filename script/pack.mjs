// Bundles the style sheets, gives the files hashed names, and compresses them. `baton` is the desk, `manage` the
// pages that manage the workspace, `phone` the simulator's page.
// usage: node pack.mjs <wasm-bindgen's output> <site folder> <profile>
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { bundle } from "lightningcss";

const [work, site, profile] = process.argv.slice(2);
const quality = profile === "wasm-release" ? 11 : 4;
rmSync(site, { recursive: true, force: true });
mkdirSync(site, { recursive: true });

function write(name, ending, bytes) {
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  const path = `${site}/${name}.${hash}.${ending}`;
  writeFileSync(path, bytes);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(
    `${path}.br`,
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  );
}

for (const name of ["baton", "manage", "phone"]) {
  write(name, "wasm", readFileSync(`${work}/${name}_bg.wasm`));
  // The page names the WebAssembly itself; the script's own guess at its address is never used.
  write(name, "js", readFileSync(`${work}/${name}.js`));
}
const { code } = bundle({
  filename: "style/main.css",
  minify: true,
  targets: { chrome: 123 << 16, firefox: 120 << 16, safari: (17 << 16) | (5 << 8) },
});
write("baton", "css", Buffer.from(code));
