// Uses the page of `fragmint serve` as a viewer does, in headless Chromium, and says in JSON what happened.
//
//   node player-page.mjs < order.json      {base, asset, players: [id], captions: {id: {label: part of a caption}}, paths: [asset]}
//
// One line for each player, then one for the page: {listed, typed, overflow, unlabelled}: what it lists, what became of
// each path that was typed, pixels by which a narrow window is too narrow, controls without a label. For a player:
//
//   player, error           its id; what the page or the script reports, or null
//   outside                 failed requests and uncaught exceptions
//   menus                   options of the menus once they are full: {quality, audio, text: [label]}
//   audio                   after each choice: {label, chosen, sources: [files whose sound was asked for since]}
//   text                    after each choice: {label, chosen, drawn}; `drawn` is what stood over the picture
//   quality                 after each choice: {label, chosen, width}
//   followed                what the menu of captions shows after a track was switched on behind the page's back (hls.js)
//   previews                the preview under the pointer at 3.5 s and 4.5 s: {time, sheet, width, transform}
//   keyboard                after the right arrow on the seek bar: {moved, preview}
//   reset                   what is chosen once another player was taken: {quality, audio, text}

import { readFileSync } from 'node:fs';
import { watch, withBrowser } from './chromium.mjs';

const PATIENCE_MS = 20_000;
const TICK_MS = 50;
const MENUS = ['quality', 'audio', 'text'];

const order = JSON.parse(readFileSync(0, 'utf8'));
const print = (result) => process.stdout.write(`${JSON.stringify(result)}\n`);
const sleep = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/** What `read` gives once `accept` takes it, or when patience ends. */
async function until(read, accept, ms = PATIENCE_MS) {
  for (const end = Date.now() + ms; ; await sleep(TICK_MS)) {
    const found = await read();
    if (accept(found) || Date.now() > end) return found;
  }
}

async function main() {
  await withBrowser(async (browser) => {
    for (const player of order.players) print(await inTab(browser, (tab, seen) => usePlayer(tab, seen, player)));
    print(await inTab(browser, usePage));
  });
}

async function inTab(browser, task) {
  const context = await browser.createBrowserContext();
  const seen = { outside: [], urls: [] };
  const result = { error: null, outside: seen.outside };
  try {
    const tab = await context.newPage();
    await tab.setViewport({ width: 1200, height: 900 });
    watch(tab, seen.outside);
    tab.on('request', (request) => seen.urls.push(decodeURI(new URL(request.url()).pathname)));
    Object.assign(result, await task(tab, seen));
    result.error ??= await tab.evaluate(() => window.fragmint.state.error);
  } catch (error) {
    result.error = error.message;
  } finally {
    await context.close();
  }
  return result;
}

// ---- one player ----

async function usePlayer(tab, seen, player) {
  await tab.goto(`${order.base}/#asset=${order.asset}&player=${player}`);
  await ready(tab);
  await loop(tab);
  const captions = order.captions[player];
  const options = await until(() => menus(tab), ({ text, audio }) => text.length > Object.keys(captions).length && audio.length > 1);
  const labels = (kind) => options[kind].map(({ label }) => label);
  return {
    player,
    menus: Object.fromEntries(MENUS.map((kind) => [kind, labels(kind)])),
    text: await chooseEach(tab, 'text', options.text, (label) =>
      until(() => drawn(tab), (text) => (label in captions ? text.includes(captions[label]) : text === ''))
        .then((text) => ({ drawn: text }))),
    followed: player === 'hlsjs' ? await switchBehindThePage(tab) : null,
    audio: await chooseEach(tab, 'audio', [...options.audio].reverse(), async () => {
      seen.urls.length = 0;
      const sources = () => [...new Set(seen.urls.map((url) => /\/([^/]+)\/[^/]+\/a[^/]+\/\d+\.m4s$/.exec(url)?.[1]).filter(Boolean))];
      return { sources: await until(sources, ({ length }) => length > 0) };
    }),
    quality: await chooseEach(tab, 'quality', [...options.quality].reverse(), async (label) => {
      const size = /^(\d+)×/.exec(label)?.[1];
      const width = () => tab.evaluate(() => window.fragmint.video.videoWidth);
      return { width: await until(width, (found) => !size || found === Number(size)) };
    }),
    previews: [await hover(tab, 3.5), await hover(tab, 4.5)],
    keyboard: await pressArrow(tab),
    reset: await changePlayer(tab, options, player),
  };
}

const ready = (tab) =>
  tab.waitForFunction(() => window.fragmint.state.ready || window.fragmint.state.error, { timeout: PATIENCE_MS });

/** The film begins again at its end, so that what is waited for comes round. */
const loop = (tab) => tab.evaluate(() => { window.fragmint.video.loop = true; });

const menus = (tab) => tab.evaluate((kinds) => Object.fromEntries(kinds.map((kind) =>
  [kind, [...document.getElementById(kind).options].map(({ value, text }) => ({ id: value, label: text }))])), MENUS);

