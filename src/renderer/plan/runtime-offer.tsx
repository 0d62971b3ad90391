import { Button, Group, Text } from '@mantine/core';
import { useEffect } from 'react';
import { formatBytes } from '../../core/report/format';
import { MeasuringPanel } from '../machine/measuring-panel';
import { FailureAlert } from '../parts/failure-alert';
import { Panel } from '../parts/panel';
import { useClientCall } from '../state/use-client-call';

/** Where no runtime was found: what could be installed, with its size, and a button for each. */
export function RuntimeOffer({ onInstalled }: { onInstalled: () => void }) {
  const { state: list, run: look } = useClientCall('runtime.list');
  const { state, run, cancel, reset } = useClientCall('runtime.install');
  useEffect(() => void look({}), [look]);
  const offered = list.kind === 'done' ? list.output.offered : [];
  if (state.kind === 'running') return <MeasuringPanel running={state} onCancel={cancel} />;
  if (offered.length === 0) return null;
  const install = async (kind: (typeof offered)[number]['kind']) => {
    if ((await run({ kind })) !== null) onInstalled();
  };
  return (
    <Panel title="Trial" note="no llama.cpp was found on this machine">
      {state.kind === 'failed' ? (
        <FailureAlert title="The runtime was not installed" failure={state.failure} onClose={reset} />
      ) : null}
      <Text size="sm" c="dimmed">
        To run this plan and measure it, install llama.cpp, or node-llama-cpp through npm into the data
        folder:
      </Text>
      <Group gap="sm" mt="sm">
        {offered.map(({ kind, bytes }) => (
          <Button key={kind} size="xs" variant="default" onClick={() => void install(kind)}>
            Install for {names[kind]} ({bytes === null ? 'size not known' : `about ${formatBytes(bytes)}`})
          </Button>
        ))}
      </Group>
    </Panel>
  );
}

const names = { cpu: 'the processor', cuda: 'CUDA', vulkan: 'Vulkan', metal: 'Metal' } as const;
