/** The part of node-llama-cpp 3.22 that is used. It is no dependency: users install it into the data folder. */
export interface EmbeddedModule {
  getLlama(options: {
    readonly gpu: 'cuda' | 'vulkan' | 'metal' | false;
    readonly build: 'never';
    readonly skipDownload: true;
    readonly progressLogs: false;
    readonly logLevel: 'debug';
    logger(level: string, text: string): void;
  }): Promise<EmbeddedLlama>;
}

export interface EmbeddedLlama {
  readonly llamaCppRelease: { readonly release: string };
  loadModel(options: {
    readonly modelPath: string;
    readonly gpuLayers: number;
    readonly useMmap: boolean;
    readonly ignoreMemorySafetyChecks: true;
    onLoadProgress(fraction: number): void;
  }): Promise<EmbeddedLoadedModel>;
}

export interface EmbeddedLoadedModel {
  createContext(options: {
    readonly contextSize: number;
    readonly batchSize: number;
    readonly sequences: number;
    readonly flashAttention: boolean;
    readonly swaFullCache: boolean;
    readonly experimentalKvCacheKeyType: string;
    readonly experimentalKvCacheValueType: string;
    readonly ignoreMemorySafetyChecks: true;
    readonly threads?: { readonly ideal: number; readonly min: number };
  }): Promise<EmbeddedContext>;
}

export interface EmbeddedContext {
  readonly contextSize: number;
  getSequence(): EmbeddedSequence;
}

export interface EmbeddedSequence {
  readonly nextTokenIndex: number;
  clearHistory(): Promise<void>;
  eraseContextTokenRanges(ranges: readonly { start: number; end: number }[]): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: readonly number[]): Promise<void>;
  evaluate(
    tokens: readonly number[],
    options: { readonly temperature: 0; readonly yieldEogToken: true },
  ): AsyncGenerator<number, void, void>;
}
