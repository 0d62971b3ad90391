import { extremes, type Random } from './random';

type Json = Record<string, unknown>;

/** Fewer layers than the real one, so that a hundred thousand cases take minutes. */
const FEW_LAYERS = 6;
const strange: readonly unknown[] = [
  null,
  true,
  false,
  -1,
  0,
  1,
  0.5,
  3,
  512,
  1e6,
  1e300,
  '',
  '7',
  'full_attention',
  [],
  [1, 2, 3],
  ['sliding_attention', 'mamba'],
  {},
  { type: 'yarn', factor: 4 },
  ...extremes.map(Number),
];

/** A published config with fewer layers and some fields as nobody would write them. */
export function brokenConfig(published: Json, random: Random): Json {
  const config = structuredClone(published);
  shrink(config);
  for (let changes = random.below(5); changes > 0; changes--) changeOnce(config, random);
  return config;
}

function shrink(config: Json): void {
  for (const [key, value] of Object.entries(config)) {
    if (key === 'num_hidden_layers') config[key] = FEW_LAYERS;
    else if (Array.isArray(value) && value.length > FEW_LAYERS) config[key] = value.slice(0, FEW_LAYERS);
    else if (typeof value === 'object' && value !== null && !Array.isArray(value)) shrink(value as Json);
  }
}

function changeOnce(config: Json, random: Random): void {
  const keys = Object.keys(config);
  if (keys.length === 0) return;
  const key = random.pick(keys);
  const value = config[key];
  if (typeof value === 'object' && value !== null && random.chance(0.6)) {
    changeOnce(value as Json, random);
    return;
  }
  switch (random.below(4)) {
    case 0:
      delete config[key];
      return;
    case 1:
      config[key] = structuredClone(config[random.pick(keys)]);
      return;
    case 2:
      config[key] =
        typeof value === 'number'
          ? Math.round(value * 3 * random.share())
          : structuredClone(random.pick(strange));
      return;
    default:
      config[key] = structuredClone(random.pick(strange));
  }
}
