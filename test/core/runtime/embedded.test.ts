import { describe, expect, it } from 'vitest';
import { parseEmbeddedMessage } from '../../../src/core/runtime/embedded-messages';
import {
  embeddedKinds,
  embeddedKindsFor,
  embeddedPackages,
} from '../../../src/core/runtime/embedded-packages';
import { runtimeListText } from '../../../src/core/report/runtime-list-text';

describe('the packages of an embedded runtime', () => {
  it('are the runtime and the binaries of the one platform, of one version', () => {
    const { specs, bytes } = embeddedPackages('cuda', 'linux', 'x64')!;
    expect(specs).toEqual(['node-llama-cpp@3.22.1', '@node-llama-cpp/linux-x64-cuda@3.22.1']);
    expect(bytes).toBe((181 + 55) * 2 ** 20);
  });

  it('have no size where none was measured', () => {
    expect(embeddedPackages('metal', 'darwin', 'arm64')!.bytes).toBeNull();
  });

  it('are offered only where there are binaries', () => {
    expect(embeddedKindsFor('linux', 'x64')).toEqual(['cpu', 'cuda', 'vulkan']);
    expect(embeddedKindsFor('darwin', 'arm64')).toEqual(['cpu', 'metal']);
    expect(embeddedKindsFor('sunos', 'sparc')).toEqual([]);
    for (const kind of embeddedKinds) expect(embeddedPackages(kind, 'constructor', 'x64')).toBeNull();
  });
});

describe('what the process of an embedded runtime says', () => {
  it('is read line by line, and what native code prints in between is not', () => {
    const speed = { kind: 'speed', phase: 'decode', depth: 0, tokens: 8, tok_s: 3.5 };
    expect(parseEmbeddedMessage(JSON.stringify(speed))).toEqual(speed);
    for (const line of [
      '',
      'ggml_cuda_init: found 1 device',
      '{',
      '[]',
      'null',
      '{"kind":"speed","tok_s":-1}',
    ])
      expect(parseEmbeddedMessage(line)).toBeNull();
  });
});

describe('the list of runtimes', () => {
  it('names what is installed and how to install the rest', () => {
    const installed = [{ kind: 'cpu' as const, version: '3.22.1', folder: '/data/r', bytes: 80 * 2 ** 20 }];
    const offered = [
      { kind: 'cpu' as const, bytes: 1 },
      { kind: 'metal' as const, bytes: null },
    ];
    const text = runtimeListText({ installed, offered });
    expect(text).toContain('/data/r');
    expect(text).toContain('plimsoll runtime install metal (size not known)');
    expect(text).not.toContain('install cpu');
  });
});
