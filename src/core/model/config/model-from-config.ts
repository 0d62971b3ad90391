import type { Finding } from '../../finding';
import { assembleModel } from '../assemble-model';
import type { Metadata, TensorFacts } from '../assemble-model';
import { deriveTensors } from '../derive/derive-tensors';
import { MissingNumber } from '../derive/hyperparameters';
import type { TensorShape } from '../derive/tensor-shape';
import { quantiseTensors, NotQuantisable } from '../quantise/quantise-tensors';
import type { Quant } from '../quantise/quants';
import { fileTypeOf, quantNames, resolveQuant } from '../quantise/quants';
import type { Model } from '../schema';
import type { Blueprint } from './blueprint';
import { ConfigError } from './config-error';
import type { Config } from './config-fields';
import { contextLength, count, nested, readConfig } from './config-fields';
import { familyOf, nameOfKind } from './families';

export interface ConfigOptions {
  readonly name: string;
  /** Path, URL or catalog name. */
  readonly locator: string;
  /** As people write it; null for what the model is published in, else Q4_K_M. */
  readonly quant: string | null;
  readonly kind?: 'config' | 'catalog';
}

/** The quantisation of a model that none is asked for: the one most files are published in. */
export const DEFAULT_QUANT: Quant = 'Q4_K_M';

/**
 * The Model that llama.cpp's converter and llama-quantize would make of a Hugging Face config.json. An architecture that is
 * not known gives a Model of nulls with a finding. Throws ConfigError for what is no config, or one that contradicts itself.
 */
export function modelFromConfig(value: unknown, options: ConfigOptions): Model {
  return modelsFromConfig(value)(options);
}

/** The same for who wants several quantisations of one model: the config is read, and its tensors are derived, once. */
export function modelsFromConfig(value: unknown): (options: ConfigOptions) => Model {
  const config = readConfig(value);
  const family = familyOf(config);
  if (family === null) return (options) => modelOfUnknownKind(config, options);
  const blueprint = family.blueprint(config);
  const published = publishedQuant(config);
  let shapes: readonly TensorShape[] | null = null;
  return (options) => {
    const asked = chooseQuant(options.quant ?? published);
    shapes ??= shapesOf(blueprint);
    return modelOfBlueprint(blueprint, shapes, asked, options);
  };
}

function modelOfBlueprint(
  blueprint: Blueprint,
  shapes: readonly TensorShape[],
  asked: ChosenQuant,
  options: ConfigOptions,
): Model {
  const metadata = withLabels(blueprint.metadata, options.name, asked.quant);
  return assembleModel({
    name: options.name,
    source: { kind: options.kind ?? 'config', locator: options.locator, tensors: 'derived' },
    fileBytes: null,
    quant: asked.label,
    metadata,
    tensors: tensorsOf(metadata, shapes, asked.quant),
    findings: [...asked.findings, ...findingsOf(metadata)],
  });
}

function shapesOf({ metadata, traits }: Blueprint): readonly TensorShape[] {
  try {
    return deriveTensors(metadata, traits) ?? [];
  } catch (error) {
    if (error instanceof MissingNumber) {
      throw new ConfigError(`The config does not say what llama.cpp calls ${error.key}.`);
    }
    throw error;
  }
}

function tensorsOf(metadata: Metadata, shapes: readonly TensorShape[], quant: Quant): readonly TensorFacts[] {
  try {
    return quantiseTensors(shapes, quant, metadata);
  } catch (error) {
    if (error instanceof NotQuantisable) throw new ConfigError(error.message);
    throw error;
  }
}

interface ChosenQuant {
  readonly quant: Quant;
  readonly label: string;
  readonly findings: readonly Finding[];
}

function chooseQuant(name: string | null): ChosenQuant {
  if (name === null) return { quant: DEFAULT_QUANT, label: DEFAULT_QUANT, findings: [] };
  const resolved = resolveQuant(name);
  if (resolved.kind === 'unknown') throw unknownQuant(name);
  const { quant } = resolved;
  return resolved.kind === 'known'
    ? { quant, label: quant, findings: [] }
    : { quant, label: resolved.asked, findings: [roughSize(resolved.asked, quant)] };
}

function unknownQuant(name: string): ConfigError {
  return new ConfigError(
    `"${name.slice(0, 40)}" is no quantisation that is known here.`,
    null,
    `Name one of ${quantNames.join(', ')}.`,
  );
}

function roughSize(asked: string, quant: Quant): Finding {
  return {
    severity: 'warning',
    code: 'rough-size',
    path: '/tensors',
    message: `${asked} is a recipe of its publisher whose rules are not known; its tensors are sized as ${quant}, and the real file differs.`,
    remedy: 'Give the GGUF file itself for exact sizes.',
  };
}

/** Of the published configs only gpt-oss's say a format that llama.cpp holds as it is. */
function publishedQuant(config: Config): string | null {
  return nested(config, 'quantization_config')['quant_method'] === 'mxfp4' ? 'MXFP4_MOE' : null;
}

function withLabels(metadata: Metadata, name: string, quant: Quant): Metadata {
  const fileType = fileTypeOf(quant);
  return {
    ...metadata,
    'general.name': name,
    ...(fileType === null ? {} : { 'general.file_type': fileType }),
  };
}

function findingsOf(metadata: Metadata): readonly Finding[] {
  const ahead = metadata[`${metadata['general.architecture']}.nextn_predict_layers`];
  if (typeof ahead !== 'number' || ahead === 0) return [];
  return [
    {
      severity: 'info',
      code: 'predicts-ahead',
      path: '/tensors',
      message: `The last ${ahead === 1 ? 'block predicts' : `${ahead} blocks predict`} ahead: in the file, and not loaded by llama.cpp unless it is asked to.`,
      remedy: null,
    },
  ];
}

/** What can be said of a model whose architecture is not known: what its config says outright, and that the rest is not known. */
function modelOfUnknownKind(config: Config, options: ConfigOptions): Model {
  const kind = nameOfKind(config);
  if (kind === null) {
    throw new ConfigError(
      'This is not a config.json of a model: it names neither architectures nor model_type.',
      'architectures',
    );
  }
  const model = assembleModel({
    name: options.name,
    source: { kind: options.kind ?? 'config', locator: options.locator, tensors: 'derived' },
    fileBytes: null,
    quant: options.quant,
    metadata: {},
    tensors: [],
    findings: [unknownKind(kind)],
  });
  return {
    ...model,
    architecture: null,
    block_count: count(config, ['num_hidden_layers', 'n_layers', 'n_layer', 'num_layers']),
    embedding_length: count(config, ['hidden_size', 'n_embd', 'd_model']),
    vocabulary: count(config, ['vocab_size']),
    context_trained: contextLength(config),
  };
}

function unknownKind(kind: string): Finding {
  return {
    severity: 'warning',
    code: 'unknown-architecture',
    path: '/architecture',
    message: `How llama.cpp lays out ${kind} is not known here, so neither its size nor its cache can be worked out from the config.`,
    remedy: 'Give a GGUF file of the model, whose tensors can be read.',
  };
}
