#!/usr/bin/env python3
# 画像の事例の見本を作る — writes in.EXT of the picture cases in tests/cases/sanitise/ for GIF, BMP, TIFF and WebP. The results are committed; run again only
# to change a sample. Every sample is made here from nothing: no bytes of anybody's picture.
import struct, sys, zlib
from pathlib import Path

CASES = Path(__file__).resolve().parent.parent / "cases/sanitise"
COLOURS = bytes([0, 23, 193, 255, 255, 255, 236, 0, 0, 0, 0, 0])  # four of them


def blocks(data):
    return b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, len(data), 255)) + b"\0"


def lzw(pixels, least=2):
    """One code a pixel, with a clear code often enough that codes never grow: plain, and legal."""
    clear, out, bits, n = 1 << least, bytearray(), 0, 0
    codes = []
    for i, p in enumerate(pixels):
        if i % (clear - 2) == 0:
            codes.append(clear)
        codes.append(p)
    for c in codes + [clear + 1]:
        bits |= c << n
        n += least + 1
        while n >= 8:
            out.append(bits & 255)
            bits, n = bits >> 8, n - 8
    return bytes([least]) + blocks(bytes(out + bytes([bits & 255])))


def frame(pixels, width, height, left=0, top=0, flags=0):
    return b"," + struct.pack("<HHHHB", left, top, width, height, flags) + lzw(pixels)


def control(transparent):
    return b"!\xf9\4\1\0\0" + bytes([transparent, 0])


def gif(*parts, width=4, height=4, end=b";"):
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x81, 0, 0) + COLOURS + b"".join(parts) + end


PIXELS = [0, 1, 2, 3] * 4


def gifs():
    yield "a_picture_stays", gif(frame(PIXELS, 4, 4))
    yield "a_picture_smaller_than_its_screen_stays", gif(control(3), frame([0, 1, 2, 3], 2, 2, 1, 1))
    yield "rows_out_of_order_are_put_in_order", gif(frame(PIXELS, 4, 4, flags=0x40))
    yield "of_an_animation_the_first_picture_stays", gif(frame(PIXELS, 4, 4), control(0), frame([1] * 4, 2, 2))
    yield "a_comment_goes", gif(b"!\xfe" + blocks(b"<script>x</script>"), frame(PIXELS, 4, 4))
    yield "bytes_behind_the_end_go", gif(frame(PIXELS, 4, 4)) + b"<?php x ?>"
    yield "pixels_cut_short_are_refused", gif(frame([0, 1], 4, 4))
    yield "a_picture_beyond_the_limit_is_refused", gif(frame(PIXELS, 65535, 65535), width=65535, height=65535)
    yield "a_screen_beyond_the_limit_is_refused", gif(frame(PIXELS, 4, 4), width=65535, height=65535)
    yield "a_picture_without_pictures_is_refused", gif()


def bmp(width, height, bits, pixels, compression=0, colours=b"", header=40, more=b"", behind=b""):
    head = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(pixels), 2835, 2835, len(colours) // 4, 0) + more
    at = 14 + len(head) + len(colours)
    return b"BM" + struct.pack("<IHHI", at + len(pixels), 0, 0, at) + head + colours + pixels + behind


FOUR = b"".join(bytes([COLOURS[i + 2], COLOURS[i + 1], COLOURS[i], 0]) for i in range(0, 12, 3))


def bmps():
    yield "a_picture_stays", bmp(3, 2, 24, b"\xc1\x17\0" * 3 + b"\0" * 3 + b"\xff" * 9 + b"\0" * 3)
    yield "colours_of_a_palette_stay", bmp(4, 2, 8, bytes([0, 1, 2, 3, 3, 2, 1, 0]), colours=FOUR)
    yield "runs_become_pixels", bmp(4, 2, 8, b"\4\1\0\0\2\2\2\3\0\1", 1, FOUR)
    yield "runs_beyond_the_edge_are_cut", bmp(4, 2, 8, b"\xff\1\0\0\xff\2\0\2\xff\xff\xff\3\0\1", 1, FOUR)
    yield "runs_that_leap_stay_within", bmp(4, 2, 4, b"\2\x12\0\2\1\1\1\x30\0\1", 2, FOUR)
    yield "masks_are_read", bmp(2, 1, 32, struct.pack("<II", 0x80FF0000, 0xFF00FF00), 3, header=108, more=struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + b"\0" * 52)
    yield "bytes_behind_the_pixels_go", bmp(1, 1, 24, b"\1\2\3\0", behind=b"MZ\x90\0program")
    yield "a_picture_beyond_the_limit_is_refused", bmp(3000000, 2000000, 24, b"\0" * 16)
    yield "rows_that_are_missing_are_refused", bmp(100, 100, 24, b"\0" * 300)
    yield "a_photograph_in_a_bitmap_is_refused", bmp(1, 1, 0, b"\xff\xd8\xff\xd9", 4)


