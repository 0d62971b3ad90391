/** A model's name, with its quantisation where the name does not say it; null: not known. */
export function nameWithQuant({
  name,
  quant,
}: {
  readonly name: string;
  readonly quant: string | null;
}): string {
  return quant === null || name.toLowerCase().includes(quant.toLowerCase()) ? name : `${name} ${quant}`;
}
