#!/usr/bin/env python3
# 書体の見本を作る — writes the seeds of the fuzzers of fonts in tests/fuzz/corpus/. The results are committed; run again only to change a sample.
# Every font is made here from nothing: no bytes of anybody's font.
import struct
from pathlib import Path

CORPUS = Path(__file__).resolve().parent.parent / "fuzz/corpus"


# ---- TrueType ----

def words(*values):
    return b"".join(struct.pack(">H", v & 0xffff) for v in values)


def sfnt(tables, version=0x00010000):
    """Checksums stay 0: nobody who draws looks at them."""
    at, head, body = 12 + 16 * len(tables), b"", b""
    for tag, data in sorted(tables.items()):
        head += tag.encode() + struct.pack(">III", 0, at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    return struct.pack(">IHHHH", version, len(tables), 0, 0, 0) + head + body


def triangle(code=b"", contours=1):
    ends = words(*[3 * i + 2 for i in range(contours)])
    flags = bytes([0x37, 0x01, 0x33]) * contours  # x and y: a byte each; two bytes each; a byte and none
    xs = (bytes([10]) + words(500) + bytes([20])) * contours
    ys = (bytes([10]) + words(500)) * contours
    return words(contours, 0, 0, 600, 600) + ends + words(len(code)) + code + flags + xs + ys


def repeated():
    """Nine points of one flag each: a byte for x, y stays."""
    return words(1, 0, 0, 90, 0, 8, 0) + bytes([0x3b, 8]) + bytes([10] * 9)


def composite(*glyphs, code=b"", flags=2, scale=b""):
    out = words(-1, 0, 0, 600, 600)
    for i, g in enumerate(glyphs):
        last = i == len(glyphs) - 1
        out += words((flags if i else flags | 2) | (0 if last else 0x20) | (0x100 if last and code else 0), g) + (words(30, 40) if flags & 1 else bytes([1, 1])) + scale
    return out + (words(len(code)) + code if code else b"")


def head(long=False):
    return struct.pack(">IIIIHH", 0x00010000, 0, 0, 0x5f0f3cf5, 3, 1000) + bytes(range(16)) + words(0, 0, 600, 600, 0, 8, 2, int(long), 0)


def maxp(n, version=0x00010000):
    return struct.pack(">IH", version, n) + (words(0, 0, 0, 0, 2, 4, 8, 8, 2, 64, 0, 0, 0) if version == 0x00010000 else b"")


def metrics_head(n):
    return struct.pack(">I", 0x00010000) + words(800, -200, 90, 1000, 0, 0, 600, 1, 0, 0) + bytes(10) + words(n)


def glyphs(*all_, long=False):
    places, body = [0], b""
    for g in all_:
        body += g + bytes(-len(g) % 4)
        places.append(len(body))
    return body, b"".join(struct.pack(">I", p) if long else words(p // 2) for p in places)


def cmap(*subtables):
    at, head_, body = 4 + 8 * len(subtables), b"", b""
    for (platform, encoding), data in subtables:
        head_ += struct.pack(">HHI", platform, encoding, at + len(body))
        body += data
    return words(0, len(subtables)) + head_ + body


def cmap_4():
    ends, starts, deltas = (0x41, 0x52, 0xffff), (0x41, 0x50, 0xffff), (1 - 0x41, 0, 1)
    data = words(*ends, 0, *starts, *deltas, 0, 4, 0) + words(2, 0, 1)
    return words(4, 14 + len(data), 0, 6, 4, 1, 2) + data


def cmap_0():
    return words(0, 262, 0) + bytes(i % 3 for i in range(256))


def cmap_6():
    return words(6, 16, 0, 0x41, 3, 1, 2, 3)


def cmap_12():
    return words(12, 0) + struct.pack(">III", 40, 0, 2) + struct.pack(">IIIIII", 0x41, 0x42, 1, 0x20000, 0x20000, 3)


def post(*names):
    numbers = [0] + [258 + i for i in range(len(names))]
    return struct.pack(">IIHHI", 0x00020000, 0, 0xff9c, 50, 0) + bytes(16) + words(len(numbers), *numbers) + b"".join(bytes([len(n)]) + n.encode() for n in names)


def os2(version=4):
    size = [78, 86, 96, 96, 96, 100][version]
    return words(version, 500, 400, 5) + bytes(50) + b"TEST" + bytes(size - 62)


def font(*outlines, long=False, n=None, **more):
    glyf, loca = glyphs(*outlines, long=long)
    n = n or len(outlines)
    tables = {"glyf": glyf, "loca": loca, "head": head(long), "maxp": maxp(n), "hhea": metrics_head(1), "hmtx": words(600, 0) + bytes(2 * n - 2)}
    tables.update({{"os2": "OS/2", "cvt": "cvt "}.get(k, k): v for k, v in more.items()})
    return sfnt(tables)


PUSH = bytes([0xb1, 1, 2])  # two bytes
CODE = PUSH + bytes([0x58, 0x40, 3, 1, 2, 3, 0x1b, 0x59, 0xb8, 1, 0, 0x41, 1, 0, 9])  # IF NPUSHB ELSE EIF PUSHW NPUSHW
FUNCTION = bytes([0xb0, 0, 0x2c, 0x58, 0x59, 0x2d, 0xb0, 0x28, 0x89, 0x2d])  # FDEF IF EIF ENDF, IDEF ENDF


def truetype():
    three = [triangle(), triangle(CODE), composite(0, 1)]
    yield "the_least_of_a_font", font(triangle())
    ways = cmap(((0, 3), cmap_4()), ((1, 0), cmap_0()), ((3, 1), cmap_4()), ((3, 10), cmap_12()))
    yield "every_table_that_stays", font(*three, b"", fpgm=FUNCTION, prep=CODE, cvt=words(1, 2, 3), cmap=ways, post=post("one", "two", "three"), os2=os2(),
                                         vhea=metrics_head(4), vmtx=words(*[1000, 0] * 4))
    yield "tables_that_go", font(*three, GSUB=b"x" * 20, SVG_=b"<svg/>", name=words(0, 0, 6), DSIG=bytes(8))
    yield "offsets_of_32_bits", font(*three, long=True)
    yield "glyphs_of_glyphs_of_glyphs", font(triangle(), composite(0), composite(1, 0, flags=3), composite(2, flags=0x0a, scale=words(0x4000)),
                                             composite(3, flags=0x82, scale=words(1, 2, 3, 4)), composite(4, code=CODE))
    yield "points_that_meet", font(triangle(), composite(0, 0, flags=0))
    yield "a_glyph_that_holds_itself", font(triangle(), composite(2), composite(1))
    yield "flags_that_repeat", font(repeated(), triangle(contours=4))
    yield "a_run_of_characters", font(*three, triangle(), cmap=cmap(((1, 0), cmap_6())))
    yield "names_of_nobody", font(*three, post=post("a", "b", "c", "d"))
    yield "fewer_places_than_glyphs", font(*three, n=9)
    yield "instructions_without_end", font(triangle(PUSH + b"\x58"), triangle(b"\x40\x09"), fpgm=FUNCTION)
    yield "an_old_os2", font(triangle(), os2=os2(0))
    compact = (CORPUS / "font_cff" / "charset_0").read_bytes()
    full = {"CFF ": compact, "head": head(), "maxp": maxp(7, 0x00005000), "hhea": metrics_head(1), "hmtx": words(600, 0, 0, 0, 0, 0, 0, 0), "VORG": words(1, 0, 880, 2, 1, 900, 3, 870), "cmap": cmap(((3, 1), cmap_4()))}
    yield "cff_in_opentype", sfnt(full, 0x4f54544f)
    yield "cff_and_cmap_alone", sfnt({"CFF ": compact, "cmap": cmap(((3, 1), cmap_4()))}, 0x4f54544f)
    yield "a_collection", b"ttcf" + struct.pack(">III", 0x00010000, 1, 16) + font(triangle())


def write(folder, samples):
    (CORPUS / folder).mkdir(parents=True, exist_ok=True)
    for name, data in samples:
        (CORPUS / folder / name).write_bytes(data)


if __name__ == "__main__":
    write("font_truetype", truetype())
