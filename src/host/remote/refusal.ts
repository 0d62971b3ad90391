import { RemoteError } from './remote-error';

/** The error for an answer that is no success; `withToken` tells whether the server was shown a token. */
export function refusalOf(response: Response, url: string, withToken: boolean): RemoteError {
  const { status } = response;
  const said = response.headers.get('x-error-code') ?? '';
  switch (status) {
    case 401:
      return new RemoteError(
        'unauthorised',
        url,
        withToken
          ? 'The server does not accept the token, or what was asked for does not exist.'
          : 'The server wants a token: the model is gated, private, or does not exist.',
        { status },
      );
    case 403:
      return new RemoteError(
        'forbidden',
        url,
        said === 'GatedRepo'
          ? 'The model is gated, and this token has no access to it yet.'
          : 'The server does not allow access.',
        { status },
      );
    case 404:
    case 410:
      return new RemoteError('not-found', url, 'The server has nothing there.', { status });
    case 429:
      return new RemoteError('rate-limited', url, 'The server says that it was asked too often.', {
        status,
        ...waitOf(response),
      });
    default:
      return status >= 500 || status === 408
        ? new RemoteError('server-failed', url, `The server failed with status ${status}.`, {
            status,
            passing: status !== 501 && status !== 505,
            ...waitOf(response),
          })
        : new RemoteError('refused', url, `The server answered with status ${status}.`, { status });
  }
}

/** `Retry-After` in seconds; the date that it may be instead is left to the usual waiting. */
function waitOf(response: Response): { waitMs?: number } {
  const text = response.headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(text) ? { waitMs: Number(text) * 1000 } : {};
}
