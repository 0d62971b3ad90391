import { expect, it } from 'vitest';
import { parseOsRelease } from '../../../src/core/reading/platform-os-release';
import { machineCapture } from '../../support/machine-captures';

it('takes the name that the distribution gives itself', () => {
  expect(parseOsRelease(machineCapture('guest/os-release'))).toBe('Debian GNU/Linux 12 (bookworm)');
});

it('puts a name together where there is no pretty one', () => {
  expect(parseOsRelease("NAME=Fedora\nVERSION_ID='41'\n")).toBe('Fedora 41');
  expect(parseOsRelease('NAME=Void\n')).toBe('Void');
});

it('undoes quotes and escapes', () => {
  expect(parseOsRelease(String.raw`PRETTY_NAME="A \"B\" \$C"`)).toBe('A "B" $C');
});

it('knows no name in an empty file', () => {
  expect(parseOsRelease('')).toBeNull();
});
