import { contextBridge, ipcRenderer, webUtils, type IpcRendererEvent } from 'electron';
import { channels, type Bridge } from '../contract/bridge';

const bridge = {
  call: (command, input, task) => ipcRenderer.invoke(channels.call, command, input, task),
  on: (event, listener) => {
    const forward = (_: IpcRendererEvent, name: unknown, payload: unknown) => {
      if (name === event) listener(payload as Parameters<typeof listener>[0]);
    };
    ipcRenderer.on(channels.event, forward);
    return () => void ipcRenderer.off(channels.event, forward);
  },
  pathOf: (file) => {
    if (!(file instanceof File)) return null;
    return pathOf(file) || null;
  },
} satisfies Bridge;

contextBridge.exposeInMainWorld('plimsoll', bridge);

/** Electron before 32 has no webUtils and puts the path on the file itself. */
function pathOf(file: File): string | undefined {
  const tools: typeof webUtils | undefined = webUtils;
  return tools === undefined ? (file as File & { path?: string }).path : tools.getPathForFile(file);
}
