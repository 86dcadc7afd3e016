// What this build is called: the same sources make the same name.

import { createHash } from "node:crypto";
import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const WEB = resolve(import.meta.dirname, "..");
const SOURCES = ["src", "public", "package-lock.json", "vite.config.ts"];
const LETTERS = 12;

export function buildId(): string {
  const hash = createHash("sha256");
  for (const source of [...SOURCES, ...readdirSync(WEB).filter((name) => name.endsWith(".html"))]) {
    for (const file of filesOf(join(WEB, source))) hash.update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, LETTERS);
}

function filesOf(path: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(path, { recursive: true, withFileTypes: true });
  } catch {
    return [path];
  }
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
