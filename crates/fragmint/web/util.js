// Small helpers without state: building elements, writing numbers, making addresses.

/** A new element. Children that are strings become text, so data is never read as markup. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children);
  return node;
}

export const byId = (id) => document.getElementById(id);

/** Sets text only when it differs, so that screen readers are not told the same thing twice. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function debounce(delay, action) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...args), delay);
  };
}

// ---- Addresses ---------------------------------------------------------------------------

/** Encodes each segment by itself: a name may hold `#`, `?`, `%`, quotes or spaces. */
export const encodePath = (path) => path.split('/').map(encodeURIComponent).join('/');

/** The path of an asset as addresses have it: a folder's without the slash at its end. */
export const assetPath = (path) => path.trim().replace(/^\/+|\/+$/g, '');

/** The manifests of an asset lie below this address. */
export const streamBase = (path) => new URL(`/${encodePath(path)}/`, location.href).href;

export function streamUrls(path) {
  const base = streamBase(path);
  return { hls: `${base}master.m3u8`, dash: `${base}manifest.mpd` };
}

/** Undoes the encoding for display; a malformed escape is shown as it is. */
export function decodePath(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

export function splitPath(path) {
  const cut = path.lastIndexOf('/') + 1;
  return { folder: path.slice(0, cut), name: path.slice(cut) };
}

export async function fetchText(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The server answered with HTTP ${response.status} for ${url}.`);
  return response.text();
}

/** Fetches JSON; an error answer becomes an Error with the server's own message. */
export async function fetchJson(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (cause) {
    if (cause.name === 'AbortError') throw cause;
    throw new Error('The server does not answer. Is `fragmint serve` still running?', { cause });
  }
  const body = await response.json().catch(() => null);
  if (response.ok && body) return body;
  const error = new Error(body?.error?.message ?? `The server answered with HTTP ${response.status}.`);
  error.status = response.status;
  error.kind = body?.error?.kind;
  throw error;
}

// ---- Numbers -----------------------------------------------------------------------------

export const NONE = '–';
const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);

export const formatCount = (value) => (isNumber(value) ? value.toLocaleString('en') : NONE);

export function formatBytes(bytes) {
  if (!isNumber(bytes)) return NONE;
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = -1;
  do {
    value /= 1000;
    unit += 1;
  } while (value >= 999.5 && unit < units.length - 1);
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function formatBitrate(bits) {
  if (!isNumber(bits) || bits <= 0) return NONE;
  if (bits < 1000) return `${Math.round(bits)} b/s`;
  if (bits < 999_500) return `${Math.round(bits / 1000)} kb/s`;
  const megabits = bits / 1_000_000;
  return `${megabits < 10 ? megabits.toFixed(1) : Math.round(megabits)} Mb/s`;
}

export function formatMs(ms) {
  if (!isNumber(ms)) return NONE;
  return ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : formatCount(Math.round(ms));
}

export const formatSeconds = (seconds) => (isNumber(seconds) ? `${seconds.toFixed(1)} s` : NONE);

export function formatClock(seconds) {
  if (!isNumber(seconds)) return NONE;
  const whole = Math.floor(seconds);
  const pad = (value) => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${pad(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(whole % 60)}`;
}

export function formatDate(seconds) {
  if (!isNumber(seconds) || seconds <= 0) return '';
  return new Date(seconds * 1000).toLocaleDateString(undefined, { dateStyle: 'medium' });
}
