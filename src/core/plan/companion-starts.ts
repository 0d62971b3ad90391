import { finding, type Finding } from '../finding';
import type { Model } from '../model/schema';
import { formatInteger } from '../report/format';
import type { Companions, Projector } from './companions';
import type { Settings } from './settings';
import { type StartProblem, startProblem } from './starts';

/**
 * The first check of llama.cpp v0.5.0 that what is loaded beside a model fails, on any machine; null where all of it starts.
 * `draftSettings`: what the draft model is loaded with; null where there is none.
 */
export function companionProblem(
  model: Model,
  { projector, draft }: Companions,
  draftSettings: Settings | null,
): StartProblem | null {
  const second = draft === null || draftSettings === null ? null : startProblem(draft, draftSettings, true);
  if (second !== null) return { rule: second.rule, message: ofDraft(second.message) };
  return projector === null ? null : projectorProblem(model, projector);
}

/** The same words, with the options that a draft model has for its own. */
function ofDraft(message: string): string {
  return `The draft model would not start. ${message.replaceAll(/-ct([kv])\b/gu, '-ct$1d')}`;
}

/** What it makes of an image must be as wide as what the model reads (`tools/mtmd/mtmd.cpp: mtmd_context`). */
function projectorProblem(model: Model, { name, output_length: output }: Projector): StartProblem | null {
  const wanted = inputLength(model);
  if (output === null || output === undefined || wanted === null || output === wanted) return null;
  return {
    rule: 'projector-of-another-model',
    message: `The projector ${name} makes ${formatInteger(output)} numbers a token, and the model reads ${formatInteger(wanted)}: it belongs to another model; choose the mmproj file that was made with this one.`,
  };
}

/** Numbers a token that a model reads from an image (`src/llama-hparams.cpp: n_embd_inp`); null where that is not known. */
function inputLength({ architecture, embedding_length: width, metadata }: Model): number | null {
  const deep = metadata[`${architecture}.n_deepstack_layers`];
  return width === null ? null : width * (1 + (typeof deep === 'number' ? deep : 0));
}

/** How far two vocabularies may differ in size (`common/speculative.cpp: SPEC_VOCAB_MAX_SIZE_DIFFERENCE`). */
const VOCABULARY_TOLERANCE = 128;

/**
 * A draft model that llama-server loads and then does not draft with: it starts all the same (`tools/server/server-context.cpp`).
 * `drafts`: whether a way of drafting with it was asked for.
 */
export function draftFindings(model: Model, { draft }: Companions, drafts: boolean): readonly Finding[] {
  if (draft === null) return [];
  if (!drafts) {
    return [
      finding(
        'warning',
        'draft-not-used',
        'llama-server of llama.cpp v0.5.0 loads the draft model and drafts nothing with it, because no way of drafting is named.',
        'Add --spec-type draft-simple.',
      ),
    ];
  }
  const [own, its] = [model.vocabulary, draft.vocabulary];
  if (own === null || its === null || Math.abs(own - its) <= VOCABULARY_TOLERANCE) return [];
  return [
    finding(
      'warning',
      'draft-not-used',
      `The draft model has ${formatInteger(its)} words and the model ${formatInteger(own)}: llama-server loads both, finds that they do not match, and goes on without drafting.`,
      'Take a draft model of the same family, with the same vocabulary.',
    ),
  ];
}
