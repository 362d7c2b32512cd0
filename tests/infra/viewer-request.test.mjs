// The CloudFront function, in Node and in njs. What it must answer is written down here by hand, taken from the URL grammar
// in docs/http.md, from the tests of the Rust code that has the last word, and signed by infra/token.py.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

import { event, run, runInNjs, source } from './edge.mjs';

const VERSION = '0123456789abcdef';
const CHILD = `/films/a.mp4/${VERSION}/v1-0-1f-3`;
const TEXT = `${VERSION}/t1-0-1f-3`;
const KEY = 'correct horse battery staple';
const NOW = 1_800_000_000;

/** The path that goes to the origin, or the status of a refusal. */
const outcome = (answer) => answer.statusCode ?? answer.uri;
const ask = async (uri, config = {}, options = {}) => outcome(await run(config, event(uri), options));

const ACCEPTED = [
  '/a.mp4/master.m3u8',
  '/films/A%20b.mp4/manifest.mpd',
  '/films/.mp4/master.m3u8',
  '/films/a.b/c.MOV/master.m3u8',
  '/%C3%A9t%C3%A9/%E6%97%A5%E6%9C%AC.m4v/manifest.mpd',
  `${CHILD}/index.m3u8`,
  `${CHILD}/init.mp4`,
  `${CHILD}/init-hls.mp4`,
  `${CHILD}/0.m4s`,
  `${CHILD}/9007199254740993.m4s`,
  `/a.m4a/${VERSION}/a2-2f40-1a00-2bf200/288000.m4s`,
  ...['ismv', 'isma', 'ismt', 'cmfv', 'cmfa', 'CMFT'].map((ending) => `/a.${ending}/${VERSION}/a2-0-1f-3/init.mp4`),
  // Captions: in a file of their own or in an MP4.
  ...['vtt', 'srt', 'ttml', 'dfxp', 'itt', 'xml', 'VTT', 'mp4'].map((ending) => `/films/a.en.${ending}/${TEXT}/0.vtt`),
  ...['index.m3u8', 'index-7.m3u8', 'imsc1.m3u8', 'imsc1-99999.m3u8', 'captions.vtt', 'init-wvtt.mp4', 'init-stpp.mp4', '0-wvtt.m4s', '6000-stpp.m4s']
    .map((name) => `/a.vtt/${TEXT}/${name}`),
  '/a.vtt/master.m3u8',
  // Editions: a distance of grid lines, and the end of what captions belong to.
  ...['500', '999', '1000', '59999', '60000'].map((millis) => `/a.mp4/${VERSION}-${millis}/v1-0-1f-3/0.m4s`),
  `/a.vtt/${VERSION}-e1/t1-0-1f-3/0.vtt`,
  `/a.vtt/${VERSION}-4000-e999999999/t1-0-1f-3/0.vtt`,
  // Sets, lists and folders; what has no known ending is a folder.
  '/films/dune.json/master.m3u8',
  '/films/dune.smil/manifest.mpd',
  '/films/dune.ism/manifest.mpd',
  '/films/dune.ism/Manifest',
  '/films/dune_,480,720,.mp4.urlset/master.m3u8',
  '/films/dune/master.m3u8',
  '/films/a.txt/manifest.mpd',
  `/a.json/${VERSION}/images.m3u8`,
  `/a.Json/${VERSION}/images.vtt`,
  `/a.json/${VERSION}/999999999.jpg`,
  // The largest numbers that route.rs and layout.rs take.
  `/a.m4a/${VERSION}/a4294967295-ffffffffffff-8000000-ffffffffffffffff/288000.m4s`,
];

test('paths of the grammar go on as they are', async () => {
  for (const path of ACCEPTED) assert.equal(await ask(path), path);
});

