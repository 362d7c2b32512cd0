// Preview pictures: tiles of sheets, as a WebVTT file places them in time.

import { fetchText } from './util.js';

const TIMES = /^([\d:.]+)[ \t]+-->[ \t]+([\d:.]+)/;
const TILE = /^(.*)#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)$/;
const IMAGE_PLAYLIST = /^#EXT-X-IMAGE-STREAM-INF:.*[:,]URI="([^"]+)\.m3u8"/m;

/** The tiles `{ start, end, url, x, y, width, height }` of the file at an address, in its order. */
export async function loadPreviews(url) {
  return readPreviews(await fetchText(url), url);
}

/** The address of the previews that an HLS playlist names, or null. */
export async function findPreviews(playlistUrl) {
  const [, path] = IMAGE_PLAYLIST.exec(await fetchText(playlistUrl)) ?? [];
  return path ? new URL(`${path}.vtt`, playlistUrl).href : null;
}

export function tileAt(tiles, time) {
  // The end counts too: the last tile is that of the last moment.
  return tiles.findLast(({ start, end }) => time >= start && time <= end) ?? null;
}

function readPreviews(text, base) {
  const tiles = [];
  for (const block of text.split(/\r?\n(?:\r?\n)+/)) {
    const lines = block.split(/\r?\n/);
    const at = lines.findIndex((line) => TIMES.test(line));
    const picture = TILE.exec(lines[at + 1]?.trim() ?? '');
    if (at < 0 || !picture) continue;
    const [start, end] = TIMES.exec(lines[at]).slice(1).map(seconds);
    const [x, y, width, height] = picture.slice(2).map(Number);
    if (width > 0 && height > 0) tiles.push({ start, end, url: new URL(picture[1], base).href, x, y, width, height });
  }
  return tiles;
}

/** `01:02:03.500` or `02:03.500` */
const seconds = (stamp) => stamp.split(':').reduce((total, part) => total * 60 + Number(part), 0);
