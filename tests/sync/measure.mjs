// Measures how far sound and picture are apart in players, against the source.
//
//   node measure.mjs --sources DIR --base URL --files plain,cut [--players hlsjs,…,ffmpeg] [--shift-ms=N] [--json]
//
// DIR is what make.sh made; the server at URL serves the same folder (`/plain.mp4/master.m3u8` and `…/manifest.mpd`).
// Exit status 0 if all is exact, 1 if something is not, 2 for a wrong call. `CHROMIUM` names the browser.
//
// An error is in ms, positive when the sound is late. One line for each file and player:
//   start, seek, back  from the start, after a seek to 3 s, and after one to 0 (or to where there is sound). The player
//                      begins to play at a known time T, so the first sample heard belongs to T and each following one
//                      to 1/48000 s later; each picture has its time. So this is exact to a sample, and must be < 1 ms.
//   clock              from the start, by when samples and pictures came out, whatever their times say. Sees what the
//                      above takes for granted (sound that is silent at T, too). Coarse on a busy machine: in one of three runs it must be
//                      < 12 ms, or less than the machine's own clock wanders, but never as much as a picture lasts.
// What is told is the worst moment of a stretch, not its mean. `ffmpeg` decodes both manifests: its error is exact.
// `direct` plays the source as a file; the clock's bias is taken from the last few of that of plain.mp4. (Chromium itself is a
// packet of priming, 21 ms, early on a file whose sound begins with an empty edit.)
//
// The source's own offset is what its pictures and samples say, raw, plus its edit list (edits.mjs). ffmpeg's own way
// with edit lists differs where an edit begins inside a picture: it moves the next one there.
//
// `--shift-ms=N` proves that faults are seen: everything goes through a proxy that rewrites the edit list of the sound's
// init segment so that the sound is N ms late, and that is what must be measured.

import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { decode, pictureOffsets } from './decode.mjs';
import { editLists, withSoundShifted } from './edits.mjs';
import { consensus, locator, soundOffsets, WINDOW } from './locate.mjs';
import { PICTURE_RATE, pictureNumber, SAMPLE_RATE } from './signal.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const BROWSER_TESTS = join(HERE, '../browser');
const puppeteer = createRequire(join(BROWSER_TESTS, 'package.json'))('puppeteer-core');

const PLAYERS = {
  hlsjs: { run: 'hlsjs', script: 'hls.js/dist/hls.min.js', manifest: 'master.m3u8' },
  dashjs: { run: 'dashjs', script: 'dashjs/dist/modern/umd/dash.all.min.js', manifest: 'manifest.mpd' },
  'shaka-hls': { run: 'shaka', script: 'shaka-player/dist/shaka-player.compiled.js', manifest: 'master.m3u8' },
  'shaka-dash': { run: 'shaka', script: 'shaka-player/dist/shaka-player.compiled.js', manifest: 'manifest.mpd' },
  videojs: { run: 'videojs', script: 'video.js/dist/video.min.js', manifest: 'master.m3u8' },
  direct: { run: 'direct' },
};
const CLIENTS = { 'ffmpeg-hls': 'master.m3u8', 'ffmpeg-dash': 'manifest.mpd' };
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];
const EXACT_MS = 1;
const CLOCK_MS = { quiet: 12, most: 1000 / PICTURE_RATE };
const CLOCK_REPEATS = 2;
const CALIBRATIONS = 5;
const SEEK_SECS = 3;
const PLAY_SECS = { start: 2.2, seek: 1.5 };
const LIMIT_MS = 30_000;
const ENOUGH = { windows: 3, pictures: 8 };
const AROUND_MS = 500;
const UNDERFLOW_SAMPLES = 16; // noise is never 0 for so long

class UsageError extends Error {}

