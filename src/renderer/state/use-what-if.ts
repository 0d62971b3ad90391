import { useCallback, useMemo, useState } from 'react';
import type { Failure } from '../../contract/errors';
import { toFailure } from '../../contract/errors';
import { gpuNamed } from '../../core/catalog/gpus/gpus';
import { profileWithGpus } from '../../core/catalog/gpus/profile-with-gpus';
import type { GpuSpec } from '../../core/catalog/gpus/schema';
import { parseProfile } from '../../core/profile/parse-profile';
import { ProfileError } from '../../core/profile/profile-error';
import type { Profile } from '../../core/profile/schema';
import { useStored } from './use-stored';

export interface WhatIf {
  /** Cards of the catalog that stand in the place of a machine's own, in order; the same may stand more than once. */
  readonly cards: readonly string[];
  readonly setCards: (cards: readonly string[]) => void;
  /** Another machine, by its profile; null for this one. */
  readonly machine: { readonly name: string; readonly profile: Profile } | null;
  /** Plans for the machine of this file, which is not kept. */
  readonly openMachine: (file: File) => Promise<void>;
  readonly leaveMachine: () => void;
  readonly failure: Failure | null;
  readonly dismiss: () => void;
}

/** Another machine to plan for than the one that was measured. */
export function useWhatIf(): WhatIf {
  const [cards, setCards] = useStored<readonly string[]>('plimsoll-what-if', [], acceptNames);
  const [machine, setMachine] = useState<WhatIf['machine']>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const openMachine = useCallback(async (file: File) => {
    try {
      setMachine({ name: file.name, profile: parseProfile(await file.text()) });
      setFailure(null);
    } catch (error) {
      setFailure(failureOf(error));
    }
  }, []);
  const leaveMachine = useCallback(() => setMachine(null), []);
  const dismiss = useCallback(() => setFailure(null), []);
  return useMemo(
    () => ({ cards, setCards, machine, openMachine, leaveMachine, failure, dismiss }),
    [cards, setCards, machine, openMachine, leaveMachine, failure, dismiss],
  );
}

/** The machine that is asked about; null where none was measured or opened. */
export function machineOf(
  measured: Profile | null,
  { cards, machine }: WhatIf,
  specs: readonly GpuSpec[],
): Profile | null {
  const base = machine?.profile ?? measured;
  if (base === null || cards.length === 0) return base;
  return profileWithGpus(
    base,
    cards.flatMap((id) => gpuNamed(id, specs) ?? []),
  );
}

function acceptNames(stored: unknown): readonly string[] | null {
  return Array.isArray(stored) && stored.every((each) => typeof each === 'string') ? stored : null;
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof ProfileError)) return toFailure(error);
  const { code, message, remedy, pointer } = error;
  return { code, message, remedy, details: { pointer } };
}
