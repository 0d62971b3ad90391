/** Blocks that llama.cpp v0.5.0 can hold (`src/llama-hparams.h: LLAMA_MAX_LAYERS`). */
export const MOST_LAYERS = 512;
