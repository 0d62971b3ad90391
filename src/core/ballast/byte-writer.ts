/** Bytes in the making, little-endian, as GGUF has them. */
export class ByteWriter {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  uint8(value: number): void {
    this.#make(1);
    this.#view.setUint8(this.#length, value);
    this.#length += 1;
  }

  uint32(value: number): void {
    this.#make(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
  }

  int32(value: number): void {
    this.uint32(value >>> 0);
  }

  uint64(value: number): void {
    this.#make(8);
    this.#view.setBigUint64(this.#length, BigInt(value), true);
    this.#length += 8;
  }

  float32(value: number): void {
    this.#make(4);
    this.#view.setFloat32(this.#length, value, true);
    this.#length += 4;
  }

  /** A string behind its length in bytes. */
  text(value: string): void {
    const bytes = utf8(value);
    this.uint64(bytes.length);
    this.#make(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A string without characters beyond ASCII, as most of a vocabulary is: the same, only quicker. */
  ascii(value: string): void {
    this.#make(8 + value.length);
    this.#view.setUint32(this.#length, value.length, true);
    this.#view.setUint32(this.#length + 4, 0, true);
    this.#length += 8;
    for (let index = 0; index < value.length; index++) this.#bytes[this.#length++] = value.charCodeAt(index);
  }

  /** Zeros up to a multiple of `step`. */
  padTo(step: number): void {
    const padding = (step - (this.#length % step)) % step;
    this.#make(padding);
    this.#length += padding;
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #make(room: number): void {
    if (this.#length + room <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + room));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** UTF-8 of a text; lone halves of surrogate pairs become the replacement character. */
function utf8(value: string): number[] {
  const bytes: number[] = [];
  for (const character of value) {
    const code = character.codePointAt(0)!;
    const point = code >= 0xd800 && code <= 0xdfff ? 0xfffd : code;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 0x3f));
    else if (point < 0x10000)
      bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
    else
      bytes.push(
        0xf0 | (point >> 18),
        0x80 | ((point >> 12) & 0x3f),
        0x80 | ((point >> 6) & 0x3f),
        0x80 | (point & 0x3f),
      );
  }
  return bytes;
}
