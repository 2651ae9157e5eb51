#!/usr/bin/env python3
# 書体のあるPDFの見本を作る — writes in.pdf of the cases of embedded fonts in tests/cases/sanitise/pdf/, around the small fonts that the fuzzers of fonts begin with. The results are
# committed; run again only to change a sample.
import zlib
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
SEEDS = TESTS / "fuzz/corpus"


def pdf(*fonts):
    """fonts: (key, subtype of the stream or None, program)"""
    names = " ".join(f"/F{i} {5 + 3 * i} 0 R" for i in range(len(fonts)))
    content = "".join(f"BT /F{i} 20 Tf 20 {20 + 30 * i} Td (ABC) Tj ET\n" for i in range(len(fonts))).encode()
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
               f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 150]/Contents 4 0 R/Resources<</Font<<{names}>>>>>>".encode(), b"<</Length %d>>\nstream\n%sendstream" % (len(content), content)]
    for i, (key, subtype, program) in enumerate(fonts):
        kind = "TrueType" if key == "FontFile2" else "Type1"
        objects.append(f"<</Type/Font/Subtype/{kind}/BaseFont/Mihon{i}/FirstChar 65/LastChar 67/Widths[600 600 600]/FontDescriptor {6 + 3 * i} 0 R>>".encode())
        objects.append(f"<</Type/FontDescriptor/FontName/Mihon{i}/Flags 4/FontBBox[0 -200 1000 900]/ItalicAngle 0/Ascent 900/Descent -200/CapHeight 700/StemV 80/{key} {7 + 3 * i} 0 R>>".encode())
        packed = zlib.compress(program)
        objects.append(b"<</Length %d/Filter/FlateDecode%s>>\nstream\n%s\nendstream" % (len(packed), f"/Subtype/{subtype}".encode() if subtype else b"", packed))
    out, offsets = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for i, o in enumerate(objects):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (i + 1, o)
    xref = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % o for o in offsets)
    return out + xref + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))


def seed(kind, name):
    return (SEEDS / kind / name).read_bytes()


def put(sentence, content):
    folder = TESTS / "cases/sanitise/pdf" / sentence
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "in.pdf").write_bytes(content)
    (SEEDS / "pdf" / sentence).write_bytes(content)


def main():
    compact, outlines, type1 = ("FontFile3", "Type1C", seed("font_cff", "charset_0")), ("FontFile2", None, seed("font_truetype", "every_table_that_stays")), ("FontFile", None, seed("font_type1", "a_font")[1:])
    put("a_font_of_each_kind_is_rebuilt", pdf(compact, outlines, type1, ("FontFile3", "OpenType", seed("font_truetype", "cff_in_opentype"))))
    put("a_damaged_glyph_becomes_blank", pdf(("FontFile3", "Type1C", seed("font_cff", "bad_glyphs"))))
    put("a_damaged_font_refuses_the_file", pdf(compact, ("FontFile2", None, outlines[2][:150])))


if __name__ == "__main__":
    main()
