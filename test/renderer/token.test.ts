import { describe, expect, it } from 'vitest';
import { takeToken } from '../../src/renderer/transport/token';

describe('the token in the address', () => {
  it('is kept for this tab and taken out of the address', () => {
    const page = fakePage('#token=abc', {});
    expect(takeToken(page)).toBe('abc');
    expect(page.replaced).toEqual(['/?x=1']);
    expect(page.stored.size).toBe(1);
  });

  it('is recalled after a reload, when the address names a view', () => {
    const first = fakePage('#token=abc', {});
    takeToken(first);
    const second = fakePage('#/plan', Object.fromEntries(first.stored));
    expect(takeToken(second)).toBe('abc');
    expect(second.replaced).toEqual([]);
  });

  it('is missing where neither the address nor the tab has one', () => {
    expect(takeToken(fakePage('', {}))).toBeNull();
    expect(takeToken(fakePage('#token=', {}))).toBeNull();
  });
});

/** The three parts of a page that the token passes through. */
function fakePage(hash: string, kept: Record<string, string>) {
  const stored = new Map(Object.entries(kept));
  const replaced: string[] = [];
  return {
    stored,
    replaced,
    location: { hash, pathname: '/', search: '?x=1' },
    history: { replaceState: (_data: unknown, _unused: string, url: string) => void replaced.push(url) },
    sessionStorage: {
      getItem: (name: string) => stored.get(name) ?? null,
      setItem: (name: string, value: string) => void stored.set(name, value),
    },
  };
}
