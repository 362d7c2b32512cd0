import crypto from 'crypto';
import cf from 'cloudfront';

// Runs at the edge for every request (cloudfront-js-2.0). Each URL gets one spelling, hence one cache entry, and what
// no function would answer ends here. The grammar is that of crates/packaging/src/route.rs and what lies below it.
// The template appends `const CONFIG = { page, tokens, origins }`; after a change run infra/functions/embed.py.

const MAX_PATH_BYTES = 4096;
const MANIFEST = /^(.+)\/(?:master\.m3u8|manifest\.mpd)$/;
const IMAGES = /^(.+\.[Jj][Ss][Oo][Nn])\/[0-9a-f]{16}\/(?:images\.m3u8|images\.vtt|[1-9][0-9]{0,8}\.jpg)$/;
// The asset, the end of captions, the kind of track, and the child's name; then the names that each kind knows.
const CHILD = /^(.+)\/[0-9a-f]{16}(?:-(?:[5-9][0-9]{2}|[1-9][0-9]{3}|[1-5][0-9]{4}|60000))?(?:-s(?:0|n?[1-9][0-9]{0,17}))?(-e[1-9][0-9]{0,8})?\/([vat])[1-9][0-9]{0,9}-(?:0|[1-9a-f][0-9a-f]{0,11})-[1-9a-f][0-9a-f]{0,6}-[1-9a-f][0-9a-f]{0,15}\/([^\/]+)$/;
const MEDIA = /^(?:index(?:-[1-9][0-9]{0,4})?\.m3u8|init(?:-hls)?\.mp4|(?:0|[1-9][0-9]{0,18})\.m4s)$/;
const TEXT = /^(?:(?:index|imsc1)(?:-[1-9][0-9]{0,4})?\.m3u8|init-(?:wvtt|stpp)\.mp4|captions\.vtt|(?:0|[1-9][0-9]{0,18})(?:\.vtt|-wvtt\.m4s|-stpp\.m4s))$/;
const SOURCE = /\.(?:mp4|m4v|mov|m4a)$/i;
const CAPTIONS = /\.(?:vtt|srt|ttml|dfxp|itt|xml)$/i;
const SET = /\.(?:[Jj][Ss][Oo][Nn]|[Ss][Mm][Ii][Ll]|urlset)$/;
const PAGE_FILE = /^\/-\/(page|players)\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const PAGE = '/-/page/index.html';
const TOKEN = /^\/t\/([1-9][0-9]{0,11})-([0-9a-f]{64})(\/.+)$/;
// Parameters of a manifest's query that the functions know: as yet none. What is listed here belongs in the cache policy
// of manifests as well, and needs a bound, or whoever invents values fills the cache with copies.
const PARAMETERS = [];
// What Rust's canonical form leaves as it is and encodeURIComponent does not.
const PLAIN = /%(24|2C|3A|3D|40)/g;

async function handler(event) {
    const request = event.request;
    if (request.method === 'OPTIONS') {
        return preflight(request);
    }
    if (request.uri === '/' || request.uri === '/-/page' || request.uri === '/-/page/') {
        return CONFIG.page ? redirect(PAGE) : refuse(request, 404, 'not_found', 'the path names no manifest or segment');
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
        const asset = token && assetOf(token[3]);
        if (!asset) {
            return refuse(request, 403, 'token', 'the path carries no token for an asset');
        }
        const fault = await checkToken(token[1], token[2], asset);
        if (fault) {
            return refuse(request, fault.status, 'token', fault.message);
        }
        rest = token[3];
    }
    if (!assetOf(rest)) {
        return refuse(request, 404, 'not_found', 'the path names no manifest or segment');
    }
    request.uri = rest;
    request.querystring = MANIFEST.test(rest) ? knownQuery(request.querystring) : {};
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

// `/<asset>` of a path that names a manifest or a child; null of any other. Any path can have manifests (what has no
// known ending is a folder), but only files have tracks, and only those of captions an end that is not their own.
function assetOf(path) {
    const whole = MANIFEST.exec(path) || IMAGES.exec(path);
    if (whole) {
        return whole[1];
    }
    const child = CHILD.exec(path);
    const isText = child && child[3] === 't';
    if (!child || !(isText ? TEXT : MEDIA).test(child[4]) || (child[2] && !isText)) {
        return null;
    }
    return CAPTIONS.test(child[1]) || SOURCE.test(child[1]) ? child[1] : null;
}

// Only what is a part of the cache key goes on.
function knownQuery(query) {
    const kept = {};
    for (let i = 0; i < PARAMETERS.length; i++) {
        const given = query[PARAMETERS[i]];
        if (given) {
            kept[PARAMETERS[i]] = { value: given.value };
        }
    }
    return kept;
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
