import { BrowserWindow, nativeTheme } from 'electron';
import { iconPath, preloadPath } from './paths';
import { pageOrigin } from './origin';

/** The page's own backgrounds, so that nothing flashes before it is drawn. */
const background = { dark: '#0a1821', light: '#f3f7f8' };

/** Opens the window; it shows itself when there is something to see. */
export function openWindow(): void {
  const window = new BrowserWindow({
    width: 1180,
    height: 820,
    minWidth: 380,
    minHeight: 500,
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? background.dark : background.light,
    title: 'Plimsoll',
    icon: iconPath(),
    webPreferences: {
      preload: preloadPath(),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  });
  window.once('ready-to-show', () => window.show());
  void window.loadURL(`${pageOrigin}/index.html`);
}
