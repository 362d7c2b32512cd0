// The page as a whole: the address says which file is played by which player, everything
// else follows from it.

import { AssetList } from './assets.js';
import { Controls } from './controls.js';
import { showFacts } from './facts.js';
import { listenToMenus, showMenus } from './menus.js';
import { findPlayer, INSTALL_HINT, loadLibrary, PLAYERS, probePlayers } from './players.js';
import { RequestLog } from './stats.js';
import { inspect, showInspectError, showNoTracks, showTracks } from './tracks.js';
import {
  assetPath, byId, element, formatMs, NONE, setText, splitPath, streamBase, streamUrls,
} from './util.js';

const REFRESH_MS = 250;

/**
 * What tests may look at. `ready`: the first frame of this asset in this player is there.
 * `error`: what the page says went wrong, or null.
 */
const state = { player: null, asset: null, error: null, ready: false };

let video = null;
// Where players that draw captions themselves do so.
let captions = null;
let session = null;
// Volume and mute go from one video element to the next.
let sound = {};
// Raised by each load: what a former load still does is known by its old number.
let turn = 0;
let unusable = new Map();

window.fragmint = {
  state,
  get video() { return video; },
};

const requests = new RequestLog();
const controls = new Controls();
const files = new AssetList((path) => linkTo(path, state.player));

// ---- The address -------------------------------------------------------------------------

function linkTo(asset, player) {
  const parameters = new URLSearchParams();
  if (asset) parameters.set('asset', asset);
  if (player) parameters.set('player', player);
  // A slash needs no escape here, and the path stays readable without.
  return `#${parameters.toString().replaceAll('%2F', '/')}`;
}

function readAddress() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  return {
    asset: assetPath(parameters.get('asset') ?? '') || null,
    player: findPlayer(parameters.get('player'))?.id ?? defaultPlayer(),
  };
}

/** The first one that works, or the first one, whose absence is then explained. */
function defaultPlayer() {
  return (PLAYERS.find(({ id }) => !unusable.get(id)) ?? PLAYERS[0]).id;
}

function followAddress() {
  const { asset, player } = readAddress();
  const changed = asset !== state.asset || player !== state.player;
  if (changed) load(asset, player);
}

// ---- Loading and unloading ---------------------------------------------------------------

async function load(asset, playerId) {
  const mine = ++turn;
  const isCurrent = () => mine === turn;
  const player = findPlayer(playerId);
  unload();
  Object.assign(state, { asset, player: playerId, error: null, ready: false });
  showChoice(asset, player);

  if (asset) showDetails(asset, isCurrent);
  if (unusable.get(playerId)) {
    fail(absenceText(player), 'Player not available');
    return;
  }
  if (!asset) {
    showMessage('Choose a file', 'It starts in the player chosen above.');
    return;
  }
  try {
    await loadLibrary(player);
    // By now the server may have refused the file.
    if (isCurrent() && !state.error) start(player, asset, isCurrent);
  } catch (error) {
    if (isCurrent()) fail(error.message);
  }
}

function start(player, asset, isCurrent) {
  hideMessage();
  video = freshVideo();
  captions = element('div', { class: 'captions' });
  byId('stage').prepend(video, captions);
  watchVideo(video, isCurrent);
  controls.follow(video);
  const report = {
    fatal: (text) => { if (isCurrent()) fail(text); },
    notice: (text) => { if (isCurrent()) setText(byId('notice'), text); },
  };
  session = player.create(video, streamUrls(asset)[player.stream], report, captions);
}

/**
 * Each load has an element of its own. Players leave traces on theirs, such as text tracks,
 * that cannot be removed, and a player that is slow to end cannot touch the next one's.
 */
function freshVideo() {
  // Not play(): a player that sets its source after that call would end it again. A browser
  // that wants a click before sound leaves the video paused, and the controls start it.
  const next = element('video', { autoplay: true, playsinline: true, 'aria-label': 'Video' });
  return Object.assign(next, sound);
}

/** Ends what plays now, if anything does. */
function unload() {
  const [oldSession, oldVideo, oldCaptions] = [session, video, captions];
  session = null;
  video = null;
  captions = null;
  requests.follow(null);
  controls.clear();
  if (!oldVideo) return;
  sound = { volume: oldVideo.volume, muted: oldVideo.muted };
  oldVideo.pause();
  // Some players end at once, others later; neither may stop the page.
  Promise.resolve()
    .then(() => oldSession?.destroy())
    .catch((error) => console.warn('The former player did not end cleanly.', error))
    .finally(() => {
      oldVideo.removeAttribute('src');
      oldVideo.load();
    });
  oldVideo.remove();
  oldCaptions.remove();
}

function watchVideo(element, isCurrent) {
  const started = performance.now();
  element.addEventListener('loadeddata', () => {
    if (!isCurrent() || state.ready) return;
    state.ready = true;
    setText(byId('fact-start'), `${formatMs(performance.now() - started)} ms`);
  });
  element.addEventListener('error', () => {
    if (isCurrent()) fail(mediaErrorText(element.error));
  });
}

function mediaErrorText(error) {
  const words = {
    [MediaError.MEDIA_ERR_NETWORK]: 'The stream broke off while it was loading',
    [MediaError.MEDIA_ERR_DECODE]: 'The browser could not decode the stream',
    [MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED]: 'The browser cannot play this stream',
  }[error?.code] ?? 'The browser stopped playback';
  return error?.message ? `${words}: ${error.message}` : `${words}.`;
}

// ---- What is wrong -----------------------------------------------------------------------