test('each path gets one spelling', async () => {
  const spellings = {
    '//a.mp4///master.m3u8': '/a.mp4/master.m3u8',
    '/%61.mp4/master.m3u8': '/a.mp4/master.m3u8',
    '/a b.mp4/master.m3u8': '/a%20b.mp4/master.m3u8',
    '/a+b.mp4/master.m3u8': '/a%2Bb.mp4/master.m3u8',
    '/a%2bb.mp4/master.m3u8': '/a%2Bb.mp4/master.m3u8',
    '/%c3%a9.mp4/master.m3u8': '/%C3%A9.mp4/master.m3u8',
    '/é.mp4/master.m3u8': '/%C3%A9.mp4/master.m3u8',
    // As the Rust code prints them: these and no others of the sub-delimiters are escaped.
    "/a'&;+.mp4/master.m3u8": '/a%27%26%3B%2B.mp4/master.m3u8',
    '/a%21%24%28%29%2A%2C%3A%3D%40%7E.mp4/master.m3u8': '/a!$()*,:=@~.mp4/master.m3u8',
    '/a!$()*,:=@~.mp4/master.m3u8': '/a!$()*,:=@~.mp4/master.m3u8',
    '/100%25.mp4/master.m3u8': '/100%25.mp4/master.m3u8',
  };
  for (const [sent, canonical] of Object.entries(spellings)) assert.equal(await ask(sent), canonical, sent);
});

test('malformed paths are refused with 400', async () => {
  for (const path of [
    'a.mp4/master.m3u8',
    '/../a.mp4/master.m3u8',
    '/films/%2e%2E/a.mp4/master.m3u8',
    '/./a.mp4/master.m3u8',
    '/x%2fa.mp4/master.m3u8',
    '/x%5Ca.mp4/master.m3u8',
    '/x\\a.mp4/master.m3u8',
    '/x%00a.mp4/master.m3u8',
    '/x%7fa.mp4/master.m3u8',
    '/x%c2%85a.mp4/master.m3u8',
    '/x%0d%0aa.mp4/master.m3u8',
    '/x%ffa.mp4/master.m3u8',
    '/x%c0%afa.mp4/master.m3u8',
    '/x%ed%a0%80a.mp4/master.m3u8',
    '/x%a.mp4/master.m3u8',
    '/x%',
    `/${'x'.repeat(4096)}.mp4/master.m3u8`,
  ]) assert.equal(await ask(path), 400, path.slice(0, 60));
});

