import { useCallback } from 'react';
import { z } from 'zod';
import { type Deployment, MOST_CARDS } from '../../core/vllm/deployment';
import { vllmRequestSchema } from '../../core/vllm/schema';
import { servingSchema } from '../../core/vllm/artifacts/serving';
import { useStored } from '../state/use-stored';

const deploymentSchema = z.object({
  /** Cards of this machine, or of the catalog. */
  cards: z.enum(['machine', 'catalog']),
  card: z.string(),
  count: z.number().int().min(1).max(MOST_CARDS),
  request: vllmRequestSchema,
  serving: servingSchema,
});

/** What the page asks. */
export type Asked = z.infer<typeof deploymentSchema>;

export interface DeploymentStore {
  readonly asked: Asked;
  readonly change: (part: Partial<Asked>) => void;
  /** A change that the schema refuses is left out. */
  readonly changeRequest: (part: Readonly<Record<string, unknown>>) => void;
  readonly open: (deployment: Deployment) => void;
}

const initial: Asked = {
  cards: 'catalog',
  card: 'h100-sxm',
  count: 1,
  request: vllmRequestSchema.parse({}),
  serving: servingSchema.parse({}),
};

/** The deployment that is asked about; it survives a reload. */
export function useDeployment(): DeploymentStore {
  const [asked, setAsked] = useStored<Asked>('plimsoll-vllm', initial, accept);
  const change = useCallback(
    (part: Partial<Asked>) => setAsked((before) => accept({ ...before, ...part }) ?? before),
    [setAsked],
  );
  const changeRequest = useCallback(
    (part: Readonly<Record<string, unknown>>) =>
      setAsked((before) => {
        const request = vllmRequestSchema.safeParse({ ...before.request, ...part });
        return request.success ? { ...before, request: request.data } : before;
      }),
    [setAsked],
  );
  const open = useCallback(
    ({ gpus, request, serving }: Deployment) => change({ request, serving, ...cardsOf(gpus) }),
    [change],
  );
  return { asked, change, changeRequest, open };
}

/** The page has one kind of card at a time: the first of a file's. */
function cardsOf(gpus: Deployment['gpus']): Partial<Asked> {
  const first = gpus?.find((choice) => 'card' in choice);
  return first === undefined ? {} : { cards: 'catalog', card: first.card, count: first.count };
}

function accept(stored: unknown): Asked | null {
  const parsed = deploymentSchema.safeParse(stored);
  return parsed.success ? parsed.data : null;
}
