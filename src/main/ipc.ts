import { BrowserWindow, ipcMain, type IpcMainInvokeEvent } from 'electron';
import { channels } from '../contract/bridge';
import type { Dispatcher } from '../contract/dispatcher';
import { events, type EventName } from '../contract/events';
import { pageOrigin } from './protocol';

/** Answers the window's calls and sends it every event. */
export function answerCalls(dispatcher: Dispatcher): void {
  ipcMain.handle(channels.call, (event, command: unknown, input: unknown, task: unknown) => {
    if (!isOwnPage(event)) throw new Error('only the window’s own page may call');
    return dispatcher.call(String(command), input, String(task));
  });
  for (const name of Object.keys(events) as EventName[]) {
    dispatcher.on(name, (payload) => {
      for (const window of BrowserWindow.getAllWindows())
        window.webContents.send(channels.event, name, payload);
    });
  }
}

function isOwnPage({ senderFrame, sender }: IpcMainInvokeEvent): boolean {
  if (senderFrame === null || senderFrame !== sender.mainFrame) return false;
  return new URL(senderFrame.url).href.startsWith(`${pageOrigin}/`);
}
