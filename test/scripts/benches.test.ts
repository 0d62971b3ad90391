import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

const folder = 'bench';
const benches = readdirSync(folder).filter((name) => name.endsWith('.mjs'));

describe('each bench', () => {
  it.each(benches)('loads, and can be run: %s', async (name) => {
    const { run } = (await import(pathToFileURL(resolve(folder, name)).href)) as { run: unknown };
    expect(run).toBeTypeOf('function');
  });

  it.each(benches)('names modules that exist, and takes from them only what they export: %s', (name) => {
    const text = [name, ...sharedBy(name)].map((path) => readFileSync(join(folder, path), 'utf8')).join('\n');
    const paths = modulesIn(text);
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
    const exported = new Set(paths.flatMap(exportsOf));
    const taken = [...text.matchAll(/\b(?:ours|probe)\.(\w+)/g)].map((found) => found[1]!);
    expect(taken.filter((each) => !exported.has(each) && !OWN.has(each))).toEqual([]);
  });
});

/** Fields of a bench's own records that are called like the loaded modules. */
const OWN: ReadonlySet<string> = new Set(['rounds', 'copies', 'methods']);

/** What benches share among themselves. */
function sharedBy(name: string): readonly string[] {
  const text = readFileSync(join(folder, name), 'utf8');
  return [...text.matchAll(/from '\.\/(shared\/[^']+)'/g)].map((found) => found[1]!);
}

/** The sources that are named as `loadSources` takes them, below `src`. */
function modulesIn(text: string): readonly string[] {
  const named = text.matchAll(/'((?:core|host|agent|\.\.\/test\/support)\/[\w/-]+)'/g);
  return [...new Set([...named].map((found) => join('src', `${found[1]!}.ts`)))];
}

function exportsOf(path: string): readonly string[] {
  const text = readFileSync(path, 'utf8');
  const own = text.matchAll(/^export (?:async )?(?:function\*?|const|class) (\w+)/gm);
  const passed = text.matchAll(/^export \{([^}]+)\}/gm);
  return [
    ...[...own].map((found) => found[1]!),
    ...[...passed].flatMap((found) => found[1]!.split(',').map((each) => each.trim())),
  ];
}
