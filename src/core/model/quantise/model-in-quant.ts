import { assembleModel } from '../assemble-model';
import type { Model } from '../schema';
import { quantiseTensors } from './quantise-tensors';
import { fileTypeOf, type Quant } from './quants';

/**
 * The same model as llama-quantize would write it in this quantisation from a 16-bit file; the size of its file is that of its
 * tensors. Throws NotQuantisable.
 */
export function modelInQuant(model: Model, quant: Quant): Model {
  const tensors = quantiseTensors(model.tensors, quant, model.metadata);
  const type = fileTypeOf(quant);
  const { 'general.file_type': _, ...rest } = model.metadata;
  return assembleModel({
    name: model.name,
    source: { ...model.source, tensors: 'derived' },
    fileBytes: tensors.reduce((sum, tensor) => sum + tensor.bytes, 0),
    quant,
    metadata: type === null ? rest : { ...rest, 'general.file_type': type },
    tensors,
    findings: [],
  });
}
