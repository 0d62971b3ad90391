/** Options of llama.cpp v0.5.0 (`common/arg.cpp`) that have no part in memory, with and without a value. */
export interface OptionNames {
  readonly plain: ReadonlySet<string>;
  readonly valued: ReadonlySet<string>;
}

function names(text: string): readonly string[] {
  return text.trim().split(/\s+/u);
}

const commonPlain = names(`
  -h --help --usage --version -cl --cache-list --completion-bash --perf --no-perf -e --escape --no-escape
  --list-devices --check-tensors --log-disable --log-jsonl --no-log-jsonl -v --verbose --log-verbose
  --offline --log-prefix --no-log-prefix --log-timestamps --no-log-timestamps --ignore-eos`);

const commonValued = names(`
  -C --cpu-mask -Cr --cpu-range --cpu-strict --prio --poll -Cb --cpu-mask-batch -Crb --cpu-range-batch
  --cpu-strict-batch --prio-batch --poll-batch -n --predict --n-predict --keep --rope-scaling
  --rope-scale --rope-freq-base --rope-freq-scale --yarn-orig-ctx --yarn-ext-factor --yarn-attn-factor
  --yarn-beta-slow --yarn-beta-fast -dt --defrag-thold --numa -fitt --fit-target -fitc --fit-ctx -hff
  --hf-file -hft --hf-token --log-file --log-colors -lv --verbosity --log-verbosity --samplers -s
  --seed --sampler-seq --sampling-seq --temp --temperature --top-k --top-p --min-p --top-nsigma
  --top-n-sigma --xtc-probability --xtc-threshold --typical --typical-p --repeat-last-n
  --repeat-penalty --presence-penalty --frequency-penalty --dry-multiplier --dry-base
  --dry-allowed-length --dry-penalty-last-n --dry-sequence-breaker --adaptive-target --adaptive-decay
  --dynatemp-range --dynatemp-exp --mirostat --mirostat-lr --mirostat-ent -l --logit-bias --grammar
  --grammar-file -j --json-schema -jf --json-schema-file`);

const serverPlain = names(`
  --spec-draft-backend-sampling --no-spec-draft-backend-sampling --cache-idle-slots
  --no-cache-idle-slots --context-shift --no-context-shift -sp --special --warmup --no-warmup
  --spm-infill -cb --cont-batching -nocb --no-cont-batching --reuse-port --cors-credentials
  --no-cors-credentials --ui-mcp-proxy --webui-mcp-proxy --no-ui-mcp-proxy --no-webui-mcp-proxy -ag
  --agent -no-ag --no-agent --ui --webui --no-ui --no-webui --cache-prompt --no-cache-prompt --metrics
  --props --slots --no-slots --models-autoload --no-models-autoload --jinja --no-jinja
  --reasoning-preserve --no-reasoning-preserve --skip-chat-parsing --no-skip-chat-parsing
  --prefill-assistant --no-prefill-assistant --lora-init-without-apply`);

const serverValued = names(`
  --spec-draft-threads -td --threads-draft --spec-draft-threads-batch -tbd --threads-batch-draft
  --spec-draft-cpu-mask -Cd --cpu-mask-draft --spec-draft-cpu-range -Crd --cpu-range-draft
  --spec-draft-cpu-strict --cpu-strict-draft --spec-draft-prio --prio-draft --spec-draft-poll
  --poll-draft --spec-draft-cpu-mask-batch -Cbd --cpu-mask-batch-draft --spec-draft-cpu-strict-batch
  --cpu-strict-batch-draft --spec-draft-prio-batch --prio-batch-draft --spec-draft-poll-batch
  --poll-batch-draft --spec-draft-n-min --spec-synth-len --spec-synth-rates --spec-draft-p-split
  --draft-p-split --spec-draft-p-min --draft-p-min --spec-ngram-mod-n-min --spec-ngram-mod-n-match
  --spec-ngram-simple-size-n --spec-ngram-simple-min-hits --spec-ngram-map-k-size-n
  --spec-ngram-map-k-min-hits --spec-ngram-map-k4v-size-n --spec-ngram-map-k4v-min-hits
  -lcs --lookup-cache-static -lcd --lookup-cache-dynamic -cms --checkpoint-min-step -r
  --reverse-prompt --image-min-tokens --image-max-tokens --mtmd-batch-max-tokens --video-fps
  --video-timestamp-interval --video-ffmpeg-dir -a --alias --tags --embd-normalize --host --port --path
  --cors-origins --cors-methods --cors-headers --api-prefix --ui-config --webui-config --ui-config-file
  --webui-config-file --tools --tools-runtime --mcp-servers-config --mcp-servers-json --api-key
  --api-key-file --ssl-key-file --ssl-cert-file --chat-template-kwargs -to --timeout --sse-ping-interval
  --threads-http --cache-reuse --slot-save-path --media-path --models-max --reasoning-format -rea
  --reasoning --reasoning-effort --reasoning-budget --reasoning-budget-message --chat-template
  --chat-template-file -sps --slot-prompt-similarity --sleep-idle-seconds --log-prompts-dir`);

