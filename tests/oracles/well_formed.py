#!/usr/bin/env python3
# 正しく作られたファイルか — says of a file whether it is well formed, unencrypted and whole, judged by tools that are not ours: qpdf and pdfinfo for PDF, unzip, bsdtar, lha,
# gzip, bzip2, xz and zstd for archives, Python's zipfile, expat, email and codecs for packages, mails and text, readers of a few lines for pictures and OLE2 containers.
# A judge leans against us: what it cannot decide counts as well formed. A file does not count only for one of the reasons of RULES, and the reason is told.
# Usage: well_formed.py KIND FILE …   One line a file: FILE<tab>well formed, or the rule<tab>what was seen.   As a module: judge(kind, path) → (rule or "", what was seen).
import email, email.policy, io, os, re, struct, subprocess, sys, tempfile, zipfile, zlib
from pathlib import Path
from xml.parsers import expat

RULES = {
    "encrypted": "a password or a key is needed: it is asked for, or told to be needed, and counts apart",
    "signature": "a signature or a key alone, without anything to read",
    "damaged": "another reader cannot read it to its end, or its own sums and lengths are not true",
    "link": "an archive with links or devices: refused by H4, since where a link leads is not the archive's to say",
    "name": "an archive with names that climb, collide, are empty or absolute, or stand in an encoding that no reader can tell: refused by A4 and H4",
    "volume": "one of several volumes: the rest is not there",
    "bomb": "it unpacks to a hundred times its size and more, or asks for entities or holes of the size of a disk: refused by A3",
    "foreign": "its content, or all that an archive holds, is of no kind that is served: the refusal names the kind, and what to ask for",
    "program": "an archive that holds a program (Windows, Linux, macOS, Java, a shortcut): refused whole, whatever else is in it",
    "page": "a web page, XML, a mail or a script under the name of a text, or an archive of nothing else: refused by F1",
    "fuzzed": "a fuzzer made it, as its name says: other readers may take it, nobody wrote it",
    "prefix": "something stands before the beginning: refused by A2",
    "encoding": "text in an encoding that no Japanese or Unicode reader tells (EBCDIC, DOS Cyrillic)",
    "nothing": "it holds nothing to be read",
}


class Not(Exception):
    """rule, what was seen"""


def run(*command, data=None, seconds=60):
    try:
        done = subprocess.run([str(c) for c in command], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds, env={**os.environ, "LC_ALL": "C.UTF-8"})
    except subprocess.TimeoutExpired:
        raise Not("damaged", f"{command[0]} does not end")
    return done.returncode, done.stdout, done.stderr.decode(errors="replace").strip().replace("\n", "; ")[:160]


def need(fact, rule, seen):
    if not fact:
        raise Not(rule, seen)


# -- packages: zip and XML --
def xml(name, data):
    parser = expat.ParserCreate()
    def entity(*_):
        raise Not("bomb", f"{name} declares entities")
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as e:
        raise Not("damaged", f"{name}: {e}")


def opened(path):
    data = path.read_bytes()
    need(data[:8] != b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "encrypted", "a package inside an OLE2 container")
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
        need(not any(m.flag_bits & 1 for m in package.infolist()), "encrypted", "encrypted members")
        need(sum(m.file_size for m in package.infolist()) < 200 * len(data) + (1 << 20), "bomb", "unpacks out of proportion")
        bad = package.testzip()
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, OverflowError, NotImplementedError) as e:
        raise Not("damaged", str(e))
    need(bad is None, "damaged", f"wrong sum of {bad}")
    need(not any(b"\x75\x70" == m.extra[i:i + 2] and m.orig_filename.isascii() and m.extra[i + 9:i + 4 + struct.unpack_from("<H", m.extra, i + 2)[0]] != m.orig_filename.encode() for m in package.infolist() for i in range(0, max(len(m.extra) - 8, 0))),
         "name", "a member under two names")
    names = [m.filename.lower() for m in package.infolist()]
    need(len(set(names)) == len(names), "damaged", "two members of one name")
    return package


