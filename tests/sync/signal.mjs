// The signal whose place in time can be read back: every picture shows its number, every stretch of sound is unique.
//
//   node signal.mjs pictures    raw gray pictures on stdout
//   node signal.mjs sound       raw 16-bit mono sound on stdout
//
// A picture is a row of bars, one for each bit of its number (the highest first, white is 1), above the same row
// inverted, so that a blend of two pictures or a wrong crop is not read as a number. The sound is noise of 300 Hz to
// 4 kHz: any piece of it correlates with one place only.

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const WIDTH = 256;
export const HEIGHT = 144;
export const PICTURE_RATE = 25;
export const SAMPLE_RATE = 48000;
const SECONDS = 8;
const BITS = 8;
const BAND_HERTZ = { from: 300, to: 4000 };
const PEAK = 0.8;

function picture(number) {
  const gray = Buffer.alloc(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      const bit = (number >> (BITS - 1 - Math.floor((x * BITS) / WIDTH))) & 1;
      gray[y * WIDTH + x] = (y < HEIGHT / 2) === (bit === 1) ? 255 : 0;
    }
  }
  return gray;
}

/** The number in a picture scaled down to one gray value for each cell (two rows of bars), or null. */
export function pictureNumber(cells) {
  let number = 0;
  for (let bit = 0; bit < BITS; bit += 1) {
    const [upper, lower] = [cells[bit], cells[BITS + bit]];
    if (Math.abs(upper - lower) < 100) return null;
    number = number * 2 + (upper > lower ? 1 : 0);
  }
  return number;
}
export const CELLS = { columns: BITS, rows: 2 };

/** The sound, from -1 to 1. */
export function noise() {
  const sound = new Float64Array(SECONDS * SAMPLE_RATE);
  let word = 0x2545f491; // xorshift32
  for (let i = 0; i < sound.length; i += 1) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    sound[i] = word / 2 ** 31;
  }
  for (const round of [1, 2]) {
    secondOrder(sound, BAND_HERTZ.from, 'above', round);
    secondOrder(sound, BAND_HERTZ.to, 'below', round);
  }
  const peak = sound.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return sound.map((value) => (value * PEAK) / peak);
}

// A Butterworth section of the fourth order's two, in place.
function secondOrder(sound, hertz, passes, round) {
  const quality = 1 / (2 * Math.sin(((2 * round - 1) * Math.PI) / 8));
  const turn = (2 * Math.PI * hertz) / SAMPLE_RATE;
  const [cos, alpha] = [Math.cos(turn), Math.sin(turn) / (2 * quality)];
  const side = passes === 'above' ? 1 + cos : 1 - cos;
  const [b0, b1] = [side / 2, passes === 'above' ? -side : side];
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  for (let i = 0; i < sound.length; i += 1) {
    const x = sound[i];
    const y = (b0 * x + b1 * x1 + b0 * x2 + 2 * cos * y1 - (1 - alpha) * y2) / (1 + alpha);
    [x2, x1, y2, y1] = [x1, x, y1, y];
    sound[i] = y;
  }
}

async function main([what]) {
  if (what === 'sound') return write(Buffer.from(Int16Array.from(noise(), (value) => Math.round(value * 32767)).buffer));
  if (what !== 'pictures') throw new Error('usage: signal.mjs pictures|sound');
  for (let number = 0; number < SECONDS * PICTURE_RATE; number += 1) await write(picture(number));
}

async function write(bytes) {
  if (!process.stdout.write(bytes)) await once(process.stdout, 'drain');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
