import crypto from 'crypto';
import cf from 'cloudfront';

// Runs at the edge for every request (cloudfront-js-2.0). Each URL gets one spelling, hence one cache entry, and what
// no function would answer ends here. The grammar is that of crates/packaging/src/route.rs and what lies below it.
// The template appends `const CONFIG = { page, tokens, nginx, origins }`; after a change run infra/functions/embed.py,
// which leaves out comments and what is white.

const MAX_PATH_BYTES = 4096;
const NUMBER = '(?:0|[1-9]\\d{0,18})';
const COUNT = '[1-9]\\d{0,8}';
const MILLIS = '(0|' + COUNT + '|1000000000)';
const SECONDS = '((?:0|[1-9]\\d{0,5})(?:\\.\\d{0,2}[1-9])?|1000000)';
const MICROS = '(0|n?[1-9]\\d{0,17})';
const VERSION = '/[\\da-f]{16}';
const ID = '(?:' + COUNT + '-)?[vat][1-9]\\d{0,9}';
const TRACK = '[1-9]\\d{0,9}-(?:0|[1-9a-f][\\da-f]{0,11})-[1-9a-f][\\da-f]{0,6}-[1-9a-f][\\da-f]{0,15}';
const TARGET = '(?:-[1-9]\\d{0,4})?';
// Manifests and what carries their options. The asset, container, segments, profile; from and to of a clip, of a window;
// the name.
const WHOLE = expression(
    '(.+?)(?:/container/(ts|demuxed))?(?:/segments/(time|number|duration|file))?(/profile/hbbtv)?(?:/tracks/' + ID + '(?:,' + ID +
    '){0,63})?(?:(?:/clipFrom/' + MILLIS + ')?(?:/clipTo/' + MILLIS + ')?|(?:/start/' + SECONDS + ')?(?:/end/' + SECONDS + ')?)' +
    '/(master\\.m3u8|manifest\\.mpd|Manifest|download\\.mp4|(?:' + VERSION.slice(1) + '/)?QualityLevels\\(' + COUNT +
    '\\)/Fragments\\([\\w-]{1,64}=' + NUMBER + '\\))');
const OF_SET = expression('(.+\\.[Jj][Ss][Oo][Nn])' + VERSION + '/(?:images\\.m3u8|images\\.vtt|' + COUNT + '\\.jpg|' + ID + '/(?:ts|' + ID + '/muxed)?programme' + TARGET + '\\.m3u8)');
// The asset, from and to of a clip, the end of captions, the kind of track, sound beside it, the child's name.
const CHILD = expression(
    '(.+)' + VERSION + '(?:-(?:[5-9]\\d\\d|[1-9]\\d{3}|[1-5]\\d{4}|60000))?(?:-s' + MICROS.replace('(', '(?:') + ')?(?:-c' + MICROS + '_' + MICROS +
    ')?(-e' + COUNT + ')?/([vat])' + TRACK + '(/a' + TRACK + ')?/([^/]+)');
// The names that each kind knows, with from and to of a window: pictures, sound, text, pictures with sound.
const LIST = TARGET + '(?:-w(0|[1-9]\\d{0,9})-([1-9]\\d{0,9}))?(?:-d(?:0|[1-9]\\d{0,13}))?\\.m3u8';
const MEDIA = '|init(?:-hls)?\\.mp4|file\\.mp4|n' + COUNT + '\\.m4s|' + NUMBER;
const NAMES = {
    v: expression('(?:index|ts|bytes|iframes|tsiframes)' + LIST + MEDIA + '(?:(?:-i)?\\.(?:m4s|ts))'),
    a: expression('(?:index|ts|bytes)' + LIST + MEDIA + '\\.(?:m4s|ts|aac|ac3|eac3|mp3)'),
    t: expression('(?:index|imsc1|ts)' + LIST + '|init-(?:wvtt|stpp)\\.mp4|captions\\.vtt|' + NUMBER + '(?:-ts)?\\.vtt|(?:' + NUMBER + '|n' + COUNT + ')-(?:wvtt|stpp)\\.m4s'),
    va: expression('muxed' + LIST + '|' + NUMBER + '\\.ts'),
};
// nginx-vod-module's layout, more coarsely: what is left of it after the prefix.
const NGINX = /^(.+?)(?:\/(?:clipFrom|clipTo)\/\d+|\/tracks\/[\w-]+)*\/(?:((?:master[\w-]*\.m3u8|manifest[\w-]*(?:\.mpd)?))|(?:index|iframes)[\w-]*\.m3u8|init[\w-]*\.mp4|(?:seg|fragment)-[1-9][\w-]*\.(?:ts|m4s))$/;
const SOURCE = /\.(?:mp4|m4[va]|mov|ism[vat]|cmf[vat])$/i;
const CAPTIONS = /\.(?:vtt|srt|ttml|dfxp|itt|xml)$/i;
const SET = /\.(?:json|smil|ism)$|\.urlset$/i;
const PAGE_FILE = /^\/-\/(page|players)\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const PAGE = '/-/page/index.html';
const TOKEN = /^\/t\/([1-9][0-9]{0,11})-([0-9a-f]{64})(\/.+)$/;
// The only parameter of a query that the functions know; the cache policy of manifests names it as well.
const FILTER = 'aws.manifestfilter';
const NOTHING = 'the path names no manifest or segment';
// What Rust's canonical form leaves as it is and encodeURIComponent does not.
const PLAIN = /%(24|2C|3A|3D|40)/g;

