// What is known of playback at this moment.

import { byId, formatBitrate, formatClock, formatCount, formatSeconds, NONE, setText } from './util.js';

// The length of a full bar: what players keep ahead by default.
const FULL_BAR_SECONDS = 30;

export function showFacts(state, video, session) {
  setText(byId('fact-state'), playbackText(state, video));
  setText(byId('fact-rendition'), session?.rendition() ?? NONE);
  showAhead(session?.ahead() ?? { video: null, audio: null });
  showFrames(video);
  setText(byId('fact-bandwidth'), formatBitrate(session?.bandwidth()));
}

function playbackText(state, video) {
  if (state.error) return 'Stopped';
  if (!video) return state.asset ? 'Loading' : NONE;
  const position = `${formatClock(video.currentTime)} / ${formatClock(video.duration)}`;
  if (!state.ready) return 'Loading';
  if (video.ended) return `Ended · ${position}`;
  if (video.paused) return `Paused · ${position}`;
  // Less than this is known of what comes next, so playback stands.
  const waits = video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
  return `${waits ? 'Waiting' : 'Playing'} · ${position}`;
}

function showAhead(ahead) {
  for (const kind of ['video', 'audio']) {
    setText(byId(`fact-${kind}`), formatSeconds(ahead[kind]));
    const share = Math.min((ahead[kind] || 0) / FULL_BAR_SECONDS, 1);
    byId(`bar-${kind}`).style.transform = `scaleX(${share})`;
  }
}

function showFrames(video) {
  const frames = video?.getVideoPlaybackQuality?.();
  setText(byId('fact-decoded'), formatCount(frames?.totalVideoFrames));
  setText(byId('fact-dropped'), formatCount(frames?.droppedVideoFrames));
}