def office(path):
    package = opened(path)
    need("[Content_Types].xml" in package.namelist(), "damaged", "no list of content types")
    need(any(b"/officeDocument\"" in package.read(n) or b"/document\"" in package.read(n) for n in package.namelist() if n.endswith("_rels/.rels")) and any(n.startswith(("word/", "xl/", "ppt/", "visio/")) for n in package.namelist()),
         "foreign", "a package without a document")
    for name in package.namelist():
        if name.endswith((".xml", ".rels")):
            xml(name, package.read(name))


def open_document(path):
    package = opened(path)
    kind = package.read("mimetype") if "mimetype" in package.namelist() else b""
    need(re.match(rb"application/vnd.oasis.opendocument.(text|spreadsheet|presentation)", kind), "foreign", "no text, sheet or slides of OpenDocument: " + kind.decode(errors="replace"))
    need("content.xml" in package.namelist(), "damaged", "no content.xml")
    if "META-INF/manifest.xml" in package.namelist():
        need(b"encryption-data" not in package.read("META-INF/manifest.xml"), "encrypted", "the manifest says so")
    xml("content.xml", re.sub(rb"<!DOCTYPE[^>]*>", b"", package.read("content.xml")))


# -- OLE2 containers --
def chain(fat, at, most):
    seen = []
    while at < 0xFFFFFFFA:
        need(at < len(fat) and len(seen) <= most, "damaged", "a chain of sectors that leads nowhere or turns back")
        seen.append(at)
        at = fat[at]
    return seen


