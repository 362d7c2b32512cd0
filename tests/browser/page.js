// Runs in the page beside one player: `run(order)` plays, `report()` tells how far it is. See play.mjs.

const STALL_MS = 1000;
const TICK_MS = 50;
const END_SLACK_SECS = 0.1;
const HOLE_SECS = 0.0005;
const SEEK_REACH_SECS = 1;
const SEEK_SLACK_SECS = 0.5; // in wall time: the clock runs while we look

const video = document.getElementById('video');
const state = {
  errors: [], warnings: [], stalls: [], sizes: [], levels: [], buffers: [],
  version: null, seek: null, switch: null, audio: null, text: null, cues: [], startMs: null, ended: false, finished: false,
};
let player = null; // {levels(), setLevel(index), audio(), setAudio(lang), setText(lang), and where it keeps its own: textTracks()}
let expectPauses = true; // while loading, seeking and switching

const fail = (text) => state.errors.push(String(text).slice(0, 400));
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const round = (secs) => Math.round(secs * 1e6) / 1e6;

async function until(condition, ms) {
  for (const end = performance.now() + ms; performance.now() < end; await sleep(TICK_MS)) {
    if (condition()) return true;
  }
  return condition();
}

// ---- what reaches the decoder ----

const addSourceBuffer = MediaSource.prototype.addSourceBuffer;
MediaSource.prototype.addSourceBuffer = function (mime) {
  const buffer = addSourceBuffer.call(this, mime);
  const seen = { mime, ranges: [] };
  state.buffers.push(seen);
  buffer.addEventListener('updateend', () => {
    // A buffer that has been removed from its MediaSource has no ranges.
    if (!Array.from(this.sourceBuffers).includes(buffer)) return;
    for (let i = 0; i < buffer.buffered.length; i += 1) {
      seen.ranges = union(seen.ranges, [buffer.buffered.start(i), buffer.buffered.end(i)]);
    }
  });
  return buffer;
};

