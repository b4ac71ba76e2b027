// Everything a browser gets is made here: scripts, styles, one sprite of the icons in use, the licence notices of what
// went in. The font that drawings and printed pages need is copied too, with its licence.
//
//   node build.mjs               builds
//   node build.mjs --if-changed  builds only when a source changed since the last build; installs packages first if needed
//   node build.mjs --watch       builds unminified and again on every change
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const product = join(here, "../src/lantai");
const out = join(product, "common/static/lantai/dist");
const fonts = join(product, "archival/render/fonts");
const stampFile = join(out, "sources.sha256");
const packages = join(here, "node_modules");
const installedFile = join(packages, ".lantai-lock.sha256");

// The oldest browsers promised. Offices' desktops report Chromium 90 and 93; esbuild cannot write for Safari 14.0.
const target = ["chrome87", "firefox78", "safari14.1"];

// Package, font and licence in it, and the names they get: what the server sets pages in, the house font first.
const FONTS = [
  ["@expo-google-fonts/noto-sans-sc", "400Regular/NotoSansSC_400Regular.ttf", "LICENSE_FONT", "NotoSansSC-Regular.ttf", "NotoSansSC-OFL.txt"],
  ["@expo-google-fonts/noto-serif-sc", "400Regular/NotoSerifSC_400Regular.ttf", "LICENSE_FONT", "NotoSerifSC-Regular.ttf", "NotoSerifSC-OFL.txt"],
  ["@expo-google-fonts/noto-serif-sc", "700Bold/NotoSerifSC_700Bold.ttf", "LICENSE_FONT", "NotoSerifSC-Bold.ttf", "NotoSerifSC-OFL.txt"],
  ["dejavu-fonts-ttf", "ttf/DejaVuSans.ttf", "LICENSE", "DejaVuSans.ttf", "DejaVuSans-LICENSE.txt"],
  ["@expo-google-fonts/noto-sans-thai", "400Regular/NotoSansThai_400Regular.ttf", "LICENSE_FONT", "NotoSansThai-Regular.ttf", "NotoSansThai-OFL.txt"],
];
const ICONS = "@tabler/icons";

function walk(folder, wanted) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return /^(node_modules|dist|__pycache__|static|locale|data)$/.test(entry.name) ? [] : walk(path, wanted);
      return wanted.test(entry.name) ? [path] : [];
    })
    .sort();
}

