// The app's TypeScript in Node: a module of clients/web is bundled and imported.
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
export const web = `${root}clients/web/`;
const esbuild = createRequire(`${web}package.json`)("esbuild");

/** The exports of a module, such as "src/core/machine.ts". */
export async function source(path) {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: web,
    entryPoints: [path],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    logLevel: "warning",
  });
  const code = Buffer.from(outputFiles[0].contents).toString("base64");
  return import(`data:text/javascript;base64,${code}`);
}

/** Modules as one script that makes them a global, for a page: it is evaluated by the debugger, where
 * the page's policy does not hold. */
export async function script(name, ...paths) {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: web,
    stdin: { contents: paths.map((path) => `export * from "./${path}";`).join("\n"), resolveDir: web },
    bundle: true,
    write: false,
    format: "iife",
    globalName: name,
    target: "es2022",
    logLevel: "warning",
  });
  return outputFiles[0].text;
}

/** A compiled module of clients/web/wasm. */
export async function wasm(name) {
  return new WebAssembly.Module(await readFile(`${root}build/wasm/${name}.wasm`));
}

/** An official vector, as tests/vectors finds them. */
export async function vectors(path) {
  const folder = process.env.KRING_VECTORS ?? `${root}../shared/vectors`;
  return JSON.parse(await readFile(`${folder}/${path}`, "utf8"));
}
