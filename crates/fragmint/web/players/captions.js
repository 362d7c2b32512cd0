// Captions as the browser's own text tracks.

import { OFF, trackLabel } from './words.js';

/** Text tracks for viewers; others carry data for scripts. */
export const captionTracks = (list) =>
  Array.from(list).filter(({ kind }) => kind === 'subtitles' || kind === 'captions');

/** A menu of text tracks. What is off is disabled: hidden ones are loaded all the same. */
export function textTrackMenu(list) {
  const tracks = () => captionTracks(list());
  return {
    options: () => tracks().map((track, index) => ({ id: String(index), label: textTrackLabel(track, index) })),
    chosen: () => {
      const index = tracks().findIndex((track) => track.mode === 'showing');
      return index < 0 ? OFF : String(index);
    },
    choose: (id) => tracks().forEach((track, index) => { track.mode = String(index) === id ? 'showing' : 'disabled'; }),
  };
}

function textTrackLabel({ label, language, kind }, index) {
  return trackLabel({ name: label, language, roles: kind === 'captions' ? ['caption'] : [] }, index);
}
