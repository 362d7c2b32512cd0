// Finds where in the source a stretch of captured sound comes from, and what offset most observations agree on.

import { noise, SAMPLE_RATE } from './signal.mjs';

export const WINDOW = 4096;
const SURE = 0.8; // correlation of coded and original noise is above 0.95, of unrelated noise below 0.1
const NEAR = 64;

/** Answers `locate(sound, at)`: the position in the source of the WINDOW samples at `at`, or null if they are not of it. */
export function locator() {
  const source = noise();
  const size = 2 ** Math.ceil(Math.log2(source.length + WINDOW));
  const spectrum = transform(padded(source, size), new Float64Array(size), false);
  const energy = new Float64Array(source.length + 1); // of all samples before
  source.forEach((value, i) => { energy[i + 1] = energy[i] + value * value; });
  let shift = null; // of the last find: the next window of the same capture usually has the same

  const match = (sound, at, position) => {
    if (position < 0 || position + WINDOW > source.length) return 0;
    let [product, own] = [0, 0];
    for (let i = 0; i < WINDOW; i += 1) {
      product += sound[at + i] * source[position + i];
      own += sound[at + i] ** 2;
    }
    return product / Math.sqrt(own * (energy[position + WINDOW] - energy[position]) || Infinity);
  };

  const everywhere = (sound, at) => {
    const [real, imaginary] = transform(padded(sound.subarray(at, at + WINDOW), size), new Float64Array(size), false);
    const [a, b] = spectrum;
    for (let i = 0; i < size; i += 1) {
      [real[i], imaginary[i]] = [a[i] * real[i] + b[i] * imaginary[i], b[i] * real[i] - a[i] * imaginary[i]];
    }
    const [product] = transform(real, imaginary, true);
    let best = 0;
    for (let i = 1; i + WINDOW <= source.length; i += 1) if (product[i] > product[best]) best = i;
    return best;
  };

  const peakAround = (sound, at, center) => {
    let best = { position: null, value: SURE };
    for (let position = center - NEAR; position <= center + NEAR; position += 1) {
      const value = match(sound, at, position);
      if (value > best.value) best = { position, value };
    }
    return best.position;
  };

  return (sound, at) => {
    let found = shift === null ? null : peakAround(sound, at, at + shift);
    found ??= peakAround(sound, at, everywhere(sound, at));
    if (found !== null) shift = found - at;
    return found;
  };
}

function padded(values, size) {
  const all = new Float64Array(size);
  all.set(values);
  return all;
}

// Fourier transform in place, radix 2; the inverse is not scaled.
function transform(real, imaginary, inverse) {
  const size = real.length;
  for (let i = 1, j = 0; i < size; i += 1) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [real[i], real[j]] = [real[j], real[i]];
      [imaginary[i], imaginary[j]] = [imaginary[j], imaginary[i]];
    }
  }
  for (let span = 1; span < size; span *= 2) {
    const step = ((inverse ? 1 : -1) * Math.PI) / span;
    for (let k = 0; k < span; k += 1) {
      const [cos, sin] = [Math.cos(step * k), Math.sin(step * k)];
      for (let i = k; i < size; i += 2 * span) {
        const j = i + span;
        const re = real[j] * cos - imaginary[j] * sin;
        const im = real[j] * sin + imaginary[j] * cos;
        real[j] = real[i] - re;
        imaginary[j] = imaginary[i] - im;
        real[i] += re;
        imaginary[i] += im;
      }
    }
  }
  return [real, imaginary];
}

/**
 * How late each stretch of sound is (seconds): `times(i)` is the time at which sample `i` is heard. Looks at windows a
 * quarter of a second apart; those that are not of the source (its ends, silence) are left out.
 */
export function soundOffsets(locate, sound, times) {
  const offsets = [];
  for (let at = 0; at + WINDOW <= sound.length; at += SAMPLE_RATE / 4) {
    const position = locate(sound, at);
    if (position !== null) offsets.push(times(at) - position / SAMPLE_RATE);
  }
  return offsets;
}

/** The value that most values agree with (to 0.1 ms), how many do, and the furthest of all from it. */
export function consensus(values) {
  const counts = new Map();
  for (const value of values) {
    const key = Math.round(value * 1e4);
    counts.set(key, [...(counts.get(key) ?? []), value]);
  }
  const largest = [...counts.values()].sort((a, b) => b.length - a.length)[0] ?? [];
  if (largest.length === 0) return { value: null, agree: 0, furthest: null };
  const value = largest[Math.floor(largest.length / 2)];
  const furthest = values.reduce((far, other) => (Math.abs(other - value) > Math.abs(far - value) ? other : far), value);
  return { value, agree: largest.length, furthest };
}
