import { useCallback, useEffect, useState } from 'react';
import type { CommandInput, CommandOutput } from '../../contract/commands';
import type { Failure } from '../../contract/errors';
import type { Profile } from '../../core/profile/schema';
import { useClientCall, type ClientCall } from './use-client-call';

export type ProfileState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'none' }
  | { readonly kind: 'known'; readonly profile: Profile; readonly path: string }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface ProfileStore {
  readonly state: ProfileState;
  readonly measuring: ClientCall<'profile.measure'>;
  readonly importing: ClientCall<'profile.import'>;
  readonly reload: () => Promise<unknown>;
  /** Measures and keeps the result; what was known stays until the new one is there. */
  readonly measure: (input: CommandInput<'profile.measure'>) => Promise<void>;
  /** Whether the text was a profile; why not is in `importing`. */
  readonly importText: (text: string) => Promise<boolean>;
}

/** The profile of this machine: loaded, measured or imported. */
export function useProfile(): ProfileStore {
  const [state, setState] = useState<ProfileState>({ kind: 'loading' });
  const loading = useClientCall('profile.current');
  const measuring = useClientCall('profile.measure');
  const importing = useClientCall('profile.import');

  const { run: load } = loading;
  const reload = useCallback(
    () =>
      load({}).then((output) => {
        if (output !== null) setState(stateOf(output));
        return output;
      }),
    [load],
  );
  useEffect(() => void reload(), [reload]);

  const { run: runMeasuring } = measuring;
  const measure = useCallback(
    async (input: CommandInput<'profile.measure'>) => {
      const output = await runMeasuring(input);
      if (output !== null) setState({ kind: 'known', ...output });
    },
    [runMeasuring],
  );

  const { run: runImport } = importing;
  const importText = useCallback(
    async (text: string) => {
      const output = await runImport({ text });
      if (output !== null) setState({ kind: 'known', ...output });
      return output !== null;
    },
    [runImport],
  );

  const shown: ProfileState =
    state.kind === 'loading' && loading.state.kind === 'failed'
      ? { kind: 'failed', failure: loading.state.failure }
      : state;
  return { state: shown, measuring, importing, reload, measure, importText };
}

function stateOf({ profile, path }: CommandOutput<'profile.current'>): ProfileState {
  return profile === null ? { kind: 'none' } : { kind: 'known', profile, path };
}
