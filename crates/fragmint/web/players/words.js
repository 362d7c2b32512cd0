// Words and reckonings that the adapters of all players share.

import { formatBitrate } from '../util.js';

export const AUTO = 'auto';
export const OFF = 'off';

export const noMenu = { options: () => [], chosen: () => null, choose: () => {} };

export const capitalized = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// ---- Renditions --------------------------------------------------------------------------

export function renditionLabel({ width, height, bandwidth }) {
  const size = width && height ? `${width}×${height} · ` : '';
  return size + formatBitrate(bandwidth);
}

/** Options for a quality menu, the best first, whatever order a player keeps them in. */
export function qualityOptions(renditions) {
  return [...renditions]
    .sort((one, other) => other.bandwidth - one.bandwidth)
    .map((rendition) => ({ id: rendition.id, label: renditionLabel(rendition) }));
}

// ---- Tracks ------------------------------------------------------------------------------

// Roles of DASH (and of Shaka, which takes them from either manifest), and characteristics of
// HLS. Those that are not here say nothing that a viewer would choose by.
const ROLES = {
  dub: 'dubbed',
  description: 'audio description',
  commentary: 'commentary',
  supplementary: 'supplementary',
  'enhanced-audio-intelligibility': 'clearer speech',
  caption: 'captions',
  forced: 'forced',
  'forced-subtitle': 'forced',
  'forced_subtitle': 'forced',
  easyreader: 'easy to read',
  sign: 'sign language',
  'public.accessibility.describes-video': 'audio description',
  'public.accessibility.enhances-speech-intelligibility': 'clearer speech',
  'public.accessibility.transcribes-spoken-dialog': 'captions',
  'public.easy-to-read': 'easy to read',
};
const SPEAKERS = { 6: '5.1', 8: '7.1' };

/**
 * What a menu says of a track: name, language, roles, and speakers where they are more than
 * two. `instream` is the channel of captions that lie in the pictures, such as CC1, or true
 * where only that is known.
 */
export function trackLabel({ name, language, roles = [], channels, instream }, index) {
  const words = [...new Set(roles.map((role) => ROLES[role]).filter(Boolean))];
  if (instream) words.splice(0, Infinity, instream === true ? 'closed captions' : `closed captions ${instream}`);
  if (channels > 2) words.push(SPEAKERS[channels] ?? `${channels} channels`);
  return [fullName(name, language, index), ...words].join(' · ');
}

function fullName(name, language, index) {
  if (!language || language === 'und') return name || `Track ${index + 1}`;
  // Where nobody has named a track, manifests repeat its language.
  const isNamed = name && name.toLowerCase() !== language.toLowerCase();
  return `${isNamed ? name : languageName(language)} (${language})`;
}

function languageName(tag) {
  try {
    return capitalized(new Intl.DisplayNames('en', { type: 'language' }).of(tag));
  } catch {
    // What a file gives as its language need not be a language tag.
    return tag;
  }
}

// ---- Failures ----------------------------------------------------------------------------

export function loadFailure(what, status) {
  return status
    ? `${what} could not be loaded: the server answered with HTTP ${status}.`
    : `${what} could not be loaded: the server did not answer.`;
}

// ---- Buffers -----------------------------------------------------------------------------

/** Seconds from `time` to the end of the range it lies in. */
export function secondsAhead(ranges, time) {
  // Ranges start a frame late at times; that is no gap.
  const slack = 0.1;
  const range = ranges.find(({ start, end }) => time >= start - slack && time <= end);
  return range ? range.end - time : 0;
}

export const rangeList = (timeRanges) => Array.from({ length: timeRanges.length },
  (_, index) => ({ start: timeRanges.start(index), end: timeRanges.end(index) }));
