import { app, BrowserWindow } from 'electron';
import { createAgent, dataDirectory } from '../agent/agent';
import { channels } from '../contract/bridge';
import { Dispatcher } from '../contract/dispatcher';
import { events, type EventName } from '../contract/events';
import { chooseModelFile } from './choose-file';
import { workerPath } from './paths';
import { startUtilityProcess } from './utility-process';

/** What answers the window's calls, the whole agent in this process; its events go to every window. */
export function createDispatcher(): Dispatcher {
  const dispatcher = new Dispatcher(
    createAgent({
      version: app.getVersion(),
      dataDirectory: dataDirectory(),
      memoryWorker: workerPath('memory-reader'),
      embeddedRunner: workerPath('embedded-runner'),
      gpuProber: { file: workerPath('gpu-prober'), start: startUtilityProcess },
      now: () => new Date().toISOString(),
      chooseModelFile,
    }),
  );
  forwardEvents(dispatcher);
  return dispatcher;
}

function forwardEvents(dispatcher: Dispatcher): void {
  for (const name of Object.keys(events) as EventName[]) {
    dispatcher.on(name, (payload) => {
      for (const window of BrowserWindow.getAllWindows())
        window.webContents.send(channels.event, name, payload);
    });
  }
}
