import { Button, FileButton } from '@mantine/core';
import { IconFileImport } from '@tabler/icons-react';
import { DeploymentError, parseDeployment } from '../../core/vllm/deployment';
import { notifyFailure } from '../parts/notify-failure';
import type { ModelStore } from '../state/use-model';
import type { DeploymentStore } from './use-deployment';

/** Larger files are no deployments, and need not be read. */
const LARGEST = 2 ** 20;

/** Opens a deployment in YAML: what it names is asked from then on. */
export function DeploymentFile({ store, modelStore }: { store: DeploymentStore; modelStore: ModelStore }) {
  const open = async (file: File | null) => {
    if (file === null) return;
    try {
      const deployment = parseDeployment(file.size > LARGEST ? '' : await file.text());
      store.open(deployment);
      if (deployment.reference !== null) await modelStore.read(deployment.reference);
    } catch (error) {
      if (!(error instanceof DeploymentError)) throw error;
      notifyFailure('The deployment was not read', {
        code: 'invalid-input',
        message: error.faults.join(' '),
        remedy: 'Correct the file and open it again.',
        details: null,
      });
    }
  };
  return (
    <FileButton accept=".yaml,.yml,.json" onChange={(file) => void open(file)}>
      {(props) => (
        <Button
          {...props}
          size="xs"
          variant="default"
          leftSection={<IconFileImport size={16} aria-hidden="true" />}
        >
          Open a deployment…
        </Button>
      )}
    </FileButton>
  );
}
