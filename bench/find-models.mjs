import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSources } from '../scripts/setup/load-sources.mjs';
import { say } from '../scripts/setup/say.mjs';
import { inFolder } from './shared/folder.mjs';
import { string, u32, u64 } from './shared/gguf-bytes.mjs';

const FILES = 10_000;
const FOLDERS = 100;

/** Listing ten thousand model files with what their headers say and their verdict: the first time, and when all is known. */
export async function run() {
  return inFolder(async (folder) => {
    const models = join(folder, 'models');
    writeModels(models);
    const { findModels } = await loadSources(['agent/find-models']);
    const task = { signal: new AbortController().signal, progress: () => undefined };
    const options = { dataDirectory: join(folder, 'data'), version: 'bench', judged: true };
    writeProfile(options.dataDirectory);
    for (const time of ['first', 'second', 'third']) {
      const start = performance.now();
      const found = await findModels([models], task, options);
      const seconds = ((performance.now() - start) / 1000).toFixed(2);
      const judged = found.filter(({ verdict }) => verdict !== null && verdict !== 'unknown').length;
      say(`${time.padEnd(8)} ${seconds} s for ${found.length} files, ${judged} of them judged`);
    }
  });
}

function writeModels(folder) {
  for (let index = 0; index < FILES; index++) {
    const below = join(folder, `publisher-${index % FOLDERS}`);
    if (index < FOLDERS) mkdirSync(below, { recursive: true });
    writeFileSync(join(below, `model-${index}-Q8_0.gguf`), smallModel(index));
  }
}

/** A Llama of two narrow layers whose name differs from the others'. */
function smallModel(index) {
  const numbers = {
    block_count: 2,
    context_length: 4096,
    embedding_length: 64,
    feed_forward_length: 128,
    'attention.head_count': 4,
    'attention.head_count_kv': 2,
  };
  const pairs = [
    Buffer.concat([string('general.architecture'), u32(8), string('llama')]),
    Buffer.concat([string('general.name'), u32(8), string(`model ${index}`)]),
    Buffer.concat([string('general.file_type'), u32(4), u32(7)]),
    ...Object.entries(numbers).map(([key, value]) =>
      Buffer.concat([string(`llama.${key}`), u32(4), u32(value)]),
    ),
  ];
  const tensors = [
    ['token_embd.weight', [64, 64]],
    ...[0, 1].flatMap((layer) => [
      [`blk.${layer}.attn_q.weight`, [64, 64]],
      [`blk.${layer}.attn_k.weight`, [64, 32]],
      [`blk.${layer}.attn_v.weight`, [64, 32]],
      [`blk.${layer}.attn_output.weight`, [64, 64]],
      [`blk.${layer}.ffn_gate.weight`, [64, 128]],
      [`blk.${layer}.ffn_up.weight`, [64, 128]],
      [`blk.${layer}.ffn_down.weight`, [128, 64]],
    ]),
  ];
  let offset = 0;
  const table = tensors.map(([name, dimensions]) => {
    const entry = [string(name), u32(2), ...dimensions.map(u64), u32(8), u64(offset)];
    offset += Math.ceil((((dimensions[0] * dimensions[1]) / 32) * 34) / 32) * 32;
    return Buffer.concat(entry);
  });
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(pairs.length),
    ...pairs,
    ...table,
  ]);
  const padding = (32 - (header.length % 32)) % 32;
  return Buffer.concat([header, Buffer.alloc(padding + offset)]);
}

/** A machine without a GPU and with 16 GiB. */
function writeProfile(folder) {
  const profile = {
    schema_version: '1.0.0',
    created: '2026-11-21T09:00:00.000Z',
    generator: 'bench',
    hardware: {
      platform: { os: 'linux' },
      cpu: { physical_cores: 8, features: ['avx2'] },
      memory: { ram_available_gib: 16, cpu_mem_bw_gbps: 40 },
      gpus: [],
      disks: [],
    },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'profile.json'), JSON.stringify(profile));
}
