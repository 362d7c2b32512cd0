// What the server found in a file, including what it leaves out of the streams and why.

import { byId, element, fetchJson, encodePath, formatBitrate, formatClock, formatCount, NONE, setText } from './util.js';

export const inspect = (path) => fetchJson(`/-/inspect/${encodePath(path)}`);

export function showNoTracks(text) {
  setText(byId('tracks-summary'), '');
  byId('tracks').replaceChildren(element('p', { class: 'muted' }, text));
}

export function showInspectError(error) {
  const label = [error.status && `HTTP ${error.status}`, error.kind].filter(Boolean).join(' · ');
  setText(byId('tracks-summary'), '');
  byId('tracks').replaceChildren(element('div', { class: 'problem', role: 'alert' },
    element('p', {}, error.message),
    label ? element('p', { class: 'muted' }, label) : ''));
}

/** `report` is what `fragmint inspect --json` gives, without tables of segments. */
export function showTracks(report) {
  const { asset, duration_seconds: duration, tracks } = report;
  setText(byId('tracks-summary'), `${formatCount(tracks.length)} · ${formatClock(duration)}`);
  byId('tracks').replaceChildren(
    element('ul', { class: 'notes', 'aria-label': 'Notes' }, ...report.notes.map((note) => element('li', {}, note))),
    element('ul', { class: 'track-list' }, ...tracks.map((track) => trackRow(track, asset)), ...extraRows(report)));
}

/** What is no track of a source: captions in the pictures, and previews. */
function extraRows({ closed_captions: channels, previews }) {
  const row = (kind, facts) => element('li', { class: 'track' },
    element('span', { class: 'track-id' }),
    element('div', { class: 'track-body' },
      element('p', { class: 'track-head' }, element('span', { class: 'track-kind' }, kind)),
      element('p', { class: 'track-facts' }, facts)));
  const rows = [];
  if (channels.length > 0) rows.push(row('closed captions', `${channels.join(', ')} in the pictures`));
  if (previews) {
    const { sheets, tile, layout, seconds } = previews;
    const size = `${sheets} sheets of ${layout.join('×')} tiles of ${tile.join('×')}`;
    rows.push(row('previews', `${size}, one for each ${seconds} s`));
  }
  return rows;
}

function trackRow(track, asset) {
  const row = element('li', { class: track.delivered ? 'track' : 'track left-out' },
    element('span', { class: 'track-id', title: 'Name in the manifests' }, track.name ?? String(track.id ?? NONE)),
    element('div', { class: 'track-body' },
      element('p', { class: 'track-head' },
        element('span', { class: 'track-kind' }, track.kind),
        element('code', {}, track.codecs || 'unknown codec'),
        element('span', { class: 'track-state' }, track.delivered ? 'delivered' : 'left out')),
      element('p', { class: 'track-facts' }, trackFacts(track)),
      ...(track.source === asset ? [] : [element('p', { class: 'track-facts' }, track.source)])));
  if (!track.delivered) {
    const reason = track.left_out || 'The server gives no reason.';
    row.lastChild.append(element('p', { class: 'track-reason' }, reason));
  }
  return row;
}

function trackFacts(track) {
  // `und` is the code for a language nobody has named.
  const facts = [track.detail, track.language === 'und' ? null : track.language, track.label, track.roles.join(', ')];
  if (track.delivered) {
    if (track.segments) facts.push(`${formatCount(track.segments)} segments`);
    if (track.average_bandwidth) facts.push(`average ${formatBitrate(track.average_bandwidth)}`);
    if (track.peak_bandwidth) facts.push(`peak ${formatBitrate(track.peak_bandwidth)}`);
  }
  return facts.filter(Boolean).join(' · ');
}
