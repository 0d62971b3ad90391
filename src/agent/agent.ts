import type { Handlers } from '../contract/dispatcher';
import { ExpectedError } from '../contract/errors';
import { catalogEntries } from '../core/catalog/models';
import type { GpuProber } from '../host/probe/nvidia-prober';
import { importCatalog, keepCatalog, keptCatalogs, readCatalog, removeCatalog } from './catalog';
import { currentCalibration } from './calibration';
import { describeSystem } from './describe-system';
import { askDoctor } from './doctor';
import { diskDirectories, offeredDirectories } from './disk-directories';
import { findModels } from './find-models';
import { compareWithHistory, measurementHistory } from './history';
import { makePlan } from './make-plan';
import { measureMachine } from './measure-machine';
import { exportProfile, importProfile, prepareProfile } from './profiles';
import { readModel } from './read-model';
import { readRouting } from './read-routing';
import { makeSweep } from './sweep';
import { writeBallastOf } from './write-ballast';
import {
  carryRoutingOf,
  compareReceipts,
  exportReceipts,
  importReceipts,
  listReceipts,
  removeReceipts,
  scoreOf,
  showReceipt,
} from './receipts';
import { listRuntimes } from './pick-runtime';
import { runTrial } from './trial/run-trial';
import { namedProfile } from './runtime-devices';
import { installRuntime, listEmbedded, removeEmbedded } from './runtimes';
import { generateVllm, planVllmOf } from './vllm';

export { startChildProcess, type ProcessStarter } from '../host/own-process';
export { dataDirectory } from '../host/store/data-directory';

export interface AgentOptions {
  readonly version: string;
  /** Folder of what is kept between runs. */
  readonly dataDirectory: string;
  /** Path of the built worker that measures memory bandwidth. */
  readonly memoryWorker: string;
  /** Path of the built program that runs an embedded runtime. */
  readonly embeddedRunner: string;
  /** The built program that asks NVML and CUDA, and how to run it on its own; absent: nvidia-smi alone is asked. */
  readonly gpuProber?: GpuProber | undefined;
  /** ISO 8601, UTC. */
  readonly now: () => string;
  /** Opens a file dialog; null where the shell has none. */
  readonly chooseModelFile: (() => Promise<string | null>) | null;
}

/** Every command as a function: the one wiring that all shells share. */
export function createAgent(options: AgentOptions): Handlers {
  const { version, dataDirectory: directory, memoryWorker, gpuProber, embeddedRunner, now } = options;
  const { chooseModelFile } = options;
  const generator = `plimsoll ${version}`;
  const measuring = { generator, memoryWorker, gpuProber, dataDirectory: directory, now };
  return {
    'system.describe': () =>
      describeSystem({ version, dataDirectory: directory, fileDialogs: chooseModelFile !== null }),
    'profile.current': (_, { signal }) => namedProfile(directory, signal),
    'profile.prepare': async ({ directories, offer }) =>
      prepareProfile({
        directories: await (offer && directories.length === 0
          ? offeredDirectories()
          : diskDirectories(directories)),
      }),
    'profile.measure': (input, task) => measureMachine(input, task, measuring),
    'profile.history': () => measurementHistory(directory),
    'profile.compare': (input) => compareWithHistory(input, directory),
    'doctor.diagnose': (input, task) => askDoctor(input, task, measuring),
    'profile.import': ({ text }) => importProfile(text, directory),
    'profile.export': ({ format }) => exportProfile(format, directory),
    'model.choose': async () => {
      if (chooseModelFile === null) throw noDialog();
      return { path: await chooseModelFile() };
    },
    'model.read': ({ reference }, { signal }) => readModel(reference, signal, directory),
    'model.catalog': () => Promise.resolve({ entries: [...catalogEntries()] }),
    'catalog.read': ({ files }) => readCatalog(files, directory),
    'catalog.keep': ({ file }) => keepCatalog(file, directory),
    'catalog.import': ({ file_name: name, text }) => importCatalog(name, text, directory),
    'catalog.files': async () => ({ files: [...(await keptCatalogs(directory))] }),
    'catalog.remove': ({ file_name: name }) => removeCatalog(name, directory),
    'model.find': async ({ directories, judged }, task) => ({
      models: [...(await findModels(directories, task, { dataDirectory: directory, version, judged }))],
    }),
    'routing.read': ({ path }, { signal }) => readRouting(path, signal),
    'ballast.write': (input, task) => writeBallastOf(input, task, directory),
    'plan.make': (input, task) => makePlan(input, task, directory),
    'plan.sweep': (input, task) => makeSweep(input, task, directory),
    'runtime.list': () => listEmbedded(directory),
    'runtime.install': ({ kind }, task) => installRuntime(kind, task, directory, now()),
    'runtime.remove': ({ kind }) => removeEmbedded(kind, directory),
    'trial.runtimes': (_, { signal }) => listRuntimes(signal, directory),
    'trial.run': (input, task) => runTrial(input, task, { ...measuring, embeddedRunner }),
    'receipt.list': () => listReceipts(directory),
    'receipt.show': (input) => showReceipt(input, directory),
    'receipt.carry-routing': (input, { signal }) => carryRoutingOf(input, signal, directory),
    'receipt.compare': (input) => compareReceipts(input, directory),
    'receipt.score': (_, task) => scoreOf(task, directory),
    'calibration.current': () => currentCalibration(directory),
    'receipt.export': (input) => exportReceipts(input, directory),
    'receipt.import': (input, task) => importReceipts(input, task, directory),
    'receipt.remove': (input) => removeReceipts(input, directory),
    'vllm.plan': (input, task) => planVllmOf(input, task, directory),
    'vllm.generate': (input, task) => generateVllm(input, task, directory),
  };
}

function noDialog(): ExpectedError {
  return new ExpectedError(
    'no-file-dialog',
    'A browser may not open a file dialog on this machine.',
    'Type the path of the model, or choose one of those found.',
  );
}
