// Decodes a file or a manifest with ffmpeg and says how late its pictures and its sound are.

import { spawn } from 'node:child_process';
import { CELLS, PICTURE_RATE, pictureNumber, SAMPLE_RATE } from './signal.mjs';
import { soundOffsets } from './locate.mjs';

const CELL_COUNT = CELLS.columns * CELLS.rows;
const STATED = /showinfo_\d+ @ \w+\] n: *\d+ pts: *(-?\d+) /;
const COUNT = / nb_samples:(\d+)/;
const TIME_BASE = /showinfo_\d+ @ \w+\] config in time_base: (\d+)\/(\d+)/;

/** {pictures: [{number, time}], sound: [lateness of each stretch]} in seconds, by the times that ffmpeg gives both. */
export async function decode(input, locate, options = []) {
  const { log, pictures, sound } = await run(input, options);
  const times = stated(log.filter((line) => line.includes('_showinfo')));
  const heard = sampleTimes(log.filter((line) => line.includes('_ashowinfo')));
  const samples = new Float32Array(sound.buffer, sound.byteOffset, sound.length / 4);
  if (times.length * CELL_COUNT !== pictures.length || heard.length !== samples.length) {
    throw new Error(`ffmpeg ${input}: ${times.length} and ${heard.length} times for ${pictures.length} and ${samples.length} values`);
  }
  return {
    pictures: times.map((time, i) => ({ time, number: pictureNumber(pictures.subarray(i * CELL_COUNT, (i + 1) * CELL_COUNT)) })),
    sound: soundOffsets(locate, samples, (i) => heard[i]),
  };
}

async function run(input, options) {
  const tracks = [
    ['-map', '0:v:0', '-vf', `showinfo,format=gray,scale=${CELLS.columns}:${CELLS.rows}:flags=area`, '-f', 'rawvideo', 'pipe:3'],
    ['-map', '0:a:0', '-af', 'ashowinfo,aformat=flt', '-ac', '1', '-f', 'f32le', 'pipe:4'],
  ];
  const common = ['-nostdin', '-hide_banner', '-copyts', ...options, '-i', input, '-fps_mode', 'passthrough'];
  const child = spawn('ffmpeg', [...common, ...tracks.flat()], { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
  const status = new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const [text, pictures, sound] = await Promise.all([2, 3, 4].map((pipe) => collect(child.stdio[pipe])));
  const log = text.toString().split('\n');
  if ((await status) !== 0) throw new Error(`ffmpeg ${input}: ${log.slice(-4).join(' ')}`);
  return { log, pictures, sound: Buffer.from(sound) };
}

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

// `config in` states the time base of pictures; that of sound is one sample.
function stated(lines) {
  let [numerator, denominator] = [1, SAMPLE_RATE];
  const times = [];
  for (const line of lines) {
    const base = TIME_BASE.exec(line);
    if (base) [numerator, denominator] = [Number(base[1]), Number(base[2])];
    const frame = STATED.exec(line);
    if (frame) times.push((Number(frame[1]) * numerator) / denominator);
  }
  return times;
}

function sampleTimes(lines) {
  const starts = stated(lines);
  const counts = lines.map((line) => COUNT.exec(line)).filter(Boolean).map((found) => Number(found[1]));
  return counts.flatMap((count, frame) => Array.from({ length: count }, (_, i) => starts[frame] + i / SAMPLE_RATE));
}

/** How late each picture is, in seconds. */
export const pictureOffsets = (pictures) => pictures.map(({ number, time }) => time - number / PICTURE_RATE);
