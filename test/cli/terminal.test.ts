import { describe, expect, it } from 'vitest';
import { paint, printable } from '../../src/cli/terminal';

describe('text for a terminal', () => {
  it('lets no name from a file drive the terminal', () => {
    expect(printable('a\u001B[31mred\u0007\r\u009B2J\u202Etxt')).toBe('a�[31mred���2J�txt');
  });

  it('keeps letters of every script, line ends and tabs', () => {
    expect(printable('Größe\t模型\n█')).toBe('Größe\t模型\n█');
  });

  it('is left as it is without colour', () => {
    expect(paint('SHIP  x\n\nWhy\n  - REFUSE', false)).toBe('SHIP  x\n\nWhy\n  - REFUSE');
  });

  it('shows verdicts in their colour', () => {
    expect(paint('  REFUSE  x', true)).toContain('\u001B[31mREFUSE');
  });
});
