import { Button, Menu } from '@mantine/core';
import { IconDeviceFloppy } from '@tabler/icons-react';
import { ExportError } from '../../core/export/export-error';
import { type ExportFormat, exportPlan } from '../../core/export/export-plan';
import type { Plan } from '../../core/plan/schema';
import { notifyFailure } from '../parts/notify-failure';
import { saveText } from '../parts/save-text';

const choices: readonly (readonly [ExportFormat, string])[] = [
  ['preset-ini', 'llama-server preset (INI)'],
  ['llama-swap', 'llama-swap configuration (YAML)'],
  ['sh', 'Script for sh'],
  ['powershell', 'Script for PowerShell'],
  ['cmd', 'Script for cmd'],
];

/** Writes the plan's llama-server line to a file for whoever starts it. */
export function ExportMenu({ plan }: { plan: Plan }) {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button size="xs" variant="default" leftSection={<IconDeviceFloppy size={16} aria-hidden="true" />}>
          Save as
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {choices.map(([format, label]) => (
          <Menu.Item key={format} onClick={() => save(plan, format)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function save(plan: Plan, format: ExportFormat): void {
  try {
    const { fileName, text } = exportPlan(plan, format);
    saveText(fileName, text, 'text/plain');
  } catch (error) {
    if (!(error instanceof ExportError)) throw error;
    notifyFailure('The file could not be written', {
      code: 'export',
      message: error.message,
      remedy: error.remedy,
      details: null,
    });
  }
}