test('paths that name nothing are refused with 404', async () => {
  for (const path of [
    '/master.m3u8',
    '/favicon.ico',
    '/robots.txt',
    '/films/a.mp4',
    '/a.mp4/other.m3u8',
    '/a.mp4/master.m3u8/',
    '/a.mp4/Master.m3u8',
    '/a.mp4/master%2Em3u8x',
    '/%2545.mp4/%6daster.m3u8x',
    `/a.mp4/${VERSION.toUpperCase()}/v1-0-1f-3/index.m3u8`,
    `/a.mp4/${VERSION.slice(1)}/v1-0-1f-3/index.m3u8`,
    `/a.mp4/${VERSION}0/v1-0-1f-3/index.m3u8`,
    ...['x1-0-1f-3', 'v0-0-1f-3', 'v01-0-1f-3', 'v1', 'v1-', 'v1-0-1f-g', 'v1-0-1f', 'v1-0-1f-3-4', 'v1-0-0-3', 'v1-0-1f-0', 'v1-00-1f-3', 'v12345678901-0-1f-3']
      .map((track) => `/a.mp4/${VERSION}/${track}/index.m3u8`),
    ...['01.m4s', '-1.m4s', '.m4s', '1e3.m4s', '99999999999999999999.m4s', 'init-x.mp4', '0.m4s/', 'index-.m3u8', 'index-0.m3u8', 'index-07.m3u8', 'index-123456.m3u8']
      .map((name) => `${CHILD}/${name}`),
    // Kinds of children and kinds of tracks.
    ...['0.vtt', '0-wvtt.m4s', '0-stpp.m4s', 'captions.vtt', 'init-wvtt.mp4', 'init-stpp.mp4', 'imsc1.m3u8'].map((name) => `${CHILD}/${name}`),
    ...['0.m4s', 'init.mp4', 'init-hls.mp4', '00.vtt', '0-x.m4s', 'captions.srt'].map((name) => `/a.mp4/${TEXT}/${name}`),
    // Editions.
    ...['-', '-0', '-499', '-0500', '-60001', '-99999', '-4000-5000'].map((edition) => `/a.mp4/${VERSION}${edition}/v1-0-1f-3/0.m4s`),
    ...['-e', '-e0', '-e01', '-e1234567890', '-e1-4000', '-E1'].map((edition) => `/a.vtt/${VERSION}${edition}/t1-0-1f-3/0.vtt`),
    `/a.mp4/${VERSION}-e1/a1-0-1f-3/0.m4s`,
    // Sets and folders have no tracks, and only sets in JSON have pictures.
    ...['json', 'smil', 'ism', 'txt', 'urlset'].map((ending) => `/a.${ending}/${VERSION}/v1-0-1f-3/0.m4s`),
    `/a/${VERSION}/v1-0-1f-3/0.m4s`,
    ...['a.mp4', 'a.smil', 'a', 'a.urlset'].map((asset) => `/${asset}/${VERSION}/images.m3u8`),
    ...['0.jpg', '01.jpg', '1.JPG', '1.jpeg', '1234567890.jpg', 'images.mpd'].map((name) => `/a.json/${VERSION}/${name}`),
    `/a.json/${VERSION}-4000/images.m3u8`,
    '/-/assets',
    '/-/inspect/a.mp4',
    '/-/page/a/b.js',
    '/-/page/.npmrc',
  ]) assert.equal(await ask(path), 404, path);
});

/** All paths in a test of the Rust code, however its rows are laid out; those of `format!` and the decoded path of an asset apart. */
function rustTests(name) {
  const rust = readFileSync(new URL('../../crates/packaging/src/route/tests.rs', import.meta.url), 'utf8');
  const body = rust.match(new RegExp(`^fn ${name}\\(\\) \\{$[\\s\\S]*?^\\}$`, 'm'))[0];
  return [...body.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text).filter((text) => text === '' || /^\/|^[a-z]+\.m3u8$/.test(text));
}

test('the grammar is that of the Rust code', async () => {
  const table = rustTests('the_table');
  const nothing = rustTests('what_names_nothing');
  assert.ok(table.length >= 60 && nothing.length >= 100, `${table.length} and ${nothing.length}: the tests of the grammar are written otherwise now`);
  for (const path of table) assert.equal(await ask(path), path);
  for (const path of nothing) {
    // Two slashes are forgiven at the edge, which makes it another path.
    const meant = path.replace(/\/\/+/g, '/');
    if (meant !== path && !nothing.includes(meant)) assert.equal(await ask(path), meant);
    // An empty path is `/` to CloudFront.
    else assert.ok([400, 404].includes(await ask(path, { page: false })), path);
  }
});