def container(data):
    """Names in the directory, in lower case as they are compared → (type, first sector, size), and a function that reads the large streams."""
    need(data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" and len(data) >= 1536, "foreign", "no OLE2 container")
    shift = struct.unpack_from("<H", data, 30)[0]
    need(shift in (9, 12), "damaged", "sectors of an odd size")
    size, count = 1 << shift, struct.unpack_from("<I", data, 44)[0]
    first, difat, difats = struct.unpack_from("<I", data, 48)[0], struct.unpack_from("<I", data, 68)[0], struct.unpack_from("<I", data, 72)[0]
    small = struct.unpack_from("<I", data, 56)[0]
    def sector(n):
        piece = data[(n + 1) * size:(n + 2) * size]
        need(piece, "damaged", "a sector behind the end")
        return piece.ljust(size, b"\0")
    places = list(struct.unpack_from("<109I", data, 76))
    for _ in range(min(difats, 4096)):
        if difat >= 0xFFFFFFFA:
            break
        more = struct.unpack("<%dI" % (size // 4), sector(difat))
        places, difat = places + list(more[:-1]), more[-1]
    fat = []
    for n in [p for p in places if p < 0xFFFFFFFA][:count]:
        fat += struct.unpack("<%dI" % (size // 4), sector(n))
    whole = lambda at: b"".join(sector(n) for n in chain(fat, at, len(fat)))
    directory, entries = whole(first), {}
    for at in range(0, len(directory) - 127, 128):
        n, kind = struct.unpack_from("<HB", directory, at + 64)
        if kind in (1, 2, 5) and 2 <= n <= 64:
            name = directory[at:at + n - 2].decode("utf-16-le", "replace").lower()
            start, length = struct.unpack_from("<II", directory, at + 116)
            entries.setdefault(name, (kind, start, length))
            if kind == 2 and length >= small:
                need(len(chain(fat, start, len(fat))) * size >= length, "damaged", f"{name!r} is longer than its chain")
    return entries, lambda name: whole(entries[name][1])[:entries[name][2]] if entries[name][2] >= small else b""


def old_office(*streams):
    def look(path):
        entries, read = container(path.read_bytes())
        have = [s for s in streams if s in entries]
        need(have or "encryptedpackage" not in entries, "encrypted", "an encrypted package")
        need(have, "foreign", f"none of {', '.join(streams)} in it")
        need("encryptedpackage" not in entries and "encryptedsummary" not in entries, "encrypted", "an encrypted stream")
        head = read(have[0])
        if have[0] == "worddocument" and len(head) > 12:
            need(not struct.unpack_from("<H", head, 10)[0] & 0x100, "encrypted", "the flag of the FIB")
        if have[0] in ("workbook", "book"):
            at = 0
            while at + 4 <= min(len(head), 4096):
                kind, n = struct.unpack_from("<HH", head, at)
                need(kind != 0x2F, "encrypted", "a FILEPASS record")
                at += 4 + n
    return look


# -- PDF --
def pdf(path):
    code, _, said = run("qpdf", "--check", path)
    need("password" not in said, "encrypted", said)
    need(code in (0, 3), "damaged", "qpdf: " + said.replace(str(path), "").strip(" :"))
    code, told, said = run("pdfinfo", path)
    need(code == 0 and re.search(rb"^Pages: +[1-9]", told, re.M), "damaged", "pdfinfo: " + said)
    if re.search(rb"^Form: +XFA", told, re.M):
        _, words, _ = run("pdftotext", path, "-")
        need(words.strip() and b"Adobe Reader" not in words and b"Please wait" not in words, "foreign", "pages that only the program in them draws (XFA)")


# -- pictures --
def png(path):
    data, at, pixels, last = path.read_bytes(), 8, b"", b""
    need(data[:8] == b"\x89PNG\r\n\x1a\n", "foreign", "no PNG")
    while at < len(data) and last != b"IEND":
        need(at + 12 <= len(data), "damaged", "cut short")
        n, last = struct.unpack_from(">I4s", data, at)
        need(at + 12 + n <= len(data), "damaged", "cut short")
        need(zlib.crc32(data[at + 4:at + 8 + n]) == struct.unpack_from(">I", data, at + 8 + n)[0], "damaged", "a wrong sum")
        if last == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, at + 8)
        if last == b"IDAT":
            pixels += data[at + 8:at + 8 + n]
        at += 12 + n
    need(last == b"IEND", "damaged", "without an end")
    row = lambda w: (w * depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 1) + 7) // 8
    need(width and height and width * height < 200_000_000, "bomb", "a picture of that size is no picture")
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] if interlaced else [(0, 0, 1, 1)]
    want = sum((row((width - x + dx - 1) // dx) + 1) * ((height - y + dy - 1) // dy) for x, y, dx, dy in passes if width > x and height > y)
    try:
        have = len(zlib.decompressobj().decompress(pixels, want + 1))
    except zlib.error as e:
        raise Not("damaged", str(e))
    need(have >= want, "damaged", "pixels are missing")


def jpeg(path):
    data, at, frame = path.read_bytes(), 2, False
    need(data[:2] == b"\xff\xd8", "foreign", "no JPEG")
    while True:
        need(at + 4 <= len(data), "damaged", "cut short")
        need(data[at] == 0xFF, "damaged", "no marker where one should be")
        kind, n = data[at + 1], struct.unpack_from(">H", data, at + 2)[0]
        if kind == 0xFF:
            at += 1
            continue
        if kind == 0xD9:
            break
        frame |= kind in (0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA)
        need(kind not in (0xC3, 0xC9, 0xCA), "foreign", "lossless or arithmetic coding, which no browser shows")
        at += 2 + n
        if kind == 0xDA:
            found = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]").search(data, at)
            need(found, "damaged", "cut short in its pixels")
            at = found.start()
        if at + 2 <= len(data) and data[at:at + 2] == b"\xff\xd9":
            break
    need(frame, "damaged", "without a frame")


def gif(path):
    data, at, images = path.read_bytes(), 13, 0
    need(data[:6] in (b"GIF87a", b"GIF89a") and len(data) > 13, "foreign", "no GIF")
    at += 3 << (data[10] & 7) + 1 if data[10] & 128 else 0
    while True:
        need(at < len(data), "damaged", "cut short")
        kind = data[at]
        if kind == 0x3B:
            break
        need(kind in (0x21, 0x2C), "damaged", "no block where one should be")
        if kind == 0x2C:
            need(at + 10 < len(data), "damaged", "cut short")
            images += 1
            at += 11 + (3 << (data[at + 9] & 7) + 1 if data[at + 9] & 128 else 0)
        else:
            at += 2
        while True:
            need(at < len(data), "damaged", "cut short")
            n = data[at]
            at += 1 + n
            if n == 0:
                break
    need(images, "nothing", "no picture in it")


def bmp(path):
    data = path.read_bytes()
    need(data[:2] == b"BM" and len(data) > 26, "foreign", "no BMP")
    start, header = struct.unpack_from("<I", data, 10)[0], struct.unpack_from("<I", data, 14)[0]
    if header == 12:
        width, height, planes, bits = struct.unpack_from("<HHHH", data, 18)
        packed = 0
    else:
        need(header in (16, 40, 52, 56, 64, 108, 124) and len(data) >= 34, "damaged", "a header of an odd size")
        width, height, planes, bits, packed = struct.unpack_from("<iiHHI", data, 18)
        height = abs(height)
    need(packed not in (4, 5), "foreign", "JPEG or PNG in a bitmap: for printers, no viewer shows it")
    need(bits in (1, 2, 4, 8, 16, 24, 32), "damaged", "bits that are none")
    need(width > 0 and height > 0, "damaged", "no size")
    need(start < len(data) and (packed not in (0, 3, 6) or (width * bits + 31) // 32 * 4 * height + start <= len(data) + 3), "damaged", "rows are missing")


def webp(path):
    data = path.read_bytes()
    need(data[:4] == b"RIFF" and data[8:12] == b"WEBP", "foreign", "no WebP")
    need(struct.unpack_from("<I", data, 4)[0] + 8 <= len(data) + 1, "damaged", "cut short")


def tiff(path):
    data = path.read_bytes()
    need(data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), "foreign", "no TIFF")
    order = "<" if data[:2] == b"II" else ">"
    if data[2:4] in (b"+\0", b"\0+"):
        return  # the large kind: not looked into
    sizes, at, seen = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}, struct.unpack_from(order + "I", data, 4)[0], set()
    need(at, "nothing", "no picture in it")
    while at:
        need(at not in seen, "damaged", "pages that turn back")
        need(at + 2 <= len(data), "damaged", "a page behind the end")
        seen.add(at)
        count = struct.unpack_from(order + "H", data, at)[0]
        need(at + 2 + 12 * count <= len(data), "damaged", "a page that is cut short")
        tags = {}
        for i in range(count):
            tag, kind, n = struct.unpack_from(order + "HHI", data, at + 2 + 12 * i)
            need(n < 1 << 26, "damaged", "a field of that length is none")
            size = sizes.get(kind, 0) * n
            place = at + 10 + 12 * i if size <= 4 else struct.unpack_from(order + "I", data, at + 10 + 12 * i)[0]
            if kind in (3, 4) and tag in (256, 257, 259, 273, 279, 324, 325):
                need(place + size <= len(data), "damaged", "a field behind the end")
                tags[tag] = struct.unpack_from(order + f"{n}{'H' if kind == 3 else 'I'}", data, place)
        places, lengths = tags.get(273) or tags.get(324), tags.get(279) or tags.get(325)
        need(places and 256 in tags and 257 in tags, "damaged", "a page without a size or pixels")
        need(tags[256][0] and tags[257][0] and tags[256][0] * tags[257][0] < 1 << 28, "bomb", "a picture of that size is no picture")
        need(all(p < len(data) for p in places), "damaged", "pixels behind the end")
        need(not lengths or all(p + n <= len(data) for p, n in zip(places, lengths)), "damaged", "pixels that are cut short")
        following = at + 2 + 12 * count
        at = struct.unpack_from(order + "I", data, following)[0] if following + 4 <= len(data) else 0


# -- archives and streams --
def entries(listing):
    return [line for line in listing.decode(errors="replace").splitlines() if line]


def readable(name):
    """A name as bsdtar prints it: bytes that are none of UTF-8 stand as octal numbers."""
    if not re.search(r"\\\d{3}", name):
        return name.replace("\\\\", "\\")
    octets = re.sub(rb"\\(\d{3}|.)", lambda m: bytes([int(m[1], 8) & 255]) if len(m[1]) == 3 else m[1], name.encode())
    for encoding in ("utf-8", "cp932"):
        try:
            return octets.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Not("name", name)


PROGRAMS = (b"\x7fELF", b"MZ", b"L\0\0\0\1\x14\2\0", b"\xca\xfe\xba\xbe", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa", b"\0asm")
SERVED = (b"PK\3\4", b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF", b"II*\0", b"MM\0*", b"\xd0\xcf\x11\xe0", b"{\\rt", b"7z\xbc\xaf", b"Rar!", b"MSCF", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"(\xb5/\xfd")


def is_text(data):
    for encoding in ("utf-8", "cp932", "euc_jp", "iso2022_jp"):
        try:
            data.decode(encoding)
            return sum(c < 32 and c not in b"\t\r\n\f\x1b\x1a" for c in data) * 50 < len(data) + 50
        except UnicodeDecodeError:
            continue
    return False


ACTIVE = re.compile(rb"(\xef\xbb\xbf)?\s*(#!|<\?(xml|php)|<!doctype|<(html|head|body|script|svg)\b|mime-version:)", re.I)


def contents(files):
    """A program among them counts against all; so does it if nothing in them is of a kind that is served."""
    need(not any(f[:8].startswith(PROGRAMS) for f in files), "program", "a program in it")
    need(not files or any(f.startswith(SERVED) or f[257:262] == b"ustar" or is_text(f) for f in files), "foreign", "nothing in it is of a kind that is served")
    need(not files or not all(ACTIVE.match(f) for f in files), "page", "nothing in it but pages and scripts")


def archive(path):
    """bsdtar lists it and reads every file of it; links and devices are told from the listing (an archive of a kind that has none says nothing there: '?')."""
    data = path.read_bytes()
    if data[:4] == b"Rar!":
        code = data[6]
        volume = struct.unpack_from("<H", data, 10)[0] & 1 if code == 0 and data[9:10] == b"s" else False
        if code == 1:
            at, numbers = 12, []
            while len(numbers) < 5 and at < len(data):
                v = shift = 0
                while at < len(data):
                    b = data[at]
                    v, shift, at = v | (b & 127) << shift, shift + 7, at + 1
                    if not b & 128:
                        break
                numbers.append(v)
            need(numbers[1:2] != [4], "encrypted", "encrypted headers")
            volume = numbers[1] == 1 and numbers[3 if numbers[2] & 1 == 0 else 4] & 1 if len(numbers) == 5 else False
        else:
            need(not struct.unpack_from("<H", data, 10)[0] & 0x80, "encrypted", "encrypted headers")
        need(not volume, "volume", "a flag of its head")
    need(not data.startswith((b"\x04\x22\x4d\x18", b"\x89LZO", b"xar!", b"!<arch>", b"LRZI", b"LZIP", b"]\0", b"\x1f\x9d", b"07070", b"\xc7\x71", b"\x71\xc7")), "foreign", "an archive of a kind that is not served")
    if data[:4] == b"MSCF":
        need(not struct.unpack_from("<H", data, 30)[0] & 3, "volume", "a flag of its head")
    code, listing, said = run("bsdtar", "-tvf", path)
    need("ncrypt" not in said, "encrypted", said)
    need("ultivolume" not in said and "multi-volume" not in said.lower(), "volume", said)
    need(code == 0, "damaged", "bsdtar: " + said)
    rows = entries(listing)
    need(rows, "nothing", "no file in it")
    need(all(r[0] in "-d?" and " link to " not in r for r in rows), "link", next((r for r in rows if r[0] not in "-d?" or " link to " in r), ""))
    code, names, _ = run("bsdtar", "-tf", path)
    names = [readable(n) for n in entries(names)]
    folded = [n.rstrip("/").lower() for n in names if not n.endswith("/")]
    need(len(set(folded)) == len(folded), "name", "two members of one name")
    for name in names:
        need(name and not re.search(r"(^|/)\.\.(/|$)|^/|^[A-Za-z]:|\\", name), "name", name)
    with tempfile.TemporaryDirectory() as folder:
        try:
            code, _, said = run("bsdtar", "-xf", path, "-C", folder, "--no-same-permissions", "--no-same-owner")
        except Not as no:
            raise Not("bomb", no.args[1])
        need("ncrypt" not in said and "passphrase" not in said.lower(), "encrypted", said)
        need(code == 0, "damaged", "bsdtar: " + said)
        found = [f for f in Path(folder).rglob("*") if f.is_file()]
        need(sum(f.stat().st_size for f in found) < 200 * len(data) + (1 << 20), "bomb", "unpacks out of proportion")
        contents([f.read_bytes() for f in found])


def zip_archive(path):
    data = path.read_bytes()
    need(data[:4] != b"PK\7\b" and b"PK\5\6" in data, "volume" if data[:4] == b"PK\7\b" else "damaged", "no end record")
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError) as e:
        raise Not("damaged", str(e))
    need(package.infolist(), "nothing", "no file in it")
    need(data[:2] == b"PK", "prefix", "something before the first member")
    inner = package.namelist()
    need("[Content_Types].xml" not in inner and "mimetype" not in inner or any(n.startswith(("word/", "xl/", "ppt/", "content.xml")) for n in inner), "foreign", "the package of another program")
    names = []
    for m in package.infolist():
        raw = m.orig_filename
        need(not m.flag_bits & 1, "encrypted", raw)
        need(m.external_attr >> 28 in (0, 4, 8) or m.create_system != 3, "link", raw)
        need(not re.search(r"(^|/)\.\.(/|$)|^/|^[A-Za-z]:", raw), "name", raw)
        need("\\" not in raw, "name", raw)
        if not m.flag_bits & 0x800 and not raw.isascii():
            octets = raw.encode("cp437", "replace")
            for encoding in ("utf-8", "cp932"):
                try:
                    octets.decode(encoding)
                    break
                except UnicodeDecodeError:
                    continue
            else:
                raise Not("name", raw)
        names.append(raw.lower().rstrip("/"))
    need(len(set(names)) == len(names), "name", "two members of one name")
    need(sum(m.file_size for m in package.infolist()) < 200 * len(data) + (1 << 20), "bomb", "unpacks out of proportion")
    if all(m.compress_type in (0, 8, 12, 14) for m in package.infolist()):
        try:
            bad = package.testzip()
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error, ValueError) as e:
            raise Not("damaged", str(e))
        need(bad is None, "damaged", f"wrong sum of {bad}")
        code, _, said = run("unzip", "-tqq", path)
        need(code in (0, 1, 81), "damaged", "unzip: " + said)
        contents([package.read(m) for m in package.infolist() if not m.is_dir()])
    else:
        code, _, said = run("bsdtar", "-xOf", path)
        need(code == 0, "damaged", "bsdtar: " + said)


def lzh(path):
    code, _, said = run("lha", "t", path)
    need(code == 0, "damaged", "lha: " + said)
    archive(path)


def stream(path):
    data = path.read_bytes()
    need(not data.startswith((b"\x04\x22\x4d\x18", b"\x89LZO", b"\x1f\x9d", b"LZIP", b"]\0")) and not (data[1:4] == b"\x2a\x4d\x18" and b"\x04\x22\x4d\x18" in data[:64]), "foreign", "a stream of a kind that is not served")
    for magic, command in ((b"\x1f\x8b", ["gzip", "-t"]), (b"\x1f\x9d", ["gzip", "-t"]), (b"BZh", ["bzip2", "-t"]), (b"\xfd7zXZ", ["xz", "-t"]), (b"(\xb5/\xfd", ["zstd", "-tq"]), (b"]\0\0", ["xz", "-t", "--format=lzma"]),
                           (b"LZIP", ["xz", "-t", "--format=auto"])):
        if data[:len(magic)] == magic:
            code, _, said = run(*command, data=data)
            need(code in (0, 2) if command[0] == "gzip" else code == 0, "damaged", f"{command[0]}: {said}")
            break
    code, listing, said = run("bsdtar", "-tf", path)
    need("too many filters" not in said, "bomb", said)
    if data[:2] == b"\x1f\x8b":
        need(not run("gzip", "-dc", data=data)[1].startswith((b"07070", b"\xc7\x71", b"\x71\xc7")), "foreign", "cpio")
    if code == 0 and listing and not listing.startswith(b"data\n"):
        archive(path)
    elif data[:2] == b"\x1f\x8b":
        contents([run("gzip", "-dc", data=data)[1]])


# -- text, mails, cards --
def text(path):
    data = path.read_bytes()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return
    need(is_text(data), "encoding", "neither UTF-8 nor an encoding of Japan, or control characters")


def html(path):
    data = path.read_bytes()
    need(data.strip(), "nothing", "empty")
    need(data[:2] in (b"\xff\xfe", b"\xfe\xff") or is_text(data) or re.search(rb"charset *= *[\"']?(iso-8859-1|windows-1252|utf-16)", data, re.I), "encoding", "in none of Japan, of Unicode or of the West")


def mail(path):
    data = path.read_bytes()
    if path.suffix in (".p7m", ".p7s"):
        raise Not("signature" if path.suffix == ".p7s" else "encrypted", "PKCS #7")
    if path.suffix == ".txt":
        need(not re.search(rb"<(html|head|body|script|iframe)\b|^mime-version:", data[:1024], re.I | re.M), "page", "a page or a mail called txt")
        return text(path)
    if path.suffix == ".mbox":
        need(not re.search(rb"<(html|head|body|script|iframe)\b", data[:1024], re.I), "page", "a page in a text")
    need(b"\n=ybegin " not in data, "foreign", "yEnc: bytes of a file in the text, which only newsreaders know")
    message = email.message_from_bytes(data, policy=email.policy.default)
    for part in message.walk():
        kind = part.get_content_type()
        need(kind not in ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime") or "enveloped" not in str(part.get("content-type", "")), "encrypted", kind)
        need(kind not in ("message/partial",), "volume", kind)


def card(path):
    lines = [line.upper() for line in path.read_bytes().splitlines()]
    begins, ends = [[line for line in lines if line.startswith(word)] for word in (b"BEGIN:", b"END:")]
    need(begins and len(begins) == len(ends), "damaged", "components that do not close")


def rtf(path):
    data = re.sub(rb"\\bin\d+.*|\\[\\{}]", b"", path.read_bytes())
    need(data[:4] == b"{\\rt", "foreign", "no RTF")
    need(data.count(b"{") == data.count(b"}"), "damaged", "groups that do not close")


def svg(path):
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = zlib.decompress(data, 31)
    xml(path.name, re.sub(rb"<!DOCTYPE[^>\[]*>", b"", data))


def metafile(path):
    data = path.read_bytes()
    if data[40:44] == b" EMF":
        need(struct.unpack_from("<I", data, 48)[0] <= len(data), "damaged", "cut short")
        return
    need(data[:4] == b"\xd7\xcd\xc6\x9a" or data[:4] in (b"\1\0\x09\0", b"\2\0\x09\0"), "foreign", "no metafile")


def heif(path):
    data, at = path.read_bytes(), 0
    need(data[4:8] == b"ftyp", "foreign", "no HEIF")
    while at + 8 <= len(data):
        n = struct.unpack_from(">I", data, at)[0]
        n = len(data) - at if n == 0 else n if n != 1 else struct.unpack_from(">Q", data, at + 8)[0]
        need(n >= 8 and at + n <= len(data), "damaged", "a box behind the end")
        at += n


def tnef(path):
    data, at = path.read_bytes(), 6
    need(data[:4] == b"\x78\x9f\x3e\x22", "foreign", "no TNEF")
    while at < len(data):
        n = struct.unpack_from("<I", data, at + 5)[0]
        need(struct.unpack_from("<H", data, at + 9 + n)[0] == sum(data[at + 9:at + 9 + n]) & 0xFFFF, "damaged", "a wrong sum")
        at += 11 + n


JUDGES = {
    **dict.fromkeys(("docx", "docm", "xlsx", "xlsm", "pptx", "pptm", "xlsb", "ooxml-other"), office), "odf": open_document, "pdf": pdf, "png": png, "jpeg": jpeg, "gif": gif, "bmp": bmp, "webp": webp, "tiff": tiff,
    "zip": zip_archive, "lzh": lzh, **dict.fromkeys(("tar", "7z", "rar", "cab", "archive-other"), archive), "stream": stream, "text": text, "html": html, "mail": mail, "ics-vcf": card, "rtf": rtf,
    "doc": old_office("worddocument"), "xls": old_office("workbook", "book"), "ppt": old_office("powerpoint document"), "msg": old_office("__properties_version1.0"), "svg": svg, "emf-wmf": metafile, "heif-avif": heif, "tnef": tnef,
}


def judge(kind, path):
    """("", "") if well formed, unencrypted and whole; else (rule, what was seen)."""
    try:
        need(not re.search(r"clusterfuzz|crash-|oom-|fuzz", Path(path).name, re.I), "fuzzed", "")
        JUDGES.get(kind, lambda p: None)(Path(path))
    except Not as no:
        return no.args
    except (struct.error, IndexError, UnicodeDecodeError, zlib.error) as e:  # a reader of a few lines ran out of the file
        return "damaged", f"{type(e).__name__}: {e}"
    return "", ""


if __name__ == "__main__":
    for path in sys.argv[2:]:
        rule, seen = judge(sys.argv[1], path)
        print(f"{path}\t{rule or 'well formed'}\t{seen}")