async function main() {
  const order = readOrder();
  const locate = locator();
  const origin = order.shiftMs === 0 ? null : await faultyProxy(order.base, order.shiftMs / 1000);
  const base = origin ? `http://127.0.0.1:${origin.address().port}` : order.base;
  const pages = await servePages(order.sources);
  const profile = mkdtempSync(join(tmpdir(), 'fragmint-sync-'));
  let browser = null;
  let failures = 0;
  const tell = (line) => {
    if (!line.ok) failures += 1;
    process.stdout.write(`${order.json ? JSON.stringify(line) : asText(line)}\n`);
  };
  try {
    const inBrowser = order.players.filter((name) => PLAYERS[name]);
    if (inBrowser.length > 0) {
      browser = await puppeteer.launch({ executablePath: chromium(), headless: true, userDataDir: profile, args: FLAGS });
    }
    const bench = { browser, port: pages.address().port, base, locate, shiftMs: order.shiftMs, clock: null };
    if (browser) bench.clock = await calibrate(bench, order.sources, tell);
    for (const file of order.files) {
      const truth = await readTruth(join(order.sources, `${file}.mp4`), locate);
      tell({ ok: true, file, player: 'source', offsetMs: round(truth.offset * 1000), note: truth.note });
      for (const player of order.players.filter((name) => CLIENTS[name])) tell(await asClient(bench, file, player, truth));
      for (const player of inBrowser) tell(await inPlayer(bench, file, player, truth));
    }
  } finally {
    await browser?.close();
    pages.close();
    origin?.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
  return failures === 0 ? 0 : 1;
}

// ---- the call ----

function readOrder() {
  const { values } = parseArgs({
    options: {
      sources: { type: 'string' },
      base: { type: 'string' },
      files: { type: 'string' },
      players: { type: 'string', default: 'hlsjs,dashjs,shaka-hls,shaka-dash,videojs,ffmpeg' },
      'shift-ms': { type: 'string', default: '0' },
      json: { type: 'boolean', default: false },
    },
  });
  const { sources = '', base = '', files = '' } = values;
  const players = values.players.split(',').flatMap((name) => (name === 'ffmpeg' ? Object.keys(CLIENTS) : [name]));
  const unknown = players.find((name) => !Object.hasOwn(PLAYERS, name) && !Object.hasOwn(CLIENTS, name));
  if (unknown !== undefined) throw new UsageError(`--players are of ${Object.keys(PLAYERS).join(', ')}, ffmpeg; not ${unknown}`);
  if (!URL.canParse(base)) throw new UsageError(`--base: not a URL: ${base}`);
  const names = files.split(',').map((name) => name.replace(/\.mp4$/, ''));
  const missing = names.find((name) => !existsSync(join(sources, `${name}.mp4`)));
  if (missing !== undefined) throw new UsageError(`no ${join(sources, `${missing}.mp4`)}: see make.sh`);
  const shiftMs = Number(values['shift-ms']);
  if (!Number.isFinite(shiftMs)) throw new UsageError('--shift-ms is a number');
  return { sources, base: base.replace(/\/$/, ''), files: names, players, shiftMs, json: values.json };
}

function chromium() {
  const named = process.env.CHROMIUM;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = ['chromium', 'google-chrome'].flatMap((name) => folders.map((folder) => join(folder, name)));
  const path = named ? named : candidates.find((candidate) => existsSync(candidate));
  if (!path || !existsSync(path)) throw new UsageError('no Chromium: set CHROMIUM or run scripts/install-test-tools.sh');
  return path;
}

// ---- the source ----

/** {offset, soundAt, picturesAt, firstPicture, note}: by how much sound is late, where both begin (seconds); the first picture. */
async function readTruth(path, locate) {
  const edits = editLists(readFileSync(path));
  const late = (kind) => edits.find((track) => track.kind === kind).offsetSecs;
  const raw = await decode(path, locate, ['-ignore_editlist', '1']);
  const pictures = toMicrosecond(consensus(pictureOffsets(raw.pictures)).value + late('vide'));
  const sound = toMicrosecond(consensus(raw.sound).value + late('soun'));
  const edited = await decode(path, locate);
  const itsWay = consensus(edited.sound).value - consensus(pictureOffsets(edited.pictures)).value;
  const differs = Math.abs(itsWay - (sound - pictures)) >= 1e-4;
  return {
    offset: sound - pictures,
    soundAt: Math.max(0, sound),
    picturesAt: Math.max(0, pictures),
    firstPicture: Math.max(0, Math.floor(-pictures * PICTURE_RATE)),
    note: differs ? `ffmpeg, which moves the first whole picture to the edit's start, has ${ms(itsWay * 1000)}` : undefined,
  };
}

// ---- ffmpeg as client ----

async function asClient({ base, locate, shiftMs }, file, player, truth) {
  const line = { ok: false, file, player, errors: [] };
  try {
    const seen = await decode(`${base}/${file}.mp4/${CLIENTS[player]}`, locate);
    line.exact = errorMs(seen.pictures, seen.sound, truth);
  } catch (error) {
    line.errors.push(error.message);
  }
  line.ok = line.errors.length === 0 && Math.abs(line.exact - shiftMs) < EXACT_MS;
  return line;
}

/** The worst A/V error in what was seen. */
function errorMs(seen, soundLate, truth) {
  // A first picture may be held from 0 until its end, and those before a cut may flit by at 0.
  const known = seen.filter(({ number, time }) => number !== null && number > truth.firstPicture && time > 0.002);
  const pictures = consensus(pictureOffsets(known));
  const sound = consensus(soundLate);
  if (pictures.agree < ENOUGH.pictures || sound.agree < ENOUGH.windows) {
    throw new Error(`too little seen: ${pictures.agree} pictures and ${sound.agree} stretches of sound agree`);
  }
  const extremes = [sound.value, sound.furthest].flatMap((s) => [pictures.value, pictures.furthest].map((p) => s - p));
  const worst = extremes.reduce((far, offset) => (Math.abs(offset - truth.offset) > Math.abs(far - truth.offset) ? offset : far));
  return round((worst - truth.offset) * 1000);
}

// ---- a player in the browser ----

async function inPlayer(bench, file, player, truth) {
  const clocks = [];
  for (;;) {
    const line = await oneRun(bench, file, player, truth);
    if (clocks.length > 0) line.repeated = `clock was ${clocks.map(ms).join(', ')}`;
    const onlyLate = line.errors.length === 0 && line.clock !== null && !bench.clock.agrees(line.clock - bench.shiftMs);
    if (!onlyLate || clocks.length === CLOCK_REPEATS) return line;
    clocks.push(line.clock);
    await bench.clock.readAgain(); // its bias may have moved since
  }
}

async function oneRun(bench, file, player, truth, names = ['start', 'seek', 'back']) {
  const line = { ok: false, file, player, errors: [], start: null, seek: null, back: null, clock: null };
  try {
    const answer = await record(bench, file, player, truth, names);
    line.version = answer.version ?? undefined;
    line.errors.push(...answer.errors);
    const capture = joined(answer.chunks);
    for (const stretch of answer.stretches) {
      const heard = soundOf(stretch, capture);
      const pictures = stretch.pictures.map(({ cells, ...rest }) => ({ ...rest, number: pictureNumber(cells) }));
      // Where the source is silent at first, the first sample heard is not the first played.
      if (stretch.begins >= truth.soundAt) {
        const sound = soundOffsets(bench.locate, heard.samples, (i) => stretch.begins + i / SAMPLE_RATE);
        line[stretch.name] = errorMs(pictures, sound, truth);
      }
      if (stretch.name === 'start') line.clock = clockError(bench, heard, pictures, truth);
      const strays = stretch.seeks.length - (stretch.name === 'start' ? 0 : 1);
      if (strays > 0) line.note = `${line.note ?? ''} the player itself went to ${stretch.seeks.map(({ target }) => target)}`;
    }
  } catch (error) {
    line.errors.push(error.message);
  }
  const exact = [line.start, line.seek, line.back].filter((value) => value !== null);
  line.ok = line.errors.length === 0 && line.seek !== null && line.back !== null && line.clock !== null
    && exact.every((value) => Math.abs(value - bench.shiftMs) < EXACT_MS)
    && (bench.clock === null || bench.clock.agrees(line.clock - bench.shiftMs));
  return line;
}

async function record({ browser, port, base }, file, player, truth, names) {
  const back = truth.soundAt > 0 ? Math.ceil(truth.soundAt * 10) / 10 + 0.2 : 0;
  const both = Math.max(truth.soundAt, truth.picturesAt);
  const { run, manifest } = PLAYERS[player];
  const context = await browser.createBrowserContext();
  const outside = [];
  try {
    const page = await context.newPage();
    page.on('response', (response) => {
      if (response.status() >= 400) outside.push(`HTTP ${response.status()} ${response.url()}`);
    });
    page.on('pageerror', (error) => outside.push(`exception: ${error.message}`));
    await page.goto(`http://127.0.0.1:${port}/${player}`);
    const answer = await page.evaluate((order) => window.measure(order), {
      player: run,
      url: manifest ? `${base}/${file}.mp4/${manifest}` : `/sources/${file}.mp4`,
      stretches: [
        { name: 'start', target: null, until: both + PLAY_SECS.start },
        { name: 'seek', target: SEEK_SECS, until: SEEK_SECS + PLAY_SECS.seek },
        { name: 'back', target: back, until: Math.max(back, both) + PLAY_SECS.seek },
      ].filter(({ name }) => names.includes(name)),
      limitMs: LIMIT_MS,
    });
    return { ...answer, errors: [...outside, ...answer.errors] };
  } finally {
    await context.close();
  }
}

// ---- what the recorder heard ----

function joined(chunks) {
  const parts = chunks.map(({ at, wall, samples }) => {
    const bytes = Buffer.from(samples, 'base64');
    return { at, wall, samples: new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)) };
  });
  const first = parts[0]?.at ?? 0;
  const samples = new Float32Array(parts.reduce((end, part) => Math.max(end, part.at + part.samples.length - first), 0));
  for (const part of parts) samples.set(part.samples, part.at - first);
  return { first, samples, parts };
}

