// One adapter for each player library, so that the page can treat them alike.
//
// An adapter is `{ id, label, note, stream, file, create }`. `create(video, url, report)` starts
// playback and gives a session:
//
//   quality, audio, text   menus: `{ options(), chosen(), choose(id) }`, options `{ id, label }`
//   rendition()            what is played now, in words
//   ahead()                seconds of media in the buffer: `{ video, audio }`, null if unknown
//   bandwidth()            the player's own estimate in bits per second, or null
//   destroy()              stops all of it
//
// `report.fatal(text)` says that playback is over, `report.notice(text)` that something went
// wrong which the player deals with itself.

import { formatBitrate } from './util.js';

export const AUTO = 'auto';
export const OFF = 'off';

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

// ---- Words for what all players have -----------------------------------------------------

function renditionLabel({ width, height, bandwidth }) {
  const size = width && height ? `${width}×${height} · ` : '';
  return size + formatBitrate(bandwidth);
}

function trackLabel(name, language, index) {
  if (!language || language === 'und') return name || `Track ${index + 1}`;
  return `${name || languageName(language)} (${language})`;
}

function languageName(tag) {
  try {
    return new Intl.DisplayNames('en', { type: 'language' }).of(tag);
  } catch {
    // What a file gives as its language need not be a language tag.
    return tag;
  }
}

/** Options for a quality menu, the best first, whatever order a player keeps them in. */
function qualityOptions(renditions) {
  return [...renditions]
    .sort((one, other) => other.bandwidth - one.bandwidth)
    .map((rendition) => ({ id: rendition.id, label: renditionLabel(rendition) }));
}

function loadFailure(what, status) {
  return status
    ? `${what} could not be loaded: the server answered with HTTP ${status}.`
    : `${what} could not be loaded: the server did not answer.`;
}

/** Seconds from `time` to the end of the range it lies in. */
function secondsAhead(ranges, time) {
  // Ranges start a frame late at times; that is no gap.
  const slack = 0.1;
  const range = ranges.find(({ start, end }) => time >= start - slack && time <= end);
  return range ? range.end - time : 0;
}

const rangeList = (timeRanges) => Array.from({ length: timeRanges.length },
  (_, index) => ({ start: timeRanges.start(index), end: timeRanges.end(index) }));

const noMenu = { options: () => [], chosen: () => null, choose: () => {} };

// ---- hls.js ------------------------------------------------------------------------------

function createHlsJs(video, url, report) {
  const { Hls } = window;
  const hls = new Hls();
  const buffers = {};
  hls.on(Hls.Events.BUFFER_CREATED, (_, { tracks }) => {
    for (const [type, track] of Object.entries(tracks)) buffers[type] = track.buffer;
  });
  hls.on(Hls.Events.ERROR, (_, data) => {
    if (data.fatal) report.fatal(hlsErrorText(data));
    else report.notice(hlsErrorText(data));
  });
  hls.loadSource(url);
  hls.attachMedia(video);

  return {
    quality: {
      options: () => qualityOptions(hls.levels.map(hlsRendition)),
      chosen: () => (hls.autoLevelEnabled ? AUTO : String(hls.manualLevel)),
      // nextLevel keeps what is playing and replaces what is buffered after it.
      choose: (id) => { hls.nextLevel = id === AUTO ? -1 : Number(id); },
    },
    audio: {
      options: () => hls.audioTracks.map((track, index) =>
        ({ id: String(index), label: trackLabel(track.name, track.lang, index) })),
      chosen: () => String(hls.audioTrack),
      choose: (id) => { hls.audioTrack = Number(id); },
    },
    text: {
      options: () => hls.subtitleTracks.map((track, index) =>
        ({ id: String(index), label: trackLabel(track.name, track.lang, index) })),
      chosen: () => (hls.subtitleTrack < 0 ? OFF : String(hls.subtitleTrack)),
      choose: (id) => {
        hls.subtitleDisplay = id !== OFF;
        hls.subtitleTrack = id === OFF ? -1 : Number(id);
      },
    },
    rendition: () => {
      const level = hls.levels[hls.currentLevel];
      return level ? renditionLabel(hlsRendition(level)) : null;
    },
    ahead: () => ({
      video: bufferAhead(buffers.video ?? buffers.audiovideo, video.currentTime),
      audio: bufferAhead(buffers.audio ?? buffers.audiovideo, video.currentTime),
    }),
    bandwidth: () => hls.bandwidthEstimate,
    destroy: () => hls.destroy(),
  };
}

