import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/contract/client';
import { Dispatcher } from '../../src/contract/dispatcher';
import { ExpectedError } from '../../src/contract/errors';
import { smallHandlers } from './small-handlers';

function directClient() {
  let count = 0;
  return createClient(new Dispatcher(smallHandlers()), () => `t${++count}`);
}

async function failureOf(promise: Promise<unknown>) {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ExpectedError)) throw new Error('expected an ExpectedError');
  return error.failure;
}

describe('a client over the direct transport', () => {
  it('answers with the value of the other side', async () => {
    expect((await directClient().call('system.describe', {})).version).toBe('9.9.9');
  });

  it('rejects with the failure of the other side, evidence and all', async () => {
    const failure = await failureOf(directClient().call('model.read', { reference: 'x' }));
    expect(failure).toMatchObject({ code: 'not-found', remedy: 'Check the path.', details: { path: 'x' } });
  });

  it('tells only the progress of its own call', async () => {
    const client = directClient();
    const mine: string[] = [];
    const theirs: string[] = [];
    await Promise.all([
      client.call('profile.measure', { quick: true }, { onProgress: ({ task }) => mine.push(task) }),
      client.call('profile.measure', { quick: true }, { onProgress: ({ task }) => theirs.push(task) }),
    ]);
    expect(mine).toStrictEqual(['t1', 't1']);
    expect(theirs).toStrictEqual(['t2', 't2']);
  });

  it('cancels the call on the other side when its signal ends', async () => {
    const controller = new AbortController();
    const call = directClient().call(
      'profile.measure',
      {},
      { signal: controller.signal, onProgress: () => controller.abort() },
    );
    expect(await failureOf(call)).toMatchObject({ code: 'cancelled' });
  });

  it('does not begin a call whose signal has ended', async () => {
    const call = directClient().call('system.describe', {}, { signal: AbortSignal.abort() });
    expect(await failureOf(call)).toMatchObject({ code: 'cancelled' });
  });
});
