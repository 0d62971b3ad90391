import { describe, expect, it } from 'vitest';
import { chooseFile } from '../../../../src/core/model/hub/choose-file';
import { parseContentRange, sizeOfUnsatisfied } from '../../../../src/core/model/hub/content-range';
import { filesInAnswer, nextPage } from '../../../../src/core/model/hub/hub-answer';
import { hubReferenceOfPage, parseHubReference } from '../../../../src/core/model/hub/hub-reference';

function files(...paths: readonly string[]) {
  return paths.map((path) => ({ path, bytes: null }));
}

describe('a reference to a repository', () => {
  it.each([
    ['hf:ggml-org/gpt-oss-20b-GGUF', 'ggml-org/gpt-oss-20b-GGUF', null, null],
    ['hf:unsloth/Qwen3-8B-GGUF:Q4_K_M', 'unsloth/Qwen3-8B-GGUF', 'Q4_K_M', null],
    ['hf:unsloth/Qwen3-8B-GGUF:UD-Q4_K_XL', 'unsloth/Qwen3-8B-GGUF', 'UD-Q4_K_XL', null],
    ['HF:a/b.c/sub/model.gguf', 'a/b.c', null, 'sub/model.gguf'],
    ['huggingface:a/b:Q8_0/x.gguf', 'a/b', 'Q8_0', 'x.gguf'],
    ['hf://a/b', 'a/b', null, null],
  ])('%s is taken apart', (text, repository, quant, file) => {
    expect(parseHubReference(text)).toEqual({ repository, revision: 'main', quant, file });
  });

  it('may name a branch, a tag or a commit', () => {
    expect(parseHubReference('hf:a/b@v1.0:Q8_0/sub/x.gguf')).toEqual({
      repository: 'a/b',
      revision: 'v1.0',
      quant: 'Q8_0',
      file: 'sub/x.gguf',
    });
    for (const text of ['hf:a/b@', 'hf:a/b@../x', 'hf:a/b@v 1']) expect(parseHubReference(text)).toBeNull();
  });

  it.each(['hf:', 'hf:a', 'hf:a/', 'hf:a/b:', 'hf:../b', 'hf:a/b/../../c', 'hf:a/b/', 'hf:a b/c', 'a/b'])(
    '%j is none',
    (text) => {
      expect(parseHubReference(text)).toBeNull();
    },
  );

  it('is also the address of its page or of a file there', () => {
    expect(hubReferenceOfPage('/a/b')).toEqual({
      repository: 'a/b',
      revision: 'main',
      quant: null,
      file: null,
    });
    expect(hubReferenceOfPage('/a/b/tree/main')?.file).toBeNull();
    expect(hubReferenceOfPage('/a/b/blob/main/sub/x.gguf')?.file).toBe('sub/x.gguf');
    expect(hubReferenceOfPage('/a/b/resolve/main/x.gguf')?.file).toBe('x.gguf');
    expect(hubReferenceOfPage('/a/b/resolve/1234/x.gguf')).toMatchObject({
      revision: '1234',
      file: 'x.gguf',
    });
    expect(hubReferenceOfPage('/a/b/tree/v1.0')).toMatchObject({ revision: 'v1.0', file: null });
    expect(hubReferenceOfPage('/a/b/commits/main')).toBeNull();
    expect(hubReferenceOfPage('/a/b/blob/main/../x')).toBeNull();
  });
});

describe('the file of a quantisation', () => {
  const many = files(
    'README.md',
    'M-IQ4_XS.gguf',
    'M-Q4_K_S.gguf',
    'M-Q4_K_M.gguf',
    'M-UD-Q4_K_XL.gguf',
    'M-q8_0.gguf',
    'mmproj-F16.gguf',
    'BF16/M-BF16-00001-of-00002.gguf',
    'BF16/M-BF16-00002-of-00002.gguf',
  );

  it.each([
    ['Q4_K_M', 'M-Q4_K_M.gguf'],
    ['q4_k_s', 'M-Q4_K_S.gguf'],
    ['Q8_0', 'M-q8_0.gguf'],
    ['UD-Q4_K_XL', 'M-UD-Q4_K_XL.gguf'],
    ['Q4_K_XL', 'M-UD-Q4_K_XL.gguf'],
    ['BF16', 'BF16/M-BF16-00001-of-00002.gguf'],
    [null, 'M-Q4_K_M.gguf'],
  ])('%s is found by its name', (quant, path) => {
    expect(chooseFile(many, quant)).toEqual({ kind: 'file', path });
  });

  it('that is not there is answered with what is', () => {
    const choice = chooseFile(many, 'Q4_K');
    expect(choice.kind).toBe('none');
    expect(choice.kind === 'none' && choice.paths).toHaveLength(6);
    expect(chooseFile(many, 'F16').kind).toBe('none');
  });

  it('is the only one where none is asked for, and must be named where there are several', () => {
    expect(chooseFile(files('m-mxfp4.gguf', 'mmproj-m.gguf'), null)).toEqual({
      kind: 'file',
      path: 'm-mxfp4.gguf',
    });
    expect(chooseFile(files('a-Q8_0.gguf', 'a-Q5_K_M.gguf'), null).kind).toBe('many');
    expect(chooseFile(files('a-Q4_K_M.gguf', 'b-Q4_K_M.gguf'), 'Q4_K_M').kind).toBe('many');
  });

  it('is the plain one where a publisher has a variant of it too', () => {
    expect(chooseFile(files('M-UD-Q4_K_M.gguf', 'M-Q4_K_M.gguf'), 'Q4_K_M')).toEqual({
      kind: 'file',
      path: 'M-Q4_K_M.gguf',
    });
  });

  it('does not exist in a repository without GGUF files', () => {
    expect(chooseFile(files('config.json', 'model.safetensors', 'mmproj-F16.gguf'), null).kind).toBe(
      'no-gguf',
    );
  });
});

describe('an answer of the hub', () => {
  it('lists files and leaves folders and nonsense out', () => {
    const answer = [
      { type: 'file', path: 'a.gguf', size: 12 },
      { type: 'directory', path: 'sub' },
      { type: 'file', path: 7 },
      null,
      { type: 'file', path: 'b', size: 'x' },
    ];
    expect(filesInAnswer(answer)).toEqual([
      { path: 'a.gguf', bytes: 12 },
      { path: 'b', bytes: null },
    ]);
    expect(filesInAnswer({ error: 'no' })).toBeNull();
  });

  it('names the next page', () => {
    expect(nextPage('<https://h/x?cursor=1>; rel="next"')).toBe('https://h/x?cursor=1');
    expect(nextPage('<https://h/0>; rel="prev", <https://h/2>; rel="next"')).toBe('https://h/2');
    expect(nextPage(null)).toBeNull();
    expect(nextPage('nonsense')).toBeNull();
  });
});

describe('a Content-Range header', () => {
  it.each([
    ['bytes 0-99/1234', { first: 0, last: 99, total: 1234 }],
    ['bytes 5-5/*', { first: 5, last: 5, total: null }],
  ])('%s is read', (text, range) => {
    expect(parseContentRange(text)).toEqual(range);
  });

  it.each([null, '', 'bytes 9-5/20', 'bytes 0-20/20', 'bytes */20', 'items 0-1/2', 'bytes -1-2/3'])(
    '%j is none',
    (text) => {
      expect(parseContentRange(text)).toBeNull();
    },
  );

  it('tells the size where the range lies beyond the end', () => {
    expect(sizeOfUnsatisfied('bytes */20')).toBe(20);
    expect(sizeOfUnsatisfied('bytes 0-1/20')).toBeNull();
  });
});
