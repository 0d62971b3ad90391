import { describe, expect, it } from 'vitest';
import { Dispatcher } from '../../src/contract/dispatcher';
import { ExpectedError } from '../../src/contract/errors';
import type { Progress } from '../../src/contract/events';
import { smallHandlers } from './small-handlers';

describe('a dispatcher', () => {
  it('answers a command with the value that its handler gives', async () => {
    const answer = await new Dispatcher(smallHandlers()).call('system.describe', {}, 'a');
    expect(answer).toMatchObject({ ok: true, value: { version: '9.9.9' } });
  });

  it('refuses a command that it does not know, also one that every object has', async () => {
    const dispatcher = new Dispatcher(smallHandlers());
    for (const name of ['profile.destroy', 'constructor', '__proto__', '']) {
      const answer = await dispatcher.call(name, {}, 'a');
      expect(answer).toMatchObject({ ok: false, failure: { code: 'unknown-command' } });
    }
  });

  it('names the field of an input that is not valid', async () => {
    const answer = await new Dispatcher(smallHandlers()).call('model.read', { reference: '' }, 'a');
    expect(answer).toMatchObject({ ok: false, failure: { code: 'invalid-input' } });
    expect(answer.ok ? '' : answer.failure.message).toContain('at reference');
  });

  it('fills in the defaults of an input', async () => {
    const dispatcher = new Dispatcher(
      smallHandlers({
        'model.find': ({ directories }) =>
          Promise.resolve({
            models: [
              {
                name: String(directories.length),
                reference: '/m',
                path: '/m',
                bytes: 1,
                origin: 'folder',
                quant: null,
                architecture: null,
                context_trained: null,
                parameters: null,
                verdict: 'unknown',
                decode_tok_s: null,
                failure: null,
              },
            ],
          }),
      }),
    );
    expect(await dispatcher.call('model.find', {}, 'a')).toMatchObject({
      ok: true,
      value: { models: [{ name: '0' }] },
    });
  });

  it('passes on an error that a user can act on as it is', async () => {
    const answer = await new Dispatcher(smallHandlers()).call('model.read', { reference: 'x.gguf' }, 'a');
    expect(answer).toStrictEqual({
      ok: false,
      failure: {
        code: 'not-found',
        message: 'There is no file x.gguf.',
        remedy: 'Check the path.',
        details: { path: 'x.gguf' },
      },
    });
  });

  it('calls any other error a fault of its own', async () => {
    const handlers = smallHandlers({
      'model.catalog': () => Promise.reject(new TypeError('x is not a list')),
    });
    const answer = await new Dispatcher(handlers).call('model.catalog', {}, 'a');
    expect(answer).toMatchObject({ ok: false, failure: { code: 'internal' } });
    expect(answer.ok ? '' : answer.failure.message).toContain('x is not a list');
  });

  it('does not let out an answer that breaks the contract', async () => {
    const handlers = smallHandlers({
      'profile.current': () => Promise.resolve({ profile: null, path: 7 as never }),
    });
    const answer = await new Dispatcher(handlers).call('profile.current', {}, 'a');
    expect(answer.ok ? '' : answer.failure.message).toContain('"path"');
  });

  it('refuses a second call under the name of a running one, and takes the name again afterwards', async () => {
    const dispatcher = new Dispatcher(smallHandlers());
    const first = dispatcher.call('profile.measure', {}, 'same');
    expect(await dispatcher.call('system.describe', {}, 'same')).toMatchObject({
      failure: { code: 'duplicate-task' },
    });
    await dispatcher.call('task.cancel', { task: 'same' }, 'other');
    await first;
    expect(await dispatcher.call('system.describe', {}, 'same')).toMatchObject({ ok: true });
  });

  it('cancels a running call by its name and says whether there was one', async () => {
    const dispatcher = new Dispatcher(smallHandlers());
    const running = dispatcher.call('profile.measure', {}, 'long');
    expect(await dispatcher.call('task.cancel', { task: 'long' }, 'b')).toMatchObject({
      value: { cancelled: true },
    });
    expect(await running).toMatchObject({ ok: false, failure: { code: 'cancelled' } });
    expect(await dispatcher.call('task.cancel', { task: 'long' }, 'c')).toMatchObject({
      value: { cancelled: false },
    });
  });

  it('calls a call cancelled that was told to stop, whatever it stumbled over then', async () => {
    const handlers = smallHandlers({
      'model.catalog': (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('the pipe broke')), { once: true });
        }),
    });
    const dispatcher = new Dispatcher(handlers);
    const running = dispatcher.call('model.catalog', {}, 'a');
    await dispatcher.call('task.cancel', { task: 'a' }, 'b');
    expect(await running).toMatchObject({ failure: { code: 'cancelled' } });
  });

  it('cancels everything and waits until all of it has tidied up', async () => {
    let tidied = false;
    const handlers = smallHandlers({
      'model.catalog': (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener(
            'abort',
            () =>
              setTimeout(() => {
                tidied = true;
                reject(new ExpectedError('stopped', 'Stopped.'));
              }, 20),
            { once: true },
          );
        }),
    });
    const dispatcher = new Dispatcher(handlers);
    const running = dispatcher.call('model.catalog', {}, 'a');
    expect(dispatcher.busy).toBe(true);
    await dispatcher.cancelAll();
    expect(tidied).toBe(true);
    await running;
    expect(dispatcher.busy).toBe(false);
  });

  it('tells progress under the name of the call, until a listener stops listening', async () => {
    const dispatcher = new Dispatcher(smallHandlers());
    const heard: Progress[] = [];
    const stop = dispatcher.on('progress', (event) => heard.push(event));
    await dispatcher.call('profile.measure', { quick: true }, 'p');
    stop();
    await dispatcher.call('profile.measure', { quick: true }, 'q');
    expect(heard.map(({ task, step }) => `${task} ${step}`)).toStrictEqual(['p cpu', 'p memory']);
  });
});
