import { stringify } from 'yaml';
import { cardsOf } from '../parallel';
import type { VllmPlan } from '../schema';
import { CACHE_MOUNT, CACHE_VOLUME } from './docker';
import { probes } from './probes';
import { isLocalPath, MODEL_MOUNT, modelOf, nameOf, serveArguments } from './serve-arguments';
import type { Serving } from './serving';

/** The compose file of a plan, as the record it is written from. */
export function composeFile(plan: VllmPlan, serving: Serving): object {
  const model = modelOf(plan, serving);
  const local = isLocalPath(model);
  const devices = Array.from({ length: cardsOf(plan.settings.parallel) }, (_, index) => String(index));
  return {
    services: {
      vllm: {
        container_name: nameOf(plan, serving),
        image: serving.image,
        command: serveArguments(plan, serving, local ? MODEL_MOUNT : model).map(escapeDollar),
        ipc: 'host',
        restart: 'unless-stopped',
        ports: [`127.0.0.1:${serving.port}:${serving.port}`],
        // taken from the caller's environment, or empty: the file holds no token
        environment: { HF_TOKEN: '${HF_TOKEN:-}' },
        volumes: [
          `${CACHE_VOLUME}:${CACHE_MOUNT}`,
          ...(local
            ? [{ type: 'bind', source: escapeDollar(model), target: MODEL_MOUNT, read_only: true }]
            : []),
        ],
        deploy: {
          resources: {
            reservations: { devices: [{ driver: 'nvidia', device_ids: devices, capabilities: ['gpu'] }] },
          },
        },
        healthcheck: {
          test: ['CMD', 'curl', '--fail', '--silent', `http://localhost:${serving.port}/health`],
          interval: `${probes.period}s`,
          timeout: `${probes.timeout}s`,
          retries: 3,
          start_period: `${probes.start}s`,
        },
      },
    },
    volumes: { [CACHE_VOLUME]: {} },
  };
}

/** The text of the compose file. */
export function composeText(plan: VllmPlan, serving: Serving): string {
  return stringify(composeFile(plan, serving), { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Compose would take a dollar for a variable. */
function escapeDollar(text: string): string {
  return text.replaceAll('$', () => '$$');
}
