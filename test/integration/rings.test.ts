import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporary';

const rings = ['core', 'contract', 'host', 'agent', 'cli', 'server', 'main', 'preload', 'renderer'] as const;

/** What design allows; everything else must be refused. `preload` takes types of contract. */
const allowed: Record<(typeof rings)[number], readonly string[]> = {
  core: [],
  contract: ['core'],
  host: ['core'],
  agent: ['core', 'host', 'contract'],
  cli: ['core', 'contract', 'agent'],
  server: ['core', 'contract', 'agent'],
  main: ['core', 'contract', 'agent'],
  preload: ['contract'],
  renderer: ['core', 'contract'],
};

describe('the rings', () => {
  const folder = temporaryFolder();
  const broken = new Set<string>();

  beforeAll(() => {
    for (const file of ['.oxlintrc.json', 'tsconfig.base.json', 'package.json'])
      cpSync(file, join(folder.path, file));
    for (const ring of rings) {
      put(`src/${ring}/tsconfig.json`, '');
      cpSync(`src/${ring}/tsconfig.json`, join(folder.path, `src/${ring}/tsconfig.json`));
      put(`src/${ring}/thing.ts`, 'export const thing = 1;\n');
    }
    broken.clear();
    symlinkSync(resolve('node_modules'), join(folder.path, 'node_modules'), 'junction');
  });
  afterEach(() => {
    for (const path of broken) rmSync(path);
    broken.clear();
  });
  afterAll(() => folder.remove());

  it.each(rings)('lets %s import what the table allows and nothing else', (ring) => {
    const others = rings.filter((other) => other !== ring);
    for (const other of others)
      put(`src/${ring}/uses-${other}.ts`, `export { thing } from '../${other}/thing';\n`);
    const refused = refusedFiles(`src/${ring}`);
    for (const other of others) {
      expect([other, refused.has(`src/${ring}/uses-${other}.ts`)]).toEqual([
        other,
        !allowed[ring].includes(other),
      ]);
    }
  });

  it.each(['core', 'contract', 'renderer'])('keeps Node out of %s', (ring) => {
    put(`src/${ring}/reads.ts`, "export { readFileSync } from 'node:fs';\n");
    expect(refusedFiles(`src/${ring}`)).toContain(`src/${ring}/reads.ts`);
  });

  it.each(['core', 'host', 'agent', 'cli', 'server', 'renderer'])('keeps Electron out of %s', (ring) => {
    put(`src/${ring}/window.ts`, "export { app } from 'electron';\n");
    expect(refusedFiles(`src/${ring}`)).toContain(`src/${ring}/window.ts`);
  });

  it('lets only host/exec.ts start programs with execa', () => {
    put('src/host/exec.ts', "export { execa } from 'execa';\n");
    put('src/host/other.ts', "export { execa } from 'execa';\n");
    const refused = refusedFiles('src/host');
    expect([refused.has('src/host/exec.ts'), refused.has('src/host/other.ts')]).toEqual([false, true]);
  });

  it('makes node:fs and document compile errors in core', () => {
    put(
      'src/core/impure.ts',
      "import { readFileSync } from 'node:fs';\nexport const text = readFileSync(document.title);\n",
    );
    const { status, stdout } = run('node_modules/typescript/bin/tsc', ['-p', 'src/core', '--noEmit']);
    expect(status).not.toBe(0);
    expect(stdout).toMatch(/impure\.ts\(1,\d+\): error .*node:fs/);
    expect(stdout).toMatch(/impure\.ts\(2,\d+\): error .*document/);
  });

  it('makes an import that the table does not name a compile error', () => {
    put('src/renderer/uses-host.ts', "export { thing } from '../host/thing';\n");
    const { status, stdout } = run('node_modules/typescript/bin/tsc', ['-b', 'src/renderer']);
    expect(status).not.toBe(0);
    expect(stdout).toMatch(/uses-host\.ts\(1,\d+\): error/);
  });

  function put(path: string, text: string): void {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), text);
    broken.add(join(folder.path, path));
  }

  function run(program: string, args: readonly string[]) {
    return spawnSync(process.execPath, [program, ...args], { cwd: folder.path, encoding: 'utf8' });
  }

  function refusedFiles(path: string): Set<string> {
    const { stdout } = run('node_modules/oxlint/bin/oxlint', ['--format', 'json', path]);
    const report = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
    const hits = report.diagnostics.filter((diagnostic) => diagnostic.code.includes('no-restricted-imports'));
    return new Set(hits.map((diagnostic) => diagnostic.filename));
  }
});
