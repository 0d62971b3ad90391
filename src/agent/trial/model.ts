import { resolve } from 'node:path';
import { ExpectedError } from '../../contract/errors';
import { BALLAST_KEY } from '../../core/ballast/layout-ballast';
import { shapeOf } from '../../core/calibration/likeness';
import { modelFile } from '../../core/plan/model-file';
import type { Model } from '../../core/model/schema';
import type { Receipt } from '../../core/receipt/schema';
import { readModelFile } from '../../host/read/model-file';
import { hashOfHeader } from '../../host/run/header-hash';
import { readModel } from '../read-model';

/** The model of a trial. */
export interface TrialModel {
  /** Whole path of its file; null where only a running server has it. */
  readonly path: string | null;
  readonly facts: Receipt['model'];
  readonly model: Model;
}

/** The model to run, which must be a GGUF file on this machine unless a server has it. Throws ExpectedError. */
export async function readTrialModel(
  reference: string,
  served: boolean,
  signal: AbortSignal,
): Promise<TrialModel> {
  const model = await readModel(reference, signal);
  const file = modelFile(model);
  if (!file.here && !served) throw notHere(reference, model);
  const header = file.here ? await readModelFile(file.path, signal) : null;
  return {
    path: header === null ? null : resolve(header.path),
    model,
    facts: {
      name: model.name,
      architecture: model.architecture,
      quant: model.quant,
      header_sha256: header === null ? null : await hashOfHeader(header.path, header.header.dataOffset),
      file_bytes: model.file_bytes,
      ballast: BALLAST_KEY in model.metadata,
      shape: shapeOf(model),
    },
  };
}

function notHere(reference: string, model: Model): ExpectedError {
  return new ExpectedError(
    'not-local',
    `${reference} is not a GGUF file on this machine, so there is nothing to run.`,
    `Download it, or write a stand-in of its exact shape with \`plimsoll ballast ${reference} --out FILE\` and run that.`,
    { source: model.source },
  );
}
