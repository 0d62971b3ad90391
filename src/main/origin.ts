import { app } from 'electron';

/** The scheme that the window's pages are served under, as `app://plimsoll/…`. */
export const pageScheme = 'app';
export const pageHost = 'plimsoll';

/** Where `npm run dev` serves the pages while they are written; never in a packed app. */
const developing = app.isPackaged ? undefined : process.env['ELECTRON_RENDERER_URL'];

/** Origin of the window's pages, and the only one that may call. */
export const pageOrigin =
  developing === undefined ? `${pageScheme}://${pageHost}` : new URL(developing).origin;

/** Whether an address is one of the window's own pages. */
export function isOwnPage(url: string): boolean {
  return url.startsWith(`${pageOrigin}/`);
}