const hlsRendition = ({ width, height, bitrate }, index) => ({ id: String(index), width, height, bandwidth: bitrate });

function bufferAhead(buffer, time) {
  if (!buffer) return null;
  try {
    return secondsAhead(rangeList(buffer.buffered), time);
  } catch {
    // The buffer was taken off its media source, as happens after an error.
    return null;
  }
}

function hlsErrorText({ details, response, error, frag }) {
  const status = response?.code;
  if (/^manifestLoad/.test(details)) return loadFailure('The HLS playlist', status);
  if (/^(level|audioTrack|subtitleTrack)Load/.test(details)) return loadFailure('A media playlist', status);
  if (/^fragLoad/.test(details)) return loadFailure(hlsFragmentName(frag), status);
  const words = {
    manifestParsingError: 'The HLS playlist could not be read',
    manifestIncompatibleCodecsError: 'The browser cannot decode any rendition of this file',
    levelEmptyError: 'A media playlist has no segments',
    levelParsingError: 'A media playlist could not be read',
    fragParsingError: 'A segment could not be read',
    bufferAddCodecError: 'The browser cannot decode this codec',
    bufferIncompatibleCodecsError: 'The browser cannot decode these codecs',
    bufferAppendError: 'The browser refused a segment',
    bufferAppendingError: 'The browser refused a segment',
    bufferStalledError: 'Playback waits for data',
    bufferFullError: 'The buffer of the browser is full',
    bufferSeekOverHole: 'The player jumped over a gap in the stream',
    bufferNudgeOnStall: 'The player pushed playback on after it got stuck',
  }[details] ?? `hls.js reports ${details}`;
  return error?.message ? `${words}: ${error.message}` : `${words}.`;
}

function hlsFragmentName(frag) {
  return frag ? `Segment ${frag.sn === 'initSegment' ? 'header' : frag.sn} (${frag.type})` : 'A segment';
}

// ---- dash.js -----------------------------------------------------------------------------

function createDashJs(video, url, report) {
  const { dashjs } = window;
  const player = dashjs.MediaPlayer().create();
  player.initialize(video, null, false);
  player.updateSettings({
    debug: { logLevel: dashjs.Debug.LOG_LEVEL_ERROR },
    streaming: {
      // What an earlier visit chose must not change what this one shows.
      lastBitrateCachingInfo: { enabled: false },
      lastMediaSettingsCachingInfo: { enabled: false },
      saveLastMediaSettingsForCurrentStreamingSession: false,
      text: { defaultEnabled: false },
      // Files need no clock, and a clock elsewhere would need the internet.
      utcSynchronization: { enabled: false },
    },
  });
  player.on(dashjs.MediaPlayer.events.ERROR, ({ error }) => reportDashError(error, report));
  player.attachSource(url);

  // A file without video has its renditions in the audio.
  const mainType = () => (player.getTracksFor('video').length > 0 ? 'video' : 'audio');
  const whenReady = (read, otherwise) => (player.isReady() && player.getActiveStream() ? read() : otherwise);
  const isAuto = () => player.getSettings().streaming.abr.autoSwitchBitrate[mainType()];

  return {
    quality: {
      options: () => whenReady(() => qualityOptions(player.getRepresentationsByType(mainType())), []),
      chosen: () => whenReady(() => (isAuto() ? AUTO : player.getCurrentRepresentationForType(mainType())?.id), AUTO),
      choose: (id) => {
        player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { [mainType()]: id === AUTO } } } });
        if (id !== AUTO) player.setRepresentationForTypeById(mainType(), id);
      },
    },
    audio: dashTrackMenu(player, whenReady),
    text: dashTextMenu(player, whenReady),
    rendition: () => whenReady(() => {
      const representation = player.getCurrentRepresentationForType(mainType());
      return representation && renditionLabel(representation);
    }, null),
    ahead: () => whenReady(() => ({
      video: dashAhead(player, 'video'),
      audio: dashAhead(player, 'audio'),
    }), { video: null, audio: null }),
    // dash.js counts in kilobits.
    bandwidth: () => whenReady(() => player.getAverageThroughput(mainType()) * 1000, null),
    destroy: () => player.destroy(),
  };
}

