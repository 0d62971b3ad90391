import type { Quality } from './schema';

/** What a change costs in quality, in words: a published figure, or that there is none. */
export function qualityWords(quality: Quality | null): string {
  if (quality === null) return 'what that costs in quality is not published';
  const { change_pct: change, model, published_in } = quality;
  const size = change < 0.1 ? change.toFixed(2) : change < 10 ? change.toFixed(1) : change.toFixed(0);
  return `perplexity rises by ${size} % (${published_in}, ${model})`;
}
