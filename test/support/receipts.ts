import { buildReceipt, type TrialFacts } from '../../src/core/receipt/build-receipt';
import type { Receipt } from '../../src/core/receipt/schema';
import { samplePlan } from '../core/report/sample-plan';

/** A receipt with a decode of this speed, on llama-bench; the plan forecasts 36 tok/s below a ceiling of 60. */
export function receiptOf(id: string, decode: number, own: Partial<TrialFacts> = {}): Receipt {
  const tok_s = { n: 3, min: decode * 0.99, median: decode, max: decode * 1.01 };
  return buildReceipt(factsOf(id, { speeds: [{ phase: 'decode', depth: 0, tokens: 64, tok_s }], ...own }));
}

/** A trial on llama-bench that measured nothing, but for what is given. */
export function factsOf(id: string, own: Partial<TrialFacts>): TrialFacts {
  return {
    id,
    created: '2026-11-21T11:00:00.000Z',
    generator: 'test',
    plan: samplePlan(),
    profile: null,
    model: {
      name: 'Qwen3',
      architecture: 'qwen3moe',
      quant: 'Q4_K_M',
      header_sha256: null,
      file_bytes: null,
      ballast: false,
      shape: null,
    },
    subject: null,
    starts: [],
    scaled: null,
    runtime: {
      tool: 'llama-bench',
      build: null,
      backends: 'CPU',
      argv: [],
      env: {},
      splitMode: 'layer',
      context: null,
    },
    log: null,
    method: 'test',
    notes: [],
    os: 'linux',
    speeds: [],
    envelope: null,
    stoppedBy: null,
    otherGpuProcesses: [],
    powerSource: null,
    readings: [],
    ...own,
  };
}