function union(ranges, added) {
  const merged = [];
  for (const [from, to] of [...ranges, added].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && from - last[1] <= HOLE_SECS) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

function summary({ mime, ranges }) {
  const holes = ranges.slice(1).map(([from], i) => [round(ranges[i][1]), round(from)]);
  return { mime, start: round(ranges[0]?.[0] ?? 0), end: round(ranges.at(-1)?.[1] ?? 0), holes };
}

// ---- players: each loads a URL, reports its errors, lists and sets video levels, and chooses sound and captions ----

const ofLanguage = (tracks, language, name = 'lang') => tracks.find((track) => track[name] === language);

const players = {
  async hlsjs({ url }) {
    // hls.js tells of a pause in playback by these; how long it lasted is measured below.
    const pauses = [Hls.ErrorDetails.BUFFER_STALLED_ERROR, Hls.ErrorDetails.BUFFER_NUDGE_ON_STALL];
    // In MPEG-TS it counts from the first decoding time, and steps over what is before the first picture.
    if (url.includes('/container/')) pauses.push(Hls.ErrorDetails.BUFFER_SEEK_OVER_HOLE);
    const hls = new Hls();
    state.version = Hls.version;
    hls.on(Hls.Events.ERROR, (_, { fatal, type, details, reason, error }) => {
      const text = `hls.js ${type} ${details}${fatal ? ' (fatal)' : ''} ${reason ?? error?.message ?? ''}`;
      // A choice ends what is loading for the choice before.
      if (!fatal && (pauses.includes(details) || details === 'aborted')) state.warnings.push(text);
      else fail(text);
    });
    const parsed = new Promise((resolve) => { hls.once(Hls.Events.MANIFEST_PARSED, resolve); });
    hls.loadSource(url);
    hls.attachMedia(video);
    await parsed;
    const level = ({ width, height, bitrate, attrs }) => ({ width, height, bandwidth: bitrate, codecs: attrs.CODECS });
    return {
      levels: () => hls.levels.map(level),
      setLevel: (index) => { hls.currentLevel = index; },
      audio: () => hls.audioTracks[hls.audioTrack]?.lang,
      setAudio: (language) => { hls.audioTrack = hls.audioTracks.indexOf(ofLanguage(hls.audioTracks, language)); },
      setText: (language) => { hls.subtitleTrack = hls.subtitleTracks.indexOf(ofLanguage(hls.subtitleTracks, language)); },
    };
  },

  async dashjs({ url, switch: levels }) {
    const dash = dashjs.MediaPlayer().create();
    state.version = dash.getVersion();
    const { events } = dashjs.MediaPlayer;
    dash.on(events.ERROR, ({ error }) => fail(`dash.js ${error?.code ?? ''} ${error?.message ?? error}`));
    dash.on(events.PLAYBACK_ERROR, ({ error }) => fail(`dash.js playback ${error?.code ?? ''} ${error?.message ?? error}`));
    const ready = new Promise((resolve) => { dash.on(events.STREAM_INITIALIZED, resolve); });
    // In the order in which setTextTrack counts.
    let textTracks = [];
    dash.on(events.TEXT_TRACKS_ADDED, ({ tracks }) => { textTracks = tracks; });
    dash.initialize(video, url, false);
    // Without a place for them it takes no captions in TTML.
    dash.attachTTMLRenderingDiv(document.body.appendChild(document.createElement('div')));
    // From here on the level is ours alone.
    if (levels) dash.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: false } } } });
    await ready;
    const level = ({ width, height, bandwidth, codecs }) => ({ width, height, bandwidth, codecs });
    return {
      levels: () => dash.getRepresentationsByType('video').map(level),
      setLevel: (index) => dash.setRepresentationForTypeByIndex('video', index, true),
      audio: () => dash.getCurrentTrackFor('audio')?.lang,
      setAudio: (language) => dash.setCurrentTrack(ofLanguage(dash.getTracksFor('audio'), language)),
      setText: (language) => {
        dash.enableText(true);
        dash.setTextTrack(textTracks.indexOf(ofLanguage(textTracks, language)));
      },
    };
  },

  async shaka({ url, switch: levels }) {
    shaka.polyfill.installAll();
    const shakaPlayer = new shaka.Player();
    state.version = shaka.Player.version;
    shakaPlayer.addEventListener('error', ({ detail }) => fail(shakaText(detail)));
    if (levels) shakaPlayer.configure('abr.enabled', false);
    await shakaPlayer.attach(video);
    await shakaPlayer.load(url).catch((error) => { throw new Error(shakaText(error)); });
    // Pictures alone where that can be: the sound stays what it is. In HLS pictures come with a group of sound.
    const variants = () => {
      const all = shakaPlayer.getVariantTracks();
      const active = all.find((track) => track.active);
      const isSameSound = (track) => ['language', 'channelsCount', 'label'].every((name) => track[name] === active?.[name]);
      return all.filter(isSameSound);
    };
    const pictures = () => shakaPlayer.getVideoTracks();
    const hasPictures = () => pictures().length > 1;
    const level = ({ width, height, bandwidth, codecs }) => ({ width, height, bandwidth, codecs });
    return {
      levels: () => (hasPictures() ? pictures() : variants()).map(level),
      setLevel: (index) => {
        if (hasPictures()) shakaPlayer.selectVideoTrack(pictures()[index], true);
        else shakaPlayer.selectVariantTrack(variants()[index], true);
      },
      audio: () => ofLanguage(shakaPlayer.getAudioTracks(), true, 'active')?.language,
      setAudio: (language) => shakaPlayer.selectAudioTrack(ofLanguage(shakaPlayer.getAudioTracks(), language, 'language')),
      setText: (language) => shakaPlayer.selectTextTrack(ofLanguage(shakaPlayer.getTextTracks(), language, 'language')),
    };
  },

  async videojs({ url }) {
    const own = { vhs: { overrideNative: true }, nativeAudioTracks: false, nativeVideoTracks: false, nativeTextTracks: false };
    const vjs = videojs(video, { html5: own });
    state.version = videojs.VERSION;
    vjs.on('error', () => fail(`video.js ${vjs.error()?.code} ${vjs.error()?.message}`));
    const isDash = new URL(url).pathname.endsWith('.mpd');
    const loaded = new Promise((resolve) => { vjs.one('loadedmetadata', resolve); });
    vjs.src({ src: url, type: isDash ? 'application/dash+xml' : 'application/vnd.apple.mpegurl' });
    await loaded;
    const representations = () => vjs.tech({ IWillNotUseThisInPlugins: true }).vhs?.representations() ?? [];
    const level = ({ width, height, bandwidth, codecs }) => ({ width, height, bandwidth, codecs: Object.values(codecs ?? {}).join() });
    return {
      levels: () => representations().map(level),
      setLevel: (index) => representations().forEach((each, i) => each.enabled(i === index)),
      audio: () => ofLanguage(Array.from(vjs.audioTracks()), true, 'enabled')?.language,
      setAudio: (language) => { ofLanguage(Array.from(vjs.audioTracks()), language, 'language').enabled = true; },
      setText: (language) => {
        const all = Array.from(vjs.textTracks()).filter(({ kind }) => kind === 'subtitles');
        for (const track of all) track.mode = track.language === language ? 'showing' : 'disabled';
      },
      textTracks: () => vjs.textTracks(),
    };
  },
};