/** The samples played in a stretch, without those the element put in while it had none, and each one's wall time. */
function soundOf({ from, to, seeks }, { first, samples, parts }) {
  const begin = Math.max(from, ...seeks.map(({ frame }) => frame)) - first;
  const kept = [];
  let zeros = UNDERFLOW_SAMPLES; // before the first sample, however few there are
  for (let i = begin; i < to - first; i += 1) {
    zeros = samples[i] === 0 ? zeros + 1 : 0;
    if (zeros <= UNDERFLOW_SAMPLES) kept.push(i);
    else if (zeros === UNDERFLOW_SAMPLES + 1) kept.length = Math.max(0, kept.length - UNDERFLOW_SAMPLES);
  }
  const within = parts.filter(({ at }) => at - first >= begin && at < to);
  return {
    samples: Float32Array.from(kept, (i) => samples[i]),
    // When the audio device is late the context's own time falls behind, so only what was asked for around then tells.
    wall(index) {
      const frame = kept[index] + first;
      const around = within.filter(({ at }) => Math.abs(at - frame) < (SAMPLE_RATE * AROUND_MS) / 1000);
      return earliest(around.map(({ at, wall }) => wall + ((frame - at) * 1000) / SAMPLE_RATE));
    },
  };
}

// The sound that comes out at some moment against the pictures that come out around it.
function clockError({ locate, clock }, heard, pictures, truth) {
  const errors = [];
  for (let at = 0; at + WINDOW <= heard.samples.length; at += SAMPLE_RATE / 8) {
    const position = locate(heard.samples, at);
    const wall = heard.wall(at);
    const around = pictures.filter((picture) => picture.number > truth.firstPicture && Math.abs(picture.wall - wall) < AROUND_MS);
    if (position === null || around.length < ENOUGH.pictures) continue;
    const shown = wall - earliest(around.map((picture) => picture.wall - (picture.number * 1000) / PICTURE_RATE));
    errors.push(shown - (position * 1000) / SAMPLE_RATE - truth.offset * 1000);
  }
  return errors.length < ENOUGH.windows ? null : round(median(errors) - (clock?.biasMs() ?? 0));
}

