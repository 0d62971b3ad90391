/** The first and the last of a long text: a program's output is kept whole while it is short, and never fills memory. */
export class BoundedText {
  #head = '';
  #tail = '';
  #cut = false;
  readonly #decoder = new TextDecoder();
  readonly #half: number;

  /** Keeps `characters` in all: the first half, and the last half. */
  constructor(characters: number) {
    this.#half = Math.ceil(characters / 2);
  }

  /** Adds a piece of output and answers its text. */
  add(chunk: Uint8Array): string {
    const text = this.#decoder.decode(chunk, { stream: true });
    const room = this.#half - this.#head.length;
    this.#head += text.slice(0, room);
    this.#tail += text.slice(room);
    if (this.#tail.length > 2 * this.#half) {
      this.#tail = this.#tail.slice(-this.#half);
      this.#cut = true;
    }
    return text;
  }

  /** Whether something in the middle was left out. */
  get cut(): boolean {
    return this.#cut;
  }

  toString(): string {
    return this.#cut ? `${this.#head}\n…\n${this.#tail}` : this.#head + this.#tail;
  }
}
