import { describe, expect, it } from 'vitest';
import { cgroupDirectories } from '../../../src/core/reading/memory-cgroup-directories';
import { machineCapture } from '../../support/machine-captures';

const paths = (selfCgroup: string, mountinfo: string, controller: 'memory' | 'cpu' = 'memory') =>
  cgroupDirectories(selfCgroup, mountinfo, controller).map(({ directory }) => directory);

describe('cgroupDirectories', () => {
  it('walks from the own cgroup up to the root of a v1 hierarchy, and looks into the unified one', () => {
    const found = cgroupDirectories(
      machineCapture('guest/cgroup'),
      machineCapture('guest/mountinfo'),
      'memory',
    );
    expect(found).toEqual([
      { version: 1, directory: '/sys/fs/cgroup/memory/plimsoll-capture/inner' },
      { version: 1, directory: '/sys/fs/cgroup/memory/plimsoll-capture' },
      { version: 1, directory: '/sys/fs/cgroup/memory' },
      { version: 2, directory: '/sys/fs/cgroup/unified' },
    ]);
  });

  it('walks every ancestor of a session under systemd', () => {
    expect(
      paths(
        machineCapture('constructed/systemd-v2.cgroup'),
        machineCapture('constructed/systemd-v2.mountinfo'),
      ),
    ).toEqual([
      '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/app-terminal.scope',
      '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice',
      '/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service',
      '/sys/fs/cgroup/user.slice/user-1000.slice',
      '/sys/fs/cgroup/user.slice',
      '/sys/fs/cgroup',
    ]);
  });

  it('reads the mount itself in a container with its own cgroup namespace', () => {
    const found = paths(
      machineCapture('constructed/docker-v2.cgroup'),
      machineCapture('constructed/docker-v2.mountinfo'),
    );
    expect(found).toEqual(['/sys/fs/cgroup']);
  });

  it('takes the host part off the path where only the container is mounted', () => {
    const cgroup = machineCapture('constructed/docker-v1.cgroup');
    const mountinfo = machineCapture('constructed/docker-v1.mountinfo');
    expect(paths(cgroup, mountinfo)).toEqual(['/sys/fs/cgroup/memory']);
    expect(paths(`6:memory:/docker/4f1ad3c7e0b9/job\n`, mountinfo)).toEqual([
      '/sys/fs/cgroup/memory/job',
      '/sys/fs/cgroup/memory',
    ]);
  });

  it('finds a controller that is mounted together with another', () => {
    const mountinfo = machineCapture('constructed/docker-v1.mountinfo');
    expect(paths(machineCapture('constructed/docker-v1.cgroup'), mountinfo, 'cpu')).toEqual([
      '/sys/fs/cgroup/cpu,cpuacct',
    ]);
  });

  it('stays at the mount for a path outside the namespace', () => {
    const mountinfo = machineCapture('constructed/systemd-v2.mountinfo');
    expect(paths('0::/../../other\n', mountinfo)).toEqual(['/sys/fs/cgroup']);
  });

  it('keeps a colon in a cgroup name and undoes the escapes of a mount point', () => {
    const mountinfo = String.raw`35 25 0:31 / /mnt/c\040g rw - cgroup2 cgroup2 rw`;
    expect(paths('0::/a:b\n', mountinfo)).toEqual(['/mnt/c g/a:b', '/mnt/c g']);
  });

  it('finds nothing where nothing is mounted or the text is none', () => {
    expect(paths('', '')).toEqual([]);
    expect(paths('0::/a', 'garbage - - cgroup2')).toEqual([]);
  });

  it('bounds a path that is absurdly deep', () => {
    const deep = `0::${'/a'.repeat(5000)}`;
    expect(paths(deep, machineCapture('constructed/systemd-v2.mountinfo')).length).toBeLessThan(100);
  });
});
