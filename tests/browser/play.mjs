// Plays manifests to their end in headless Chromium and says in JSON what happened.
//
//   node play.mjs --player hlsjs|dashjs|shaka|videojs --url URL [--seek T] [--switch] [--expect v|a|av]
//                 [--audio LANG] [--text LANG] [--rate R] [--seconds N]
//   node play.mjs --batch < cases.json        [{player, url, seek, switch, expect, audio, text, rate, seconds}, ...]
//
// One line for each case; exit status 0 if all are ok, 1 if one is not, 2 for a wrong call. A case fails on any error of
// the player, any failed request, a stall longer than a second, a seek or switch that does not arrive, when the end is not
// reached within `seconds` (60), or when what it expects (pictures `v`, sound `a`, default `v`) was not decoded: players
// leave out a track that they cannot play without a word. `audio` and `text` are chosen once it plays, and must come. `rate` (up to 4) shortens a case. A batch shares one browser;
// each case has its own page, cache and cookies. `CHROMIUM` names the browser, else `chromium` or `google-chrome` on PATH.
//
// Result: {ok, player, url, version, duration, ended, currentTime, frames, dropped, audioBytes, stalls: [{at, ms}], errors,
// warnings, levels: [{width, height, bandwidth, codecs}], sizes: ["WxH" in the order shown], startMs,
// seek: {target, ms, landed, reached}, switch: {low, high}, audio, text, cues: [{start, end, text}], buffers: [{mime, start, end, holes: [[from, to]]}]}.
// `buffers` is the union of all that was ever buffered, so holes beside a seek are natural. `ended` may be false with
// `ok`: then the clock stood at the duration but the event did not come.

import { createReadStream, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UsageError, watch, withBrowser } from './chromium.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const SCRIPTS = {
  hlsjs: ['hls.js/dist/hls.min.js'],
  // With what plays Smooth Streaming.
  dashjs: ['dashjs/dist/modern/umd/dash.all.min.js', 'dashjs/dist/modern/umd/dash.mss.min.js'],
  shaka: ['shaka-player/dist/shaka-player.compiled.js'],
  videojs: ['video.js/dist/video.min.js'],
};
const EXPECT = ['v', 'a', 'av'];
const DEFAULT_SECONDS = 60;
const MAX_RATE = 4;
const POLL_MS = 100;

async function main() {
  const cases = readCases();
  const server = await serve();
  let failures = 0;
  try {
    await withBrowser(async (browser) => {
      for (const one of cases) {
        const result = await play(browser, server.address().port, one);
        if (!result.ok) failures += 1;
        process.stdout.write(`${JSON.stringify(result)}\n`);
      }
    });
  } finally {
    server.close();
  }
  return failures === 0 ? 0 : 1;
}

// ---- cases ----

function readCases() {
  const { values } = parseArgs({
    options: {
      batch: { type: 'boolean' },
      player: { type: 'string' },
      url: { type: 'string' },
      seek: { type: 'string' },
      switch: { type: 'boolean' },
      expect: { type: 'string' },
      audio: { type: 'string' },
      text: { type: 'string' },
      rate: { type: 'string' },
      seconds: { type: 'string' },
    },
  });
  const given = values.batch ? JSON.parse(readFileSync(0, 'utf8')) : [values];
  if (!Array.isArray(given) || given.length === 0) throw new UsageError('--batch wants a JSON array of cases on stdin');
  return given.map(checkedCase);
}

function checkedCase({ player, url, seek, switch: levels, expect = 'v', audio = null, text = null, rate = 1, seconds = DEFAULT_SECONDS }) {
  if (!Object.hasOwn(SCRIPTS, player ?? '')) throw new UsageError(`--player is one of ${Object.keys(SCRIPTS).join(', ')}`);
  if (!URL.canParse(url ?? '')) throw new UsageError(`not a URL: ${url}`);
  const checked = {
    player,
    url,
    expect,
    audio,
    text,
    rate: Number(rate),
    seconds: Number(seconds),
    seek: seek === undefined || seek === null ? null : Number(seek),
    switch: Boolean(levels),
  };
  if (!EXPECT.includes(expect)) throw new UsageError(`expect is one of ${EXPECT.join(', ')}`);
  if (!(checked.rate > 0 && checked.rate <= MAX_RATE)) throw new UsageError(`rate is above 0 and at most ${MAX_RATE}`);
  if (!(checked.seconds > 0)) throw new UsageError('seconds is above 0');
  if (checked.seek !== null && !(checked.seek >= 0)) throw new UsageError('seek is a time in seconds');
  return checked;
}

// ---- the page and the players' scripts, on loopback ----

function serve() {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const player = pathname.slice(1);
    if (pathname === '/page.js') return send(response, 'text/javascript', createReadStream(join(HERE, 'page.js')));
    if (Object.hasOwn(SCRIPTS, player)) return send(response, 'text/html', page(player));
    const script = Object.values(SCRIPTS).flat().find((path) => pathname === `/lib/${path}`);
    if (script) return send(response, 'text/javascript', createReadStream(join(HERE, 'node_modules', script)));
    response.writeHead(204).end(); // the favicon
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function send(response, type, body) {
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8` });
  if (typeof body === 'string') response.end(body);
  else body.on('error', () => response.destroy()).pipe(response);
}

function page(player) {
  return `<!doctype html><title>${player}</title>
<body><video id="video" muted playsinline width="640" height="360"></video>
${SCRIPTS[player].map((path) => `<script src="/lib/${path}"></script>`).join('')}<script src="/page.js"></script>`;
}

// ---- one case ----

async function play(browser, port, one) {
  const context = await browser.createBrowserContext();
  const outside = []; // what the page cannot see: requests and uncaught exceptions
  let report = {};
  try {
    const tab = await context.newPage();
    watch(tab, outside);
    await tab.goto(`http://127.0.0.1:${port}/${one.player}`);
    report = await follow(tab, one, outside);
  } catch (error) {
    outside.push(`harness: ${error.message}`);
  } finally {
    await context.close();
  }
  return verdict(one, report, outside);
}

// Polls the page until it has finished, something has gone wrong, or time is up.
async function follow(tab, one, outside) {
  const deadline = Date.now() + one.seconds * 1000;
  await tab.evaluate((order) => { window.run(order); }, one);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const report = await tab.evaluate(() => window.report());
    if (report.finished || report.errors.length > 0 || outside.length > 0) return report;
    if (Date.now() > deadline) {
      report.errors.push(`not at the end after ${one.seconds} s, but at ${report.currentTime} of ${report.duration}`);
      return report;
    }
  }
}

function verdict(one, report, outside) {
  const { finished, ...result } = report;
  const errors = [...outside, ...(result.errors ?? [])];
  if (errors.length === 0) {
    if (!result.buffers?.length) errors.push('the player used no SourceBuffer');
    if (!finished) errors.push('did not finish');
    if (one.expect.includes('v') && !(result.frames > 0)) errors.push('no picture was decoded');
    if (one.expect.includes('a') && !(result.audioBytes > 0)) errors.push('no sound was decoded');
  }
  return { ok: errors.length === 0, player: one.player, url: one.url, ...result, errors };
}

main().then(
  (status) => { process.exitCode = status; },
  (error) => {
    process.stderr.write(`play.mjs: ${error.message}\n`);
    process.exitCode = error instanceof UsageError || error.code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1;
  },
);