const shakaText = ({ code, category, data, message }) =>
  `shaka ${category ?? ''}.${code ?? ''} ${code ? JSON.stringify(data, (_, value) => (value instanceof ArrayBuffer ? '' : value)) : message}`;

// ---- watching the element ----

video.addEventListener('error', () => fail(`media element ${video.error?.code} ${video.error?.message}`));
video.addEventListener('ended', () => { state.ended = true; });
video.addEventListener('resize', () => {
  const size = `${video.videoWidth}x${video.videoHeight}`;
  if (video.videoWidth > 0 && state.sizes.at(-1) !== size) state.sizes.push(size);
});

const atEnd = () => video.ended || video.duration - video.currentTime <= END_SLACK_SECS;

// A stall is time that passes while the clock of the element does not.
function watchStalls() {
  let position = -1;
  let since = performance.now();
  setInterval(() => {
    const now = performance.now();
    if (video.currentTime !== position || expectPauses || video.seeking || atEnd()) {
      const ms = Math.round(now - since);
      if (ms > 4 * TICK_MS && !expectPauses && position >= 0) state.stalls.push({ at: round(position), ms });
      position = expectPauses ? -1 : video.currentTime;
      since = now;
    } else if (now - since > STALL_MS) {
      fail(`stalled for more than ${STALL_MS} ms at ${round(position)}`);
      since = now;
    }
  }, TICK_MS);
}

// ---- the script of a case ----

async function run(order) {
  const begin = performance.now();
  const atFirst = () => { state.startMs ??= Math.round(performance.now() - begin); };
  video.addEventListener('playing', atFirst, { once: true });
  watchStalls();
  try {
    player = await players[order.player](order);
    video.play().catch((error) => { if (error.name !== 'AbortError') fail(`play: ${error.message}`); });
    const limit = order.seconds * 1000;
    if (!(await until(() => video.currentTime > 0 && video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA, limit))) return;
    state.levels = player.levels();
    expectPauses = false;
    if (order.text) await chooseText(order.text, limit);
    if (order.switch) await switchLevels(limit);
    if (order.audio) await chooseAudio(order.audio, limit);
    video.playbackRate = order.rate;
    if (order.seek !== null) await seekTo(order.seek, limit);
    await until(atEnd, limit);
    await until(() => state.ended, 1500);
    state.finished = atEnd() && state.errors.length === 0;
  } catch (error) {
    fail(error.message ?? error);
  }
}

