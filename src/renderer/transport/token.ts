import { TOKEN_FRAGMENT } from '../../contract/http';

/** The name under which the token survives a reload of its tab, and only of its tab. */
const STORED_TOKEN = 'plimsoll-token';

interface Page {
  readonly location: { readonly hash: string; readonly pathname: string; readonly search: string };
  readonly history: { replaceState(data: unknown, unused: string, url: string): void };
  readonly sessionStorage: Pick<Storage, 'getItem' | 'setItem'>;
}

/** Takes the token out of the page's address, where it must not stay, or recalls it; null where there is none. */
export function takeToken({ location, history, sessionStorage }: Page): string | null {
  const fragment = new URLSearchParams(location.hash.replace(/^#/, ''));
  const token = fragment.get(TOKEN_FRAGMENT);
  if (token === null || token === '') return sessionStorage.getItem(STORED_TOKEN);
  sessionStorage.setItem(STORED_TOKEN, token);
  history.replaceState(null, '', `${location.pathname}${location.search}`);
  return token;
}
