import { ipcMain, type IpcMainInvokeEvent } from 'electron';
import { channels } from '../contract/bridge';
import type { Dispatcher } from '../contract/dispatcher';
import { isOwnPage } from './origin';

/** Answers the window's calls by the dispatcher that `load` gives. */
export function answerCalls(load: () => Promise<Dispatcher>): void {
  ipcMain.handle(channels.call, async (event, command: unknown, input: unknown, task: unknown) => {
    if (!isFromWindow(event)) throw new Error('only the window’s own page may call');
    const dispatcher = await load();
    return dispatcher.call(String(command), input, String(task));
  });
}

function isFromWindow({ senderFrame, sender }: IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && isOwnPage(senderFrame.url);
}
