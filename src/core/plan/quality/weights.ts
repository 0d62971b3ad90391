import type { Quality } from './schema';

/** Mean perplexity and mean divergence from F16 on Wikitext-2. */
type Row = readonly [perplexity: number, divergence: number];

const SOURCE =
  'llama.cpp v0.5.0, tools/perplexity/README.md: LLaMA 3 8b Scoreboard (revision f364eb6f, CUDA)';

/**
 * By quantisation; without an importance matrix where that was measured, else with the one of 10 million tokens. Quantisations
 * that the table does not have are not here.
 */
const table: Readonly<Record<string, Row>> = {
  F16: [6.23316, 0.000551],
  Q8_0: [6.234284, 0.001355],
  Q6_K: [6.253382, 0.005452],
  Q5_K_M: [6.288607, 0.010762],
  Q5_K_S: [6.336598, 0.016595],
  Q5_1: [6.337857, 0.018045],
  Q5_0: [6.363224, 0.022239],
  Q4_K_M: [6.407115, 0.031273],
  IQ4_NL: [6.455593, 0.035742],
  IQ4_XS: [6.459705, 0.036334],
  Q4_K_S: [6.500529, 0.043136],
  Q4_1: [6.682737, 0.071683],
  Q4_0: [6.700147, 0.07194],
  Q3_K_L: [6.787876, 0.087176],
  Q3_K_M: [6.888498, 0.101913],
  IQ3_M: [6.898327, 0.102534],
  IQ3_S: [6.965501, 0.111278],
  IQ3_XS: [7.163043, 0.138693],
  IQ3_XXS: [7.458436, 0.183625],
  Q3_K_S: [7.863786, 0.228217],
  IQ2_M: [8.600799, 0.325989],
  Q2_K_S: [9.323778, 0.40336],
  IQ2_S: [9.650781, 0.439197],
  Q2_K: [9.751568, 0.445132],
  IQ2_XS: [10.761424, 0.54629],
  IQ2_XXS: [14.091782, 0.812022],
  IQ1_M: [25.493722, 1.393084],
  IQ1_S: [58.09776, 2.211278],
};

/** What weights of another quantisation cost; null where one of the two is not in the published table. */
export function qualityOfWeights(from: string, to: string): Quality | null {
  const before = table[from];
  const after = table[to];
  if (before === undefined || after === undefined) return null;
  return {
    model: 'Llama 3 8B',
    perplexity_before: before[0],
    perplexity_after: after[0],
    change_pct: (100 * (after[0] - before[0])) / before[0],
    divergence: after[1],
    published_in: "llama.cpp's scoreboard",
    source: SOURCE,
  };
}
