#!/usr/bin/env node
// Builds the app: build.mjs [--out DIR] [--wasm DIR]
//
// What is written to DIR (build/web) is what a web server serves, complete: names hold the hash of
// their content, so that they can be kept for ever; beside each file its gzip; manifest.json has the
// SHA-256 of every file. Two builds of one tree are identical, byte for byte.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";

import esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const { values: options } = parseArgs({
  options: {
    out: { type: "string", default: join(root, "build/web") },
    wasm: { type: "string", default: join(root, "build/wasm") },
  },
});

/** The oldest browsers, issue and ARCHITECTURE.md. */
const TARGET = ["chrome80", "safari14.1", "firefox91"];

/** Each part of the app, its catalogues and the languages that they are in. */
const PARTS = {
  app: {
    script: "ui/app/main.tsx",
    style: "ui/styles/app.css",
    languages: ["nl", "en"],
    // Texts of what is loaded when it is needed.
    later: ["professional"],
  },
  report: {
    script: "ui/melden/main.tsx",
    style: "ui/styles/report.css",
    languages: ["nl", "en", "tr", "ar", "pl", "uk"],
  },
  pages: { script: "ui/pages/main.tsx", style: "ui/styles/report.css", languages: ["nl", "en"] },
};

/** The pages and what they show; kringd serves /join from join.html. */
const PAGES = {
  "index.html": "app",
  "join.html": "app",
  "melden.html": "report",
  "toegankelijkheid.html": "pages",
  "privacy.html": "pages",
};

/** URL -> content. */
const files = new Map();

const hashOf = (content) => createHash("sha256").update(content).digest("hex");

/** Adds a file under name.<hash>.extension; its URL. */
function addHashed(name, extension, content) {
  const url = `/${name}.${hashOf(content).slice(0, 16)}.${extension}`;
  files.set(url, content);
  return url;
}

async function bundle(entry, define, more = {}) {
  const result = await esbuild.build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    format: "iife",
    minify: true,
    write: false,
    target: TARGET,
    charset: "utf8",
    legalComments: "none",
    jsx: "automatic",
    jsxImportSource: "preact",
    define: Object.fromEntries(
      Object.entries(define).map(([name, value]) => [name, JSON.stringify(value)])),
    logLevel: "warning",
    ...more,
  });
  return result.outputFiles.map(({ path, contents }) => ({ path, content: Buffer.from(contents) }));
}

/** Everything in one file. */
const bundleOne = async (entry, define, more) => (await bundle(entry, define, more))[0].content;

/** A page's script, and in files of their own what it imports when it is needed. A file that others
 * import gets its name first, for the name stands in them. */
async function addModules(name, entry, define) {
  const modules = await bundle(entry, define,
    { format: "esm", splitting: true, outdir: "/", entryNames: name, chunkNames: "[name]-[hash]" });
  const urls = new Map();
  const begun = new Set();
  const add = ({ path, content }) => {
    if (begun.has(path)) {
      throw new Error(`${path} is imported by what it imports`);
    }
    begun.add(path);
    const text = content.toString().replace(/"\.(\/[\w-]+\.js)"/g, (_, imported) => {
      const found = modules.find((each) => each.path === imported);
      return JSON.stringify(urls.get(imported) ?? add(found));
    });
    const plain = basename(path, ".js").replace(/-[A-Z0-9]{8}$/, "");
    urls.set(path, addHashed(plain.toLowerCase(), "js", Buffer.from(text)));
    return urls.get(path);
  };
  const url = add(modules.find(({ path }) => path === `/${name}.js`));
  const shared = files.get(url).toString().matchAll(/\bfrom"(\/[^"]+)"|\bimport"(\/[^"]+)"/g);
  return { url, shared: [...shared].map(([, named, bare]) => named ?? bare) };
}

/** Classes for states that browsers know by themselves, and which no component sets. */
const STATE = /\.utrecht-[\w-]+--(hover|focus|focus-visible|active|busy|disabled|pressed|placeholder|read-only)(?![\w-])/;