function absenceText(player) {
  if (PLAYERS.every(({ id }) => unusable.get(id))) {
    return PLAYERS.some(({ id }) => unusable.get(id) === 'missing')
      ? `No player is installed, and this browser does not play HLS itself. To install the players, ${INSTALL_HINT}.`
      : 'This browser can neither run the players nor play HLS itself.';
  }
  return unusable.get(player.id) === 'missing'
    ? `${player.label} is not installed. To install it, ${INSTALL_HINT}. Or choose another player.`
    : `This browser cannot run ${player.label}. Choose another player.`;
}

function fail(text, title = 'This does not play') {
  // The first reason is the cause, later ones follow from it.
  if (state.error) return;
  state.error = text;
  showMessage(title, text, true);
}

function showMessage(title, text, isError = false) {
  const message = byId('message');
  // Set before the text, so that the text is read out as it comes.
  message.setAttribute('role', isError ? 'alert' : 'status');
  message.classList.toggle('is-error', isError);
  message.hidden = false;
  setText(byId('message-title'), title);
  setText(byId('message-text'), text);
}

const hideMessage = () => { byId('message').hidden = true; };

// ---- What is chosen ----------------------------------------------------------------------

function showChoice(asset, player) {
  const { folder, name } = splitPath(asset ?? '');
  document.title = asset ? `${name} – Fragmint` : 'Fragmint';
  byId('asset-title').title = asset ?? '';
  byId('asset-title').replaceChildren(
    element('span', { class: 'folder' }, folder),
    element('span', { class: 'name' }, asset ? name : 'No file chosen'));
  byId('reload').disabled = !asset;
  showUrls(asset);
  markPlayer(player);
  files.mark(asset);
  files.refreshLinks();
  setText(byId('notice'), '');
  setText(byId('fact-start'), NONE);
  showNoTracks(asset ? '' : 'The tracks of the chosen file come here.');
  refresh();
}

function showUrls(asset) {
  const urls = asset ? streamUrls(asset) : { hls: '', dash: '' };
  for (const [kind, url] of Object.entries(urls)) {
    byId(`url-${kind}`).value = url;
    document.querySelector(`[data-copy="url-${kind}"]`).disabled = !asset;
  }
}

function showDetails(asset, isCurrent) {
  requests.follow(streamBase(asset));
  if (!files.isServed) {
    showNoTracks('Tracks are not shown here: `fragmint inspect` shows those of a file.');
    controls.showPreviews({ playlist: streamUrls(asset).hls });
    return;
  }
  inspect(asset).then(
    (answer) => {
      if (!isCurrent()) return;
      showTracks(answer);
      if (answer.previews) controls.showPreviews({ url: streamBase(asset) + answer.previews.vtt });
    },
    (error) => {
      if (!isCurrent()) return;
      showInspectError(error);
      if (error.status >= 400 && error.status < 500) refuse(error.message);
    });
}

/** The server has no streams for this file. Its own words say more than those of a player. */
function refuse(text) {
  if (unusable.get(state.player)) return;
  unload();
  state.error = null;
  fail(text);
}

/** Puts all players on the page, none of them to be chosen until it is known which there are. */
function showPlayers() {
  byId('players').replaceChildren(...PLAYERS.map((player) => {
    const radio = element('input', {
      type: 'radio', name: 'player', value: player.id, id: `player-${player.id}`, disabled: true,
    });
    radio.addEventListener('change', () => { location.hash = linkTo(state.asset, player.id); });
    return element('div', { class: 'choice' }, radio, element('label', { for: radio.id }, player.label));
  }));
}

function markPlayer(player) {
  for (const { id } of PLAYERS) {
    byId(`player-${id}`).disabled = Boolean(unusable.get(id));
    byId(`player-${id}`).checked = id === player.id;
  }
  setText(byId('player-note'), [unusable.get(player.id) ? '' : player.note, absenceNote()].filter(Boolean).join(' '));
}

/** Says in one sentence which players are not installed, and what to do. */
function absenceNote() {
  const missing = PLAYERS.filter(({ id }) => unusable.get(id) === 'missing').map(({ label }) => label);
  const sentences = [];
  if (missing.length > 0) {
    const names = new Intl.ListFormat('en').format(missing);
    sentences.push(`${names} ${missing.length > 1 ? 'are' : 'is'} not installed: ${INSTALL_HINT}.`);
  }
  if (unusable.get('native')) sentences.push('This browser does not play HLS itself.');
  return sentences.join(' ');
}

// ---- What happens now --------------------------------------------------------------------

function refresh() {
  showMenus(session);
  showFacts(state, video, session);
}

// ---- Controls ----------------------------------------------------------------------------

function listenToControls() {
  listenToMenus(() => session);
  byId('reload').addEventListener('click', () => load(state.asset, state.player));
  for (const button of document.querySelectorAll('[data-copy]')) {
    button.addEventListener('click', () => copy(byId(button.dataset.copy), button));
  }
  // The address after the # is the page's state, so the skip link may not change it.
  byId('skip').addEventListener('click', (event) => {
    event.preventDefault();
    byId('player-area').focus();
  });
  window.addEventListener('hashchange', followAddress);
}

async function copy(field, button) {
  const done = await copyText(field);
  const label = button.firstChild;
  label.textContent = done ? 'Copied' : 'Press Ctrl+C';
  setText(byId('copy-status'), done ? 'Copied' : 'The address is selected. Press Control C to copy it.');
  setTimeout(() => {
    label.textContent = 'Copy';
    setText(byId('copy-status'), '');
  }, 1500);
}

async function copyText(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    // Over plain HTTP from another machine there is no clipboard object.
    field.select();
    return document.execCommand('copy');
  }
}

// ---- Start -------------------------------------------------------------------------------

async function run() {
  listenToControls();
  showPlayers();
  // Whether files are listed also says whether they can be inspected.
  [unusable] = await Promise.all([probePlayers(), files.load()]);
  followAddress();
  setInterval(refresh, REFRESH_MS);
}

run();
