const card = { name: 'gpu0', freeBytes: null };

/** All of a model on one card, as llama-server would be started. */
export const wholeOnCard = {
  tool: 'llama-server',
  context: 8192,
  sequences: 1,
  unified: false,
  keyType: 'f16',
  valueType: 'f16',
  flashAttention: true,
  batch: 2048,
  microBatch: 512,
  device: true,
  devices: [card],
  tensorSplit: null,
  splitMode: 'layer',
  mainDevice: 0,
  gpuLayers: 999,
  cpuMoeLayers: 0,
  overrides: [],
  fullWindow: false,
  offloadCache: true,
  offloadOperations: true,
  repack: true,
};