// A query that no function knows would be another cache entry for the same answer.
test('of a query only the filter of a manifest reaches the cache', async () => {
  const rest = async (uri, query, config) => {
    const answer = await run({ ...config }, event(uri, { query }));
    return answer.statusCode ? [answer.statusCode, JSON.parse(answer.body).error.kind] : answer.querystring;
  };
  const name = 'aws.manifestfilter';
  const kept = { [name]: { value: 'video_height:1-720' } };
  const manifests = ['/a.mp4/master.m3u8', '/a.mp4/manifest.mpd', '/a.mp4.ism/Manifest', '/a.mp4/container/demuxed/tracks/v1,a2/start/5/master.m3u8'];
  const children = [
    `${CHILD}/0.m4s`, `${CHILD}/index.m3u8`, '/a.mp4/download.mp4', '/a.mp4/QualityLevels(1)/Fragments(video=0)',
    `/s.json/${VERSION}/images.m3u8`, `/s.json/${VERSION}/1-v1/programme.m3u8`,
  ];
  for (const path of manifests) {
    assert.deepEqual(await rest(path, { [name]: 'video_height:1-720' }), kept, path);
    assert.deepEqual(await rest(path, { [name]: 'video_height:1-720', CMCD: 'bs', x: ['1', '2'] }), kept, path);
    assert.deepEqual(await rest(path, { 'AWS.ManifestFilter': 'video_height:1-720' }), kept, path);
    assert.deepEqual(await rest(path, { x: '1', '': 'x'.repeat(8000) }), {}, path);
    // Two of them are an error, which the functions tell; in two spellings they would not see both.
    assert.deepEqual(await rest(path, { [name]: ['a', 'b'] }), { [name]: { value: 'b', multiValue: [{ value: 'a' }, { value: 'b' }] } }, path);
    assert.deepEqual(await rest(path, { [name]: 'a', 'AWS.manifestfilter': 'b' }), [400, 'filter'], path);
  }
  for (const path of children) {
    assert.deepEqual(await rest(path, { [name]: 'video_height:1-720' }), [400, 'filter'], path);
    assert.deepEqual(await rest(path, { x: '1' }), {}, path);
  }
  assert.deepEqual(await rest('/-/page/app.js', { [name]: 'x' }), {});
});

// Options belong to no asset: what is signed is the film.
test('tokens of an asset open it with all options', async () => {
  const token = sign('films/a.mp4', NOW + 60).slice(0, -'/films/a.mp4'.length);
  const open = (path) => ask(token + path, { tokens: true }, store);
  for (const rest of [
    '/container/ts/master.m3u8', '/segments/number/profile/hbbtv/tracks/v1/end/0.5/manifest.mpd', '/clipFrom/0/clipTo/1000000000/download.mp4',
    '.ism/Manifest', '.ism/tracks/a2/clipFrom/5/0123456789abcdef/QualityLevels(5)/Fragments(video=0)', '/start/1000000/master.m3u8',
  ]) assert.equal(await open(`/films/a.mp4${rest}`), `/films/a.mp4${rest}`);
  // What is no option is another asset.
  for (const rest of [
    '/clipFrom/05/master.m3u8', '/clipTo/5/clipFrom/1/master.m3u8', '/clipFrom/5/clipTo/5/master.m3u8', '/clipTo/0/master.m3u8', '/clipFrom/1/end/5/master.m3u8',
    '/start/1.50/master.m3u8', '/start/.5/master.m3u8', '/end/0/master.m3u8', '/end/1000001/master.m3u8', '/tracks/v1,/master.m3u8', '/tracks/1-2-v1/master.m3u8',
    `/tracks/${Array(65).fill('v1')}/master.m3u8`, '/profile/hbbtv/container/demuxed/master.m3u8', '/clipTo/1000000001/master.m3u8',
  ]) assert.equal(await open(`/films/a.mp4${rest}`), 403, rest);
});

