// Bundles the style sheets, minifies the scripts, gives the files hashed names, and compresses them. `baton` is what every
// page loads; the others are loaded by the pages that need them, `chunk_…` where several do.
// usage: node pack.mjs <wasm-bindgen's output> <site folder> <profile>
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { transformSync } from "esbuild";
import { bundle } from "lightningcss";

const [work, site, profile] = process.argv.slice(2);
const quality = profile === "wasm-release" ? 11 : 4;
rmSync(site, { recursive: true, force: true });
mkdirSync(site, { recursive: true });

function write(name, hash, ending, bytes) {
  const path = `${site}/${name}.${hash}.${ending}`;
  writeFileSync(path, bytes);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(
    `${path}.br`,
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  );
}

const hashOf = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

// Script and WebAssembly belong together and name each other: one hash over them all, and over what is done to them here.
const files = readdirSync(work).filter((name) => /\.(wasm|js)$/.test(name)).sort();
// The compiler's long names for what scripts call say nothing to anybody: as many underscores cost less. As long as before,
// since WebAssembly writes how long each is.
const latin = files.map((name) => readFileSync(`${work}/${name}`, "latin1"));
const mangled = [...new Set(latin.flatMap((text) => text.match(/_RINv\w{20,}/g) ?? []))].sort((a, b) => b.length - a.length);
const renamed = (text) => mangled.reduce((text, name, at) => text.replaceAll(name, `_${at}`.padEnd(name.length, "_")), text);
const contents = latin.map((text) => Buffer.from(renamed(text), "latin1"));
const made = ["script/pack.mjs", "package-lock.json"].map((name) => readFileSync(name));
const hash = hashOf(Buffer.concat([...contents, ...made, Buffer.from(profile)]));
// The splitter's names say where a file came from; ours only what it is.
const short = (stem) => stem.replace(/^__wasm_/, "").replace(/^split_/, "").replace(/[^a-z0-9_]/gi, "");
const names = new Map(files.map((name) => {
  const [stem, ending] = [name.slice(0, name.lastIndexOf(".")), name.slice(name.lastIndexOf(".") + 1)];
  return [name, { name: short(stem), ending, full: `${short(stem)}.${hash}.${ending}` }];
}));
files.forEach((file, at) => {
  const { name, ending } = names.get(file);
  let bytes = contents[at];
  if (ending === "js") {
    let text = bytes.toString();
    // Where they are loaded from; not the names by which the WebAssembly asks for its imports.
    for (const [old, { full }] of names) {
      for (const before of ["from ", "URL("]) for (const quote of [`"`, `'`]) {
        text = text.replaceAll(`${before}${quote}./${old}${quote}`, `${before}${quote}./${full}${quote}`);
      }
    }
    if (profile === "wasm-release") {
      text = transformSync(text, { minify: true, format: "esm", target: "es2022", legalComments: "none" }).code;
    }
    bytes = Buffer.from(text);
  }
  write(name, hash, ending, bytes);
});
// Who loads what several load, for the budgets: `chunk_7 later, manage`.
const loads = [...readFileSync(`${work}/__wasm_split.js`, "utf8").matchAll(/\/\* (.+) \*\/\s*const __(chunk_\d+) /g)];
if (!loads.length) throw new Error("__wasm_split.js says no more who loads which chunk");
writeFileSync(`${site}/../loads`, loads.map(([, parts, chunk]) => `${chunk} ${parts}\n`).join(""));
for (const [name, filename] of [["baton", "style/main.css"], ["thread", "style/thread.css"], ["pages", "style/pages.css"]]) {
  const targets = { chrome: 123 << 16, firefox: 120 << 16, safari: (17 << 16) | (5 << 8) };
  const { code } = bundle({ filename, minify: true, targets });
  write(name, hashOf(code), "css", Buffer.from(code));
}
