import { assertNever } from '../../assert-never';
import type { Shell } from '../../plan/quote';
import type { VllmPlan } from '../schema';
import { composeText } from './compose';
import { dockerCommand } from './docker';
import { kubernetesText } from './kubernetes';
import { serveCommand } from './serve-arguments';
import type { Artifact, ArtifactKind, ScriptShell, Serving } from './serving';

/** How a file of each shell ends, by whose rules its lines are quoted, and what stands around the line. */
const scripts: Readonly<
  Record<ScriptShell, { ending: string; shell: Shell; around: (line: string) => string }>
> = {
  posix: { ending: 'sh', shell: 'posix', around: (line) => `#!/bin/sh\nexec ${line}\n` },
  powershell: { ending: 'ps1', shell: 'powershell', around: (line) => `${line}\n` },
  cmd: { ending: 'cmd', shell: 'batch', around: (line) => `@echo off\r\n${line}\r\n` },
};

/** The files that start a plan; scripts are for the shell that was named. */
export function artifactsOf(
  plan: VllmPlan,
  serving: Serving,
  kinds: readonly ArtifactKind[],
  shell: ScriptShell,
): readonly Artifact[] {
  return kinds.map((kind) => artifactOf(plan, serving, kind, shell));
}

function artifactOf(plan: VllmPlan, serving: Serving, kind: ArtifactKind, named: ScriptShell): Artifact {
  const { ending, shell, around } = scripts[named];
  switch (kind) {
    case 'serve':
      return { kind, file_name: `serve.${ending}`, text: around(serveCommand(plan, serving, shell)) };
    case 'docker':
      return { kind, file_name: `docker-run.${ending}`, text: around(dockerCommand(plan, serving, shell)) };
    case 'compose':
      return { kind, file_name: 'compose.yaml', text: composeText(plan, serving) };
    case 'kubernetes':
      return { kind, file_name: 'kubernetes.yaml', text: kubernetesText(plan, serving) };
    default:
      return assertNever(kind);
  }
}
