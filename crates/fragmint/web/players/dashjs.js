// dash.js.

import { AUTO, loadFailure, OFF, qualityOptions, renditionLabel, trackLabel } from './words.js';

export function createDashJs(video, url, report, captions) {
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
  player.attachTTMLRenderingDiv(captions);
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
        // Replaces what is buffered: otherwise a short film would end before the change is seen.
        if (id !== AUTO) player.setRepresentationForTypeById(mainType(), id, true);
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
    options: () => tracks().map((track, index) => ({ id: String(track.index), label: dashLabel(track, index) })),
    chosen: () => whenReady(() => String(player.getCurrentTrackFor('audio')?.index), null),
    choose: (id) => {
      const track = tracks().find((candidate) => String(candidate.index) === id);
      if (track) player.setCurrentTrack(track);
    },
  };
}

function dashTextMenu(player, whenReady) {
  // In an order of their own, which is the one that setTextTrack counts in.
  let tracks = [];
  player.on(window.dashjs.MediaPlayer.events.TEXT_TRACKS_ADDED, (event) => { tracks = event.tracks; });
  return {
    options: () => tracks.map((track, index) => ({ id: String(index), label: dashLabel(track, index) })),
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

function dashLabel({ labels, lang, roles, accessibility, audioChannelConfiguration, isEmbedded, id }, index) {
  return trackLabel({
    name: labels?.[0]?.text,
    language: lang,
    roles: [...(roles ?? []), ...(accessibility ?? [])].map((role) => role?.value),
    channels: Number(audioChannelConfiguration?.[0]?.value),
    instream: isEmbedded ? id : null,
  }, index);
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

