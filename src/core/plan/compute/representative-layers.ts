import type { Model } from '../../model/schema';
import { indexOf } from '../model-index';
import type { Settings } from '../settings';

/** The blocks that decide the size of the compute buffers: for now, all. */
export function representativeLayers(model: Model, _settings: Settings): readonly number[] {
  return Array.from({ length: indexOf(model).layers }, (_, layer) => layer);
}
