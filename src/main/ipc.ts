import { BrowserWindow, ipcMain, type IpcMainInvokeEvent } from 'electron';
import { channels } from '../contract/bridge';
import type { Dispatcher } from '../contract/dispatcher';
import { events, type EventName } from '../contract/events';
import { isOwnPage } from './origin';

/** Answers the window's calls and sends it every event. */
export function answerCalls(dispatcher: Dispatcher): void {
  ipcMain.handle(channels.call, (event, command: unknown, input: unknown, task: unknown) => {
    if (!isFromWindow(event)) throw new Error('only the window’s own page may call');
    return dispatcher.call(String(command), input, String(task));
  });
  for (const name of Object.keys(events) as EventName[]) {
    dispatcher.on(name, (payload) => {
      for (const window of BrowserWindow.getAllWindows())
        window.webContents.send(channels.event, name, payload);
    });
  }
}

function isFromWindow({ senderFrame, sender }: IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && isOwnPage(senderFrame.url);
}