// The lowest level, then the highest; each must come on screen and play on.
async function switchLevels(limit) {
  expectPauses = true;
  const levels = player.levels();
  const ranked = levels.map((level, index) => ({ ...level, index })).sort((a, b) => a.bandwidth - b.bandwidth);
  const [low, high] = [ranked[0], ranked.at(-1)];
  if (ranked.length < 2 || low.width === high.width) throw new Error(`no two levels of different width: ${JSON.stringify(levels)}`);
  state.switch = { low: null, high: null };
  for (const [name, level] of [['low', low], ['high', high]]) {
    player.setLevel(level.index);
    let from = null;
    const arrived = await until(() => {
      if (video.videoWidth === level.width) from ??= video.currentTime;
      return (from !== null && video.currentTime > from + 0.3) || atEnd();
    }, limit);
    state.switch[name] = `${video.videoWidth}x${video.videoHeight}`;
    if (!arrived || video.videoWidth !== level.width) throw new Error(`switch to the ${name} level (${level.width} wide) did not arrive: ${state.switch[name]}`);
  }
  expectPauses = false;
}

async function chooseAudio(language, limit) {
  expectPauses = true;
  const bytes = video.webkitAudioDecodedByteCount;
  player.setAudio(language);
  // Sound goes on, and is that of the language.
  const arrived = await until(() => player.audio() === language && video.webkitAudioDecodedByteCount > bytes, limit);
  state.audio = player.audio();
  if (!arrived) throw new Error(`sound in ${language} did not come: ${state.audio}`);
  expectPauses = false;
}

async function chooseText(language, limit) {
  player.setText(language);
  await until(() => collectCues(language) > 0, limit);
  if (state.cues.length === 0) throw new Error(`no captions in ${language}`);
  state.text = language;
  setInterval(() => collectCues(language), TICK_MS);
}

// What shown tracks hold; players take out what is past. Shaka has one track for all languages.
function collectCues(language) {
  const isShown = (track) => track.mode !== 'disabled' && track.kind !== 'metadata' && ['', language].includes(track.language);
  const tracks = Array.from(player.textTracks?.() ?? video.textTracks).filter(isShown);
  // dash.js keeps those in TTML apart.
  const cues = tracks.flatMap((track) => [...Array.from(track.cues ?? []), ...(track.manualCueList ?? [])]);
  for (const { startTime, endTime, text } of cues) {
    const cue = { start: round(startTime), end: round(endTime), text };
    if (!state.cues.some(({ start, end, text: known }) => start === cue.start && end === cue.end && known === text)) state.cues.push(cue);
  }
  return state.cues.length;
}

async function seekTo(target, limit) {
  expectPauses = true;
  const begin = performance.now();
  state.seek = { target, ms: null, landed: null, reached: null };
  video.currentTime = target;
  const there = await until(() => !video.seeking && video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA, limit);
  Object.assign(state.seek, { ms: Math.round(performance.now() - begin), landed: round(video.currentTime) });
  // Near the end there may be less than the reach left.
  const played = there && (await until(() => video.currentTime >= Math.min(target + SEEK_REACH_SECS, video.duration - END_SLACK_SECS), limit));
  state.seek.reached = round(video.currentTime);
  const off = state.seek.landed - target;
  if (off < -END_SLACK_SECS || off > SEEK_SLACK_SECS * video.playbackRate) throw new Error(`seek to ${target} landed at ${state.seek.landed}`);
  if (!played) throw new Error(`seek to ${target} did not play on: ${JSON.stringify(state.seek)}`);
  expectPauses = false;
}

window.run = run;
window.report = () => {
  const quality = video.getVideoPlaybackQuality();
  return {
    ...state,
    duration: round(video.duration),
    currentTime: round(video.currentTime),
    frames: quality.totalVideoFrames,
    dropped: quality.droppedVideoFrames,
    audioBytes: video.webkitAudioDecodedByteCount,
    buffers: state.buffers.map(summary),
  };
};
