import { stringify } from 'yaml';
import { cardsOf } from '../parallel';
import type { VllmPlan } from '../schema';
import { CACHE_MOUNT } from './docker';
import { probes } from './probes';
import { isLocalPath, MODEL_MOUNT, modelOf, nameOf, serveArguments } from './serve-arguments';
import type { Serving } from './serving';

/** Shared memory of a pod whose ranks talk to one another: what vLLM's own manifests give. */
const SHARED_MEMORY = '8Gi';
/** Of the host's memory and processors for each card: the engine's processes, and pages of the file while it loads. */
const HOST_MEMORY_GIB = 16;
const PROCESSORS = 4;

/** Deployment and Service of a plan, as the records they are written from. */
export function kubernetesObjects(plan: VllmPlan, serving: Serving): readonly object[] {
  const name = nameOf(plan, serving);
  const labels = { 'app.kubernetes.io/name': name };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, labels },
      spec: {
        replicas: 1,
        // the cards are taken: a second pod beside the first would wait for ever
        strategy: { type: 'Recreate' },
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podOf(plan, serving) },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, labels },
      spec: {
        type: 'ClusterIP',
        selector: labels,
        ports: [{ name: 'http', port: serving.port, targetPort: 'http', protocol: 'TCP' }],
      },
    },
  ];
}

/** The text of the manifest: one document an object. */
export function kubernetesText(plan: VllmPlan, serving: Serving): string {
  return kubernetesObjects(plan, serving)
    .map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join('---\n');
}

function podOf(plan: VllmPlan, serving: Serving): object {
  const model = modelOf(plan, serving);
  const local = isLocalPath(model);
  const volumes = [
    { name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: SHARED_MEMORY } },
    { name: 'cache', emptyDir: {} },
    ...(local ? [{ name: 'model', hostPath: { path: model, type: 'Directory' } }] : []),
  ];
  return { containers: [containerOf(plan, serving, local ? MODEL_MOUNT : model, local)], volumes };
}

function containerOf(plan: VllmPlan, serving: Serving, model: string, local: boolean): object {
  const cards = cardsOf(plan.settings.parallel);
  const resources = {
    'nvidia.com/gpu': String(cards),
    memory: `${cards * HOST_MEMORY_GIB}Gi`,
    cpu: String(cards * PROCESSORS),
  };
  return {
    name: 'vllm',
    image: serving.image,
    args: serveArguments(plan, serving, model).map(escapeReference),
    ports: [{ name: 'http', containerPort: serving.port, protocol: 'TCP' }],
    env: [
      // named, never written down
      {
        name: 'HF_TOKEN',
        valueFrom: { secretKeyRef: { name: serving.token_secret, key: 'token', optional: true } },
      },
    ],
    resources: { requests: resources, limits: resources },
    startupProbe: { ...probe(), failureThreshold: Math.ceil(probes.start / probes.period) },
    readinessProbe: { ...probe(), failureThreshold: 3 },
    livenessProbe: { ...probe(), failureThreshold: 6 },
    volumeMounts: [
      { name: 'shm', mountPath: '/dev/shm' },
      { name: 'cache', mountPath: CACHE_MOUNT },
      ...(local ? [{ name: 'model', mountPath: MODEL_MOUNT, readOnly: true }] : []),
    ],
  };
}

function probe(): object {
  return {
    httpGet: { path: probes.path, port: 'http' },
    periodSeconds: probes.period,
    timeoutSeconds: probes.timeout,
  };
}

/** Kubernetes would take `$(NAME)` for a variable. */
function escapeReference(text: string): string {
  return text.replaceAll('$(', () => '$$(');
}
