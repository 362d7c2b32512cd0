// Edit lists of an MP4 file or init segment (ISO/IEC 14496-12 §8.6.6).

const CONTAINERS = ['moov', 'trak', 'mdia', 'edts'];

/** [{kind: 'vide'|'soun'|…, timescale, offsetSecs, mediaTimeAt}] for each track: by how much its edits make it later. */
export function editLists(file) {
  const tracks = [];
  let [movieTimescale, track] = [1, null];
  for (const { type, body, end } of boxes(file, 0, file.length)) {
    const wide = type === 'mvhd' || type === 'mdhd' || type === 'elst' ? file[body] === 1 : false;
    if (type === 'mvhd') movieTimescale = file.readUInt32BE(body + (wide ? 20 : 12));
    if (type === 'trak') tracks.push((track = { kind: null, timescale: 1, entries: [] }));
    if (type === 'mdhd' && track) track.timescale = file.readUInt32BE(body + (wide ? 20 : 12));
    if (type === 'hdlr' && track) track.kind ??= file.toString('latin1', body + 8, body + 12);
    if (type === 'elst') track.entries = entries(file, body, end, wide);
  }
  return tracks.map(({ kind, timescale, entries: list }) => {
    const empty = list.filter(({ mediaTime }) => mediaTime < 0).reduce((sum, { duration }) => sum + duration, 0);
    const media = list.filter(({ mediaTime }) => mediaTime >= 0);
    if (media.length > 1) throw new Error('more than one edit that shows something');
    return {
      kind,
      timescale,
      offsetSecs: empty / movieTimescale - (media[0]?.mediaTime ?? 0) / timescale,
      mediaTimeAt: media[0] ? { byte: media[0].byte, wide: media[0].wide, value: media[0].mediaTime } : null,
    };
  });
}

function* boxes(file, start, end) {
  while (start + 8 <= end) {
    const size = file.readUInt32BE(start);
    const type = file.toString('latin1', start + 4, start + 8);
    if (size < 8) return;
    const stop = Math.min(start + size, end);
    yield { type, body: start + 8, end: stop };
    if (CONTAINERS.includes(type)) yield* boxes(file, start + 8, stop);
    start = stop;
  }
}

function entries(file, body, end, wide) {
  const [step, at] = wide ? [20, 8] : [12, 4];
  const list = [];
  for (let row = body + 8; row + step <= end; row += step) {
    const duration = wide ? Number(file.readBigUInt64BE(row)) : file.readUInt32BE(row);
    const mediaTime = wide ? Number(file.readBigInt64BE(row + at)) : file.readInt32BE(row + at);
    list.push({ duration, mediaTime, byte: row + at, wide });
  }
  return list;
}

/** Makes the sound of a file later by rewriting its edit list; null if it has none to rewrite or is no init segment. */
export function withSoundShifted(file, secs) {
  if (!file.subarray(0, 64).includes('ftyp') && !file.subarray(0, 64).includes('moov')) return null;
  const sound = editLists(file).find(({ kind }) => kind === 'soun');
  if (!sound?.mediaTimeAt) return null;
  const { byte, wide, value } = sound.mediaTimeAt;
  const shifted = value - Math.round(secs * sound.timescale);
  if (shifted < 0) throw new Error(`the sound's media_time is ${value}: it cannot be made ${secs} s later`);
  const copy = Buffer.from(file);
  if (wide) copy.writeBigInt64BE(BigInt(shifted), byte);
  else copy.writeInt32BE(shifted, byte);
  return copy;
}