function dashTrackMenu(player, whenReady) {
  const tracks = () => whenReady(() => player.getTracksFor('audio'), []);
  return {
    options: () => tracks().map((track, index) =>
      ({ id: String(track.index), label: trackLabel(track.labels?.[0]?.text, track.lang, index) })),
    chosen: () => whenReady(() => String(player.getCurrentTrackFor('audio')?.index), null),
    choose: (id) => {
      const track = tracks().find((candidate) => String(candidate.index) === id);
      if (track) player.setCurrentTrack(track);
    },
  };
}

function dashTextMenu(player, whenReady) {
  return {
    options: () => whenReady(() => player.getTracksFor('text').map((track, index) =>
      ({ id: String(index), label: trackLabel(track.labels?.[0]?.text, track.lang, index) })), []),
    chosen: () => whenReady(() => {
      const index = player.getCurrentTextTrackIndex();
      return player.isTextEnabled() && index >= 0 ? String(index) : OFF;
    }, OFF),
    choose: (id) => {
      player.enableText(id !== OFF);
      player.setTextTrack(id === OFF ? -1 : Number(id));
    },
  };
}

function dashAhead(player, type) {
  return player.getTracksFor(type).length > 0 ? player.getBufferLength(type) : null;
}

function reportDashError(error, report) {
  const text = dashErrorText(error);
  // dash.js goes on with the next segment after one that cannot be loaded, and without
  // subtitles it cannot read.
  const { errors } = window.dashjs.MediaPlayer;
  const goesOn = [errors.DOWNLOAD_ERROR_ID_CONTENT_CODE, errors.TIMED_TEXT_ERROR_ID_PARSE_CODE];
  if (goesOn.includes(error.code)) report.notice(text);
  else report.fatal(text);
}

function dashErrorText({ code, message, data }) {
  const status = data?.response?.status;
  const { errors } = window.dashjs.MediaPlayer;
  switch (code) {
    case errors.DOWNLOAD_ERROR_ID_MANIFEST_CODE:
    case errors.MANIFEST_LOADER_LOADING_FAILURE_ERROR_CODE:
      return loadFailure('The DASH manifest', status);
    case errors.DOWNLOAD_ERROR_ID_INITIALIZATION_CODE:
      return loadFailure('The header of a segment', status);
    case errors.DOWNLOAD_ERROR_ID_CONTENT_CODE:
      return loadFailure('A segment', status);
    case errors.DOWNLOAD_ERROR_ID_SIDX_CODE:
      return loadFailure('The index of a file', status);
    case errors.MANIFEST_LOADER_PARSING_FAILURE_ERROR_CODE:
    case errors.MANIFEST_ERROR_ID_PARSE_CODE:
      return `The DASH manifest could not be read: ${message}`;
    case errors.MANIFEST_ERROR_ID_NOSTREAMS_CODE:
      return 'The browser cannot decode any rendition of this file.';
    case errors.APPEND_ERROR_CODE:
      return `The browser refused a segment: ${message}`;
    default:
      return `dash.js reports an error (${code}): ${message}`;
  }
}

// ---- Shaka Player ------------------------------------------------------------------------

function createShaka(video, url, report) {
  const { shaka } = window;
  shaka.polyfill.installAll();
  const player = new shaka.Player();
  player.addEventListener('error', ({ detail }) => reportShakaError(detail, report));
  // Shaka is to play HLS itself even where the browser could.
  player.configure({ streaming: { preferNativeHls: false } });
  const start = async () => {
    await player.attach(video);
    await player.load(url);
  };
  start().catch((error) => reportShakaError(error, report));

  let auto = true;
  // A file without video has its renditions in the audio: the variants of the language chosen.
  const renditions = () => {
    const videos = player.getVideoTracks();
    if (videos.length > 0) return videos;
    const variants = player.getVariantTracks();
    const language = variants.find((variant) => variant.active)?.language;
    return variants.filter((variant) => variant.language === language);
  };
  const isVideo = (track) => Boolean(track.height);

  return {
    quality: {
      options: () => qualityOptions(uniqueById(renditions().map((track) => ({ ...track, id: shakaRenditionId(track) })))),
      chosen: () => (auto ? AUTO : shakaRenditionId(renditions().find((track) => track.active) ?? {})),
      choose: (id) => {
        auto = id === AUTO;
        player.configure({ abr: { enabled: auto } });
        const track = renditions().find((candidate) => shakaRenditionId(candidate) === id);
        if (!track) return;
        // Replaces the buffer, but for the two seconds that bridge the change.
        if (isVideo(track)) player.selectVideoTrack(track, true, 2);
        else player.selectVariantTrack(track, true, 2);
      },
    },
    audio: {
      options: () => player.getAudioTracks().map((track, index) =>
        ({ id: String(index), label: trackLabel(track.label, track.language, index) })),
      chosen: () => String(player.getAudioTracks().findIndex((track) => track.active)),
      choose: (id) => player.selectAudioTrack(player.getAudioTracks()[Number(id)]),
    },
    text: {
      options: () => player.getTextTracks().map((track, index) =>
        ({ id: String(track.id), label: trackLabel(track.label, track.language, index) })),
      chosen: () => String(player.getTextTracks().find((track) => track.active)?.id ?? OFF),
      choose: (id) =>
        player.selectTextTrack(player.getTextTracks().find((track) => String(track.id) === id) ?? null),
    },
    rendition: () => {
      const active = renditions().find((track) => track.active);
      return active ? renditionLabel(active) : null;
    },
    ahead: () => shakaAhead(player, video.currentTime),
    bandwidth: () => player.getStats().estimatedBandwidth,
    destroy: () => player.destroy(),
  };
}