function expression(text) {
    return new RegExp('^(?:' + text + ')$');
}

async function handler(event) {
    const request = event.request;
    if (request.method === 'OPTIONS') {
        return preflight(request);
    }
    if (request.uri === '/' || request.uri === '/-/page' || request.uri === '/-/page/') {
        return CONFIG.page ? redirect(PAGE) : refuse(request, 404, 'not_found', NOTHING);
    }
    if (CONFIG.page && PAGE_FILE.test(request.uri)) {
        request.querystring = {};
        return request;
    }
    const path = canonical(request.uri);
    if (path === null) {
        return refuse(request, 400, 'path', 'the path is malformed');
    }
    let rest = path;
    if (CONFIG.tokens) {
        const token = TOKEN.exec(path);
        const signed = token && routeOf(token[3]);
        if (!signed) {
            return refuse(request, 403, 'token', 'the path carries no token for an asset');
        }
        const fault = await checkToken(token[1], token[2], signed.asset);
        if (fault) {
            return refuse(request, fault.status, 'token', fault.message);
        }
        rest = token[3];
    }
    return passed(request, rest);
}

// The request for a path without its token, as the functions take it.
function passed(request, path) {
    const route = routeOf(path);
    if (!route) {
        return refuse(request, 404, 'not_found', NOTHING);
    }
    const filters = filtersOf(request.querystring);
    if (filters.length > 1) {
        return refuse(request, 400, 'filter', FILTER + ' is there more than once');
    }
    if (filters.length && !route.isManifest) {
        return refuse(request, 400, 'filter', FILTER + ' applies to manifests, not to what they lead to');
    }
    request.uri = path;
    request.querystring = {};
    if (filters.length) {
        request.querystring[FILTER] = filters[0];
    }
    return request;
}

// The path with empty elements dropped and each other one encoded in one way; null if an element is malformed, climbs,
// or hides a separator or a control character.
function canonical(uri) {
    if (uri.length > MAX_PATH_BYTES || uri.charAt(0) !== '/') {
        return null;
    }
    const elements = uri.split('/');
    let out = '';
    for (let i = 0; i < elements.length; i++) {
        if (elements[i] === '') {
            continue;
        }
        const element = canonicalElement(elements[i]);
        if (element === null) {
            return null;
        }
        out += '/' + element;
    }
    // With a trailing slash CloudFront has already chosen another behaviour: it is another path.
    return uri.charAt(uri.length - 1) === '/' ? out + '/' : out;
}

function canonicalElement(text) {
    let plain;
    try {
        plain = decodeURIComponent(text);
    } catch (_) {
        return null;
    }
    if (plain === '.' || plain === '..') {
        return null;
    }
    for (let i = 0; i < plain.length; i++) {
        const c = plain.charCodeAt(i);
        if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c === 0x2f || c === 0x5c) {
            return null;
        }
    }
    return encodeURIComponent(plain).replace(/'/g, '%27').replace(PLAIN, decodeURIComponent);
}

// What a path names: `/<asset>`, and whether it is a manifest; null if it names nothing.
function routeOf(path) {
    if (CONFIG.nginx) {
        const below = /^\/(?:hls|dash|mss)(\/.+)$/.exec(path);
        return below ? ownRoute(below[1]) || nginxRoute(below[1]) : ownRoute(path);
    }
    return ownRoute(path);
}

function nginxRoute(path) {
    const found = NGINX.exec(path);
    return found ? { asset: found[1], isManifest: !!found[2] } : null;
}

// Any path can have manifests (what has no known ending is a folder), but only files have tracks, and only those of
// captions an end that is not their own.
function ownRoute(path) {
    const whole = WHOLE.exec(path);
    if (whole) {
        return wholeRoute(whole);
    }
    const ofSet = OF_SET.exec(path);
    if (ofSet) {
        return { asset: ofSet[1] };
    }
    const child = CHILD.exec(path);
    if (!child || (child[4] && child[5] !== 't') || !isInOrder(child[2], child[3])) {
        return null;
    }
    const names = NAMES[child[5] + (child[6] ? 'a' : '')];
    const name = names && names.exec(child[7]);
    const isFile = SOURCE.test(child[1]) || (!child[6] && CAPTIONS.test(child[1]));
    return isFile && name && isInOrder(name[1], name[2]) ? { asset: child[1] } : null;
}

