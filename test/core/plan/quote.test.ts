import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteCommand, quoteLine, shellOf } from '../../../src/core/plan/quote';

const print = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
/** Anything but the byte that no argument can hold. */
const word = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0'));
const hasSh = spawnSync('sh', ['-c', 'true']).status === 0;
const hasPowershell = spawnSync('pwsh', ['-v']).status === 0;

describe.skipIf(!hasSh)('a line quoted for a POSIX shell', () => {
  it('is read back by sh as exactly the words that went in', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        const line = quoteLine([process.execPath, '-e', print, '--', ...words], 'posix');
        const output = execFileSync('sh', ['-c', line], { encoding: 'utf8' });
        expect(JSON.parse(output)).toEqual(words);
      }),
      { numRuns: 40 },
    );
  });

  it('sets its variables for the program', () => {
    const program = ['-e', 'process.stdout.write(process.env.CUDA_DEVICE_ORDER)'];
    const line = quoteCommand(process.execPath, program, { CUDA_DEVICE_ORDER: "PCI's $BUS" }, 'posix');
    expect(execFileSync('sh', ['-c', line], { encoding: 'utf8' })).toBe("PCI's $BUS");
  });

  it('leaves plain words as they are', () => {
    expect(quoteLine(['llama-server', '-m', '/models/a b.gguf', '-ngl', '99'], 'posix')).toBe(
      "llama-server -m '/models/a b.gguf' -ngl 99",
    );
  });
});

describe.skipIf(!hasPowershell)('a line quoted for PowerShell, where pwsh is on PATH', () => {
  it('is read back as the words that went in', () => {
    const words = ["it's", 'a b', '$HOME', '`n', '100%', 'C:\\models\\x.gguf'];
    const line = quoteLine([process.execPath, '-e', print, '--', ...words], 'powershell');
    expect(JSON.parse(execFileSync('pwsh', ['-NoProfile', '-c', line], { encoding: 'utf8' }))).toEqual(words);
  });
});

describe('a line quoted for a Windows shell', () => {
  it('doubles single quotes for PowerShell and calls a quoted program', () => {
    expect(quoteLine(['C:\\Program Files\\llama-server.exe', "it's"], 'powershell')).toBe(
      "& 'C:\\Program Files\\llama-server.exe' 'it''s'",
    );
    expect(quoteCommand('llama-server', ['-m', '$x.gguf'], { A: 'b' }, 'powershell')).toBe(
      "$env:A = 'b'; llama-server -m '$x.gguf'",
    );
  });

  it('keeps cmd from reading variables, quotes and a last backslash', () => {
    expect(quoteLine(['llama-server', '50%', 'say "hi"', 'C:\\my models\\'], 'cmd')).toBe(
      String.raw`llama-server "50"^%"" "say \"hi\"" "C:\my models\\"`,
    );
    expect(quoteCommand('llama-server', [], { A: 'b' }, 'cmd')).toBe('set "A=b" && llama-server');
  });

  it('is chosen by the platform', () => {
    expect([shellOf('linux'), shellOf('darwin'), shellOf('win32'), shellOf(null)]).toEqual([
      'posix',
      'posix',
      'powershell',
      'posix',
    ]);
  });
});
