// The browser itself.

import { textTrackMenu } from './captions.js';
import { noMenu, rangeList, secondsAhead, trackLabel } from './words.js';

export function createNative(video, url) {
  // Errors of the element are reported by the page, for all players alike.
  video.src = url;
  // The browser tells only the time for which it has everything: each kind has at least that.
  const ahead = () => secondsAhead(rangeList(video.buffered), video.currentTime);
  return {
    quality: noMenu,
    audio: audioTrackMenu(() => video.audioTracks ?? []),
    text: textTrackMenu(() => video.textTracks),
    rendition: () => (video.videoWidth ? `${video.videoWidth}×${video.videoHeight}` : null),
    ahead: () => ({ video: ahead(), audio: ahead() }),
    bandwidth: () => null,
    // The page empties and drops the element after this.
    destroy: () => {},
  };
}

/** A menu of a list of audio tracks as HTML has it, which not all browsers do. */
export function audioTrackMenu(list) {
  const tracks = () => Array.from(list());
  return {
    options: () => tracks().map(({ label, language, kind }, index) => {
      const roles = kind === 'main-desc' || kind === 'descriptions' ? ['description'] : [kind];
      return { id: String(index), label: trackLabel({ name: label, language, roles }, index) };
    }),
    chosen: () => String(tracks().findIndex((track) => track.enabled)),
    choose: (id) => {
      const chosen = tracks()[Number(id)];
      // In this order, so that there is sound at all times.
      if (chosen) chosen.enabled = true;
      for (const track of tracks()) if (track !== chosen) track.enabled = false;
    },
  };
}
