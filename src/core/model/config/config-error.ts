/** A config that no model can be made of; `field` names what is at fault, null where the whole file is. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(
    message: string,
    readonly field: string | null = null,
    readonly remedy: string = 'Give the config.json of a Hugging Face model repository, or a GGUF file of the model.',
  ) {
    super(message);
  }
}
