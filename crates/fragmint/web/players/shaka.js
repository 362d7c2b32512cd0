// Shaka Player, for HLS and DASH.

import { AUTO, loadFailure, OFF, qualityOptions, renditionLabel, secondsAhead, trackLabel } from './words.js';

export function createShaka(video, url, report, captions) {
  const { shaka } = window;
  shaka.polyfill.installAll();
  const player = new shaka.Player();
  player.addEventListener('error', ({ detail }) => reportShakaError(detail, report));
  // Shaka is to play HLS itself even where the browser could.
  player.configure({ streaming: { preferNativeHls: false } });
  // With a place to draw captions, it draws them itself, in all their styles.
  player.setVideoContainer(captions);
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
        // Replaces the buffer: what is kept of it would come back after a seek.
        if (isVideo(track)) player.selectVideoTrack(track, true, 0);
        else player.selectVariantTrack(track, true, 0);
      },
    },
    audio: {
      options: () => player.getAudioTracks().map((track, index) =>
        ({ id: String(index), label: shakaLabel(track, index) })),
      chosen: () => String(player.getAudioTracks().findIndex((track) => track.active)),
      choose: (id) => player.selectAudioTrack(player.getAudioTracks()[Number(id)]),
    },
    text: {
      options: () => player.getTextTracks().map((track, index) =>
        ({ id: String(track.id), label: shakaLabel(track, index) })),
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

function shakaLabel({ label, language, roles, forced, channelsCount, mimeType, originalTextId }, index) {
  const isInPictures = /cea-(608|708)/.test(mimeType ?? '');
  return trackLabel({
    name: label,
    language,
    roles: forced ? [...roles, 'forced'] : roles,
    channels: channelsCount,
    instream: isInPictures ? originalTextId || true : null,
  }, index);
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

