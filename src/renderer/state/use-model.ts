import { useCallback, useEffect, useRef, useState } from 'react';
import type { Failure } from '../../contract/errors';
import type { Model } from '../../core/model/schema';
import { readModelFromFile } from '../plan/read-model-from-file';
import { fileFailure } from '../plan/file-failure';
import { useConnections } from './client-context';
import { useClientCall } from './use-client-call';
import { useStored } from './use-stored';

export interface ModelStore {
  /** The model to plan; the one before it stays while another is read. */
  readonly model: Model | null;
  /** What the model was read from, as `plan REF` takes it; null where that was a file seen by this page alone. */
  readonly reference: string | null;
  readonly reading: boolean;
  readonly failure: Failure | null;
  readonly read: (reference: string) => Promise<void>;
  /** Reads a file that was dropped or picked: by its path where the shell knows it, else here in the page. */
  readonly readFile: (file: File) => void;
  readonly dismiss: () => void;
}

/** The model that the plan is for. */
export function useModel(): ModelStore {
  const { host } = useConnections();
  const { run, cancel, reset, state } = useClientCall('model.read');
  const [model, setModel] = useState<Model | null>(null);
  const [reference, setReference] = useStored<string | null>('plimsoll-model', null, (stored) =>
    typeof stored === 'string' ? stored : null,
  );
  const [local, setLocal] = useState<{ reading: boolean; failure: Failure | null }>(idle);
  const latest = useRef(0);

  const read = useCallback(
    async (wanted: string) => {
      latest.current += 1;
      setLocal(idle);
      const output = await run({ reference: wanted });
      if (output === null) return;
      setReference(wanted);
      setModel(output);
    },
    [run, setReference],
  );

  const readHere = useCallback(
    async (file: File) => {
      const turn = (latest.current += 1);
      cancel();
      reset();
      setLocal({ reading: true, failure: null });
      try {
        const found = await readModelFromFile(file);
        if (turn !== latest.current) return;
        setReference(null);
        setModel(found);
        setLocal(idle);
      } catch (error) {
        if (turn === latest.current) setLocal({ reading: false, failure: fileFailure(error, file.name) });
      }
    },
    [cancel, reset, setReference],
  );

  const readFile = useCallback(
    (file: File) => {
      const path = host.pathOf(file);
      if (path === null) void readHere(file);
      else void read(path);
    },
    [host, read, readHere],
  );

  const dismiss = useCallback(() => {
    reset();
    setLocal(idle);
  }, [reset]);

  useRecall(reference, model, read);
  return {
    model,
    reference,
    reading: state.kind === 'running' || local.reading,
    failure: state.kind === 'failed' ? state.failure : local.failure,
    read,
    readFile,
    dismiss,
  };
}

const idle = { reading: false, failure: null } as const;

/** Reads again, once, what this tab had open before it was loaded anew. */
function useRecall(reference: string | null, model: Model | null, read: ModelStore['read']): void {
  const recalled = useRef(false);
  useEffect(() => {
    if (recalled.current) return;
    recalled.current = true;
    if (reference !== null && model === null) void read(reference);
  }, [reference, model, read]);
}