const chosen = (tab, kind) => tab.evaluate((id) => document.getElementById(id).selectedOptions[0]?.text ?? null, kind);

/** What `observe` sees after each option of a menu was chosen, and what the menu then shows. */
async function chooseEach(tab, kind, options, observe) {
  const results = [];
  for (const { id, label } of options) {
    await tab.select(`#${kind}`, id);
    const observed = await observe(label);
    results.push({ label, chosen: await until(() => chosen(tab, kind), (text) => text === label, 2000), ...observed });
  }
  return results;
}

/** Captions over the picture, whoever draws them. */
const drawn = (tab) => tab.evaluate(() => {
  const showing = [...window.fragmint.video.textTracks].filter(({ mode }) => mode === 'showing');
  const native = showing.flatMap(({ activeCues }) => Array.from(activeCues ?? [], ({ text }) => text.replaceAll(/<[^>]*>/g, '')));
  const own = [...document.querySelectorAll('.captions, .vjs-text-track-display')].map(({ textContent }) => textContent);
  return [...native, ...own].join(' ').trim();
});

/** As a browser's own menu does it: the player takes it up, and the page's menu is to follow. */
async function switchBehindThePage(tab) {
  await tab.select('#text', 'off');
  await tab.evaluate(() => {
    [...window.fragmint.video.textTracks].find(({ language }) => language === 'fr').mode = 'showing';
  });
  return until(() => chosen(tab, 'text'), (text) => text !== 'Off', 3000);
}

async function hover(tab, time) {
  const { x, y, width, height, duration } = await tab.evaluate(() => {
    const seek = document.getElementById('seek');
    seek.scrollIntoView({ block: 'center' });
    return { ...seek.getBoundingClientRect().toJSON(), duration: window.fragmint.video.duration };
  });
  await tab.mouse.move(x + (width * time) / duration, y + height / 2);
  const read = () => tab.evaluate(() => {
    const sheet = document.getElementById('preview-sheet');
    return {
      visible: document.getElementById('preview-picture').checkVisibility(),
      time: document.getElementById('preview-time').textContent,
      sheet: sheet.src.split('/').pop(),
      width: sheet.naturalWidth,
      transform: sheet.style.transform,
    };
  });
  const result = await until(read, ({ visible, width: natural }) => visible && natural > 0, 3000);
  await tab.mouse.move(0, 0);
  return { ...result, gone: await tab.evaluate(() => !document.getElementById('preview').checkVisibility()) };
}

async function pressArrow(tab) {
  await tab.evaluate(() => {
    window.fragmint.video.pause();
    window.fragmint.video.currentTime = 0;
  });
  await tab.focus('#seek');
  await tab.keyboard.press('ArrowRight');
  return tab.evaluate(() => ({
    moved: window.fragmint.video.currentTime,
    preview: document.getElementById('preview-picture').checkVisibility(),
  }));
}

/** Nothing of what was chosen goes to the next player. */
async function changePlayer(tab, { quality, audio, text }, player) {
  for (const [kind, options] of Object.entries({ quality, audio, text })) await tab.select(`#${kind}`, options.at(-1).id);
  const next = player === 'hlsjs' ? 'dashjs' : 'hlsjs';
  await tab.click(`label[for="player-${next}"]`);
  await tab.waitForFunction((id) => window.fragmint.state.player === id, { timeout: PATIENCE_MS }, next);
  await ready(tab);
  await until(() => menus(tab), (found) => found.audio.length > 1 && found.text.length > 1);
  return Object.fromEntries(await Promise.all(MENUS.map(async (kind) => [kind, await chosen(tab, kind)])));
}

// ---- the page ----

/** Lists, takes any path, and fits into a narrow window. */
async function usePage(tab) {
  await tab.goto(`${order.base}/`);
  await tab.waitForSelector('#files a');
  const listed = await tab.evaluate(() => [...document.querySelectorAll('#files a')].map(({ title }) => title));
  const typed = {};
  for (const path of order.paths) {
    await tab.evaluate(() => { document.getElementById('path').value = ''; });
    await tab.type('#path', `${path}\n`);
    await tab.waitForFunction((asset) => window.fragmint.state.asset === asset, { timeout: PATIENCE_MS }, path.replace(/\/$/, ''));
    await ready(tab);
    typed[path] = await tab.evaluate(() => window.fragmint.state.error ?? 'plays');
  }
  await tab.setViewport({ width: 360, height: 740 });
  const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  const unlabelled = await tab.evaluate(() => [...document.querySelectorAll('main button, main input, main select')]
    .filter((node) => !node.labels?.length && !node.getAttribute('aria-label') && !node.textContent.trim())
    .map(({ id }) => id));
  return { listed, typed, overflow, unlabelled };
}

main().catch((error) => {
  process.stderr.write(`player-page.mjs: ${error.stack}\n`);
  process.exitCode = 1;
});