const dryRunValued = names('-p --prompt -f --file -bf --binary-file -fitp --fit-print');

/** Of llama-server. */
export const serverNames: OptionNames = {
  plain: new Set([...commonPlain, ...serverPlain]),
  valued: new Set([...commonValued, ...serverValued]),
};

/** Of llama-fit-params. */
export const dryRunNames: OptionNames = {
  plain: new Set(commonPlain),
  valued: new Set([...commonValued, ...dryRunValued]),
};

/** Of llama-bench (`tools/llama-bench/llama-bench.cpp`). */
export const benchNames: OptionNames = {
  plain: new Set(names('-h --help --version --list-devices -v --verbose --progress --no-warmup --offline')),
  valued: new Set(
    names(`
      --numa -r --repetitions --prio --delay -o --output -oe --output-err -hff --hf-file -hft --hf-token -C
      --cpu-mask --cpu-strict --poll`),
  ),
};

/** Options with which a tool prints something and ends, whatever else is said. */
export const endingNames: ReadonlySet<string> = new Set(
  names('-h --help --usage --version -cl --cache-list --completion-bash --list-devices'),
);

/** Options that v0.5.0 still names, only to say that they are gone. */
export const removedNames: ReadonlySet<string> = new Set(
  names(`
    --draft --draft-n --draft-max --draft-min --draft-n-min --spec-ngram-size-n --spec-ngram-size-m
    --spec-ngram-min-hits`),
);

interface Uncounted {
  /** Words that follow it. */
  readonly values: number;
  readonly what: string;
}

/** Options that change memory in ways this program does not count, and what it is that they change. */
export const uncountedOptions: Readonly<Record<string, Uncounted>> = {
  ...each('--lora --lora-scaled', 1, 'the adapter'),
  ...each('--control-vector --control-vector-scaled', 1, 'the control vector'),
  ...each('--control-vector-layer-range', 2, 'the control vector'),
  ...each('--rpc -rpc', 1, 'what lies on other machines'),
  ...each('--override-kv', 1, 'what the changed metadata does to the model'),
  ...each('--no-host', 0, 'host weights outside the pinned buffer, which may be repacked'),
  ...each('--embedding --embeddings --rerank --reranking', 0, 'the outputs of an embedding run'),
  ...each('--pooling', 1, 'the outputs of an embedding run'),
  ...each('-mmu --mmproj-url', 1, 'an image projector that is not here yet'),
  ...each('--spec-draft-hf -hfd -hfrd --hf-repo-draft', 1, 'a draft model that is not here yet'),
  ...each('--models-dir --models-preset', 1, 'the models that the router loads'),
  ...each('-bs --backend-sampling', 0, 'the sampling buffers on the device'),
  ...each(
    `--embd-gemma-default --fim-qwen-1.5b-default --fim-qwen-3b-default --fim-qwen-7b-default
     --fim-qwen-7b-spec --fim-qwen-14b-spec --fim-qwen-30b-default --gpt-oss-20b-default
     --gpt-oss-120b-default --vision-gemma-4b-default --vision-gemma-12b-default --spec-default`,
    0,
    'what the preset sets',
  ),
};

function each(text: string, values: number, what: string): Record<string, Uncounted> {
  return Object.fromEntries(names(text).map((name) => [name, { values, what }]));
}
