import { Button } from '@mantine/core';
import { useTimeout } from '@mantine/hooks';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { copyText } from './copy-text';

/** How long the button says that it has copied. */
const SAID_MS = 2000;

/** Copies a text, and says whether that worked. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'failed' | null>(null);
  const { start: forgetSoon } = useTimeout(() => setOutcome(null), SAID_MS);
  const copy = async () => {
    setOutcome((await copyText(text)) ? 'copied' : 'failed');
    forgetSoon();
  };
  const Icon = outcome === 'copied' ? IconCheck : IconCopy;
  return (
    <Button
      size="xs"
      variant="default"
      aria-label={label}
      miw={112}
      leftSection={<Icon size={16} aria-hidden="true" />}
      onClick={() => void copy()}
    >
      <span role="status">
        {outcome === null ? 'Copy' : outcome === 'copied' ? 'Copied' : 'Select and copy'}
      </span>
    </Button>
  );
}
