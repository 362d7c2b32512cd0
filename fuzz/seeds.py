#!/usr/bin/env python3
"""Makes seeds from MP4 files: seeds.py FILE...

For `movie` the file with its media cut to nothing where `moov` comes first, else the file if it is small;
for `moov` the box; for `fragments` what follows it; for `sample_entry` each entry behind a byte that chooses the handler.
"""

import pathlib
import struct
import sys

OUT = pathlib.Path(__file__).parent / "seeds"
LARGEST = 12_000
PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}


def boxes(data, at=0, end=None):
    end = len(data) if end is None else end
    while at + 8 <= end:
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        header = 8
        if size == 1:
            size, header = struct.unpack(">Q", data[at + 8 : at + 16])[0], 16
        size = size or end - at
        if size < header or at + size > end:
            return
        yield kind, at, at + header, at + size
        at += size


def entries(data, at, end, handler=b"\0"):
    for kind, _, body, stop in boxes(data, at, end):
        if kind == b"hdlr":
            handler = {b"vide": b"\0", b"soun": b"\1"}.get(data[body + 8 : body + 12], b"\2")
        if kind == b"stsd":
            for _, start, _, last in boxes(data, body + 8, stop):
                yield handler + data[start:last]
        elif kind in PARENTS:
            yield from entries(data, body, stop, handler)


def save(target, name, data):
    if len(data) <= LARGEST:
        folder = OUT / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


for path in map(pathlib.Path, sys.argv[1:]):
    data = path.read_bytes()
    save("movie", path.stem, data)
    for kind, start, _, stop in boxes(data):
        if kind == b"moov":
            save("moov", path.stem, data[start:stop])
            if b"mvex" in data[start:stop]:
                # The first fragments, without most of their media.
                save("fragments", path.stem, data[stop : stop + LARGEST])
            for number, entry in enumerate(entries(data, start, stop)):
                save("sample_entry", f"{path.stem}-{number}", entry)

ROUTES = """
/films/A%20b.mp4/master.m3u8
/films/A%20b.mp4/manifest.mpd
/a.MOV/0123456789abcdef/a2/index.m3u8
/a.m4a/0123456789abcdef/v1/init.mp4
/a.m4v/0123456789abcdef/v1/init-hls.mp4
/a.mp4/0123456789abcdef/v4294967295/288000.m4s
"""
for number, route in enumerate(ROUTES.split()):
    save("route", str(number), route.encode())