test('paths of nginx-vod-module go on where they are wanted', async () => {
  const own = ['/hls/films/a.mp4/master.m3u8', `/dash${CHILD}/0.m4s`, '/mss/a.mp4/container/demuxed/master.m3u8'];
  const theirs = [
    '/hls/films/a.mp4/index-v1-a1.m3u8', '/hls/films/a.mp4/iframes-v1.m3u8', '/hls/a_,1,2,.mp4.urlset/seg-1-f2-v1-a1.ts', '/hls/a.mp4/clipFrom/5/clipTo/9/seg-1.ts',
    '/dash/a.mp4/init-v1.mp4', '/dash/a.mp4/fragment-1-v1.m4s', '/hls/a.mp4/init-f1-v1.mp4', '/hls/a.mp4/master-f1-v1-a1.m3u8', '/dash/a.mp4/manifest-lfre.mpd',
  ];
  for (const path of [...own, ...theirs, '/mss/a.mp4/manifest']) assert.equal(await ask(path, { nginx: true }), path);
  for (const path of theirs.slice(0, -2)) assert.equal(await ask(path), 404, path);
  for (const path of ['/hls/a.mp4/seg-0.ts', '/hls/a.mp4/seg-1.mp4', '/hls/master.m3u8x', '/x/a.mp4/seg-1.ts', '/hls/a.mp4', '/dash/a.mp4/init.m4s']) {
    assert.equal(await ask(path, { nginx: true }), 404, path);
  }
  const filter = { 'aws.manifestfilter': 'x' };
  const status = async (path) => (await run({ nginx: true }, event(path, { query: filter }))).statusCode;
  assert.equal(await status('/hls/a.mp4/master-v1.m3u8'), undefined);
  assert.equal(await status('/mss/a.mp4/manifest'), undefined);
  assert.equal(await status('/hls/a.mp4/index-v1.m3u8'), 400);
  const token = sign('films/a.mp4', NOW + 60).slice(0, -'/films/a.mp4'.length);
  const open = (path) => ask(token + path, { tokens: true, nginx: true }, store);
  assert.equal(await open('/hls/films/a.mp4/clipFrom/5/seg-1-v1.ts'), '/hls/films/a.mp4/clipFrom/5/seg-1-v1.ts');
  assert.equal(await open('/hls/films/a.mp4/master.m3u8'), '/hls/films/a.mp4/master.m3u8');
  assert.equal(await open('/hls/films/b.mp4/seg-1-v1.ts'), 403);
});

test('the page is where it is deployed, and nowhere else', async () => {
  for (const path of ['/', '/-/page/', '/-/page']) {
    const answer = await run({ page: true }, event(path));
    assert.equal(answer.statusCode, 302);
    assert.equal(answer.headers.location.value, '/-/page/index.html');
    assert.equal(await ask(path, { page: false }), 404);
  }
  for (const path of ['/-/page/index.html', '/-/players/hls.min.js']) {
    assert.equal(await ask(path, { page: true }), path);
    assert.equal(await ask(path, { page: true, tokens: true }), path);
    assert.equal(await ask(path, { page: false }), 404);
  }
});

test('refusals are JSON that scripts may read', async () => {
  const answer = await run({}, event('/nothing'));
  assert.deepEqual(JSON.parse(answer.body), { error: { status: 404, kind: 'not_found', message: 'the path names no manifest or segment' } });
  assert.equal(answer.statusDescription, 'Not Found');
  assert.equal(answer.headers['content-type'].value, 'application/json');
  assert.equal(answer.headers['cache-control'].value, 'public, max-age=5');
  assert.equal(answer.headers['access-control-allow-origin'].value, '*');
});

test('with a list of origins, only those may read refusals', async () => {
  const origins = 'https://a.example,https://b.example';
  const headers = async (origin) => (await run({ origins }, event('/x', { headers: origin ? { Origin: origin } : {} }))).headers;
  assert.equal((await headers('https://b.example'))['access-control-allow-origin'].value, 'https://b.example');
  for (const other of ['https://c.example', 'https://b.example.evil', 'https://a.example,https://b.example', '']) {
    assert.equal((await headers(other))['access-control-allow-origin'], undefined);
  }
  assert.equal((await headers(''))['vary'].value, 'Origin');
});

test('preflight requests are answered at the edge', async () => {
  const answer = await run({ tokens: true }, event(`${CHILD}/0.m4s`, { method: 'OPTIONS' }));
  assert.equal(answer.statusCode, 204);
  assert.equal(answer.body, undefined);
  assert.equal(answer.headers['access-control-allow-methods'].value, 'GET, HEAD, OPTIONS');
  assert.match(answer.headers['access-control-allow-headers'].value, /\bRange\b/);
});

