import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { catalogModel } from '../../../../src/core/catalog/models';
import { artifactsOf } from '../../../../src/core/vllm/artifacts/artifacts';
import { dockerArguments } from '../../../../src/core/vllm/artifacts/docker';
import { composeText } from '../../../../src/core/vllm/artifacts/compose';
import { kubernetesText } from '../../../../src/core/vllm/artifacts/kubernetes';
import { nameOf, serveArguments, serveCommand } from '../../../../src/core/vllm/artifacts/serve-arguments';
import { artifactKinds, servingSchema } from '../../../../src/core/vllm/artifacts/serving';
import { ExportError } from '../../../../src/core/export/export-error';
import { scriptShells } from '../../../../src/core/export/script';
import { planVllm } from '../../../../src/core/vllm/plan-vllm';
import { vllmRequestSchema } from '../../../../src/core/vllm/schema';
import { cards } from '../cards-for-tests';

const serving = servingSchema.parse({});
const model = catalogModel('llama-3.1-8b', 'F16')!;
const request = vllmRequestSchema.parse({ tensor_parallel: 2, context: 16_384, kv_cache_dtype: 'fp8_e4m3' });
const plan = planVllm(model, cards(2, 79.2), request);

/** Names and paths that shells, Compose, Kubernetes and YAML each have meanings of their own for. */
const awkward = [
  'org/repo',
  "/models/it's here",
  '/models/$(rm -rf ~)/$HOME/`id`',
  '/models/50% "off" & <more>|^',
  '/models/a: b # c',
  '-o/--output',
  '/models/zwölf €/模型',
  'C:\\Models\\My Model\\',
];

const validators = {
  compose: validator('compose-spec.schema.json', null),
  deployment: validator('kubernetes.schema.json', 'io.k8s.api.apps.v1.Deployment'),
  service: validator('kubernetes.schema.json', 'io.k8s.api.core.v1.Service'),
};