/** var(name, fallback), where the fallback has at most two levels of brackets within. */
const VARIABLE = /var\((--[\w-]+),((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)/g;

/** Whether a class stands in the code: whole, or made of parts, as `utrecht-alert--${kind}` and
 * `${kind}--checked` are. */
function isUsed(name, code) {
  const cuts = [...name.matchAll(/-+/g)].map(({ index, 0: dashes }) => index + dashes.length);
  const last = name.lastIndexOf("--");
  return code.includes(name) || cuts.some((cut) => code.includes(`${name.slice(0, cut)}\${`)) ||
    (last > 0 && code.includes(name.slice(0, last)) && code.includes(`}${name.slice(last)}`));
}

/** The design system's CSS without what cannot happen here: classes that the code does not set, and
 * states that browsers know by themselves. Its tokens are those of tokens.css, so one that is there needs
 * no fallback, one that is nowhere is its fallback, and one that nothing asks for is not needed. */
async function styles(entry, code) {
  const tokens = await readFile(join(here, "ui/styles/tokens.css"), "utf8");
  let css = (await bundleOne(entry, {})).toString();
  const namesIn = (text) => new Set([...text.matchAll(/(--[\w-]+):/g)].map(([, name]) => name));
  const given = namesIn(tokens);
  const anywhere = namesIn(css);
  const isNeeded = (selector) => !STATE.test(selector) &&
    [...selector.replace(/:not\([^)]*\)/g, "").matchAll(/\.([A-Za-z][\w-]*)/g)].every(([, name]) => isUsed(name, code));
  css = css.replace(/([^{};]+)\{([^{}]*)\}/g, (_, selectors, declarations) => {
    const kept = selectors.split(/,(?![^(]*\))/).filter(isNeeded);
    return kept.length === 0 ? "" : `${kept.join(",")}{${declarations}}`;
  }).replace(/@media[^{}]*\{\s*\}/g, "");
  for (let before; before !== css;) {
    before = css;
    css = css.replace(VARIABLE, (whole, name, fallback) =>
      given.has(name) ? `var(${name})` : anywhere.has(name) ? whole : fallback);
  }
  for (let before; before !== css;) {
    before = css;
    const asked = new Set([...css.matchAll(/var\(\s*(--[\w-]+)/g)].map(([, name]) => name));
    css = css.replace(/(--[\w-]+):[^;{}]*(;|(?=\}))/g, (whole, name) => (asked.has(name) ? whole : ""));
  }
  return Buffer.from(css);
}

/** Data, though written in TypeScript. */
async function textsIn(part, language) {
  const code = await bundleOne(`src/i18n/${language}/${part}.ts`, {}, { format: "esm" });
  const module = await import(`data:text/javascript;base64,${code.toString("base64")}`);
  return module[part];
}

/** A catalogue without its keys: they are the Dutch one's, which is in the bundle, and in its order. */
async function catalogue(part, language) {
  const [dutch, own] = await Promise.all([textsIn(part, "nl"), textsIn(part, language)]);
  return Buffer.from(JSON.stringify(Object.keys(dutch).map((key) => own[key])));
}

/** "common.tr" -> URL, for all but Dutch, which is in the bundles. */
async function addCatalogues(parts, languages) {
  const urls = {};
  for (const language of languages.filter((each) => each !== "nl")) {
    for (const name of ["common", ...parts]) {
      urls[`${name}.${language}`] = addHashed(`${name}.${language}`, "json", await catalogue(name, language));
    }
  }
  return urls;
}

const scriptTag = (url) => `<script defer src="${url}"></script>`;

/** With what it begins by importing, so that the browser need not read it first to know. */
const moduleTags = ({ url, shared }) =>
  [...shared.map((each) => `<link rel="modulepreload" href="${each}">`),
    `<script type="module" src="${url}"></script>`].join("\n");

function html(template, values) {
  return Buffer.from(template.replace(/%(\w+)%/g, (_, name) => values[name]));
}

async function addStatic() {
  const folder = join(here, "static");
  for (const name of (await readdir(folder)).sort()) {
    if (!name.endsWith(".html")) {
      files.set(`/${name}`, await readFile(join(folder, name)));
    }
  }
}

async function main() {
  const wasm = async (name) =>
    addHashed(name, "wasm", await readFile(join(options.wasm, `${name}.wasm`)));
  const coreWorker = addHashed("core.worker", "js",
    await bundleOne("src/host/worker.ts", { KRING_WASM: await wasm("kring") }));
  const reportWorker = addHashed("report.worker", "js",
    await bundleOne("src/host/report_worker.ts", { KRING_WASM: await wasm("report") }));

  const template = await readFile(join(here, "static/page.html"), "utf8");
  const built = {};
  for (const [part, { script, style, languages, later }] of Object.entries(PARTS)) {
    const define = {
      KRING_CORE_WORKER: coreWorker,
      KRING_REPORT_WORKER: reportWorker,
      KRING_CATALOGUES: await addCatalogues([part, ...(later ?? [])], languages),
    };
    const before = new Set(files.keys());
    const tags = later === undefined
      ? scriptTag(addHashed(part, "js", await bundleOne(script, define)))
      : moduleTags(await addModules(part, script, define));
    const code = [...files].filter(([url]) => !before.has(url)).map(([, content]) => content.toString());
    built[part] = { script: tags, style: addHashed(part, "css", await styles(style, [template, ...code].join("\n"))) };
  }
  await addStatic();
  for (const [name, part] of Object.entries(PAGES)) {
    const manifest = part === "app" ? '<link rel="manifest" href="/app.webmanifest">' : "";
    files.set(`/${name}`, html(template, { ...built[part], manifest }));
  }
  // What the app needs offline; a new list is a new service worker.
  const shell = [...files.keys()].sort();
  files.set("/sw.js", await bundleOne("sw/sw.ts", {
    KRING_SHELL: shell,
    KRING_VERSION: hashOf(shell.map((url) => hashOf(files.get(url))).join()).slice(0, 16),
  }));
  files.set("/manifest.json", Buffer.from(JSON.stringify(
    Object.fromEntries([...files].map(([url, content]) => [url, hashOf(content)]).sort()),
    null, 1) + "\n"));
  await writeAll();
}

async function writeAll() {
  await rm(options.out, { recursive: true, force: true });
  for (const [url, content] of files) {
    const path = join(options.out, url);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    const packed = gzipSync(content, { level: 9 });
    if (packed.length < content.length * 0.95) {
      await writeFile(`${path}.gz`, packed);
    }
  }
  console.log(`${files.size} files in ${relative(process.cwd(), options.out)}`);
}

await main();