// A busy machine makes things late, never early; one in ten may be a wrong reading.
const earliest = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 10)];
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

// The clock's bias is that of Chromium's outputs, the same for all players. The first run also proves the method.
async function calibrate(bench, sources, tell) {
  const truth = await readTruth(join(sources, 'plain.mp4'), bench.locate);
  const unshifted = { ...bench, shiftMs: 0, clock: null };
  const clock = new Clock(async (names) => {
    const line = await oneRun(unshifted, 'plain', 'direct', truth, names);
    if (line.clock === null) throw new Error(`the clock could not be read on plain.mp4; ${line.errors.join('; ')}`);
    return line;
  });
  tell({ ...(await clock.readAgain(['start', 'seek', 'back'])), note: 'before calibration' });
  while (clock.readings.length < CALIBRATIONS) await clock.readAgain();
  tell({ ok: true, file: 'plain', player: 'direct', note: `clock: ${clock.readings.map(ms).join(', ')}` });
  return clock;
}

/** What the machine's own clock says of a file that is in sync; the last few readings count. */
class Clock {
  constructor(read) {
    this.read = read;
    this.readings = [];
  }

  async readAgain(names = ['start']) {
    const line = await this.read(names);
    this.readings = [...this.readings, line.clock].slice(-CALIBRATIONS);
    return line;
  }

