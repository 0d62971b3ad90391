import type { App, Session, WebContents } from 'electron';
import { isOwnPage } from './origin';

/** Denies what the window never needs: other pages, windows, webviews, permissions. */
export function denyEverythingElse(app: App): void {
  app.on('session-created', denyPermissions);
  app.on('web-contents-created', (_, contents) => denyLeaving(contents));
}

function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, callback) => callback(isAllowed(permission)));
  session.setPermissionCheckHandler((_contents, permission) => isAllowed(permission));
}

/** Copying flags to the clipboard is the one thing that the page asks for. */
function isAllowed(permission: string): boolean {
  return permission === 'clipboard-sanitized-write';
}

function denyLeaving(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.on('will-navigate', (event, url) => {
    if (!isOwnPage(url)) event.preventDefault();
  });
}
