import { type ArgumentDraft, EVERY_LAYER } from './arguments';
import { cacheType, deviceNames, layers, overridePairs, text, whole } from './read-values';
import { plain, type ShapingOption, valued } from './shaping-option';

/** Of a projector and a draft model. */
export function companionOptions(): readonly (readonly [string, ShapingOption])[] {
  return [
    ...valued(
      '-mm --mmproj',
      text((draft, value) => (draft.projectorPath = value)),
    ),
    ...plain('--mmproj-auto', () => undefined),
    ...plain('--no-mmproj --no-mmproj-auto', (draft) => (draft.projectorPath = null)),
    ...plain('--mmproj-offload', (draft) => (draft.projectorOffload = true)),
    ...plain('--no-mmproj-offload', (draft) => (draft.projectorOffload = false)),
    ...valued(
      '-mmdev --mmproj-device',
      text((draft, value) => (draft.projectorDevice = value)),
    ),
    ...valued(
      '-md --model-draft --spec-draft-model',
      text((draft, value) => (draft.companion.path = value)),
    ),
    ...valued(
      '-ngld --gpu-layers-draft --n-gpu-layers-draft --spec-draft-ngl',
      layers((draft, value) => (draft.companion.gpuLayers = value)),
    ),
    ...valued('-devd --device-draft --spec-draft-device', readDraftDevices),
    ...valued(
      '-ctkd --cache-type-k-draft --spec-draft-type-k',
      cacheType((draft, type) => (draft.companion.keyType = type)),
    ),
    ...valued(
      '-ctvd --cache-type-v-draft --spec-draft-type-v',
      cacheType((draft, type) => (draft.companion.valueType = type)),
    ),
    ...plain(
      '-cmoed --cpu-moe-draft --spec-draft-cpu-moe',
      (draft) => (draft.companion.cpuMoeLayers = EVERY_LAYER),
    ),
    ...valued(
      '-ncmoed --n-cpu-moe-draft --spec-draft-n-cpu-moe --spec-draft-ncmoe',
      whole(0, (draft, value) => (draft.companion.cpuMoeLayers = value)),
    ),
    ...valued('-otd --override-tensor-draft --spec-draft-override-tensor', (draft, value) =>
      overridePairs(value, /,/u, draft.companion.overrides),
    ),
    ...sizeOf('draft-simple', '--spec-draft-n-max'),
    ...valued('--spec-type', readSpeculation),
    ...sizeOf('ngram-simple', '--spec-ngram-simple-size-m'),
    ...sizeOf('ngram-map-k', '--spec-ngram-map-k-size-m'),
    ...sizeOf('ngram-map-k4v', '--spec-ngram-map-k4v-size-m'),
    ...sizeOf('ngram-mod', '--spec-ngram-mod-n-max'),
  ];
}

/** How many tokens a way of drafting may draft. */
function sizeOf(type: string, name: string): readonly (readonly [string, ShapingOption])[] {
  return valued(
    name,
    whole(0, (draft, value) => (draft.draftSizes[type] = value)),
  );
}

function readDraftDevices(draft: ArgumentDraft, value: string): string | null {
  const names = deviceNames(value, ',');
  if (names === null) return 'It wants names separated by commas, as in CUDA0,CUDA1, or none.';
  draft.companion.devices = names;
  return null;
}

/** Ways of drafting whose own memory is not counted: they load more of a model than its file's blocks. */
const beyond = ['draft-eagle3', 'draft-mtp', 'draft-dflash', 'draft-dspark'];

/** What is drafted with (`common/speculative.cpp`). */
function readSpeculation(draft: ArgumentDraft, value: string): string | null {
  for (const type of value.split(',')) {
    if (beyond.includes(type)) {
      draft.uncounted.push({ option: `--spec-type ${type}`, what: 'what it drafts with', drafting: type });
      // as many tokens as with a plain draft model
      draft.speculation.push('draft-simple');
    } else if (Object.hasOwn(draft.draftSizes, type)) draft.speculation.push(type);
    else if (type !== 'none') {
      return `It wants some of none, ${[...Object.keys(draft.draftSizes), ...beyond].join(', ')}.`;
    }
  }
  return null;
}
