#!/usr/bin/env python3
# 圧縮爆弾 — small files that would become huge, or would have us work for hours: each is refused, and what that costs is printed. Each is judged twice in one run: the first pays for the
# start of the jails it needs, the second is what a daemon pays whose jails stand. Memory: of the largest process of the run. Usage: bombs.py BUILD_FOLDER
# Ends with 1 if one of them is not refused, or is refused for something else than what it is. Times and memory are shown, not judged: the machine may be busy.
import io, json, resource, shutil, struct, subprocess, sys, tempfile, zipfile, zlib
from pathlib import Path

build, cases = Path(sys.argv[1]).resolve(), Path(__file__).resolve().parent.parent / "cases/sanitise"
HUGE = {"BOMB", "TOO_LARGE", "TOO_DEEP", "TOO_MANY_PARTS"}


def archive(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=9) as z:
        for name, content in members:
            z.writestr(name, content)
    return out.getvalue()


def nested(levels=6, width=16):
    """As 42.zip: archives of archives of archives, zeros at the bottom."""
    content = archive([("0.bin", bytes(4 << 20))])
    for level in range(levels):
        content = archive([(f"{i}.zip", content) for i in range(width)])
    return content


def overlapping(count=2000):
    """Fifield's idea in its plainest form: every entry of the directory leads to the same packed bytes."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    plain = bytes(1 << 20)
    data = packed.compress(plain) + packed.flush()
    crc = zlib.crc32(plain)
    local = struct.pack("<IHHHIIIIHH", 0x04034b50, 20, 0, 8, 0x00210000, crc, len(data), len(plain), 5, 0) + b"a.txt" + data
    entries = b"".join(struct.pack("<IHHHHIIIIHHHHHII", 0x02014b50, 20, 20, 0, 8, 0x00210000, crc, len(data), len(plain), 8, 0, 0, 0, 0, 0, 0) + b"%04d.txt" % i for i in range(count))
    return local + entries + struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, count, count, len(entries), len(local), 0)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height):
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(bytes(1 << 20), 9)) + chunk(b"IEND", b"")


def tiff(width, height):
    tags = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (278, 4, height), (279, 4, 16)]
    return b"II*\0" + struct.pack("<I", 24) + bytes(16) + struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", t, k, 1, v) for t, k, v in tags) + bytes(4)


def pdf(filters):
    """A page that draws one picture of 60,000 by 60,000, packed so often."""
    data = bytes(64 << 20)
    for _ in range(filters):
        data = zlib.compress(data, 9)
    names = " ".join(["/FlateDecode"] * filters)
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Contents 5 0 R/Resources<</XObject<</I 4 0 R>>>>>>",
             b"<</Type/XObject/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter[%s]/Length %d>>stream\n%s\nendstream" % (names.encode(), len(data), data),
             b"<</Length 6>>stream\n/I Do \nendstream"]
    out, places = b"%PDF-1.5\n", []
    for n, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (n, part)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1) + b"".join(b"%010d 00000 n \n" % p for p in places)
    return out + table + b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(out))


def document(xml):
    types = ('<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
             '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>')
    rels = ('<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
            'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>')
    return archive([("[Content_Types].xml", types), ("_rels/.rels", rels), ("word/document.xml", xml)])


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
laughs = "<!DOCTYPE d [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12)) + "]>"
deep = lambda: "".join(f"<w:{'tbl' if i % 3 == 0 else 'tr' if i % 3 == 1 else 'tc'}>" for i in range(100000))
spinning = next((cases / "locked/ten_million_rounds_are_refused").glob("in.*"))
# name: what makes it, the refusals that say what it is
bombs = {
    "nested.zip": (nested, HUGE), "deep.zip": (lambda: nested(12, 1), HUGE | {"MEMBER_REFUSED"}), "overlap.zip": (overlapping, HUGE), "zeros.zip": (lambda: archive([("0.bin", bytes(256 << 20))]), HUGE),
    "many.zip": (lambda: archive([(f"{i}.txt", b"") for i in range(30000)]), HUGE), "pixels.png": (lambda: png(100000, 100000), HUGE), "pixels.tif": (lambda: tiff(100000, 100000), HUGE),
    "picture.pdf": (lambda: pdf(1), HUGE), "packed.pdf": (lambda: pdf(3), HUGE),
    "entities.docx": (lambda: document(f'<?xml version="1.0"?>{laughs}<w:document {W}><w:body><w:p><w:r><w:t>&a11;</w:t></w:r></w:p></w:body></w:document>'), HUGE | {"FEATURE"}),
    "deep.docx": (lambda: document(f'<?xml version="1.0"?><w:document {W}><w:body>{deep()}'), HUGE | {"DAMAGED"}),
    "space.docx": (lambda: document(f'<?xml version="1.0"?><w:document {W}><w:body>{" " * (160 << 20)}</w:body></w:document>'), HUGE),
    "spin" + spinning.suffix: (spinning.read_bytes, HUGE),
}


def judge(name, content, work):
    """The same bomb twice in one run, and the largest process."""
    folder = work / "in"
    folder.mkdir()
    for n in (1, 2):
        (folder / f"{n}-{name}").write_bytes(content)
    told = subprocess.run([build / "sekisho", "sanitize", "--batch", folder, "-o", work / "out", "--jobs", "1", "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    shutil.rmtree(folder)
    return sorted((json.loads(l) for l in told.decode().splitlines()), key=lambda r: r["path"])


def judge_all(work):
    wrong = 0
    print("bomb             bytes   first ms  again ms  refused as")
    for name, (_, wanted) in bombs.items():
        content = (work / name).read_bytes()
        reports = judge(name, content, work)
        codes = {r["reason"]["code"] if r["verdict"] == "refused" else "nothing" for r in reports}
        fine = len(reports) == 2 and codes <= wanted
        wrong += not fine
        print(f"{name:14} {len(content):8} {reports[0]['milliseconds']:9} {reports[1]['milliseconds']:9}  {', '.join(codes)}{'' if fine else '   WRONG: ' + reports[0].get('reason', {}).get('detail', '')}", flush=True)
    print(f"the largest process of all of them had {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MiB")
    return 1 if wrong else 0


if sys.argv[2:3] == ["--make"]:
    for name, (make, _) in bombs.items():
        (Path(sys.argv[3]) / name).write_bytes(make())
elif sys.argv[2:3] == ["--judge"]:
    sys.exit(judge_all(Path(sys.argv[3])))
else:  # made and judged by two processes: the second one's children are the product only
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([sys.executable, __file__, build, "--make", work], check=True)
        sys.exit(subprocess.run([sys.executable, __file__, build, "--judge", work]).returncode)
