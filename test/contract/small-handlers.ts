import { setTimeout as sleep } from 'node:timers/promises';
import type { Handlers } from '../../src/contract/dispatcher';
import { ExpectedError } from '../../src/contract/errors';
import { profileSchema } from '../../src/core/profile/schema';

/** A profile that says nothing but what its schema asks for. */
export const emptyProfile = profileSchema.parse({
  schema_version: '1.0.0',
  created: '2026-01-01T00:00:00Z',
  generator: 'test 1',
  hardware: { platform: {}, cpu: {}, memory: {} },
});

function unused(): Promise<never> {
  return Promise.reject(new Error('not used by this test'));
}

/** Handlers of an agent that has just enough for the shells' tests; `own` replaces some. */
export function smallHandlers(own: Partial<Handlers> = {}): Handlers {
  return {
    'system.describe': () =>
      Promise.resolve({
        version: '9.9.9',
        os: 'linux',
        data_directory: '/data',
        file_dialogs: false,
        oracle: null,
        findings: [],
      }),
    'profile.current': () => Promise.resolve({ profile: null, path: '/data/profile.json' }),
    'profile.prepare': ({ directories }) =>
      Promise.resolve({
        disks: directories.map((directory) => ({
          directory,
          mount: null,
          fs_type: null,
          free_bytes: null,
          file_bytes: null,
          refused: null,
        })),
      }),
    'profile.measure': measureUntilCancelled,
    'profile.history': () => Promise.resolve({ measurements: [] }),
    'profile.compare': unused,
    'doctor.diagnose': unused,
    'profile.import': unused,
    'profile.export': () => Promise.resolve({ file_name: 'profile.json', text: '{}' }),
    'model.choose': unused,
    'model.read': ({ reference }) =>
      Promise.reject(
        new ExpectedError('not-found', `There is no file ${reference}.`, 'Check the path.', {
          path: reference,
        }),
      ),
    'model.catalog': () => Promise.resolve({ entries: [] }),
    'catalog.read': unused,
    'catalog.keep': unused,
    'catalog.import': unused,
    'catalog.files': unused,
    'catalog.remove': unused,
    'model.find': () => Promise.resolve({ models: [] }),
    'plan.make': unused,
    'plan.sweep': unused,
    'ballast.write': unused,
    'routing.read': unused,
    'runtime.list': unused,
    'runtime.install': unused,
    'runtime.remove': unused,
    'receipt.carry-routing': unused,
    'trial.runtimes': unused,
    'trial.run': unused,
    'receipt.list': unused,
    'receipt.show': unused,
    'receipt.compare': unused,
    'receipt.score': unused,
    'calibration.current': () => Promise.resolve({ calibration: null }),
    'receipt.export': unused,
    'receipt.import': unused,
    'receipt.remove': unused,
    'vllm.plan': unused,
    'vllm.generate': unused,
    ...own,
  };
}

/** Says that it began, then works until it is told to stop; a quick one ends by itself. */
const measureUntilCancelled: Handlers['profile.measure'] = async ({ quick }, task) => {
  task.progress({ step: 'cpu', label: 'Reading the CPU', fraction: 0.25 });
  task.progress({ step: 'memory', label: 'Measuring memory', fraction: 0.5 });
  if (!quick) await sleep(60_000, undefined, { signal: task.signal });
  return { profile: emptyProfile, path: '/data/profile.json' };
};