// Shaka's video tracks have no id of their own, and their order is not promised.
const shakaRenditionId = ({ width, height, bandwidth, codecs }) => [width, height, bandwidth, codecs].join('/');

/** Variants that differ in something else than what the menu shows are one entry. */
const uniqueById = (tracks) => [...new Map(tracks.map((track) => [track.id, track])).values()];

function shakaAhead(player, time) {
  const { video, audio } = player.getBufferedInfo();
  const kinds = player.getVariantTracks();
  const has = (codec) => kinds.some((track) => track[codec]);
  return {
    video: has('videoCodec') ? secondsAhead(video, time) : null,
    audio: has('audioCodec') ? secondsAhead(audio, time) : null,
  };
}

function reportShakaError(error, report) {
  const text = shakaErrorText(error);
  if (error.severity === window.shaka.util.Error.Severity.RECOVERABLE) report.notice(text);
  else report.fatal(text);
}

function shakaErrorText({ code, category, data = [], message }) {
  const { Code, Category } = window.shaka.util.Error;
  const { RequestType } = window.shaka.net.NetworkingEngine;
  const name = Object.keys(Code).find((key) => Code[key] === code) ?? message;
  if (category === Category.NETWORK) {
    const type = code === Code.BAD_HTTP_STATUS ? data[4] : data[1];
    const what = type === RequestType.MANIFEST ? 'The manifest or a playlist' : 'A segment';
    return loadFailure(what, code === Code.BAD_HTTP_STATUS ? data[1] : null);
  }
  switch (code) {
    case Code.CONTENT_UNSUPPORTED_BY_BROWSER:
      return 'The browser cannot decode any rendition of this file.';
    case Code.VIDEO_ERROR:
      return `The browser refused the stream: ${data[2] ?? name}`;
    default:
      return category === Category.MANIFEST
        ? `The manifest could not be read: Shaka reports ${name} (${code}).`
        : `Shaka reports ${name} (${code}).`;
  }
}

// ---- The browser itself ------------------------------------------------------------------

function createNative(video, url) {
  // Errors of the element are reported by the page, for all players alike.
  video.src = url;
  // The browser tells only the time for which it has everything: each kind has at least that.
  const ahead = () => secondsAhead(rangeList(video.buffered), video.currentTime);
  return {
    quality: noMenu,
    audio: noMenu,
    text: nativeTextMenu(video),
    rendition: () => (video.videoWidth ? `${video.videoWidth}×${video.videoHeight}` : null),
    ahead: () => ({ video: ahead(), audio: ahead() }),
    bandwidth: () => null,
    // The page empties and drops the element after this.
    destroy: () => {},
  };
}

function nativeTextMenu(video) {
  const tracks = () => [...video.textTracks].filter(({ kind }) => kind === 'subtitles' || kind === 'captions');
  return {
    options: () => tracks().map((track, index) =>
      ({ id: String(index), label: trackLabel(track.label, track.language, index) })),
    chosen: () => {
      const index = tracks().findIndex((track) => track.mode === 'showing');
      return index < 0 ? OFF : String(index);
    },
    choose: (id) => tracks().forEach((track, index) => { track.mode = String(index) === id ? 'showing' : 'disabled'; }),
  };
}
