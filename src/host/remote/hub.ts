import { join } from 'node:path';
import { homedir } from 'node:os';
import { filesInAnswer, nextPage } from '../../core/model/hub/hub-answer';
import type { HubFile } from '../../core/model/hub/choose-file';
import { KIB } from '../../core/units';
import { loadText } from '../store/load-text';
import { checkedAddress, type Asking, type Credentials } from './ask';
import { fetchJson } from './fetch-json';
import { RemoteError } from './remote-error';

/** Where the hub is, and who asks. */
export interface HubAccess {
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly credentials: Credentials | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

const HUB = 'https://huggingface.co';
/** Tokens have some 40 characters. */
const LONGEST_TOKEN = 4 * KIB;
/** 1000 files a page; no repository of a model has near as many pages. */
const MOST_PAGES = 20;

/**
 * Hub and token as Hugging Face's own programs find them (`huggingface_hub/constants.py`): HF_ENDPOINT; HF_TOKEN,
 * HUGGING_FACE_HUB_TOKEN, the file HF_TOKEN_PATH, or `token` in HF_HOME or ~/.cache/huggingface. Throws RemoteError for an
 * HF_ENDPOINT that is no address.
 */
export async function hubAccess(
  environment: Environment = process.env,
  home: string = homedir(),
): Promise<HubAccess> {
  const endpoint = (environment['HF_ENDPOINT'] || HUB).replace(/\/+$/, '');
  const { origin } = checkedAddress(endpoint);
  const token = await findToken(environment, home);
  return { endpoint, credentials: token === null ? null : { origin, token } };
}

async function findToken(environment: Environment, home: string): Promise<string | null> {
  const said = environment['HF_TOKEN'] || environment['HUGGING_FACE_HUB_TOKEN'];
  if (said !== undefined && said !== '') return cleanToken(said);
  const cache = environment['XDG_CACHE_HOME'] || join(home, '.cache');
  const folder = environment['HF_HOME'] || join(cache, 'huggingface');
  const path = environment['HF_TOKEN_PATH'] || join(folder, 'token');
  const text = await loadText(path, LONGEST_TOKEN).catch(() => null);
  return text === null ? null : cleanToken(text);
}

/** A token that a header can hold; anything else is none. */
function cleanToken(text: string): string | null {
  const token = text.trim();
  return /^[\x21-\x7e]{1,4096}$/.test(token) ? token : null;
}

/** A repository as it is at a revision. */
export interface HubRepository {
  readonly repository: string;
  readonly revision: string;
}

/** The files of a repository. Throws RemoteError, or what the signal was aborted with. */
export async function listHubFiles(
  { repository, revision }: HubRepository,
  { endpoint }: HubAccess,
  asking: Asking,
): Promise<readonly HubFile[]> {
  const files: HubFile[] = [];
  let url: string | null = `${endpoint}/api/models/${repository}/tree/${revision}?recursive=true`;
  for (let page = 0; url !== null && page < MOST_PAGES; page++) {
    const { value, headers } = await fetchJson(url, asking);
    const found = filesInAnswer(value);
    if (found === null) {
      throw new RemoteError('not-json', url, 'The server answered with something that is no list of files.');
    }
    files.push(...found);
    url = pageAfter(nextPage(headers.get('link')), url);
  }
  return files;
}

/** A next page elsewhere would be asked for without reason. */
function pageAfter(next: string | null, url: string): string | null {
  if (next === null) return null;
  const address = new URL(next, url);
  if (address.origin === new URL(url).origin) return address.href;
  throw new RemoteError('bad-redirect', url, 'The list of files goes on at another server.');
}

/** Where a file of a repository is downloaded. */
export function hubFileUrl(
  { repository, revision }: HubRepository,
  path: string,
  { endpoint }: HubAccess,
): string {
  return `${endpoint}/${repository}/resolve/${revision}/${path.split('/').map(encodeURIComponent).join('/')}`;
}
