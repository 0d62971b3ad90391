/** What the nearest receipts differ in, in words. */
const words: Readonly<Record<string, string>> = {
  like: 'nothing',
  weights: 'real weights for random ones',
  build: 'the runtime’s build',
  tool: 'the program of llama.cpp',
  attention: 'flash attention',
  threads: 'the number of threads',
};

/** What receipts of a step (`schema.ts`) differ in from what is asked. */
export function stepWords(step: string): string {
  return words[step] ?? step;
}
