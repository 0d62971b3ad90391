import { app, BrowserWindow, dialog, Menu } from 'electron';
import { createAgent, dataDirectory } from '../agent/agent';
import { Dispatcher } from '../contract/dispatcher';
import { chooseModelFile } from './choose-file';
import { answerCalls } from './ipc';
import { menuTemplate } from './menu';
import { pagesFolder, workerPath } from './paths';
import { servePages } from './protocol';
import { denyEverythingElse } from './security';
import { startUtilityProcess } from './utility-process';
import { openWindow } from './window';

/** Starts the one instance: waits until Electron is ready, then opens the window. */
export function start(): void {
  denyEverythingElse(app);
  const dispatcher = createDispatcher();
  app.on('second-instance', showWindow);
  app.on('activate', showWindow);
  app.on('window-all-closed', () => app.quit());
  app.on('before-quit', (event) => quitWhenIdle(event, dispatcher));
  openWhenReady(dispatcher).catch(giveUp);
}

async function openWhenReady(dispatcher: Dispatcher): Promise<void> {
  await app.whenReady();
  servePages(pagesFolder());
  answerCalls(dispatcher);
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform)));
  openWindow();
}

function createDispatcher(): Dispatcher {
  return new Dispatcher(
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
}

/** What is being measured gets time to remove its files; the second attempt finds nothing running. */
function quitWhenIdle(event: Electron.Event, dispatcher: Dispatcher): void {
  if (!dispatcher.busy) return;
  event.preventDefault();
  void dispatcher.cancelAll().then(() => app.quit());
}

function showWindow(): void {
  const [window] = BrowserWindow.getAllWindows();
  if (window === undefined) {
    if (app.isReady()) openWindow();
    return;
  }
  if (window.isMinimized()) window.restore();
  window.focus();
}

function giveUp(error: unknown): void {
  dialog.showErrorBox('Plimsoll could not start', error instanceof Error ? error.message : String(error));
  app.exit(1);
}