/** A path signed by infra/token.py, which is another implementation: of a file, or of a folder. */
function sign(asset, expires, key = KEY) {
  const folder = fileURLToPath(new URL('../../infra', import.meta.url));
  const code = `import importlib.util as u, sys
spec = u.spec_from_file_location('path_token', sys.argv[1] + '/token.py'); t = u.module_from_spec(spec); spec.loader.exec_module(t)
print(t.sign(sys.argv[2], sys.argv[3], int(sys.argv[4])))`;
  return execFileSync('python3', ['-c', code, folder, key, asset, String(expires)], { encoding: 'utf8' }).trim();
}

/** Lets the function's code make so many digests and no more. */
const countDigests = (most) => (code) => `let digests = 0;
function counted() { digests += 1; if (digests > ${most}) throw new Error('too many digests'); return crypto; }
${code.replace('crypto.createHmac', 'counted().createHmac')}`;

const store = { keys: { 'token-key': KEY }, now: NOW };

test('a token opens all of its asset and nothing else', async () => {
  const below = sign("films/A b+'(1).mp4", NOW + 60);
  const asset = '/films/A%20b%2B%27(1).mp4';
  assert.ok(below.endsWith(asset));
  for (const rest of ['/master.m3u8', '/manifest.mpd', `/${VERSION}/v1-0-1-1/index.m3u8`, `/${VERSION}/v1-0-1-1/0.m4s`]) {
    assert.equal(await ask(below + rest, { tokens: true }, store), asset + rest);
  }
  const token = below.slice(0, -asset.length);
  assert.equal(await ask(`${token}/films/b.mp4/master.m3u8`, { tokens: true }, store), 403);
  assert.equal(await ask(`${token}/x${asset}/master.m3u8`, { tokens: true }, store), 403);
  assert.equal(await ask(`${asset}/master.m3u8`, { tokens: true }, store), 403);
});

// What the manifest of several files leads to lies beside it, or below it.
test('a token of a folder opens what lies directly in it', async () => {
  const folder = '/films/d%C3%BCne%201';
  const below = sign('films/düne 1', NOW + 60);
  assert.ok(below.endsWith(folder));
  const open = (rest) => ask(below.slice(0, -folder.length) + rest, { tokens: true }, store);
  for (const rest of [
    '/master.m3u8', '/a.mp4/master.m3u8', '/a.json/manifest.mpd', '/a.SMIL/master.m3u8', '/a.ism/manifest.mpd', '/a_,1,2,.mp4.urlset/master.m3u8', `/a.json/${VERSION}/1.jpg`,
    `/a.mp4/${VERSION}/v1-0-1-1/0.m4s`, `/a.en.vtt/${VERSION}-e30000/t1-0-1-1/0.vtt`,
  ]) assert.equal(await open(folder + rest), folder + rest);
  for (const rest of [
    // Neither further down, nor up, nor beside; a folder in the folder is a presentation of its own.
    `${folder}/x/a.mp4/master.m3u8`, `${folder}/x/master.m3u8`, `${folder}/x.ism/Manifest`, '/films/master.m3u8', '/films/a.mp4/master.m3u8', '/films/d%C3%BCne%201.mp4/master.m3u8',
    '/films/d%C3%BCne%202/a.mp4/master.m3u8', '/films/d%C3%BCne/1/a.mp4/master.m3u8', '/a.mp4/master.m3u8',
    `${folder}/x/${VERSION}/v1-0-1-1/0.m4s`, `${folder}/x/a,b,.mp4.urlset/master.m3u8`,
  ]) assert.equal(await open(rest), 403, rest);
});

test('a token of the root opens what lies directly in it', async () => {
  const token = sign('', NOW + 60);
  assert.match(token, /^\/t\/[0-9]+-[0-9a-f]{64}\/$/);
  for (const rest of ['a.mp4/master.m3u8', 'a.json/master.m3u8', `a.mp4/${VERSION}/v1-0-1-1/0.m4s`]) {
    assert.equal(await ask(token + rest, { tokens: true }, store), `/${rest}`);
  }
  for (const rest of ['films/a.mp4/master.m3u8', 'films/master.m3u8', 'master.m3u8']) {
    assert.equal(await ask(token + rest, { tokens: true }, store), 403, rest);
  }
});

