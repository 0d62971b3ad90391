import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { httpRoutes } from '../../src/contract/http';
import { sparseModel } from '../support/sparse-model';

const base = mkdtempSync(join(tmpdir(), 'plimsoll-bin-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const profile = 'test/fixtures/profiles/example-1.0.0.json';
const environment = { ...process.env, PLIMSOLL_DATA_DIR: join(base, 'data'), NO_COLOR: '1' };

function plimsoll(...argv: string[]) {
  return spawnSync(process.execPath, ['bin/plimsoll.mjs', ...argv], { env: environment, encoding: 'utf8' });
}

function start(...argv: string[]) {
  const child = spawn(process.execPath, ['bin/plimsoll.mjs', ...argv], { env: environment });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return { child, ended };
}

describe.skipIf(!existsSync('out/node/cli.cjs'))('the built program (npm run build makes it)', () => {
  it('plans a model of a real header for another machine', () => {
    const model = sparseModel('qwen3-30b-a3b', base);
    const { status, stdout, stderr } = plimsoll('plan', model, '--profile', profile);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^SHIP /);
    expect(stdout).toContain('llama-server -m ');
  });

  it('gives the same plan as JSON', () => {
    const { status, stdout } = plimsoll(
      'plan',
      sparseModel('llama-3.3-70b', base),
      '--profile',
      profile,
      '--ngl',
      '99',
      '--json',
    );
    const plan = JSON.parse(stdout) as { verdict: string; remedies: unknown[] };
    expect({ status, verdict: plan.verdict }).toStrictEqual({ status: 2, verdict: 'refuse' });
    expect(plan.remedies).not.toHaveLength(0);
  });

  it('says that this machine was not measured yet', () => {
    const { status, stdout, stderr } = plimsoll('plan', 'llama-3.1-8b');
    expect({ status, stdout }).toStrictEqual({ status: 1, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(2);
    expect(stderr).toContain('plimsoll probe');
  });

  it('ends wrong usage with status 64', () => {
    expect(plimsoll('plan').status).toBe(64);
  });

  it('measures this machine quickly, keeps the profile and plans with it', () => {
    const measured = plimsoll('probe', '--quick', '--json');
    expect(measured.status).toBe(0);
    expect(JSON.parse(measured.stdout)).toMatchObject({ schema_version: '1.0.0' });
    expect(measured.stderr).toContain(join(base, 'data', 'profile.json'));
    expect([0, 2, 3]).toContain(plimsoll('plan', 'qwen3-0.6b', '--json').status);
  });

  it('ends quietly when its reader goes away', async () => {
    const { child, ended } = start('model', sparseModel('llama-3.3-70b', base), '--json');
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await ended).toBe(0);
    expect(stderr).toBe('');
  });

  it('ends with status 130 when it is interrupted, and leaves nothing behind', async () => {
    const folder = mkdtempSync(join(base, 'bench-'));
    const out = join(base, 'interrupted.json');
    const { child, ended } = start('probe', '--dir', folder, '--out', out);
    let stderr = '';
    let interrupted = false;
    child.stderr.on('data', (text: Buffer) => {
      stderr += text.toString();
      // once: a second time would end it at once, without cleaning up
      if (!interrupted && stderr.includes('Reading the memory')) interrupted = child.kill('SIGINT');
    });
    expect(await ended).toBe(130);
    expect(stderr).toContain('Cancelled.');
    expect(readdirSync(folder)).toStrictEqual([]);
    expect(existsSync(out)).toBe(false);
  });

  it('serves with the token it prints, and closes on an interrupt while a page listens', async () => {
    const { child, ended } = start('serve', '--port', '0', '--json');
    const line = await new Promise<string>((resolve) =>
      child.stdout.once('data', (text: Buffer) => resolve(text.toString())),
    );
    const url = new URL((JSON.parse(line) as { url: string }).url);
    const headers = { authorization: `Bearer ${new URLSearchParams(url.hash.slice(1)).get('token')}` };
    const events = await fetch(url.origin + httpRoutes.events, { headers });
    expect(events.status).toBe(200);
    const broken = events.text().catch(() => 'broken off');
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    await broken;
  });
});