  biasMs() {
    return median(this.readings);
  }

  agrees(errorMs) {
    const wandering = Math.max(...this.readings) - Math.min(...this.readings);
    return Math.abs(errorMs) < Math.min(Math.max(CLOCK_MS.quiet, wandering), CLOCK_MS.most);
  }
}

// ---- servers on loopback ----

function servePages(sources) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const player = pathname.slice(1);
    const own = {
      '/page.js': join(HERE, 'page.js'),
      '/recorder.js': join(HERE, 'recorder.js'),
      '/players.js': join(BROWSER_TESTS, 'page.js'),
    };
    if (Object.hasOwn(own, pathname)) return send(response, 'text/javascript', createReadStream(own[pathname]));
    if (Object.hasOwn(PLAYERS, player)) return send(response, 'text/html', html(PLAYERS[player].script));
    const script = Object.values(PLAYERS).find((each) => pathname === `/lib/${each.script}`)?.script;
    if (script) return send(response, 'text/javascript', createReadStream(join(BROWSER_TESTS, 'node_modules', script)));
    const source = /^\/sources\/([\w-]+\.mp4)$/.exec(pathname)?.[1];
    if (source) return send(response, 'video/mp4', readFileSync(join(sources, source)), request.headers.range);
    response.writeHead(204).end(); // the favicon
  });
  return listening(server);
}

const listening = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));

function send(response, type, body, range) {
  const from = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? NaN);
  if (from >= 0) {
    const part = body.subarray(from);
    const where = `bytes ${from}-${body.length - 1}/${body.length}`;
    response.writeHead(206, { 'content-type': type, 'content-range': where, 'content-length': part.length }).end(part);
    return;
  }
  response.writeHead(200, { 'content-type': type });
  if (body.pipe) body.on('error', () => response.destroy()).pipe(response);
  else response.end(body);
}

function html(script) {
  return `<!doctype html><meta charset="utf-8">
<body><video id="video" playsinline width="256" height="144"></video>
${script ? `<script src="/lib/${script}"></script>` : ''}<script src="/players.js"></script><script src="/page.js"></script>`;
}

const NOT_PASSED_ON = ['content-encoding', 'content-length', 'transfer-encoding', 'connection', 'keep-alive', 'etag'];

/** Passes on what is at `base`, but with the sound's edit list rewritten. */
function faultyProxy(base, secs) {
  const server = createServer(async (request, response) => {
    try {
      const { range } = request.headers;
      const upstream = await fetch(base + request.url, { method: request.method, headers: range ? { range } : {} });
      const body = Buffer.from(await upstream.arrayBuffer());
      const headers = Object.fromEntries([...upstream.headers].filter(([name]) => !NOT_PASSED_ON.includes(name)));
      response.writeHead(upstream.status, headers).end(withSoundShifted(body, secs) ?? body);
    } catch (error) {
      process.stderr.write(`proxy: ${error.message}\n`);
      response.writeHead(502).end();
    }
  });
  return listening(server);
}

// ---- words ----

const toMicrosecond = (secs) => Math.round(secs * 1e6) / 1e6;
const round = (value) => Math.round(value * 1000) / 1000;
const ms = (value) => (value === null ? '-' : `${value >= 0 ? '+' : ''}${value.toFixed(2)}`);

function asText({ ok, file, player, version, offsetMs, exact, start, seek, back, clock, errors = [], note, repeated }) {
  const words = [file.padEnd(14), player.padEnd(12)];
  if (offsetMs !== undefined) words.push(`offset ${ms(offsetMs)}`);
  else if (exact !== undefined || start !== undefined || !ok) {
    words.push(ok ? 'ok  ' : 'FAIL');
    if (exact !== undefined) words.push(`error ${ms(exact)}`);
    const measured = start === undefined ? {} : { start, seek, back, clock };
    words.push(...Object.entries(measured).map(([name, value]) => `${name} ${ms(value).padStart(7)}`));
  }
  if (version) words.push(`(${version})`);
  return [words.join(' '), note, repeated, ...errors].filter(Boolean).join('; ');
}

main().then(
  (status) => { process.exitCode = status; },
  (error) => {
    process.stderr.write(`measure.mjs: ${error.message}\n`);
    process.exitCode = error instanceof UsageError || error.code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1;
  },
);
