import { describe, expect, it } from 'vitest';
import { nvidiaFindings } from '../../../src/core/reading/platform-findings';
import { judgeNvidiaRuntime, type NvidiaEvidence } from '../../../src/core/reading/platform-nvidia';
import { judgeOversubscription } from '../../../src/core/reading/platform-oversubscription';
import { machineCapture } from '../../support/machine-captures';

const none: NvidiaEvidence = {
  visibleDevices: undefined,
  capabilities: undefined,
  driverVersion: null,
  mountinfo: machineCapture('constructed/docker-v2.mountinfo'),
  deviceNode: false,
};

describe('judgeNvidiaRuntime', () => {
  it('sees the files that the toolkit mounts, with or without variables', () => {
    const evidence = { ...none, mountinfo: machineCapture('constructed/docker-nvidia.mountinfo') };
    expect(judgeNvidiaRuntime(evidence)).toEqual({
      kind: 'mounted',
      evidence: ['libcuda.so.550.54.15', 'nvidia-smi', 'nvidiactl'],
      utility: null,
    });
  });

  it('tells a CUDA image without a GPU from a container that never asked', () => {
    const asked = judgeNvidiaRuntime({ ...none, visibleDevices: 'all' });
    expect(asked.kind).toBe('asked-in-vain');
    expect(nvidiaFindings(asked)).toMatchObject([{ code: 'nvidia-runtime-missing' }]);
    expect(judgeNvidiaRuntime(none).kind).toBe('absent');
    expect(judgeNvidiaRuntime({ ...none, visibleDevices: 'void' }).kind).toBe('absent');
  });

  it('does not take the host driver, which every container can read, for one of its own', () => {
    expect(judgeNvidiaRuntime({ ...none, driverVersion: 'NVRM version: NVIDIA UNIX' }).kind).toBe('absent');
  });

  it('warns where CUDA was handed in without nvidia-smi', () => {
    const verdict = judgeNvidiaRuntime({
      ...none,
      mountinfo: machineCapture('constructed/docker-nvidia.mountinfo'),
      visibleDevices: 'all',
      capabilities: 'compute',
    });
    expect(nvidiaFindings(verdict)).toMatchObject([{ code: 'nvidia-utility-missing' }]);
  });
});

describe('judgeOversubscription', () => {
  const linux = { os: 'linux', wsl2: false, driverLoaded: true, uvmDevice: true };

  it('rules it out on Windows, WSL2 and macOS', () => {
    for (const evidence of [
      { ...linux, os: 'win32' },
      { ...linux, wsl2: true },
      { ...linux, os: 'darwin' },
    ]) {
      expect(judgeOversubscription(evidence).kind).toBe('never');
    }
  });

  it('never claims it without CUDA', () => {
    expect(judgeOversubscription(linux)).toMatchObject({
      kind: 'unknown',
      reason: expect.stringMatching(/^needs-cuda/),
    });
    expect(judgeOversubscription({ ...linux, driverLoaded: false })).toMatchObject({
      reason: expect.stringMatching(/^no-driver/),
    });
  });
});
