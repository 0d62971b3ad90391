import { describe, expect, it } from 'vitest';
import { linkOfHops } from '../../../src/core/reading/pci-link';
import { hop } from './other-gpu-captures';

describe('the link to a card', () => {
  it('is as slow and as narrow as its worst hop outside of the card', () => {
    const hops = [hop('0x1002', '16.0', '16'), hop('0x1022', '8.0', '16'), hop('0x1022', '16.0', '4')];
    expect(linkOfHops(hops)).toEqual({ generation: 3, generationMax: 4, width: 4, widthMax: 16 });
  });

  it('does not count the bridge inside the card', () => {
    const hops = [
      hop('0x1002', '2.5', '1'),
      hop('0x1002', '2.5', '1'),
      hop('0x1002', '16.0', '16'),
      hop('0x8086', '16.0', '16'),
    ];
    expect(linkOfHops(hops)).toMatchObject({ generation: 4, width: 16 });
  });

  it('is unknown where nothing tells, or nothing that makes sense', () => {
    const nothing = { generation: null, generationMax: null, width: null, widthMax: null };
    expect(linkOfHops([])).toEqual(nothing);
    const odd = { vendor: '0x1002', speed: 'Unknown', width: '255', maxSpeed: '9.9 GT/s', maxWidth: '0' };
    expect(linkOfHops([odd])).toEqual(nothing);
  });
});
