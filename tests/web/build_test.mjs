// The bundle: two builds are identical, names tell what is in a file, the manifest is right, nothing
// in it points elsewhere, and it is small enough.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

import { run } from "../interop/tap.mjs";
import { web } from "./lib/source.mjs";

const KIB = 1000; // the budgets are in kB
const folder = await mkdtemp(join(tmpdir(), "kring-build-"));

async function build(name) {
  const out = join(folder, name);
  execFileSync(process.execPath, [join(web, "build.mjs"), "--out", out], { stdio: "pipe", cwd: folder });
  const files = new Map();
  for (const file of (await readdir(out)).sort()) {
    files.set(`/${file}`, await readFile(join(out, file)));
  }
  return files;
}

const files = await build("first");
const plain = [...files].filter(([url]) => !url.endsWith(".gz"));
const sha256 = (content) => createHash("sha256").update(content).digest("hex");
const text = (url) => files.get(url).toString();

async function reproducible() {
  const again = await build("second");
  assert.deepEqual([...again.keys()], [...files.keys()]);
  for (const [url, content] of files) {
    assert.ok(content.equals(again.get(url)), `${url} differs between two builds`);
  }
}

function names() {
  let hashed = 0;
  for (const [url, content] of plain) {
    const hash = /\.([0-9a-f]{16})\./.exec(url)?.[1];
    if (hash !== undefined) {
      assert.equal(sha256(content).slice(0, 16), hash, url);
      hashed++;
    }
  }
  assert.ok(hashed > 10);
  const fixed = plain.map(([url]) => url).filter((url) => !/\.[0-9a-f]{16}\./.test(url));
  assert.deepEqual(fixed.sort(), ["/app.webmanifest", "/icon-192.png", "/icon-512.png", "/icon.svg",
    "/index.html", "/join.html", "/manifest.json", "/melden.html", "/privacy.html", "/sw.js",
    "/toegankelijkheid.html"]);
}

function manifest() {
  const listed = JSON.parse(text("/manifest.json"));
  const others = plain.filter(([url]) => url !== "/manifest.json");
  assert.deepEqual(listed, Object.fromEntries(others.map(([url, content]) => [url, sha256(content)])));
}

function packed() {
  for (const [url, content] of files) {
    if (url.endsWith(".gz")) {
      assert.ok(gunzipSync(content).equals(files.get(url.slice(0, -3))), url);
    }
  }
}

/** Only the namespaces of XML and words for people may look like an address. */
function noOtherHost() {
  const allowed = /^https?:\/\/(www\.w3\.org|www\.buienradar\.nl)\//;
  for (const [url, content] of plain) {
    if (/\.(js|css|html|json|svg|webmanifest)$/.test(url)) {
      const found = content.toString().match(/https?:\/\/[\w.-]+\//g) ?? [];
      assert.deepEqual(found.filter((address) => !allowed.test(address)), [], url);
    }
  }
}

function noInlineScript() {
  for (const [url] of plain.filter(([url]) => url.endsWith(".html"))) {
    assert.ok(!/<script(?![^>]* src=)|<style| on\w+=| style=/.test(text(url)), url);
  }
}

/** What is loaded when it is needed. */
const LATER = /\bimport\("(\/[\w.-]+)"\)/g;

/** build.mjs leaves out what nothing asks for; a rule without anything in it has lost what it was for. */
function styleSheets() {
  const sheets = plain.filter(([url]) => url.endsWith(".css"));
  assert.equal(sheets.length, 3);
  for (const [url] of sheets) {
    assert.deepEqual(text(url).match(/[^{}]*\{\s*\}/g) ?? [], [], url);
  }
  assert.match(text(sheets.find(([url]) => url.startsWith("/app."))[0]), /utrecht-button--danger\{--/);
}

/** Everything that a page names, and what that names, as a browser would fetch it. */
function closure(url, seen = new Set()) {
  if (!seen.has(url) && files.has(url)) {
    seen.add(url);
    const isText = /\.(html|js)$/.test(url);
    for (const [, found] of isText ? text(url).replace(LATER, "").matchAll(/["'`](\/[\w.-]+)["'`]/g) : []) {
      // Of the catalogues a visitor has one language: the largest counts, below.
      if (!found.endsWith(".json") && found !== "/sw.js" && !found.endsWith(".html")) {
        closure(found, seen);
      }
    }
  }
  return seen;
}

const gzipped = (url) => gzipSync(files.get(url), { level: 9 }).length;

function largestLanguage(parts) {
  const sizes = parts.map((part) => plain.map(([url]) => url)
    .filter((url) => url.startsWith(`/${part}.`) && url.endsWith(".json")).map(gzipped));
  return sizes.reduce((sum, each) => sum + Math.max(0, ...each), 0);
}

function budget(page, parts, limit) {
  return () => {
    const urls = [...closure(page)];
    const total = urls.reduce((sum, url) => sum + gzipped(url), 0) + largestLanguage(parts);
    assert.ok(urls.some((url) => url.endsWith(".js")), urls.join(" "));
    assert.ok(total <= limit * KIB, `${total} bytes: ${urls.map((url) => `${url} ${gzipped(url)}`).join(", ")}`);
    return `${page}: ${(total / KIB).toFixed(1)} kB gzip of ${limit}`;
  };
}

/** These come after the first load, and only to who needs them: the professional's part, and what a
 * coordinator looks an inbox up with. */
function laterParts() {
  const urls = plain.flatMap(([url]) => (url.startsWith("/app.") && url.endsWith(".js") ? [...text(url).matchAll(LATER)] : []))
    .map(([, url]) => url);
  assert.deepEqual(urls.map((url) => url.split(".")[0]), ["/lookup", "/screens"]);
  const first = closure("/index.html");
  assert.ok(urls.every((url) => !first.has(url)), "they are no part of the first load");
  return urls.map((url) => `${url}: ${(gzipped(url) / KIB).toFixed(1)} kB gzip`).join(", ");
}

try {
  await run([
    ["two builds are identical", reproducible],
    ["names hold the hash of their content", names],
    ["the manifest has every file's SHA-256", manifest],
    ["what is packed unpacks to the same", packed],
    ["no address of another host", noOtherHost],
    ["no script or style within a page", noInlineScript],
    ["no rule of a style sheet is empty", styleSheets],
    ["the reporting path is within its budget", budget("/melden.html", ["common", "report"], 150)],
    ["the app is within its budget", budget("/index.html", ["common", "app"], 300)],
    ["what not everybody needs is loaded later", laterParts],
    ["the other pages are within theirs", budget("/privacy.html", ["common", "pages"], 300)],
  ]);
} finally {
  await rm(folder, { recursive: true, force: true });
}
