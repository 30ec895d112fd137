// The whole app type-checks: strictly, and with every text in every language. What the compiler then knows of
// it shows that nothing is dead: no text that nobody says, no export that nobody imports.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, relative, resolve } from "node:path";

import { run } from "../interop/tap.mjs";
import { root, source, web } from "./lib/source.mjs";

const ts = createRequire(`${web}package.json`)("typescript");

function programOf(project) {
  const path = `${web}${project}`;
  const { config } = ts.readConfigFile(path, ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(path));
  return ts.createProgram(fileNames, options);
}

const app = programOf("tsconfig.json");

function check(program) {
  assert.equal(ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), {
    getCanonicalFileName: (name) => name, getCurrentDirectory: () => web, getNewLine: () => "\n",
  }), "");
}

/** Its own files, without those of libraries and the catalogues. */
const files = () => app.getSourceFiles().filter(({ fileName }) =>
  fileName.startsWith(web) && !/node_modules|\/i18n\/..\//.test(fileName));

function* nodesOf(node) {
  yield node;
  for (const child of node.getChildren()) {
    yield* nodesOf(child);
  }
}

/** A key stands in quotes, or is made of parts whose types say what can come of them. */
async function everyTextIsSaid() {
  const checker = app.getTypeChecker();
  const said = new Set();
  for (const node of files().flatMap((file) => [...nodesOf(file)])) {
    if (ts.isStringLiteralLike(node)) {
      said.add(node.text);
    } else if (ts.isTemplateExpression(node)) {
      const type = checker.getTypeAtLocation(ts.isAsExpression(node.parent) ? node.parent : node);
      for (const each of type.isUnion() ? type.types : [type]) {
        said.add(each.value);
      }
    }
  }
  const unsaid = [];
  for (const file of await readdir(`${web}src/i18n/nl`)) {
    const part = file.replace(".ts", "");
    const texts = (await source(`src/i18n/nl/${file}`))[part];
    unsaid.push(...Object.keys(texts).filter((key) => !said.has(key)).map((key) => `${part} ${key}`));
  }
  assert.deepEqual(unsaid, []);
}

/** What a file imports by name, and "*" of what it loads when it is needed: "path name" each. */
function* importsOf(file) {
  const path = ({ text }) => resolve(dirname(file.fileName), text);
  for (const node of nodesOf(file)) {
    if (ts.isImportDeclaration(node)) {
      for (const { propertyName, name } of node.importClause?.namedBindings?.elements ?? []) {
        yield `${path(node.moduleSpecifier)} ${(propertyName ?? name).text}`;
      }
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      yield `${path(node.arguments[0])} *`;
    }
  }
}

/** By another file of the app, or by name in a test. */
async function everyExportIsImported() {
  const folders = [`${root}tests/web/`, `${root}tests/web/lib/`];
  const scripts = (await Promise.all(folders.map(async (folder) =>
    (await readdir(folder)).filter((name) => name.endsWith(".mjs")).map((name) => `${folder}${name}`)))).flat();
  const tests = (await Promise.all(scripts.map((path) => readFile(path, "utf8")))).join("\n");
  const imported = new Set(files().flatMap((file) => [...importsOf(file)]));
  const isImported = (path, name) => imported.has(`${path} ${name}`) || imported.has(`${path} *`) ||
    new RegExp(`\\b${name}\\b`).test(tests);
  const unused = files().filter(({ symbol }) => symbol !== undefined).flatMap(({ fileName, symbol }) =>
    [...symbol.exports.keys()].filter((name) => !isImported(fileName, name))
      .map((name) => `${relative(web, fileName)} ${name}`));
  assert.deepEqual(unused, []);
}

await run([
  ["the app", () => check(app)],
  ["the service worker", () => check(programOf("sw/tsconfig.json"))],
  ["every text is said", everyTextIsSaid],
  ["every export is imported", everyExportIsImported],
]);