// Each option must mean something to the manifest: paths that say the same are one path.
function wholeRoute(whole) {
    const name = whole[9];
    const container = whole[2];
    const segments = whole[3];
    let fits = !container;
    if (name === 'master.m3u8') {
        fits = !whole[4] && (!segments || (segments === 'file' && !container));
    } else if (name !== 'manifest.mpd') {
        fits = fits && !segments && !whole[4] && whole[7] === undefined && whole[8] === undefined;
    }
    // With `.ism` at its end Smooth Streaming names a folder too, which a token of the folder above must not open.
    const isSmooth = name === 'Manifest' || name.indexOf('Fragments') > 0;
    const asset = isSmooth ? whole[1].replace(/\.ism$/, '') : whole[1];
    if (!fits || /\/$/.test(asset) || !isInOrder(whole[5], whole[6]) || !isInOrder(whole[7], whole[8])) {
        return null;
    }
    return { asset: asset, isManifest: /^[Mm]a/.test(name) };
}

// Whether a part is there and not empty, or neither bound is.
function isInOrder(from, to) {
    const number = function (text) { return Number((text || '0').replace('n', '-')); };
    return to === undefined || number(from) < number(to);
}

// All filters of a query, however they are spelt.
function filtersOf(query) {
    const names = Object.keys(query).filter(function (name) { return name.toLowerCase() === FILTER; });
    return names.map(function (name) { return query[name]; });
}

// What is wrong with a token; null if nothing is. Two keys can be valid while one replaces the other.
async function checkToken(expires, mac, asset) {
    let key;
    try {
        key = await cf.kvs().get('token-key');
    } catch (_) {
        return { status: 503, message: 'no key is stored to check tokens with' };
    }
    let isValid = opens(key, expires, asset, mac);
    if (!isValid) {
        // The runtime takes no `await` among arguments.
        let previous = '';
        try {
            previous = await cf.kvs().get('token-key-previous');
        } catch (_) {
            // Most of the time there is none.
        }
        isValid = opens(previous, expires, asset, mac);
    }
    if (!isValid) {
        return { status: 403, message: 'the token does not match' };
    }
    return Number(expires) * 1000 > Date.now() ? null : { status: 403, message: 'the token has expired' };
}

// A token is the HMAC-SHA256 of `<expires>/<asset>`, and holds for all that lies below the asset; or of `<expires>/<folder>`,
// and holds for the files directly in the folder as well, because manifests of several files lead from one to the other.
// An empty key would let everybody sign.
function opens(key, expires, asset, mac) {
    if (!key) {
        return false;
    }
    if (isMac(key, expires + asset, mac)) {
        return true;
    }
    const isFile = SOURCE.test(asset) || CAPTIONS.test(asset) || SET.test(asset);
    return isFile && isMac(key, expires + (asset.slice(0, asset.lastIndexOf('/')) || '/'), mac);
}

// The comparison takes the same time wherever the texts differ.
function isMac(key, text, mac) {
    const wanted = crypto.createHmac('sha256', key).update(text).digest('hex');
    let difference = wanted.length ^ mac.length;
    for (let i = 0; i < wanted.length; i++) {
        difference |= wanted.charCodeAt(i) ^ mac.charCodeAt(i);
    }
    return difference === 0;
}

function preflight(request) {
    const headers = allowed(request);
    headers['access-control-allow-methods'] = { value: 'GET, HEAD, OPTIONS' };
    headers['access-control-allow-headers'] = { value: 'Range, If-None-Match, If-Range' };
    headers['access-control-max-age'] = { value: '86400' };
    return { statusCode: 204, statusDescription: 'No Content', headers: headers };
}

function redirect(location) {
    const headers = { location: { value: location }, 'cache-control': { value: 'public, max-age=300' } };
    return { statusCode: 302, statusDescription: 'Found', headers: headers };
}

const REASONS = { 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found', 503: 'Service Unavailable' };

// The same JSON as the functions answer.
function refuse(request, status, kind, message) {
    const headers = allowed(request);
    headers['content-type'] = { value: 'application/json' };
    headers['cache-control'] = { value: status === 400 || status === 404 ? 'public, max-age=5' : 'no-store' };
    const body = JSON.stringify({ error: { status: status, kind: kind, message: message } });
    return { statusCode: status, statusDescription: REASONS[status], headers: headers, body: body };
}

// Which pages may read the answer.
function allowed(request) {
    if (CONFIG.origins === '*') {
        return { 'access-control-allow-origin': { value: '*' } };
    }
    const origin = request.headers.origin ? request.headers.origin.value : '';
    if (CONFIG.origins.split(',').indexOf(origin) < 0) {
        return { vary: { value: 'Origin' } };
    }
    return { 'access-control-allow-origin': { value: origin }, vary: { value: 'Origin' } };
}
