import { assertNever } from '../../assert-never';
import { refuseUnprintable } from '../../export/one-line';
import { scriptEndings, scriptOf, type ScriptShell } from '../../export/script';
import type { VllmPlan } from '../schema';
import { composeText } from './compose';
import { dockerArguments } from './docker';
import { kubernetesText } from './kubernetes';
import { modelOf, serveWords } from './serve-arguments';
import type { Artifact, ArtifactKind, Serving } from './serving';

/** The files that start a plan; scripts are for the shell that was named. Throws ExportError for a path that a format cannot hold. */
export function artifactsOf(
  plan: VllmPlan,
  serving: Serving,
  kinds: readonly ArtifactKind[],
  shell: ScriptShell,
): readonly Artifact[] {
  return kinds.map((kind) => artifactOf(plan, serving, kind, shell));
}

function artifactOf(plan: VllmPlan, serving: Serving, kind: ArtifactKind, shell: ScriptShell): Artifact {
  const ending = scriptEndings[shell];
  switch (kind) {
    case 'serve':
      return { kind, file_name: `serve.${ending}`, text: script(serveWords(plan, serving), shell) };
    case 'docker':
      return { kind, file_name: `docker-run.${ending}`, text: script(dockerArguments(plan, serving), shell) };
    case 'compose':
      refuseUnprintable(modelOf(plan, serving));
      return { kind, file_name: 'compose.yaml', text: composeText(plan, serving) };
    case 'kubernetes':
      refuseUnprintable(modelOf(plan, serving));
      return { kind, file_name: 'kubernetes.yaml', text: kubernetesText(plan, serving) };
    default:
      return assertNever(kind);
  }
}

function script([program, ...argv]: readonly string[], shell: ScriptShell): string {
  return scriptOf({ program: program!, argv, env: {}, remarks: [] }, shell);
}