test('a token costs at most four digests', async () => {
  const path = `/t/${NOW + 60}-${'0'.repeat(64)}/films/a.mp4/master.m3u8`;
  const keys = { 'token-key': 'new', 'token-key-previous': KEY };
  assert.equal(await ask(path, { tokens: true }, { keys, now: NOW, edit: countDigests(4) }), 403);
  await assert.rejects(ask(path, { tokens: true }, { keys, now: NOW, edit: countDigests(3) }), /too many digests/);
});

test('a token ends, and cannot be forged', async () => {
  const path = `${sign('a.mp4', NOW + 60)}/master.m3u8`;
  const at = (now, keys = store.keys) => ask(path, { tokens: true }, { keys, now });
  assert.equal(await at(NOW + 59), '/a.mp4/master.m3u8');
  assert.equal(await at(NOW + 60), 403);
  assert.equal(await at(NOW, { 'token-key': 'another key' }), 403);
  const longer = path.replace(String(NOW + 60), String(NOW + 61));
  assert.equal(await ask(longer, { tokens: true }, store), 403);
  for (let digit = 0; digit < 64; digit += 9) {
    const at = path.indexOf('-') + 1 + digit;
    const forged = path.slice(0, at) + (path[at] === '0' ? '1' : '0') + path.slice(at + 1);
    assert.equal(await ask(forged, { tokens: true }, store), 403);
  }
  for (const path of ['/t/1-/a.mp4/master.m3u8', `/t/0-${'0'.repeat(64)}/a.mp4/master.m3u8`, `/t/${NOW}-${'g'.repeat(64)}/a.mp4/master.m3u8`]) {
    assert.equal(await ask(path, { tokens: true }, store), 403);
  }
});

test('while a key is replaced, tokens of both are good', async () => {
  const keys = { 'token-key': 'new', 'token-key-previous': KEY };
  for (const key of ['new', KEY]) {
    assert.equal(await ask(`${sign('a.mp4', NOW + 60, key)}/master.m3u8`, { tokens: true }, { keys, now: NOW }), '/a.mp4/master.m3u8');
  }
  assert.equal(await ask(`${sign('a.mp4', NOW + 60, 'older')}/master.m3u8`, { tokens: true }, { keys, now: NOW }), 403);
});

test('without a key nobody gets in', async () => {
  const path = `${sign('a.mp4', NOW + 60)}/master.m3u8`;
  const answer = await run({ tokens: true }, event(path), { keys: {}, now: NOW });
  assert.equal(answer.statusCode, 503);
  assert.equal(answer.headers['cache-control'].value, 'no-store');
  const unkeyed = `${sign('a.mp4', NOW + 60, '')}/master.m3u8`;
  assert.equal(await ask(unkeyed, { tokens: true }, { keys: { 'token-key': '' }, now: NOW }), 403);
});

