#!/usr/bin/env python3
# 書体（Type 1）の見本を作る — writes the seeds of tests/fuzz/corpus/font_type1. The results are committed; run again only to change a sample. Every sample is made here from nothing:
# no bytes of anybody's font. The first byte of a seed says what the rest is: see tests/fuzz/font_type1.c.
import struct
from pathlib import Path

SEEDS = Path(__file__).resolve().parent.parent / "fuzz/corpus/font_type1"
WORDS = {"hstem": b"\1", "vstem": b"\3", "vmoveto": b"\4", "rlineto": b"\5", "hlineto": b"\6", "vlineto": b"\7", "rrcurveto": b"\x08", "closepath": b"\t", "callsubr": b"\n",
         "return": b"\x0b", "hsbw": b"\r", "endchar": b"\x0e", "rmoveto": b"\x15", "hmoveto": b"\x16", "vhcurveto": b"\x1e", "hvcurveto": b"\x1f", "dotsection": b"\x0c\0",
         "vstem3": b"\x0c\1", "hstem3": b"\x0c\2", "seac": b"\x0c\6", "sbw": b"\x0c\7", "div": b"\x0c\x0c", "callothersubr": b"\x0c\x10", "pop": b"\x0c\x11",
         "setcurrentpoint": b"\x0c\x21"}
CLEAR = b"""%!PS-AdobeFont-1.0: Sample
12 dict begin
/FontInfo 5 dict dup begin
/Notice (nobody's) readonly def
/ItalicAngle -1.25e1 def
/isFixedPitch false def
end readonly def
/FontName /Sample def
/Encoding 256 array
0 1 255 {1 index exch /.notdef put} for
dup 65 /A put
dup 8#102 /B put
readonly def
/PaintType 0 def
/FontType 1 def
/FontMatrix [0.001 0 0 0.001 0 0] readonly def
/FontBBox {0 -200 1000 800} readonly def
currentdict end
currentfile eexec
"""
SUBRS = ["3 0 callothersubr pop pop setcurrentpoint return", "0 1 callothersubr return", "0 2 callothersubr return", "return", "1 3 callothersubr pop callsubr return",
         "10 20 hstem 30 -40 vstem return"]
BOX = "10 500 hsbw 0 700 vstem 100 -200 rmoveto 1000 hlineto 700 vlineto -400 2 div 0 rlineto closepath endchar"
FLEX = ("0 500 hsbw 1 callsubr " + "1 2 rmoveto 2 callsubr " * 7 + "50 100 200 0 callsubr endchar")
REPLACED = "0 500 hsbw 5 4 callsubr 5 hmoveto 1 2 3 4 vhcurveto 1 2 3 4 hvcurveto 1 2 3 4 5 6 rrcurveto closepath endchar"


def cipher(data, key, lead=b"\0\0\0\0"):
    out = bytearray()
    for b in lead + data:
        out.append(b ^ key >> 8)
        key = ((out[-1] + key) * 52845 + 22719) & 0xffff
    return bytes(out)


def number(v):
    if -107 <= v <= 107:
        return bytes([v + 139])
    if 108 <= abs(v) <= 1131:
        return bytes([(247 if v > 0 else 251) + (abs(v) - 108) // 256, (abs(v) - 108) % 256])
    return b"\xff" + struct.pack(">i", v)


def code(text):
    return b"".join(WORDS[w] if w in WORDS else number(int(w)) for w in text.split())


def hidden(text):
    return cipher(code(text), 4330)


def private(subrs, glyphs, put=code, lead=b"/lenIV -1 def\n"):
    out = b"dup /Private 9 dict dup begin\n/RD {string currentfile exch readstring pop} executeonly def\n" + lead
    out += b"/BlueValues [-20 0 700 720] def\n/BlueScale 0.039625 def\n/StdHW [30] def\n/StemSnapV [30 35.5] def\n/ForceBold true def\n/password 5839 def\n"
    out += b"/Subrs %d array\n" % len(subrs)
    for i, s in enumerate(subrs):
        out += b"dup %d %d RD " % (i, len(put(s))) + put(s) + b" NP\n"
    out += b"ND\n2 index /CharStrings %d dict dup begin\n" % len(glyphs)
    for name, text in glyphs.items():
        out += b"/%s %d RD " % (name.encode(), len(put(text))) + put(text) + b" ND\n"
    return out + b"end end readonly put noaccess put dup /FontName get exch definefont pop mark currentfile closefile\n"


def charstrings(subrs, glyphs):
    return b"c" + bytes([len(subrs)]) + b"".join(struct.pack(">H", len(code(t))) + code(t) for t in subrs + glyphs)


GLYPHS = {".notdef": "0 250 hsbw endchar", "A": BOX, "acute": REPLACED, "Aacute": "0 500 hsbw 10 0 0 65 194 seac", "B": FLEX}
TRAILER = (b"0" * 64 + b"\n") * 8 + b"cleartomark\n"


def seeds():
    secret = cipher(private(SUBRS, GLYPHS, hidden, b""), 55665)
    yield "a_font", b"f" + CLEAR + secret + TRAILER
    yield "a_font_in_hexadecimal_digits", b"f" + CLEAR + secret.hex().encode() + b"\n" + TRAILER
    yield "a_font_in_segments", b"f" + b"".join(b"\x80" + bytes([k]) + struct.pack("<I", len(p)) + p for k, p in ((1, CLEAR), (2, secret), (1, TRAILER))) + b"\x80\3"
    yield "a_private_part", b"p" + private(SUBRS, GLYPHS)
    yield "a_private_part_of_one_glyph", b"p" + private([], {"A": BOX})
    yield "a_private_part_with_gaps_and_doubles", b"p" + private(SUBRS, GLYPHS).replace(b"dup 3 ", b"dup 9 ").replace(b"/B ", b"/A ")
    yield "a_private_part_of_two_resolutions", b"p" + private(SUBRS, GLYPHS).replace(b"closefile", b"") + private(SUBRS[:4], {"A": BOX})
    yield "a_byte_changed", b"g\0\x60\1" + private(SUBRS, GLYPHS)
    yield "a_byte_of_the_private_part_changed", b"g\3\x60\1" + private([], {"A": BOX})
    yield "charstrings", charstrings(SUBRS, [BOX, FLEX, REPLACED])
    yield "charstrings_of_parts", charstrings([], [BOX, BOX, "0 500 hsbw 1 2 3 65 66 seac"])
    yield "charstrings_that_call_each_other", charstrings(["0 callsubr return", "0 callsubr 0 callsubr return", "1 callsubr 1 callsubr return"],
                                                          ["0 5 hsbw 0 callsubr endchar", "0 5 hsbw 2 callsubr endchar", "0 0 5 0 sbw endchar"])
    yield "charstrings_that_are_malformed", charstrings(["1 2"], ["0 5 hsbw 1 rlineto endchar", "0 5 hsbw 1 2 2 12 callothersubr 1 1 13 callothersubr 0 callsubr endchar", "0 5 hsbw 1 0 div endchar"])


SEEDS.mkdir(parents=True, exist_ok=True)
for name, data in seeds():
    (SEEDS / name).write_bytes(data)
