// Runs in the page beside one player, after ../browser/page.js, whose `players`, `video`, `until` and `state` it uses:
// `measure(order)` plays, seeks and answers with the pictures shown and the sound heard in each stretch of playback.

const SETTLE_MS = 300; // after a pause: what is on its way through the audio graph
const CELLS = { columns: 8, rows: 2 };

let context = null;
const heard = []; // chunks of the recorder
let shown = []; // pictures of this stretch
let seeks = []; // of this stretch, by us or by the player

players.direct = async ({ url }) => {
  video.src = url;
};

async function listen() {
  context = new AudioContext({ sampleRate: 48000 });
  await context.audioWorklet.addModule('/recorder.js');
  const recorder = new AudioWorkletNode(context, 'recorder', { channelCount: 1, channelCountMode: 'explicit' });
  recorder.port.onmessage = ({ data }) => heard.push(data);
  context.createMediaElementSource(video).connect(recorder).connect(context.destination);
  video.muted = false;
  await context.resume();
}

// ---- pictures ----

const canvas = new OffscreenCanvas(256, 144).getContext('2d', { willReadFrequently: true });

function look(_, { mediaTime, presentationTime }) {
  video.requestVideoFrameCallback(look);
  const frame = new VideoFrame(video);
  // The element may already show the next picture.
  if (Math.abs(frame.timestamp - mediaTime * 1e6) < 2) {
    shown.push({ time: frame.timestamp / 1e6, wall: performance.timeOrigin + presentationTime, cells: cells(frame) });
  }
  frame.close();
}

function cells(frame) {
  const { columns, rows } = CELLS;
  const { width, height } = canvas.canvas;
  canvas.drawImage(frame, 0, 0, width, height);
  const pixels = canvas.getImageData(0, 0, width, height).data;
  return Array.from({ length: columns * rows }, (_, cell) => {
    const x = Math.floor(((cell % columns) + 0.5) * (width / columns));
    const y = Math.floor((Math.floor(cell / columns) + 0.5) * (height / rows));
    return pixels[4 * (y * width + x) + 1];
  });
}

// ---- a stretch of playback ----

const lastFrame = () => (heard.length === 0 ? 0 : heard.at(-1).at + heard.at(-1).samples.length);

// Where the sound of this stretch begins in the buffer, if later than `time`: players may leave a gap, which is silence.
function soundBegins(time) {
  const [buffer] = window.soundBuffers;
  if (!buffer || buffer.buffered.length === 0) return time;
  for (let i = 0; i < buffer.buffered.length; i += 1) {
    if (buffer.buffered.end(i) > time) return Math.max(time, buffer.buffered.start(i));
  }
  return time;
}

window.soundBuffers = [];
const addBuffer = MediaSource.prototype.addSourceBuffer;
MediaSource.prototype.addSourceBuffer = function (mime) {
  const buffer = addBuffer.call(this, mime);
  if (mime.startsWith('audio/')) window.soundBuffers = [buffer];
  return buffer;
};

async function stretch({ name, target, until: end }, { player, url, limitMs }) {
  const from = lastFrame();
  shown = [];
  seeks = [];
  if (target === null) {
    await players[player]({ url });
  } else {
    video.currentTime = target;
    await until(() => !video.seeking && video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA, limitMs);
  }
  video.play().catch((error) => { if (error.name !== 'AbortError') fail(`play: ${error.message}`); });
  if (!(await until(() => video.currentTime >= end || state.errors.length > 0, limitMs))) {
    throw new Error(`${name}: at ${video.currentTime}, not at ${end}`);
  }
  const playedFrom = seeks.at(-1)?.target ?? 0;
  const begins = soundBegins(playedFrom);
  video.pause();
  await sleep(SETTLE_MS);
  return { name, begins, seeks, pictures: shown, from, to: lastFrame() };
}

async function measure(order) {
  const answer = { stretches: [], errors: state.errors };
  video.addEventListener('seeking', () => seeks.push({ target: video.currentTime, frame: lastFrame() }));
  try {
    await listen();
    video.requestVideoFrameCallback(look);
    await sleep(SETTLE_MS);
    for (const each of order.stretches) answer.stretches.push(await stretch(each, order));
  } catch (error) {
    fail(error.message ?? error);
  }
  answer.version = state.version;
  answer.chunks = await Promise.all(heard.map(async ({ at, wall, samples }) => ({ at, wall, samples: await base64(samples) })));
  return answer;
}

function base64(samples) {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

window.measure = measure;
