import { ConfigError } from './config-error';

/** A config.json as an object, the nested text model's fields laid over the outer ones. */
export type Config = Readonly<Record<string, unknown>>;

/** Experts that llama.cpp v0.5.0 can hold (`src/llama-hparams.h: LLAMA_MAX_EXPERTS`). */
export const MOST_EXPERTS = 1024;
/** Sixteen times the largest vocabulary known (262,400): beyond it a product of three fields may leave a double's exact range. */
const LARGEST_COUNT = 2 ** 22;
/** The longest context published so far is 10,485,760 tokens (Llama 4 Scout). */
const LONGEST_CONTEXT = 2 ** 30;

/** Where the text model's own fields lie in configs of models that also see or hear. */
const nestings = ['text_config', 'llm_config', 'language_config'] as const;

/** The fields of a parsed config.json; those of a nested text model win. Throws ConfigError for anything but an object. */
export function readConfig(value: unknown): Config {
  const outer = asObject(value);
  if (outer === null) throw new ConfigError('This is not a config.json: it holds no object of fields.');
  for (const nesting of nestings) {
    const inner = asObject(outer[nesting]);
    if (inner !== null)
      return { ...outer, ...inner, architectures: outer['architectures'] ?? inner['architectures'] };
  }
  return outer;
}

/** The first of these fields that is set, as a whole number of 1 or more; null where none is. Throws ConfigError for anything else. */
export function count(config: Config, names: readonly string[], most: number = LARGEST_COUNT): number | null {
  const value = countOrZero(config, names, most);
  if (value === 0)
    throw new ConfigError(`${nameSet(config, names)} is 0; it must be 1 or more.`, nameSet(config, names));
  return value;
}

/** As `count`, and 0 is allowed. */
export function countOrZero(
  config: Config,
  names: readonly string[],
  most: number = LARGEST_COUNT,
): number | null {
  for (const name of names) {
    const value = config[name];
    if (value === undefined || value === null) continue;
    return asCount(name, value, most);
  }
  return null;
}

/** As `count`, but one of the fields must be set. */
export function need(config: Config, names: readonly string[], most: number = LARGEST_COUNT): number {
  const value = count(config, names, most);
  if (value === null) throw new ConfigError(`The config does not say ${names[0]}.`, names[0]);
  return value;
}

/** Tokens the model was trained on; null where the config does not say. */
export function contextLength(config: Config): number | null {
  return count(
    config,
    ['max_position_embeddings', 'n_positions', 'max_sequence_length', 'model_max_length'],
    LONGEST_CONTEXT,
  );
}

/** A finite number; null where the field is not set. Throws ConfigError for anything else. */
export function decimal(config: Config, name: string): number | null {
  const value = config[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new ConfigError(`${name} is ${shown(value)}, not a number.`, name);
  }
  return value;
}

/** Yes or no; `fallback` where the field is not set. Throws ConfigError for anything else. */
export function flag(config: Config, name: string, fallback: boolean): boolean {
  const value = config[name];
  if (value === undefined || value === null) return fallback;
  if (typeof value !== 'boolean')
    throw new ConfigError(`${name} is ${shown(value)}, not true or false.`, name);
  return value;
}

/** A text; null where the field is not set. Throws ConfigError for anything else. */
export function text(config: Config, name: string): string | null {
  const value = config[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw new ConfigError(`${name} is ${shown(value)}, not a text.`, name);
  return value;
}

/** A list of texts; null where the field is not set. Throws ConfigError for anything else. */
export function texts(config: Config, name: string): readonly string[] | null {
  const value = config[name];
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) {
    throw new ConfigError(`${name} is not a list of texts.`, name);
  }
  return value;
}

/** What every layer is, from `layer_types`; null where the config does not say. Throws ConfigError where the list has another length than the model has layers. */
export function layerTypes(config: Config, layers: number): readonly string[] | null {
  const types = texts(config, 'layer_types');
  if (types !== null && types.length !== layers) {
    throw new ConfigError(
      `layer_types names ${types.length} layers, num_hidden_layers says ${layers}.`,
      'layer_types',
    );
  }
  return types;
}

/** A nested object; empty where the field is not set. */
export function nested(config: Config, name: string): Config {
  return asObject(config[name]) ?? {};
}

/** `whole / parts` where it is a whole number. Throws ConfigError otherwise. */
export function divided(whole: number, parts: number, what: string): number {
  if (whole % parts !== 0) throw new ConfigError(`${what}: ${whole} is not a multiple of ${parts}.`);
  return whole / parts;
}

function asCount(name: string, value: unknown, most: number): number {
  if (typeof value !== 'number')
    throw new ConfigError(`${name} is ${shown(value)}, not a whole number.`, name);
  if (!Number.isInteger(value) || value < 0) {
    throw new ConfigError(`${name} is ${value}; it must be a whole number and not negative.`, name);
  }
  if (value > most)
    throw new ConfigError(
      `${name} is ${value}; no model that llama.cpp can hold has more than ${most}.`,
      name,
    );
  return value;
}

function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function nameSet(config: Config, names: readonly string[]): string {
  return names.find((name) => config[name] !== undefined && config[name] !== null) ?? names[0]!;
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 40 ? `${json.slice(0, 40)}…` : json;
}
