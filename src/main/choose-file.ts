import { BrowserWindow, dialog } from 'electron';

/** Lets the user pick a model file; null where the dialog was closed. */
export async function chooseModelFile(): Promise<string | null> {
  const options: Electron.OpenDialogOptions = {
    title: 'Choose a model',
    properties: ['openFile'],
    filters: [
      { name: 'Models (GGUF, config.json)', extensions: ['gguf', 'json'] },
      { name: 'All files', extensions: ['*'] },
    ],
  };
  const parent = BrowserWindow.getFocusedWindow();
  const { filePaths } = parent
    ? await dialog.showOpenDialog(parent, options)
    : await dialog.showOpenDialog(options);
  return filePaths[0] ?? null;
}
