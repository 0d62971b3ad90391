import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mountOf, mountPointsOnDisks, parseMountinfo, sourceDevices } from '../../../src/core/reading/mounts';

const mounts = parseMountinfo(readFileSync('test/fixtures/mounts/mountinfo.txt', 'utf8'));
const source = (text: string) => sourceDevices({ ...mountOf(mounts, '/')!, source: text });
const typeAt = (path: string) => mountOf(mounts, path)?.fsType;

describe('parseMountinfo', () => {
  it('reads every line of a real table', () => {
    expect(mounts).toHaveLength(26);
  });

  it('reads device, type and source of the root', () => {
    expect(mountOf(mounts, '/')).toEqual({
      deviceNumber: '254:0',
      mountPoint: '/',
      fsType: 'ext4',
      source: '/dev/vda',
      readOnly: false,
      upperDirectory: null,
    });
  });

  it('undoes octal escapes in mount points and in the upper folder of an overlay', () => {
    expect(mountOf(mounts, '/srv/lab/space tab/x')?.mountPoint).toBe('/srv/lab/space tab');
    expect(mountOf(mounts, '/srv/lab/overlay-tmpfs')?.upperDirectory).toBe('/srv/lab/space tab/upper');
  });

  it('knows a read-only bind mount of a writable filesystem', () => {
    expect(mountOf(mounts, '/srv/lab/readonly/x')?.readOnly).toBe(true);
  });

  it('skips optional fields, of which there may be any number', () => {
    const [mount] = parseMountinfo(
      '36 35 0:44 /sub /data rw,noatime shared:1 master:2 - btrfs /dev/sda2 ro,subvol=/sub\n',
    );
    expect(mount).toMatchObject({
      mountPoint: '/data',
      fsType: 'btrfs',
      source: '/dev/sda2',
      readOnly: true,
    });
  });

  it.each([
    '',
    'nonsense',
    '36 35 98:0 /a /b rw',
    '1 2 x:y / / rw - ext4 /dev/sda rw',
    '36 35 98:0 / /b rw - ext4',
  ])('leaves out a line that is not whole: "%s"', (line) => {
    expect(parseMountinfo(line)).toEqual([]);
  });
});

describe('mountOf', () => {
  it('takes the longest mount point above a path, and whole names only', () => {
    expect(typeAt('/srv/lab/loop/deep/file')).toBe('ext4');
    expect(mountOf(mounts, '/srv/lab/loop/deep')?.deviceNumber).toBe('7:0');
    expect(mountOf(mounts, '/srv/lab/loops')?.mountPoint).toBe('/');
    expect(typeAt('/dev/shm/x')).toBe('tmpfs');
  });

  it('takes the later of two mounts on one point, which hides the earlier', () => {
    expect(typeAt('/srv/lab/hidden')).toBe('tmpfs');
  });

  it('gives null where no mount holds the path', () => {
    expect(mountOf([], '/data')).toBeNull();
  });
});

describe('sourceDevices', () => {
  it('takes one device, several with colons between, or none', () => {
    expect(source('/dev/vda')).toEqual(['/dev/vda']);
    expect(source('/dev/sda:/dev/sdb')).toEqual(['/dev/sda', '/dev/sdb']);
    expect(source('overlay')).toEqual([]);
    expect(source('server:/export')).toEqual([]);
  });
});

describe('mountPointsOnDisks', () => {
  it('names writable mounts of disks only, not loop devices, memory or overlays', () => {
    expect(mountPointsOnDisks(mounts)).toEqual(['/']);
  });

  it('leaves out where containers have single files of the host', () => {
    const table = '1 2 8:1 /h /etc/hosts rw - ext4 /dev/sda1 rw\n3 2 8:1 /d /bench rw - ext4 /dev/sda1 rw\n';
    expect(mountPointsOnDisks(parseMountinfo(table))).toEqual(['/bench']);
  });
});