describe('what starts a vLLM deployment', () => {
  it('has a command with every setting of the plan', () => {
    expect(serveCommand(plan, serving, 'posix')).toBe(
      'vllm serve meta-llama/Llama-3.1-8B-Instruct --tensor-parallel-size 2 --kv-cache-dtype fp8_e4m3 --max-model-len 16384 ' +
        `--max-num-seqs ${plan.settings.max_sequences} --max-num-batched-tokens 8192 --gpu-memory-utilization 0.9 --enable-prefix-caching --port 8000`,
    );
  });

  it('says the sizes of pipeline and copies only where there are any', () => {
    const wide = planVllm(
      model,
      cards(8, 79.2),
      vllmRequestSchema.parse({ tensor_parallel: 2, pipeline_parallel: 2, data_parallel: 2 }),
    );
    const words = serveArguments(wide, serving).join(' ');
    expect(words).toContain('--pipeline-parallel-size 2 --data-parallel-size 2');
    expect(serveArguments(plan, serving).join(' ')).not.toContain('pipeline');
  });

  it('asks vLLM to quantise only what it can: FP8, and no checkpoint that is quantised already', () => {
    expect(serveArguments(quantised('fp8'), serving)).toContain('--quantization');
    expect(serveArguments(quantised('awq'), serving)).not.toContain('--quantization');
    const own = servingSchema.parse({ checkpoint: 'org/repo-FP8' });
    expect(serveArguments(quantised('fp8'), own)).not.toContain('--quantization');
    expect(serveArguments(quantised('fp8'), own)[0]).toBe('org/repo-FP8');
  });

  it.each(awkward)('is quoted so that a shell reads back the same words: %s', (checkpoint) => {
    const own = servingSchema.parse({ checkpoint });
    const line = serveCommand(plan, own, 'posix').replace(/^vllm serve /, '');
    const script = `for word in ${line}; do printf '%s\\0' "$word"; done`;
    const words = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
    expect(words).toEqual(serveArguments(plan, own));
  });

  it.each(awkward)('has a compose file that passes the Compose specification: %s', (checkpoint) => {
    const own = servingSchema.parse({ checkpoint });
    const [document] = parse(composeText(plan, own));
    expect(validators.compose(document)).toBe('');
    const { command } = (document as { services: { vllm: { command: string[] } } }).services.vllm;
    expect(command.slice(1).map((word) => word.replaceAll('$$', () => '$'))).toEqual(
      serveArguments(plan, own).slice(1),
    );
  });

  it.each(awkward)('has a manifest whose objects pass the schema of Kubernetes: %s', (checkpoint) => {
    const own = servingSchema.parse({ checkpoint });
    const [deployment, service, ...more] = parse(kubernetesText(plan, own));
    expect(more).toEqual([]);
    expect(validators.deployment(deployment)).toBe('');
    expect(validators.service(service)).toBe('');
  });

  it('fails that validation once something is wrong, so that it means something', () => {
    const [deployment] = parse(kubernetesText(plan, serving)) as [
      { spec: { template: { spec: { containers: object[] } } } },
    ];
    deployment.spec.template.spec.containers[0] = {
      name: 'vllm',
      ports: [{ containerPort: 'eight thousand' }],
    };
    expect(validators.deployment(deployment)).not.toBe('');
    expect(validators.compose({ services: { vllm: { image: 7 } } })).not.toBe('');
  });

  it('limits the cards, gives shared memory, and watches the start', () => {
    const text = kubernetesText(plan, serving);
    const [deployment] = parse(text) as [{ spec: { template: { spec: Record<string, unknown> } } }];
    const pod = deployment.spec.template.spec as {
      containers: { resources: { limits: object }; startupProbe: object; volumeMounts: object[] }[];
      volumes: object[];
    };
    expect(pod.containers[0]!.resources.limits).toMatchObject({ 'nvidia.com/gpu': '2' });
    expect(pod.volumes).toContainEqual({ name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '8Gi' } });
    expect(pod.containers[0]!.startupProbe).toMatchObject({ httpGet: { path: '/health', port: 'http' } });
  });

  it.each(scriptShells)('holds no secret, whatever the environment has, for %s', (shell) => {
    const texts = artifactsOf(plan, serving, artifactKinds, shell)
      .map(({ text }) => text)
      .join('\n');
    expect(texts).toContain('HF_TOKEN');
    expect(texts).not.toMatch(/hf_[A-Za-z0-9]{8}/);
    expect(texts).not.toMatch(/HF_TOKEN=(?!\$)/);
    expect(texts).toMatch(/secretKeyRef/);
  });

  it('spells everything out, without anchors', () => {
    expect(kubernetesText(plan, serving)).not.toMatch(/[&*]a\d/);
    expect(composeText(plan, serving)).not.toMatch(/[&*]a\d/);
  });

  it('opens its port on this machine alone', () => {
    const texts = artifactsOf(plan, serving, ['docker', 'compose'], 'posix')
      .map(({ text }) => text)
      .join('\n');
    expect(texts.match(/127\.0\.0\.1:8000:8000/g)).toHaveLength(2);
  });

  it('mounts a model of this machine instead of naming a path that the container has not', () => {
    const own = servingSchema.parse({ checkpoint: '/models/llama' });
    const [docker] = artifactsOf(plan, own, ['docker'], 'posix');
    expect(docker!.text).toContain("--mount 'type=bind,source=/models/llama,target=/model,readonly'");
    expect(docker!.text).toContain(`${serving.image} /model `);
    const odd = dockerArguments(plan, servingSchema.parse({ checkpoint: '/a:/b, "c"' }));
    expect(odd).toContain('type=bind,"source=/a:/b, ""c""",target=/model,readonly');
  });

  it.each(['/models/a\nb', '/models/a\u0085b', '/models/a\u2028b'])(
    'is not written where readers of its format would not agree on the path %j',
    (served) => {
      const own = { ...plan, model: { ...plan.model, served } };
      expect(() => artifactsOf(own, serving, ['compose'], 'posix')).toThrow(ExportError);
      expect(() => artifactsOf(own, serving, ['kubernetes'], 'posix')).toThrow(ExportError);
      expect(artifactsOf(own, serving, ['serve'], 'posix')[0]!.text).toContain(`vllm serve '${served}' `);
    },
  );

  it('is no cmd file for a path with a line break', () => {
    const own = { ...plan, model: { ...plan.model, served: './a\ncalc' } };
    expect(() => artifactsOf(own, serving, ['serve'], 'cmd')).toThrow(ExportError);
    expect(() => artifactsOf(own, serving, ['docker'], 'cmd')).toThrow(ExportError);
  });

  it.each([
    ['org/Some_Model.v2', 'org-some-model-v2'],
    ['0123', 'vllm'],
    ['x'.repeat(300), 'x'.repeat(40)],
  ])('names a service after %s', (checkpoint, name) => {
    expect(nameOf(plan, servingSchema.parse({ checkpoint }))).toBe(name);
  });

  it.each([
    { image: 'vllm; rm -rf /' },
    { name: 'Upper' },
    { name: '-x' },
    { port: 0 },
    { port: 70_000 },
    { token_secret: 'a b' },
    { checkpoint: 'a\nb' },
    { checkpoint: '' },
    { token: 'hf_secret' },
  ])('takes no serving with %o', (part) => {
    expect(servingSchema.safeParse(part).success).toBe(false);
  });
});

function quantised(quantisation: string) {
  return planVllm(model, cards(1, 79.2), vllmRequestSchema.parse({ quantisation }));
}

function parse(text: string): unknown[] {
  return parseAllDocuments(text, { uniqueKeys: true }).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as unknown;
  });
}

/** The errors of a value by a published schema, as one text; empty where it passes. */
function validator(file: string, definition: string | null): (value: unknown) => string {
  const schema = JSON.parse(
    readFileSync(new URL(`../../../fixtures/vllm/${file}`, import.meta.url), 'utf8'),
    (key, value: unknown) => (key === 'id' && typeof value === 'string' ? undefined : value),
  ) as Record<string, unknown>;
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  // the published file is of an older draft, whose `id` later ones call `$id`; it refers to nothing by it
  const { $schema: _draft, ...rules } = schema;
  const whole = definition === null ? rules : { ...rules, $ref: `#/definitions/${definition}` };
  const validate = ajv.compile(whole);
  return (value) => (validate(value) ? '' : ajv.errorsText(validate.errors));
}
