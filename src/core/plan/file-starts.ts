import { MOST_LAYERS } from '../model/most-layers';
import type { Model } from '../model/schema';
import { formatInteger } from '../report/format';
import { blockOfSlot } from './compute/drawing/cycles';
import { indexOf } from './model-index';
import type { StartProblem } from './starts';

/** What llama.cpp ends with as it reads the model's file, whatever the arguments; null where nothing is known to be wrong. */
export function fileProblem(model: Model): StartProblem | null {
  return countProblem(model) ?? tensorProblem(model);
}

/** `src/llama-model.cpp: load_hparams` asserts that there are 1 to LLAMA_MAX_LAYERS, those counted that run again. */
function countProblem({ metadata, architecture, block_count: blocks }: Model): StartProblem | null {
  const count = blocks ?? metadata[`${architecture}.block_count`];
  if (typeof count !== 'number' || (count > 0 && count <= MOST_LAYERS)) return null;
  return {
    rule: 'number-of-blocks',
    message: `The model says that it has ${formatInteger(count)} blocks, and llama.cpp holds 1 to ${MOST_LAYERS}; get the file again.`,
  };
}

/** Nemotron's searched architectures leave blocks out whole. */
const withEmptyBlocks: ReadonlySet<string> = new Set(['deci']);

/** A block of which the file has nothing (`src/llama-model-loader.cpp: check_tensor_dims`): cut short, or one part of several. */
function tensorProblem(model: Model): StartProblem | null {
  const { architecture, source, tensors } = model;
  if (source.tensors !== 'read' || tensors.length === 0 || withEmptyBlocks.has(architecture ?? ''))
    return null;
  const { tensorsByLayer, trunk } = indexOf(model);
  // Granite Switch's router has none
  const held = architecture === 'graniteswitch' ? trunk - 1 : trunk;
  const blocks = [...new Set(Array.from({ length: held }, (_, slot) => blockOfSlot(model, slot)))];
  const missing = blocks.find((block) => tensorsByLayer[block]?.length === 0);
  if (missing === undefined) return null;
  return {
    rule: 'missing-tensors',
    message: `The file holds no weights of block ${missing} of the ${formatInteger(blocks.length)} that it says it has, and llama.cpp ends where one is missing; get the file again, with all of its parts.`,
  };
}
