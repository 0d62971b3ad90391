import { Attempt } from './attempt';
import { fetchThrough, type Wanted } from './fetch-through';
import type { Patience } from './patience';
import { proxyFor } from './proxy';
import { RemoteError } from './remote-error';
import { refusalOf } from './refusal';

/** Whom the token is for: it is sent to this origin alone, whatever leads elsewhere. */
export interface Credentials {
  readonly origin: string;
  readonly token: string;
}

export interface Asking {
  readonly credentials: Credentials | null;
  readonly signal: AbortSignal;
  readonly patience: Patience;
}

/** An answer that has begun. */
export interface Answer {
  readonly response: Response;
  readonly attempt: Attempt;
}

/** Browsers allow 20; downloads need two or three. */
const MOST_REDIRECTS = 5;
const redirects = new Set([301, 302, 303, 307, 308]);
/** Answers that `ask` hands on: whole, in part, not changed, and a range beyond the end. */
const accepted = new Set([200, 206, 304, 416]);

/**
 * Asks for `url` by GET, following up to five redirects, and leaves the answer's body to the caller, who must end the attempt.
 * Throws RemoteError, or what the signal was aborted with.
 */
export async function ask(url: string, headers: Record<string, string>, asking: Asking): Promise<Answer> {
  const attempt = new Attempt(url, asking.signal, asking.patience);
  try {
    const response = await follow(url, headers, asking, attempt);
    attempt.touch();
    return { response, attempt };
  } catch (error) {
    const explained = attempt.explain(error);
    attempt.end();
    throw explained;
  }
}

async function follow(
  url: string,
  headers: Record<string, string>,
  { credentials }: Asking,
  attempt: Attempt,
): Promise<Response> {
  let address = checkedAddress(url);
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const own = credentials !== null && address.origin === credentials.origin;
    const response = await get(address, {
      headers: {
        'accept-encoding': 'identity',
        'user-agent': 'plimsoll',
        ...headers,
        ...(own ? { authorization: `Bearer ${credentials.token}` } : {}),
      },
      signal: attempt.signal,
    });
    if (!redirects.has(response.status)) return accept(response, url, own);
    await response.body?.cancel();
    address = nextAddress(response.headers.get('location'), address, url);
  }
  throw new RemoteError('bad-redirect', url, `The server redirects more than ${MOST_REDIRECTS} times.`);
}

function get(address: URL, wanted: Wanted): Promise<Response> {
  const proxy = proxyFor(address);
  return proxy === null
    ? fetch(address, { ...wanted, redirect: 'manual' })
    : fetchThrough(proxy, address, wanted);
}

async function accept(response: Response, url: string, withToken: boolean): Promise<Response> {
  if (accepted.has(response.status)) return response;
  await response.body?.cancel();
  throw refusalOf(response, url, withToken);
}

/** An http or https address without credentials. */
export function checkedAddress(url: string): URL {
  let address: URL;
  try {
    address = new URL(url);
  } catch {
    throw new RemoteError('bad-address', url, 'This is not an address.');
  }
  if (address.protocol !== 'http:' && address.protocol !== 'https:') {
    throw new RemoteError('bad-address', url, 'Only http and https addresses can be read.');
  }
  if (address.username !== '' || address.password !== '') {
    throw new RemoteError('bad-address', url, 'An address with a user name or password in it is not read.');
  }
  return address;
}

function nextAddress(location: string | null, from: URL, url: string): URL {
  if (location === null) throw new RemoteError('bad-redirect', url, 'The server redirects to nowhere.');
  let next: URL;
  try {
    next = new URL(location, from);
    checkedAddress(next.href);
  } catch {
    throw new RemoteError('bad-redirect', url, 'The server redirects to what is no http or https address.');
  }
  if (from.protocol === 'https:' && next.protocol === 'http:') {
    throw new RemoteError('bad-redirect', url, 'The server redirects from https to plain http.');
  }
  return next;
}
