import { execFileSync, spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteCommand, quoteForProgram, quoteLine, shellOf } from '../../../src/core/plan/quote';
import { commandLineToArgv, powershellWords, throughCmd } from '../../support/windows-command-line';

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
      String.raw`llama-server ^"50^%^" ^"say \^"hi\^"^" "C:\my models\\"`,
    );
    expect(quoteCommand('llama-server', [], { A: 'b' }, 'cmd')).toBe('set "A=b" && llama-server');
  });

  /** cmd cannot be given a line break; what it acts on and what the program reads is all in here. */
  const awkward = fc.string({
    unit: fc.constantFrom(...'ab /\\"%^&|<>()!;,=~*?$`\'#@-.:\u2018\u2019\u201C\u00E9\uD83D'.split('')),
    maxLength: 12,
  });
  const lines = fc.array(awkward, { maxLength: 5 });

  it('is read back through cmd, typed or from a file, as exactly the words that went in', () => {
    fc.assert(
      fc.property(lines, (words) => {
        const typed = throughCmd(quoteLine(['llama-server', ...words], 'cmd'), 'typed');
        expect(commandLineToArgv(typed)).toEqual(['llama-server', ...words]);
        const filed = throughCmd(quoteLine(['llama-server', ...words], 'batch'), 'file');
        expect(commandLineToArgv(filed)).toEqual(['llama-server', ...words]);
      }),
      { numRuns: 10_000 },
    );
  });

  it('is read back by PowerShell as exactly the words that went in', () => {
    fc.assert(
      fc.property(lines, (words) => {
        const line = quoteLine(['llama-server', ...words], 'powershell');
        expect(powershellWords(line)).toEqual(['llama-server', ...words]);
      }),
      { numRuns: 10_000 },
    );
  });

  it('reaches a program without a shell between as exactly the words that went in', () => {
    fc.assert(
      fc.property(lines, (words) => {
        expect(commandLineToArgv(['x', ...words].map(quoteForProgram).join(' '))).toEqual(['x', ...words]);
      }),
      { numRuns: 10_000 },
    );
  });

  it('lets no file name start a program of its own', () => {
    const name = 'a" & calc & "b.gguf';
    expect(quoteLine(['llama-server', '-m', name], 'cmd')).toBe(
      String.raw`llama-server -m ^"a\^" ^& calc ^& \^"b.gguf^"`,
    );
    expect(quoteLine(['-m', 'Bob\u2019s; calc \u2018.gguf'], 'powershell')).toBe(
      "-m 'Bob\u2019\u2019s; calc \u2018\u2018.gguf'",
    );
    expect(quoteLine(['-ot=a.b'], 'powershell')).toBe("& '-ot=a.b'");
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
