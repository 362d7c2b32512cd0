// The requests a player makes, and what each one cost the server.
//
// The numbers come from the browser's resource timing: the server adds a `Server-Timing`
// header with the time it took (`total`), the reads it made on the source file (`reads`) and
// the bytes those reads gave (`bytes`).

import { byId, decodePath, element, formatBytes, formatCount, formatMs, NONE, setText } from './util.js';

// Older rows go; the totals still count them.
const MAX_ROWS = 200;

export class RequestLog {
  #base = null;
  #since = 0;
  #totals = emptyTotals();

  constructor() {
    new PerformanceObserver((list) => this.#add(list.getEntries())).observe({ type: 'resource' });
    this.#showTotals();
  }

  /**
   * Forgets all requests and follows those for streams from now on (none if `base` is null).
   * Those of a set lie below the addresses of its sources; `base` only shortens names.
   */
  follow(base) {
    this.#base = base;
    this.#since = performance.now();
    this.#totals = emptyTotals();
    byId('requests').replaceChildren();
    this.#showTotals();
  }

  #add(entries) {
    // A late request of the player before this one does not count for this one.
    const own = entries.filter((entry) =>
      this.#base && entry.startTime >= this.#since && isOfStream(entry.name));
    if (own.length === 0) return;
    const body = byId('requests');
    for (const entry of own) {
      const request = readEntry(entry, this.#base);
      count(this.#totals, request);
      body.prepend(requestRow(request));
    }
    while (body.rows.length > MAX_ROWS) body.lastElementChild.remove();
    this.#showTotals();
  }

  #showTotals() {
    const totals = this.#totals;
    const measured = totals.measured > 0;
    setText(byId('total-requests'), formatCount(totals.requests));
    setText(byId('total-served'), formatBytes(totals.served));
    setText(byId('total-reads'), measured ? formatCount(totals.reads) : NONE);
    setText(byId('total-source'), measured ? formatBytes(totals.sourceBytes) : NONE);
    setText(byId('total-ms'), measured ? `${formatMs(totals.ms)} ms` : NONE);
    setText(byId('total-amplification'), amplification(totals));
    setText(byId('requests-note'), totalsNote(totals));
  }
}

/** All that this server is asked for, but for the page and what it needs. */
const isOfStream = (url) => url.startsWith(`${location.origin}/`) && !url.startsWith(`${location.origin}/-/`);

function emptyTotals() {
  return { requests: 0, measured: 0, served: 0, measuredServed: 0, reads: 0, sourceBytes: 0, ms: 0 };
}

/** Only answers whose cost is known may enter the ratio. */
function amplification({ sourceBytes, measuredServed }) {
  return measuredServed > 0 ? `${(sourceBytes / measuredServed).toFixed(2)} ×` : NONE;
}

function totalsNote({ requests, measured }) {
  if (requests > 0 && measured === 0) {
    return 'The browser shows no Server-Timing here; over plain HTTP some do so on localhost only.';
  }
  return requests > MAX_ROWS ? `Newest first, the last ${MAX_ROWS} of ${formatCount(requests)}.` : 'Newest first.';
}

function count(totals, request) {
  totals.requests += 1;
  totals.served += request.served;
  if (request.sourceBytes === null) return;
  totals.measured += 1;
  totals.measuredServed += request.served;
  totals.reads += request.reads ?? 0;
  totals.sourceBytes += request.sourceBytes;
  totals.ms += request.ms ?? 0;
}

function readEntry(entry, base) {
  const size = entry.encodedBodySize;
  // From the cache nothing is transferred; a revalidated answer transfers its head only.
  const cached = entry.transferSize === 0 && size > 0;
  const bodyFromCache = entry.transferSize < size;
  return {
    name: decodePath(entry.name.slice(entry.name.startsWith(base) ? base.length : location.origin.length)),
    status: statusText(entry.responseStatus, cached),
    failed: entry.responseStatus >= 400 || entry.responseStatus === 0,
    type: entry.contentType || '',
    size,
    served: bodyFromCache ? 0 : size,
    // A cached answer repeats the header of the first time: the server did nothing now.
    ...(cached ? { ms: null, reads: null, sourceBytes: null } : readServerTiming(entry)),
  };
}

function statusText(status, cached) {
  if (cached) return 'cache';
  if (status === undefined) return NONE;
  return status === 0 ? 'failed' : String(status);
}

/** `total;dur=1.84, reads;desc="2", bytes;desc="262144"` */
function readServerTiming(entry) {
  const metrics = new Map((entry.serverTiming ?? []).map((metric) => [metric.name, metric]));
  const number = (name) => {
    const text = metrics.get(name)?.description;
    return text && Number.isFinite(Number(text)) ? Number(text) : null;
  };
  return { ms: metrics.get('total')?.duration ?? null, reads: number('reads'), sourceBytes: number('bytes') };
}

function requestRow(request) {
  const number = (text) => element('td', { class: 'number' }, text);
  return element('tr', { class: request.failed ? 'failed' : null },
    element('th', { scope: 'row', title: request.name }, element('bdi', {}, request.name)),
    element('td', { title: request.type || null }, request.status),
    number(formatBytes(request.size)),
    number(formatCount(request.reads)),
    number(formatBytes(request.sourceBytes)),
    number(formatMs(request.ms)));
}
