// The list of files. The server searches; the page shows what it answers.

import {
  assetPath, byId, debounce, element, fetchJson, formatBytes, formatCount, formatDate, setText,
  splitPath,
} from './util.js';

const LIMIT = 200;
// A list that fits on the screen needs no search box.
const SEARCH_FROM = 12;
const TYPING_PAUSE_MS = 200;
// What is more than a file, in words.
const KINDS = { set: 'set', folder: 'folder as a set' };

export class AssetList {
  /** Whether the server lists and inspects files. A deployment in the cloud only streams them. */
  isServed = true;
  #linkTo;
  #chosen = null;
  #request = null;

  /** `linkTo(path)` gives the page's own address for an asset. */
  constructor(linkTo) {
    this.#linkTo = linkTo;
    const search = byId('search');
    search.addEventListener('input', debounce(TYPING_PAUSE_MS, () => this.load(search.value.trim())));
    byId('path').addEventListener('change', ({ target }) => {
      const path = assetPath(target.value);
      if (path) location.hash = this.#linkTo(path);
    });
  }

  async load(query = '') {
    // Only the newest search may write to the list.
    this.#request?.abort();
    const request = (this.#request = new AbortController());
    try {
      const parameters = new URLSearchParams({ q: query, limit: LIMIT });
      const answer = await fetchJson(`/-/assets?${parameters}`, { signal: request.signal });
      if (request === this.#request) this.#show(answer, query);
    } catch (error) {
      if (error.name === 'AbortError') return;
      byId('files').replaceChildren();
      if (error.status === 404) {
        this.#askForPath();
        return;
      }
      setText(byId('files-note'), `The files cannot be listed. ${error.message}`);
    }
  }

  #askForPath() {
    this.isServed = false;
    setText(byId('files-note'), 'Files are not listed here. Type the path of one above.');
  }

  mark(path) {
    this.#chosen = path;
    byId('path').value = path ?? '';
    for (const link of byId('files').querySelectorAll('a')) this.#markLink(link);
  }

  /** The links name the player too, so they follow when another one is chosen. */
  refreshLinks() {
    for (const link of byId('files').querySelectorAll('a')) link.href = this.#linkTo(link.dataset.path);
  }

  #show({ assets, total, truncated }, query) {
    if (!query && total > SEARCH_FROM) byId('search-row').hidden = false;
    byId('files').replaceChildren(...assets.map((asset) => this.#row(asset)));
    byId('files').hidden = false;
    setText(byId('files-count'), query ? `${formatCount(total)} found` : formatCount(total));
    setText(byId('files-note'), listNote(assets.length, total, truncated, query));
    // Where there is nothing to choose, as with the bundled sample, it is chosen.
    if (!query && total === 1 && this.#chosen === null) location.replace(this.#linkTo(assetPath(assets[0].path)));
  }

  #row({ path: listed, kind, bytes, modified }) {
    const path = assetPath(listed);
    const { folder, name } = splitPath(path);
    const facts = [KINDS[kind], formatBytes(bytes), formatDate(modified)].filter(Boolean).join(' · ');
    const link = element('a', { href: this.#linkTo(path), 'data-path': path, title: listed },
      element('span', { class: 'file-name' }, kind === 'folder' ? `${name}/` : name),
      element('span', { class: 'file-facts' }, folder ? `${folder} · ${facts}` : facts));
    this.#markLink(link);
    return element('li', {}, link);
  }

  #markLink(link) {
    if (link.dataset.path === this.#chosen) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
}

function listNote(shown, total, truncated, query) {
  if (shown === 0) {
    return query ? `No file has “${query}” in its path.` : 'There are no MP4 files in this folder yet.';
  }
  if (truncated) return `The first ${formatCount(shown)} of ${formatCount(total)}. Search to see others.`;
  return '';
}
