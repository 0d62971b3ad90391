import type { Finding } from '../../finding';
import { assembleModel } from '../assemble-model';
import { modelFromConfig } from '../config/model-from-config';
import type { Model } from '../schema';
import { elementsOf } from '../tensor-types';
import { compareSizes } from './compare-sizes';
import { tensorOf } from './published-tensor';
import type { SafetensorsFile } from './safetensors-file';

interface Options {
  readonly name: string;
  readonly locator: string;
  /** As people write it; null for the usual one. */
  readonly quant: string | null;
}

/**
 * The Model that llama.cpp's converter and llama-quantize would make of published weights, where their config is known and its
 * architecture too; else the weights as they are, and null for the rest. Throws ConfigError.
 */
export function modelFromSafetensors(file: SafetensorsFile, config: unknown, options: Options): Model {
  if (config === null) return publishedModel(file, options, noConfig);
  const model = modelFromConfig(config, options);
  if (model.tensors.length > 0) {
    return { ...model, findings: [...model.findings, ...file.findings, ...compareSizes(model, file)] };
  }
  return {
    ...publishedModel(file, options, unknownKind(model)),
    block_count: model.block_count,
    embedding_length: model.embedding_length,
    vocabulary: model.vocabulary,
    context_trained: model.context_trained,
  };
}

/** The weights as they are published; what they do not say is null. */
function publishedModel(file: SafetensorsFile, { name, locator }: Options, why: Finding): Model {
  const tensors = file.tensors.map(tensorOf);
  const total = tensors.reduce((sum, { dimensions }) => sum + (elementsOf(dimensions) ?? Number.NaN), 0);
  const isMixture = tensors.some(({ role }) => role === 'expert');
  const parameters = Number.isSafeInteger(total) && tensors.length > 0 ? total : null;
  const model = assembleModel({
    name,
    source: { kind: 'safetensors', locator, tensors: 'read' },
    fileBytes: file.fileBytes,
    quant: null,
    metadata: {},
    tensors: file.tensors.map(tensorOf),
    findings: [],
  });
  return {
    ...model,
    tensors,
    parameters: { total: parameters, active: isMixture ? null : parameters },
    findings: [why, ...file.findings],
  };
}

const noConfig: Finding = {
  severity: 'warning',
  code: 'config-missing',
  path: '/architecture',
  message:
    'A safetensors file holds weights alone: their sizes are exact, but without config.json the architecture, its cache and other quantisations are not known.',
  remedy: 'Put the config.json of the model beside the file.',
};

function unknownKind({ findings }: Model): Finding {
  const said = findings.find(({ code }) => code === 'unknown-architecture');
  const kind = /lays out (\S+)/.exec(said?.message ?? '')?.[1] ?? 'this model';
  return {
    severity: 'warning',
    code: 'unknown-architecture',
    path: '/architecture',
    message: `How llama.cpp lays out ${kind} is not known here: the sizes of its weights are exact as published, its cache and its quantised size are not known.`,
    remedy: 'Give a GGUF file of the model.',
  };
}
