// hls.js.

import { captionTracks } from './captions.js';
import { AUTO, loadFailure, OFF, qualityOptions, rangeList, renditionLabel, secondsAhead, trackLabel } from './words.js';

// Marks channels of captions in the menu, beside the numbers of subtitle tracks.
const CHANNEL = 'channel-';

export function createHlsJs(video, url, report) {
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
      // What is chosen is wanted now. nextLevel would keep what is playing, in the last segment until the end.
      choose: (id) => {
        if (id === AUTO) hls.nextLevel = -1;
        else hls.currentLevel = Number(id);
      },
    },
    audio: {
      options: () => hls.audioTracks.map(hlsOption),
      chosen: () => String(hls.audioTrack),
      choose: (id) => { hls.audioTrack = Number(id); },
    },
    text: hlsTextMenu(hls, video),
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

function hlsOption({ name, lang, channels, attrs, forced }, index) {
  const roles = (attrs.CHARACTERISTICS ?? '').split(',');
  if (forced) roles.push('forced');
  // CHANNELS may say more than a number: "12/JOC".
  return { id: String(index), label: trackLabel({ name, language: lang, roles, channels: parseInt(channels, 10) }, index) };
}

/** Subtitle tracks, and channels of captions in the pictures, which hls.js finds as it plays. */
function hlsTextMenu(hls, video) {
  const channels = () => {
    const own = new Set(hls.subtitleTracks.map((track) => track.trackNode?.track));
    return captionTracks(video.textTracks).filter((track) => track.kind === 'captions' && !own.has(track));
  };
  return {
    options: () => [
      ...hls.subtitleTracks.map(hlsOption),
      ...channels().map(({ label, language }, index) =>
        ({ id: CHANNEL + index, label: trackLabel({ name: label, language, instream: true }, index) })),
    ],
    chosen: () => {
      const channel = channels().findIndex((track) => track.mode === 'showing');
      if (channel >= 0) return CHANNEL + channel;
      return hls.subtitleTrack < 0 ? OFF : String(hls.subtitleTrack);
    },
    choose: (id) => {
      // Hidden, not disabled: hls.js goes on filling them.
      channels().forEach((track, index) => { track.mode = CHANNEL + index === id ? 'showing' : 'hidden'; });
      const isTrack = id !== OFF && !id.startsWith(CHANNEL);
      hls.subtitleDisplay = isTrack;
      hls.subtitleTrack = isTrack ? Number(id) : -1;
    },
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

