// Takes out of a WebAssembly file what Leptos makes for every view and this application never runs: `hydrate_async`
// is for pages that load their parts later (`hydrate_lazy`), ours hydrate whole. A table for each kind of view keeps
// these functions alive; they are 6% of what a browser would load. Should one be called all the same, it traps.
// usage: node snip.mjs <in> <out>
import { readFileSync, writeFileSync } from "node:fs";
import binaryen from "binaryen";

const [from, to] = process.argv.slice(2);
const module = binaryen.readBinary(readFileSync(from));
let taken = 0;
for (let place = 0; place < module.getNumFunctions(); place++) {
  const found = module.getFunctionByIndex(place);
  if (!binaryen.getFunctionInfo(found).name.includes("hydrate_async")) continue;
  binaryen.Function.setBody(found, module.unreachable());
  taken++;
}
if (taken === 0) throw new Error("snip.mjs: nothing is called hydrate_async any more; look for what replaced it");
writeFileSync(to, module.emitBinary());
