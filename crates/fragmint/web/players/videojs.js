// Video.js, with its own engine for HLS (VHS).

import { textTrackMenu } from './captions.js';
import { audioTrackMenu } from './native.js';
import { AUTO, qualityOptions, rangeList, renditionLabel, secondsAhead } from './words.js';

const MEDIA_TYPE = 'application/vnd.apple.mpegurl';

export function createVideoJs(video, url, report) {
  // Under this name the page's styles give it the size of the stage.
  video.classList.add('video-js');
  const player = window.videojs(video, {
    // The page has controls of its own. Captions are drawn by the player.
    controls: false,
    children: ['mediaLoader', 'textTrackDisplay'],
    errorDisplay: false,
    html5: { vhs: { overrideNative: true }, nativeAudioTracks: false, nativeVideoTracks: false, nativeTextTracks: false },
  });
  player.on('error', () => report.fatal(`Video.js reports: ${player.error()?.message || 'an unknown error'}`));
  player.src({ src: url, type: MEDIA_TYPE });

  // There is none before the source has been taken, and none any more after the end.
  const engine = () => player.tech({ IWillNotUseThisInPlugins: true })?.vhs;
  const levels = () => engine()?.representations?.() ?? [];
  const ahead = () => secondsAhead(rangeList(video.buffered), video.currentTime);
  return {
    quality: {
      options: () => qualityOptions(levels()),
      // It has no such setting: automatic is when it may choose among all.
      chosen: () => {
        const enabled = levels().filter((level) => level.enabled());
        return enabled.length === 1 && levels().length > 1 ? enabled[0].id : AUTO;
      },
      choose: (id) => levels().forEach((level) => { level.enabled(id === AUTO || level.id === id); }),
    },
    audio: audioTrackMenu(() => player.audioTracks()),
    text: textTrackMenu(() => player.textTracks()),
    rendition: () => {
      const { BANDWIDTH: bandwidth, RESOLUTION: size } = engine()?.playlists?.media()?.attributes ?? {};
      return bandwidth ? renditionLabel({ ...size, bandwidth }) : null;
    },
    ahead: () => ({ video: ahead(), audio: ahead() }),
    bandwidth: () => engine()?.bandwidth ?? null,
    destroy: () => player.dispose(),
  };
}
