const ASSIGNMENT = /^([A-Z][A-Z0-9_]*)=(.*)$/gm;

/** The distribution's own name of itself in `/etc/os-release` (os-release(5)): PRETTY_NAME, else NAME and VERSION; null where there is neither. */
export function parseOsRelease(text: string): string | null {
  const values = new Map<string, string>();
  for (const [, name, value] of text.matchAll(ASSIGNMENT)) values.set(name!, unquote(value!.trim()));
  const pretty = values.get('PRETTY_NAME');
  if (pretty !== undefined && pretty !== '') return pretty;
  const parts = [values.get('NAME'), values.get('VERSION') ?? values.get('VERSION_ID')];
  return parts.filter((part) => part !== undefined && part !== '').join(' ') || null;
}

/** Shell quoting as os-release allows it: either quote, backslash before `"`, `$`, `` ` `` and itself. */
function unquote(value: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(value);
  return (quoted?.[2] ?? value).replaceAll(/\\(["$`\\])/g, '$1');
}
