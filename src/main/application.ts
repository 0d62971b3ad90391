import { app, BrowserWindow, dialog, Menu } from 'electron';
import type { Dispatcher } from '../contract/dispatcher';
import { answerCalls } from './ipc';
import { menuTemplate } from './menu';
import { pagesFolder } from './paths';
import { servePages } from './protocol';
import { denyEverythingElse } from './security';
import { openWindow } from './window';

/** The agent once it is loaded. */
let dispatcher: Dispatcher | null = null;
let loading: Promise<Dispatcher> | null = null;

/** Starts the one instance: waits until Electron is ready, then opens the window. */
export function start(): void {
  denyEverythingElse(app);
  app.on('second-instance', showWindow);
  app.on('activate', showWindow);
  app.on('window-all-closed', () => app.quit());
  app.on('before-quit', quitWhenIdle);
  openWhenReady().catch(giveUp);
}

async function openWhenReady(): Promise<void> {
  await app.whenReady();
  servePages(pagesFolder());
  answerCalls(loadAgent);
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform)));
  openWindow();
  await loadAgent();
}

/** The agent is far larger than a window: it is loaded while the window's own process starts. */
function loadAgent(): Promise<Dispatcher> {
  loading ??= import('./agent').then(({ createDispatcher }) => {
    dispatcher = createDispatcher();
    return dispatcher;
  });
  return loading;
}

/** What is being measured gets time to remove its files; the second attempt finds nothing running. */
function quitWhenIdle(event: Electron.Event): void {
  if (dispatcher === null || !dispatcher.busy) return;
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
