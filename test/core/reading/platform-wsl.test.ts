import { expect, it } from 'vitest';
import { judgeWsl, type WslEvidence } from '../../../src/core/reading/platform-wsl';

const none: WslEvidence = {
  kernel: '6.18.44-fc-v669\n',
  interop: false,
  dxg: false,
  runWsl: false,
  distroName: undefined,
};

it('knows an ordinary Linux', () => {
  expect(judgeWsl(none)).toEqual({ version: null, evidence: [] });
});

it('knows WSL2 by its kernel', () => {
  expect(judgeWsl({ ...none, kernel: '5.15.167.4-microsoft-standard-WSL2\n', dxg: true }).version).toBe(2);
});

it('knows WSL1 by its kernel', () => {
  expect(judgeWsl({ ...none, kernel: '4.4.0-19041-Microsoft\n', interop: true }).version).toBe(1);
});

it('knows WSL2 with a kernel of its own', () => {
  expect(judgeWsl({ ...none, interop: true }).version).toBe(2);
  expect(judgeWsl({ ...none, runWsl: true }).version).toBe(2);
  expect(judgeWsl({ ...none, dxg: true, distroName: 'Ubuntu' }).version).toBe(2);
});

it('takes neither another Hyper-V guest nor an inherited variable for WSL', () => {
  expect(judgeWsl({ ...none, dxg: true }).version).toBeNull();
  expect(judgeWsl({ ...none, distroName: 'Ubuntu' }).version).toBeNull();
});
