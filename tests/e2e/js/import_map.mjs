// Print an import map by which a browser finds the modules that `specifier` leads to, at /.
//
// Run with --conditions=browser and --experimental-import-meta-resolve, so that Node.js resolves
// as a bundler for the web does; each folder has a scope, for packages come in several versions.
import { readFileSync } from "node:fs";
import { dirname, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { answer, given } from "./peer.mjs";

const ROOT = import.meta.dirname;
const IMPORTED = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"'\n]+)["']/g;

const place = (path) => `/${relative(ROOT, path).split(sep).join("/")}`;
const scopes = {};
const seen = new Set();

function follow(path) {
  if (seen.has(path)) return;
  seen.add(path);
  for (const [, specifier] of readFileSync(path, "utf8").matchAll(IMPORTED)) {
    const found = resolve(specifier, path);
    if (found === undefined) continue;
    if (!specifier.startsWith(".")) {
      const scope = `${place(dirname(path))}/`;
      (scopes[scope] ??= {})[specifier] = place(found);
    }
    follow(found);
  }
}

// What a comment mentions may not be there; what a module needs and lacks, the browser reports.
function resolve(specifier, importer) {
  try {
    const url = import.meta.resolve(specifier, pathToFileURL(importer).href);
    return url.startsWith("file:") ? fileURLToPath(url) : undefined;
  } catch {
    return undefined;
  }
}

const start = resolve(given("specifier"), fileURLToPath(import.meta.url));
follow(start);
answer({ imports: { [given("specifier")]: place(start) }, scopes });
