const signatures: readonly (readonly [bytes: readonly number[], name: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], 'a zip archive (a PyTorch checkpoint, perhaps)'],
  [[0x1f, 0x8b], 'a gzip archive'],
  [[0x80, 0x02], 'a Python pickle'],
  [[0x67, 0x67, 0x6a, 0x74], 'a model in the GGJT format, which llama.cpp no longer reads'],
  [[0x74, 0x6a, 0x67, 0x67], 'a model in the GGJT format, which llama.cpp no longer reads'],
  [[0x6c, 0x6d, 0x67, 0x67], 'a model in the GGML format, which llama.cpp no longer reads'],
  [[0x7f, 0x45, 0x4c, 0x46], 'a program'],
];

/** What a file that does not begin with `GGUF` seems to be, from its first bytes; null where nothing is recognised. */
export function lookAlike(head: Uint8Array): string | null {
  if (head.length > 0 && head.every((byte) => byte === 0)) {
    return 'zero bytes: space set aside for a download that has not been written';
  }
  const found = signatures.find(([bytes]) => bytes.every((byte, index) => head[index] === byte));
  if (found) return found[1];
  return isSafetensors(head) ? 'a safetensors file' : lookAlikeText(head);
}

/** Eight bytes of length, then JSON. */
function isSafetensors(head: Uint8Array): boolean {
  return head.length > 9 && head[6] === 0 && head[7] === 0 && head[8] === 0x7b && head[9] === 0x22;
}

function lookAlikeText(head: Uint8Array): string | null {
  const text = String.fromCharCode(...head.subarray(0, 256))
    .trimStart()
    .toLowerCase();
  if (text.startsWith('version https://git-lfs')) {
    return 'a Git LFS pointer, not the model itself: run `git lfs pull` where it was cloned';
  }
  if (text.startsWith('<!doctype html') || text.startsWith('<html')) {
    return 'a web page: the download answered with a page in place of the file';
  }
  if (text.startsWith('<?xml'))
    return 'an XML document: the download answered with an error in place of the file';
  if (text.startsWith('{')) return 'a JSON document';
  return null;
}
