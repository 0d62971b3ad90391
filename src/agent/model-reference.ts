/** A reference in its two parts. */
export interface QuantReference {
  readonly base: string;
  readonly quant: string | null;
}

/** Whether a reference names a place on the network: `hf:…` or an address. */
export function isRemote(reference: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(reference) || /^(hf|huggingface):/i.test(reference);
}

/** Splits `BASE:QUANT` at the last colon. The colon of a Windows drive (`C:\model.gguf`) and colons before a folder are part of the base. */
export function splitQuant(reference: string): QuantReference {
  const found = /^(?<base>.{2,}):(?<quant>[A-Za-z][A-Za-z0-9_-]*)$/s.exec(reference);
  const groups = found?.groups;
  return groups ? { base: groups['base']!, quant: groups['quant']! } : { base: reference, quant: null };
}

/** Whether a reference can only be a name, not a path. */
export function isBareName(reference: string): boolean {
  return (
    !/[/\\]/.test(reference) && !/^[~.]/.test(reference) && !/\.(gguf|json|safetensors)$/i.test(reference)
  );
}

/** What to call the model in a file: its name without suffix and part number; for a config.json and other
 * files that are called alike in every model, its folder's name. */
export function nameOfFile(path: string): string {
  const parts = path.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
  const last = parts.at(-1) ?? path;
  const general = /^(config\.json|model(-\d{5}-of-\d{5})?\.safetensors(\.index\.json)?)$/i.test(last);
  if (general && parts.length > 1) return parts.at(-2)!;
  return last
    .replace(/(\.safetensors)?(\.index)?\.(gguf|json|safetensors)$/i, '')
    .replace(/-\d{5}-of-\d{5}$/, '');
}
