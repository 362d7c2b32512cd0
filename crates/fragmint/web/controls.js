// The controls below the picture. The browser's own could not show previews on the seek bar.

import { findPreviews, loadPreviews, tileAt } from './previews.js';
import { byId, formatClock, setText } from './util.js';

const ARROW_STEP_SECONDS = 5;
const PREVIEW_WIDTH = 176;
const ICONS = {
  play: 'M4 2.5v11l9.5-5.5z',
  pause: 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
  sound: 'M2 6h2.5L8 3v10L4.5 10H2zM10 5.2a4 4 0 0 1 0 5.6l.9.9a5.3 5.3 0 0 0 0-7.4z',
  muted: 'M2 6h2.5L8 3v10L4.5 10H2zM10 6.4l1-1L12.5 7 14 5.4l1 1L13.5 8 15 9.6l-1 1L12.5 9 11 10.6l-1-1L11.5 8z',
  enter: 'M2 2h5v2H4v3H2zM9 2h5v5h-2V4H9zM2 9h2v3h3v2H2zM12 9h2v5H9v-2h3z',
  leave: 'M5 2h2v5H2V5h3zM9 2h2v3h3v2H9zM2 9h5v5H5v-3H2zM9 9h5v2h-3v3H9z',
};

export class Controls {
  #video = null;
  #tiles = [];
  // Raised by each asset: what is loaded for a former one is known by its old number.
  #turn = 0;
  // While the viewer moves the knob, it is not moved under the hand.
  #isMoving = false;

  constructor() {
    byId('play').addEventListener('click', () => this.#playOrPause());
    byId('mute').addEventListener('click', () => { if (this.#video) this.#video.muted = !this.#video.muted; });
    byId('volume').addEventListener('input', ({ target }) => this.#setVolume(Number(target.value)));
    byId('fullscreen').addEventListener('click', switchFullscreen);
    document.addEventListener('fullscreenchange', () => this.show());
    this.#listenToSeekBar(byId('seek'));
  }

  /** Follows nothing any more, and forgets the previews. */
  clear() {
    this.#video = null;
    this.#tiles = [];
    this.#turn += 1;
    this.#isMoving = false;
    hidePreview();
    this.show();
  }

  /** Follows this element from now on. */
  follow(video) {
    this.#video = video;
    for (const event of ['play', 'pause', 'timeupdate', 'durationchange', 'volumechange', 'seeking', 'ended']) {
      video.addEventListener(event, () => { if (video === this.#video) this.show(); });
    }
    video.addEventListener('click', () => this.#playOrPause());
    this.show();
  }

  /**
   * Loads the previews at `url`, or those that the HLS playlist at `playlist` names. Without any,
   * the seek bar shows times alone.
   */
  async showPreviews({ url, playlist }) {
    const turn = this.#turn;
    try {
      const address = url ?? await findPreviews(playlist);
      const tiles = address ? await loadPreviews(address) : [];
      if (turn === this.#turn) this.#tiles = tiles;
    } catch (error) {
      console.warn('The previews cannot be shown.', error);
    }
  }

  show() {
    const video = this.#video;
    const duration = this.#duration();
    const position = video?.currentTime ?? 0;
    setButton('play', ...(!video || video.paused || video.ended ? ['play', 'Play'] : ['pause', 'Pause']));
    setButton('mute', ...(video?.muted || video?.volume === 0 ? ['muted', 'Sound on'] : ['sound', 'Mute']));
    setButton('fullscreen', ...(document.fullscreenElement ? ['leave', 'Leave full screen'] : ['enter', 'Full screen']));
    for (const id of ['play', 'mute', 'volume', 'seek']) byId(id).disabled = !video;
    byId('volume').value = video?.muted ? 0 : video?.volume ?? 1;
    const seek = byId('seek');
    seek.max = duration;
    if (!this.#isMoving) seek.value = position;
    seek.style.setProperty('--share', duration > 0 ? Number(seek.value) / duration : 0);
    seek.setAttribute('aria-valuetext', `${formatClock(Number(seek.value))} of ${formatClock(duration)}`);
    setText(byId('time'), `${formatClock(position)} / ${formatClock(duration)}`);
  }

  #duration() {
    const duration = this.#video?.duration;
    return Number.isFinite(duration) ? duration : 0;
  }

  #playOrPause() {
    const video = this.#video;
    if (!video) return;
    if (!video.paused && !video.ended) video.pause();
    // A refusal, or a pause that comes first, leaves it paused, which the button shows.
    else video.play().catch(() => {});
  }

  #setVolume(volume) {
    if (this.#video) Object.assign(this.#video, { volume, muted: volume === 0 });
  }

  // ---- The seek bar ----

  #listenToSeekBar(seek) {
    seek.addEventListener('input', () => {
      this.#isMoving = true;
      this.#showPreview(Number(seek.value));
      this.show();
    });
    seek.addEventListener('change', () => this.#seekTo(Number(seek.value)));
    seek.addEventListener('pointermove', (event) => this.#showPreview(this.#timeUnder(event)));
    seek.addEventListener('pointerleave', hidePreview);
    seek.addEventListener('blur', hidePreview);
    seek.addEventListener('keydown', (event) => {
      const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!steps || !this.#video) return;
      event.preventDefault();
      const target = this.#video.currentTime + steps * ARROW_STEP_SECONDS;
      this.#seekTo(Math.min(Math.max(target, 0), this.#duration()));
    });
  }

  #seekTo(time) {
    this.#isMoving = false;
    if (!this.#video) return;
    this.#video.currentTime = time;
    if (byId('seek').matches(':focus-visible')) this.#showPreview(time);
    this.show();
  }

  /** The knob's middle moves between half its width from either end. */
  #timeUnder({ clientX }) {
    const { left, width } = byId('seek').getBoundingClientRect();
    const knob = 14;
    const share = (clientX - left - knob / 2) / (width - knob);
    return Math.min(Math.max(share, 0), 1) * this.#duration();
  }

  #showPreview(time) {
    if (this.#duration() === 0) return;
    const tile = tileAt(this.#tiles, time);
    byId('preview-picture').hidden = !tile;
    if (tile) showTile(tile);
    setText(byId('preview-time'), formatClock(time));
    byId('preview').hidden = false;
    placePreview(time / this.#duration());
  }
}

function showTile({ url, x, y, width, height }) {
  const scale = Math.min(PREVIEW_WIDTH / width, 1.5);
  const picture = byId('preview-picture');
  picture.style.width = `${width * scale}px`;
  picture.style.height = `${height * scale}px`;
  const sheet = byId('preview-sheet');
  if (sheet.getAttribute('src') !== url) sheet.src = url;
  sheet.style.transform = `scale(${scale}) translate(${-x}px, ${-y}px)`;
}

/** Above the place it shows, but not beyond the ends of the bar. */
function placePreview(share) {
  const preview = byId('preview');
  const room = preview.parentElement.clientWidth;
  const left = share * room - preview.offsetWidth / 2;
  preview.style.left = `${Math.min(Math.max(left, 0), Math.max(room - preview.offsetWidth, 0))}px`;
}

const hidePreview = () => { byId('preview').hidden = true; };

function setButton(id, icon, label) {
  const button = byId(id);
  if (button.dataset.icon === icon) return;
  button.dataset.icon = icon;
  button.setAttribute('aria-label', label);
  button.title = label;
  button.querySelector('path').setAttribute('d', ICONS[icon]);
}

function switchFullscreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else byId('screen').requestFullscreen?.().catch(() => {});
}
