type Environment = Readonly<Record<string, string | undefined>>;

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/iu;

/**
 * The proxy that `address` is to be asked for through, by the variables that curl and others take: HTTPS_PROXY or HTTP_PROXY by what
 * is asked for, ALL_PROXY for both, in lower case too, unless NO_PROXY names the host (`*`, a name with all below it, an address, each
 * with a port or without). Null for none, for one that is no http address, and for this machine itself.
 */
export function proxyFor(address: URL, environment: Environment = process.env): URL | null {
  const said = (name: string): string | undefined =>
    environment[name.toLowerCase()] || environment[name.toUpperCase()];
  const named = said(`${address.protocol.slice(0, -1)}_proxy`) || said('all_proxy');
  if (!named || loopback.test(address.hostname) || isExcepted(address, said('no_proxy') ?? '')) return null;
  try {
    const proxy = new URL(/^[a-z][a-z0-9+.-]*:\/\//iu.test(named) ? named : `http://${named}`);
    return proxy.protocol === 'http:' && proxy.hostname !== '' ? proxy : null;
  } catch {
    return null;
  }
}

function isExcepted(address: URL, exceptions: string): boolean {
  const host = address.hostname.toLowerCase();
  return exceptions
    .split(/[\s,]+/u)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = '', port] = /^\.?(.*?)(?::(\d+))?$/u.exec(entry.toLowerCase()) ?? [];
      if (port !== undefined && Number(port) !== portOf(address)) return false;
      return host === name || host.endsWith(`.${name}`);
    });
}

/** The port that an address means. */
export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
