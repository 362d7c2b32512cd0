// One adapter for each player library, so that the page can treat them alike.
//
// An adapter is `{ id, label, note, stream, file, create }`. `create(video, url, report, captions)`
// starts playback and gives a session:
//
//   quality, audio, text   menus: `{ options(), chosen(), choose(id) }`, options `{ id, label }`;
//                          what is chosen is asked of the player, which may change it by itself
//   rendition()            what is played now, in words
//   ahead()                seconds of media in the buffer: `{ video, audio }`, null if unknown
//   bandwidth()            the player's own estimate in bits per second, or null
//   destroy()              stops all of it
//
// `report.fatal(text)` says that playback is over, `report.notice(text)` that something went
// wrong which the player deals with itself. `captions` is an element over the picture for
// players that draw captions themselves; the others leave that to the browser.

import { createDashJs } from './players/dashjs.js';
import { createHlsJs } from './players/hlsjs.js';
import { createNative } from './players/native.js';
import { createShaka } from './players/shaka.js';
import { createVideoJs } from './players/videojs.js';

export const INSTALL_HINT = 'run “make run”, or “npm ci” in crates/fragmint/web';

export const PLAYERS = [
  {
    id: 'hlsjs',
    label: 'hls.js',
    note: 'Plays the HLS stream with hls.js.',
    stream: 'hls',
    file: 'hls.min.js',
    create: createHlsJs,
  },
  {
    id: 'dashjs',
    label: 'dash.js',
    note: 'Plays the DASH stream with dash.js.',
    stream: 'dash',
    file: 'dash.all.min.js',
    create: createDashJs,
  },
  {
    id: 'shaka-hls',
    label: 'Shaka HLS',
    note: 'Plays the HLS stream with Shaka Player.',
    stream: 'hls',
    file: 'shaka-player.compiled.js',
    create: createShaka,
  },
  {
    id: 'shaka-dash',
    label: 'Shaka DASH',
    note: 'Plays the DASH stream with Shaka Player.',
    stream: 'dash',
    file: 'shaka-player.compiled.js',
    create: createShaka,
  },
  {
    id: 'videojs',
    label: 'Video.js',
    note: 'Plays the HLS stream with Video.js.',
    stream: 'hls',
    file: 'video.min.js',
    create: createVideoJs,
  },
  {
    id: 'native',
    label: 'Browser HLS',
    note: 'Plays the HLS stream with the browser itself, which keeps its renditions to itself.',
    stream: 'hls',
    file: null,
    create: createNative,
  },
];

export const findPlayer = (id) => PLAYERS.find((player) => player.id === id) ?? null;

// ---- Which players there are -------------------------------------------------------------

/** Why each player cannot be used, by its id: `missing`, `unsupported`, or null if it can be. */
export async function probePlayers() {
  const files = [...new Set(PLAYERS.map((player) => player.file).filter(Boolean))];
  const answers = await Promise.all(files.map(fileState));
  const states = new Map(files.map((file, index) => [file, answers[index]]));
  return new Map(PLAYERS.map((player) =>
    [player.id, player.file ? states.get(player.file) : nativeState()]));
}

const fileUrl = (file) => `/-/players/${file}`;

async function fileState(file) {
  // HEAD: each of these is more than half a megabyte, and only one of them will be used.
  const response = await fetch(fileUrl(file), { method: 'HEAD' }).catch(() => null);
  if (!response || response.status === 404) return 'missing';
  return window.MediaSource || window.ManagedMediaSource ? null : 'unsupported';
}

function nativeState() {
  return document.createElement('video').canPlayType('application/vnd.apple.mpegurl') ? null : 'unsupported';
}

const scripts = new Map();

/** Loads a player's script once. A failed load may be tried again. */
export function loadLibrary({ file, label }) {
  if (!file) return Promise.resolve();
  if (!scripts.has(file)) {
    scripts.set(file, new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = fileUrl(file);
      script.addEventListener('load', resolve);
      script.addEventListener('error', () => {
        scripts.delete(file);
        reject(new Error(`The file of ${label} cannot be loaded. If it is not installed, ${INSTALL_HINT}.`));
      });
      document.head.append(script);
    }));
  }
  return scripts.get(file);
}
