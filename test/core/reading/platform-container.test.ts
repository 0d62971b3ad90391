import { describe, expect, it } from 'vitest';
import { judgeContainer, type ContainerEvidence } from '../../../src/core/reading/platform-container';
import { machineCapture } from '../../support/machine-captures';

const INITIAL = 'pid:[4026531836]';
const OWN = 'pid:[4026532741]';

const bare: ContainerEvidence = {
  pidNamespace: INITIAL,
  wsl: false,
  initContainer: null,
  dockerEnv: false,
  containerEnv: false,
  systemdContainer: null,
  kubernetes: false,
  flatpak: false,
  mountinfo: machineCapture('constructed/systemd-v2.mountinfo'),
};
const docker = machineCapture('constructed/docker-v2.mountinfo');

describe('judgeContainer', () => {
  it('knows a virtual machine whose image left /.dockerenv behind', () => {
    const evidence = { ...bare, dockerEnv: true, mountinfo: machineCapture('guest/mountinfo') };
    expect(judgeContainer(evidence).kind).toBe('host');
  });

  it('does not take a host that runs Docker for one of its containers', () => {
    expect(judgeContainer(bare).kind).toBe('host');
  });

  it('knows a Docker container by its mounts, without /.dockerenv', () => {
    expect(judgeContainer({ ...bare, pidNamespace: OWN, mountinfo: docker })).toMatchObject({
      kind: 'container',
      runtime: 'docker',
    });
  });

  it('names Podman by its file', () => {
    const evidence = { ...bare, pidNamespace: OWN, containerEnv: true };
    expect(judgeContainer(evidence)).toMatchObject({ kind: 'container', runtime: 'podman' });
  });

  it('believes process 1 before the mounts', () => {
    const evidence = { ...bare, pidNamespace: OWN, initContainer: 'lxc', mountinfo: docker };
    expect(judgeContainer(evidence)).toMatchObject({ kind: 'container', runtime: 'lxc' });
  });

  it('is undecided about an own namespace without a marker', () => {
    expect(judgeContainer({ ...bare, pidNamespace: OWN }).kind).toBe('unknown');
  });

  it('is undecided about container mounts in the initial namespace', () => {
    expect(judgeContainer({ ...bare, mountinfo: docker }).kind).toBe('unknown');
  });

  it('is undecided where only a weak marker is left to go by', () => {
    expect(judgeContainer({ ...bare, pidNamespace: null, dockerEnv: true }).kind).toBe('unknown');
    expect(judgeContainer({ ...bare, pidNamespace: null, mountinfo: docker }).kind).toBe('container');
  });

  it('does not take a WSL distribution for a container, whatever systemd calls it', () => {
    const evidence = {
      ...bare,
      wsl: true,
      pidNamespace: OWN,
      systemdContainer: 'wsl\n',
      initContainer: 'wsl',
    };
    expect(judgeContainer(evidence).kind).toBe('host');
  });

  it('knows a Docker container on WSL2', () => {
    const evidence = { ...bare, wsl: true, pidNamespace: OWN, mountinfo: docker };
    expect(judgeContainer(evidence)).toMatchObject({ kind: 'container', runtime: 'docker' });
  });
});