// Icons are named in templates ({% icon "search" %}, symbol="receipt"), in Python (icon="search", or in the list of states) and in TypeScript.
// A name that is written in one of those places as a whole string and exists as an icon goes into the sprite.
function iconNames() {
  const drawings = join(packages, ICONS, "icons/outline");
  const names = new Set();
  const rooms = readdirSync(product, { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== "archival");
  const files = [join(here, "src"), ...rooms.map((entry) => join(product, entry.name))].flatMap((folder) => walk(folder, /\.(html|py|ts)$/));
  const missing = [];
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    for (const match of text.matchAll(/\b(?:icon(?:\s+|=|_name=|:\s*)|symbol=)["']([a-z][a-z0-9-]*)["']/g)) {
      if (existsSync(join(drawings, `${match[1]}.svg`))) names.add(match[1]);
      else missing.push(`${match[1]} (${relative(here, file)})`);
    }
    if (/(components|design|navigation|states|pages|views)\.py$/.test(file)) {
      for (const match of text.matchAll(/"([a-z][a-z0-9-]*)"/g)) if (existsSync(join(drawings, `${match[1]}.svg`))) names.add(match[1]);
    }
  }
  if (missing.length) throw new Error(`no such icon: ${missing.join(", ")}`);
  return [...names].sort();
}

function writeSprite(names) {
  const symbols = names.map((name) => {
    const drawing = readFileSync(join(packages, ICONS, "icons/outline", `${name}.svg`), "utf8");
    const body = drawing
      .replace(/<!--[\s\S]*?-->/, "")
      .replace(/^[\s\S]*?<svg[^>]*>/, "")
      .replace("</svg>", "")
      .replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`;
  });
  writeFileSync(join(out, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

// The notices are made from the build's own list of inputs, so that nothing bundled is forgotten.
function writeNotices(metafiles) {
  const used = new Set([ICONS, ...FONTS.map(([name]) => name)]);
  for (const metafile of metafiles) {
    for (const input of Object.keys(metafile.inputs)) {
      const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
      if (found) used.add(found[1]);
    }
  }
  const parts = ["Software and fonts of others in Lantai's pages\n"];
  for (const name of [...used].sort()) {
    const folder = join(packages, name);
    const described = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const licences = readdirSync(folder).filter((file) => /^licen[cs]e/i.test(file)).sort();
    if (!licences.length) throw new Error(`${name} brings no licence text`);
    parts.push(`${"=".repeat(72)}\n${name} ${described.version} (${described.license})\n${"-".repeat(72)}`);
    for (const licence of licences) parts.push(`${readFileSync(join(folder, licence), "utf8").trim()}\n`);
  }
  writeFileSync(join(out, "THIRD-PARTY-NOTICES.txt"), parts.join("\n"));
  return used.size;
}

function copyFonts() {
  mkdirSync(fonts, { recursive: true });
  for (const [name, font, licence, fontName, licenceName] of FONTS) {
    copyFileSync(join(packages, name, font), join(fonts, fontName));
    copyFileSync(join(packages, name, licence), join(fonts, licenceName));
  }
}

function digestOf(files, more = "") {
  const hash = createHash("sha256").update(more);
  for (const file of files) hash.update(relative(here, file)).update("\0").update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

// What the result depends on: styles, scripts, this file, the pinned packages, and the names of the icons in use.
function stamp() {
  const files = [...walk(join(here, "src"), /\.(ts|css)$/), join(here, "build.mjs"), join(here, "package-lock.json")];
  return digestOf(files, iconNames().join(" "));
}

function read(file) {
  return existsSync(file) ? readFileSync(file, "utf8").trim() : "";
}

function install() {
  const wanted = digestOf([join(here, "package-lock.json")]);
  if (read(installedFile) === wanted) return;
  execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: here, stdio: "inherit" });
  writeFileSync(installedFile, wanted);
}

function sizes() {
  const all = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? all(join(folder, entry.name)) : [join(folder, entry.name)]));
  for (const file of all(out).sort((one, other) => statSync(other).size - statSync(one).size)) {
    const bytes = readFileSync(file);
    const kB = (count) => (count / 1024).toFixed(1).padStart(7);
    console.log(`${kB(bytes.length)} kB ${kB(gzipSync(bytes, { level: 9 }).length)} kB gzip  ${relative(out, file)}`);
  }
}

async function main() {
  const watch = process.argv.includes("--watch");
  const onlyIfChanged = process.argv.includes("--if-changed");
  if (onlyIfChanged) install();
  const wanted = stamp();
  const complete = ["app.js", "ui.css", "icons.svg"].every((name) => existsSync(join(out, name))) && FONTS.every(([, , , name]) => existsSync(join(fonts, name)));
  if (onlyIfChanged && complete && read(stampFile) === wanted) return;

  const esbuild = await import("esbuild");
  const shared = { bundle: true, minify: !watch, sourcemap: watch, target, legalComments: "none", metafile: true, logLevel: "warning", outdir: out, entryNames: "[name]" };
  const scripts = { ...shared, entryPoints: { app: join(here, "src/ts/app.ts") }, format: "esm", splitting: true, chunkNames: "chunks/[name]-[hash]" };
  const styles = { ...shared, entryPoints: { ui: join(here, "src/css/ui.css") } };
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  writeSprite(iconNames());
  copyFonts();
  if (watch) {
    for (const options of [scripts, styles]) await (await esbuild.context(options)).watch();
    console.log("watching");
    return;
  }
  const built = await Promise.all([esbuild.build(scripts), esbuild.build(styles)]);
  const noticed = writeNotices(built.map((each) => each.metafile));
  writeFileSync(stampFile, `${wanted}\n`);
  sizes();
  console.log(`${iconNames().length} icons, notices of ${noticed} packages`);
}

await main();