def tiff(*pages, loop=False):
    """Little-endian; a page: (tags of one number each, strip). Longer values lie behind the directory."""
    out = bytearray(b"II*\0\0\0\0\0")
    last = 4
    for tags, strip in pages:
        at = len(out)
        out += strip + b"\0" * (len(strip) & 1)
        tags = {258: 1, 259: 1, 262: 1, 273: at, 277: 1, 279: len(strip), **tags}
        body, behind, here = b"", b"", len(out)
        end = here + 2 + 12 * len(tags) + 4
        for tag in sorted(tags):
            v = tags[tag]
            if isinstance(v, bytes):
                body += struct.pack("<HHII", tag, 7, len(v), end + len(behind))
                behind += v
            elif isinstance(v, tuple) and len(v) == 2 and tag in (282, 283):
                body += struct.pack("<HHII", tag, 5, 1, end + len(behind))
                behind += struct.pack("<II", *v)
            elif isinstance(v, (list, tuple)):
                body += struct.pack("<HHII", tag, 3, len(v), end + len(behind))
                behind += struct.pack(f"<{len(v)}H", *v)
            else:
                body += struct.pack("<HHII", tag, 4, 1, v)
        struct.pack_into("<I", out, last, here)
        out += struct.pack("<H", len(tags)) + body + b"\0\0\0\0" + behind
        last = end - 4
    if loop:
        struct.pack_into("<I", out, last, struct.unpack_from("<I", out, 4)[0])
    return bytes(out)


SIZE = {256: 8, 257: 4}
SCAN = bytes([0xF0, 0x0F, 0xAA, 0x55])


def tiffs():
    dots = {282: (200, 1), 283: (200, 1), 296: 2}
    yield "a_scan_stays", tiff(({**SIZE, **dots}, SCAN))
    yield "colours_packed_tightly_stay", tiff(({**SIZE, 258: [8, 8, 8], 259: 8, 262: 2, 277: 3, 317: 2}, zlib.compress(bytes(range(96)))))
    yield "runs_become_pixels", tiff(({**SIZE, 259: 32773, 262: 0}, b"\xfd\xf0"))
    yield "pages_become_a_pdf", tiff(({**SIZE, **dots}, SCAN), ({**SIZE, **dots, 274: 6}, SCAN[::-1]))
    yield "a_preview_and_a_profile_go", tiff(({**SIZE, 34675: b"profile" * 3}, SCAN), ({**SIZE, 254: 1}, SCAN))
    yield "pages_that_never_end_are_refused", tiff((SIZE, SCAN), (SIZE, SCAN), loop=True)
    yield "a_strip_outside_the_file_is_refused", tiff(({**SIZE, 273: 1 << 30}, SCAN))
    yield "rows_that_are_missing_are_refused", tiff(({**SIZE, 257: 5}, SCAN))
    yield "a_picture_beyond_the_limit_is_refused", tiff(({256: 1 << 20, 257: 1 << 20}, SCAN))
    yield "a_strip_that_unpacks_too_far_is_refused", tiff(({**SIZE, 259: 8}, zlib.compress(b"\0" * (24 << 20))))
    yield "colours_of_laboratories_are_refused", tiff(({**SIZE, 258: [8, 8, 8], 262: 8, 277: 3}, bytes(96)))


def chunk(kind, data):
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1)


def riff(*chunks):
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def lossless(width, height, green=193, red=0, blue=23):
    """One colour all over: each code has one symbol, so that a pixel takes no bit at all."""
    bits, n = 0, 0
    for value, count in [(0x2F, 8), (width - 1, 14), (height - 1, 14), (0, 1), (0, 3), (0, 1), (0, 1), (0, 1)] + [x for c in (green, red, blue, 255) for x in ((1, 1), (0, 1), (1, 1), (c, 8))] + [(1, 1), (0, 1), (0, 1), (0, 1)]:
        bits |= value << n
        n += count
    return chunk(b"VP8L", bits.to_bytes((n + 7) // 8 + 1, "little"))


def screen(width, height, flags):
    return chunk(b"VP8X", struct.pack("<I", flags) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"))


def moving(width, height, left=0, top=0):
    return chunk(b"ANMF", b"".join(v.to_bytes(3, "little") for v in (left // 2, top // 2, width - 1, height - 1, 100)) + b"\0" + lossless(width, height))


def webps():
    turned = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    yield "a_picture_stays", riff(lossless(4, 3))
    yield "a_picture_is_turned_upright_and_its_notes_go", riff(screen(4, 3, 8), lossless(4, 3), chunk(b"EXIF", turned), chunk(b"XMP ", b"<x/>"))
    yield "of_an_animation_the_first_picture_stays", riff(screen(8, 8, 2), chunk(b"ANIM", b"\0" * 6), moving(4, 4, 2, 2), moving(8, 8))
    yield "a_profile_goes", riff(screen(4, 3, 0x20), chunk(b"ICCP", b"profile"), lossless(4, 3))
    yield "bytes_behind_the_end_go", riff(lossless(4, 3)) + b"MZ\x90\0program"
    yield "a_picture_beyond_the_limit_is_refused", riff(lossless(16384, 16384))
    yield "a_file_cut_short_is_refused", riff(lossless(4, 3))[:-8]
    yield "a_length_too_small_is_refused", b"RIFF\1\0\0\0" + riff(lossless(4, 3))[8:]
    yield "a_file_without_a_picture_is_refused", riff(screen(4, 3, 0), chunk(b"VP8 ", b"none"))


KINDS = {"gif": gifs, "bmp": bmps, "tiff": tiffs, "webp": webps}
if __name__ == "__main__":
    for kind, samples in KINDS.items():
        if len(sys.argv) > 1 and kind not in sys.argv[1:]:
            continue
        for name, content in samples():
            folder = CASES / kind / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"in.{kind}").write_bytes(content)
