#!/usr/bin/env python3
# CFFの書体の見本を作る — small fonts of our own drawing, as seeds of tests/fuzz/font_cff.c: with and without CIDs, every form of charset, encoding and selection, calls, hints, and faults.
# The results are committed; run again only to change a sample.
import struct
from pathlib import Path

SEEDS = Path(__file__).resolve().parent.parent / "fuzz/corpus/font_cff"
STROKES = {5: [10, 0, 0, 10], 6: [10], 7: [10, 20], 8: [1, 2, 3, 4, 5, 6], 24: [1, 2, 3, 4, 5, 6, 7, 8], 25: [1, 2, 3, 4, 5, 6, 7, 8], 26: [1, 2, 3, 4], 27: [9, 1, 2, 3, 4], 30: [1, 2, 3, 4], 31: [1, 2, 3, 4, 5]}


def number(v):
    if -107 <= v <= 107:
        return bytes([v + 139])
    if 108 <= v <= 1131:
        return bytes([247 + (v - 108 >> 8), v - 108 & 255])
    if -1131 <= v <= -108:
        return bytes([251 + (-v - 108 >> 8), -v - 108 & 255])
    return b"\x1c" + struct.pack(">h", v)


def offset(v):
    return b"\x1d" + struct.pack(">i", v)


def entry(operator, *values):
    return b"".join(v if isinstance(v, bytes) else number(v) for v in values) + (bytes([12, operator - 100]) if operator >= 100 else bytes([operator]))


def index(items, width=1):
    if not items:
        return b"\0\0"
    at, offsets = 1, []
    for i in [*items, b""]:
        offsets.append(at.to_bytes(width, "big"))
        at += len(i)
    return struct.pack(">HB", len(items), width) + b"".join(offsets) + b"".join(items)


def code(*words):
    return b"".join(number(w) if isinstance(w, int) else w for w in words)


def op(*o):
    return bytes(o)


def glyphs():
    box = code(500, 0, 0, op(21), 100, op(6), 200, op(7), -100, op(6), op(14))
    every = code(0, 0, op(21), *(w for o, n in STROKES.items() for w in (*n, op(o))), *range(13), op(12, 35), *range(7), op(12, 34), *range(9), op(12, 36), *range(11), op(12, 37), op(14))
    hinted = code(10, 20, op(18), 30, 40, op(23), 1, 2, op(19), b"\xe0", 0, op(22), 5, op(7), op(20), b"\xe0", op(14))
    calling = code(0, op(4), -107, op(10), -107, op(29), op(14))
    counting = code(3, 4, op(12, 10), 2, op(12, 24), 1, op(12, 12), op(12, 9), op(12, 14), op(12, 26), op(12, 27), op(12, 28), op(12, 18), 7, 5, op(12, 20), 5, op(12, 21), op(12, 23), 1, 2, op(12, 22), op(12, 18),
                    7, 8, 9, 2, 1, op(12, 30), 1, op(12, 29), *[op(12, 18)] * 4, 0, op(22), op(14))
    accented = code(10, 20, 65, 194, op(14))
    return [op(14), box, every, hinted, calling, counting, accented]


def private(at, local=True):
    d = entry(6, -15, 15, 500, 20) + entry(10, 80) + entry(109, b"\x1e\x0a\x03\x96\x25\xff") + entry(20, 500) + entry(21, 600)
    return d + (entry(19, offset(len(d) + 6)) if local else b"")


def font(cid=False, charset=0, encoding=None, strings=(b"box", b"every", b"ring"), shapes=None, selection=0):
    shapes = shapes or glyphs()
    n = len(shapes)
    if cid or charset is None:
        sids = b"".join(struct.pack(">H", i) for i in range(1, n))
    else:
        sids = b"".join(struct.pack(">H", 391 + i % 3) for i in range(n - 1))
    charsets = {0: b"\0" + sids, 1: b"\1" + struct.pack(">HB", 1, n - 2), 2: b"\2" + struct.pack(">HH", 1, n - 2)}
    head, name = b"\1\0\4\1", index([b"Mihon-Regular"])
    subroutines, local = index([code(7, op(6), op(11)), b"junk"]), index([code(3, op(7), op(11), 5), code(op(11))])

    def layout(p):
        top = (entry(130, 391, 392, 0) if cid else entry(0, 391) + entry(4, 392)) + entry(5, -10, -20, 1000, 900) + entry(107, b"\x1e\x0a\x00\x1f", 0, 0, b"\x1e\x0a\x00\x1f", 0, 0)
        top += entry(15, offset(p.get("charset", 0)))
        if encoding is not None and not cid:
            top += entry(16, offset(p.get("encoding", 0)))
        top += entry(17, offset(p.get("charstrings", 0)))
        top += entry(136, offset(p.get("fonts", 0))) + entry(137, offset(p.get("selection", 0))) if cid else entry(18, offset(p.get("size", 0)), offset(p.get("private", 0)))
        out, q = head + name + index([top]) + index(list(strings)) + subroutines, {}
        for key, content in (("charset", charsets[charset]), ("encoding", encoding or b""), ("selection", (b"\0" + bytes(i % 2 for i in range(n)) if selection == 0 else b"\3" + struct.pack(">HHBHBH", 2, 0, 0, 3, 1, n)) if cid else b""),
                             ("charstrings", index(shapes, 2))):
            q[key] = len(out)
            out += content
        for i in range(2 if cid else 1):
            q["private" + str(i) if cid else "private"], q["size"] = len(out), len(private(0))
            out += private(0) + local
        q["fonts"] = len(out)
        return (out + index([entry(18, offset(q["size"]), offset(q["private" + str(i)])) for i in range(2)]) if cid else out), q

    _, places = layout({})
    return layout(places)[0]


def main():
    SEEDS.mkdir(exist_ok=True)
    put = lambda name, content: (SEEDS / name).write_bytes(content)
    for form in range(3):
        put(f"charset_{form}", font(charset=form))
        put(f"cids_{form}", font(cid=True, charset=form, selection=form % 2))
    put("encoding_0", font(encoding=b"\0\3ABC"))
    put("encoding_1", font(encoding=b"\1\1A\5"))
    put("encoding_besides", font(encoding=b"\x80\2AB\1C" + struct.pack(">H", 391)))
    put("bad_names", font(strings=(b"a b", b"", b"x" * 200)))
    put("bad_glyphs", font(shapes=[op(14), op(2), code(1, op(5), op(14)), code(0, op(22), op(10)), code(0, op(22)), code(-107, op(10), op(14)), code(1, 2, 3, op(14))]))
    loop = font(shapes=[op(14), code(0, op(22), -107, op(29), op(14))])
    put("calls_itself", loop.replace(code(7, op(6), op(11)), code(-107, op(29))[:2] + op(11)))
    put("cut", font()[:200])


if __name__ == "__main__":
    main()