test('njs answers as Node does', async () => {
  const signed = `${sign('films/é.mp4', NOW + 60)}/master.m3u8`;
  const cases = [
    ...ACCEPTED.map((path) => [{}, event(path), {}]),
    [{}, event('//a+%c3%a9\'.mp4//master.m3u8', { query: { 'aws.manifestfilter': 'a:b', x: ['1', '2'] } }), {}],
    ...[`${CHILD}/0.m4s`, '/a.mp4.ism/tracks/1-v1,2-a2/clipFrom/5/Manifest'].map((path) => [{}, event(path, { query: { 'Aws.manifestfilter': 'a' } }), {}]),
    [{}, event('/x%ff.mp4/master.m3u8'), {}],
    [{}, event('/nothing'), {}],
    [{}, event('/'), {}],
    [{ origins: 'https://a.example' }, event('/x', { method: 'OPTIONS', headers: { Origin: 'https://a.example' } }), {}],
    [{ tokens: true }, event(signed), store],
    [{ tokens: true }, event(signed), { ...store, now: NOW + 60 }],
    [{ tokens: true }, event(signed), { now: NOW, keys: { 'token-key': 'new', 'token-key-previous': KEY } }],
    [{ tokens: true }, event(signed), { now: NOW, keys: {} }],
    [{ tokens: true }, event(`${sign('films', NOW + 60)}/a.json/master.m3u8`), store],
    [{ tokens: true }, event(`${sign('films', NOW + 60)}/x/a.json/master.m3u8`), store],
    ...[`/a.mp4/${TEXT}/0.m4s`, `${CHILD}/0.vtt`, `/a.mp4/${VERSION}-e1/a1-0-1f-3/0.m4s`, `/a/${VERSION}/images.vtt`, `/a.mp4/${VERSION}-499/v1-0-1f-3/0.m4s`].map((path) => [{}, event(path), {}]),
    ...[...rustTests('the_table'), ...rustTests('what_names_nothing')].map((path) => [{}, event(path), {}]),
    ...['/hls/a.mp4/clipFrom/5/seg-1-v1.ts', '/dash/a.mp4/manifest-v1.mpd', '/mss/a.mp4/seg-0'].map((path) => [{ nginx: true }, event(path), {}]),
  ];
  const inNode = await Promise.all(cases.map(([config, what, options]) => run(config, what, options)));
  assert.deepEqual(runInNjs(cases), inNode);
  const after = inNode.slice(ACCEPTED.length).map(outcome);
  assert.deepEqual(after.slice(1, 3), [400, '/a.mp4.ism/tracks/1-v1,2-a2/clipFrom/5/Manifest']);
  assert.equal(after[7], '/films/%C3%A9.mp4/master.m3u8');
  assert.deepEqual(after.slice(11, 18), ['/films/a.json/master.m3u8', 403, 404, 404, 404, 404, 404]);
});

test('the script uses only what cloudfront-js-2.0 has', () => {
  // ES 5.1 with const, let, async, await, template literals, arrow functions: functions-javascript-runtime-20 in the guide.
  const code = source.replace(/\/\/.*$/gm, '').replace(/'(?:[^'\\]|\\.)*'/g, "''").replace(/\/\^.*\/i?;/g, '//;');
  for (const [name, pattern] of Object.entries({
    class: /\bclass\b/, 'for of': /\bof\b/, spread: /\.\.\./, destructuring: /(const|let)\s*[[{]/, 'optional chaining': /\?\./,
    'await among arguments': /\w\([^)]*\bawait\b/, 'nullish operator': /\?\?/, 'default value': /function \w+\([^)]*=/, generator: /function\s*\*/, eval: /\beval\b|new Function/,
    timer: /\bset(Timeout|Interval)\b/, 'private name': /#\w/, bigint: /\b\d+n\b/, 'catch without a name': /catch\s*\{/,
  })) assert.doesNotMatch(code, pattern, name);
  assert.match(source, /^async function handler\(event\)/m);
  assert.deepEqual([...source.matchAll(/^import (\w+) from '(\w+)';$/gm)].map(([, , module]) => module), ['crypto', 'cloudfront']);
});

test('the script is small enough', () => {
  // 10 KB with what the template appends (CloudFront quotas), as embed.py leaves it.
  const template = readFileSync(new URL('../../infra/edge.yaml', import.meta.url), 'utf8');
  const [, code] = template.match(/        - - \|\n((?:            .*\n|\n)*)          - !Sub/);
  const bytes = Buffer.byteLength(code.replace(/^ {12}/gm, ''));
  assert.ok(bytes > 5_000 && bytes + 200 <= 10_240, `${bytes} bytes`);
});
