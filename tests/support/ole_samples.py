#!/usr/bin/env python3
# 旧形式の事例の見本を作る — writes in.EXT of the cases of doc, xls, ppt, xlsb, odt, ods, odp, locked, msg, tnef and jtd in tests/cases/sanitise/, and their seeds for the fuzz target. The results are
# committed; run again only to change a sample. Every sample is made here from nothing; doc, ppt and odt by LibreOffice out of text that stands here.
# Needs soffice, and openssl for AES. Usage: ole_samples.py [tnef]   tnef: only those
import base64, hashlib, hmac, io, os, struct, subprocess, sys, tempfile, zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CASES, SEEDS = HERE.parent / "cases/sanitise", HERE.parent / "fuzz/corpus/legacy"
sys.path.insert(0, str(HERE))
KINDS = ["doc", "xls", "ppt", "xlsb", "odt", "locked", "msg", "jtd", "svg", "emf", "wmf", "heif", "jp2", "jbig2", "tnef"]  # the order of tests/fuzz/legacy.c
FREE, END, FATSECT, NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF


# -- OLE2 --
def ole(tree):
    """{name: bytes or {…}} → the bytes of a container of version 3."""
    entries = [["Root Entry", 5, NONE, NONE, NONE, b""]]  # name, type, left, right, child, content

    def add(children, parent):
        last = None
        for name in sorted(children, key=lambda n: (len(n), n.upper())):
            content = children[name]
            entries.append([name, 1 if isinstance(content, dict) else 2, NONE, NONE, NONE, b"" if isinstance(content, dict) else content])
            at = len(entries) - 1
            if last is None:
                entries[parent][4] = at
            else:
                entries[last][3] = at
            last = at
            if isinstance(content, dict):
                add(content, at)

    add(tree, 0)
    sectors, fat, mini, minifat, starts = [], [], b"", [], {}

    def put(content):
        start, count = len(sectors), (len(content) + 511) // 512
        for k in range(count):
            sectors.append(content[k * 512:(k + 1) * 512].ljust(512, b"\0"))
            fat.append(start + k + 1 if k + 1 < count else END)
        return start if count else END

    for i, e in enumerate(entries):
        if e[1] != 2 or not e[5]:
            continue
        if len(e[5]) < 4096:
            starts[i], count = len(minifat), (len(e[5]) + 63) // 64
            minifat += [starts[i] + k + 1 if k + 1 < count else END for k in range(count)]
            mini += e[5].ljust(count * 64, b"\0")
        else:
            starts[i] = put(e[5])
    starts[0] = put(mini)
    mini_start = put(b"".join(struct.pack("<I", v) for v in minifat + [FREE] * (-len(minifat) % 128))) if minifat else END
    rows = b""
    for i, (name, kind, left, right, child, content) in enumerate(entries):
        wide = name.encode("utf-16-le")
        rows += wide.ljust(64, b"\0") + struct.pack("<HBBIII", len(wide) + 2, kind, 1, left, right, child) + b"\0" * 36
        rows += struct.pack("<IQ", starts.get(i, END if kind != 1 else 0), len(mini) if i == 0 else len(content))
    rows += (b"\0" * 64 + struct.pack("<HBBIII", 0, 0, 1, NONE, NONE, NONE) + b"\0" * 36 + struct.pack("<IQ", 0, 0)) * (-len(entries) % 4)
    directory = put(rows)
    count = 1
    while (len(sectors) + count + 127) // 128 > count:
        count += 1
    first = len(sectors)
    fat += [FATSECT] * count
    fat += [FREE] * (count * 128 - len(fat))
    for k in range(count):
        sectors.append(struct.pack("<128I", *fat[k * 128:(k + 1) * 128]))
    difat = [first + k for k in range(count)] + [FREE] * (109 - count)
    assert count <= 109
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    head += struct.pack("<IIIIIIIII", 0, count, directory, 0, 4096, mini_start, (len(minifat) + 127) // 128, END, 0) + struct.pack("<109I", *difat)
    return head + b"".join(sectors)


def unole(data):
    """The tree of a container that LibreOffice wrote."""
    shift = struct.unpack_from("<H", data, 30)[0]
    size, fat = 1 << shift, []
    for s in struct.unpack_from("<109I", data, 76):
        if s < FATSECT:
            fat += struct.unpack_from(f"<{size // 4}I", data, (s + 1) << shift)

    def chain(start):
        out = b""
        while start < FATSECT:
            out += data[(start + 1) << shift:(start + 2) << shift]
            start = fat[start]
        return out

    rows = chain(struct.unpack_from("<I", data, 48)[0])
    entries = []
    for at in range(0, len(rows), 128):
        n, kind, _, left, right, child = struct.unpack_from("<HBBIII", rows, at + 64)
        start, length = struct.unpack_from("<II", rows, at + 116)
        entries.append((rows[at:at + max(n, 2) - 2].decode("utf-16-le"), kind, left, right, child, start, length))
    mini = chain(entries[0][5])
    minifat = chain(struct.unpack_from("<I", data, 60)[0])
    minifat = struct.unpack(f"<{len(minifat) // 4}I", minifat)

    def content(e):
        if e[6] >= 4096:
            return chain(e[5])[:e[6]]
        out, at = b"", e[5]
        while at < FATSECT and len(out) < e[6]:
            out += mini[at * 64:at * 64 + 64]
            at = minifat[at]
        return out[:e[6]]

    def tree(at):
        out, todo = {}, [at]
        while todo:
            at = todo.pop()
            if at == NONE:
                continue
            e = entries[at]
            out[e[0]] = tree(e[4]) if e[1] == 1 else content(e)
            todo += [e[2], e[3]]
        return out

    return tree(entries[0][4])


# -- LibreOffice makes what is too long to write by hand --
def office(content, suffix, target):
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / ("in." + suffix)
        source.write_bytes(content if isinstance(content, bytes) else content.encode())
        subprocess.run(["soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", target, "--outdir", folder + "/out", source], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return (Path(folder) / "out" / ("in." + target.split(":")[0])).read_bytes()


FLAT = ('<?xml version="1.0" encoding="UTF-8"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
        'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0" '
        'xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0" xmlns:dom="http://www.w3.org/2001/xml-events" xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.%s">%s<office:body>%s</office:body></office:document>')
WORDS = "夏まつりのご案内 八月二日"
TEXT = FLAT % ("text", "", f"<office:text><text:h text:outline-level=\"1\">{WORDS}</text:h><text:p>会場は市役所前の広場です。</text:p></office:text>")
SHEET = FLAT % ("spreadsheet", "", f"<office:spreadsheet><table:table table:name=\"予算\"><table:table-row><table:table-cell office:value-type=\"string\"><text:p>{WORDS}</text:p></table:table-cell>"
                "<table:table-cell office:value-type=\"float\" office:value=\"12\"/><table:table-cell table:formula=\"of:=[.B1]*2\" office:value-type=\"float\" office:value=\"24\"/></table:table-row></table:table></office:spreadsheet>")
SLIDES = FLAT % ("presentation", "", f"<office:presentation><draw:page draw:name=\"一枚目\"><draw:frame svg:x=\"2cm\" svg:y=\"2cm\" svg:width=\"15cm\" svg:height=\"3cm\"><draw:text-box><text:p>{WORDS}</text:p></draw:text-box>%s</draw:frame></draw:page></office:presentation>")
RUNS = "<office:event-listeners><presentation:event-listener script:event-name=\"dom:click\" presentation:action=\"execute\" xlink:href=\"file:///C:/Windows/system32/calc.exe\" xlink:type=\"simple\"/></office:event-listeners>"
VBA = {"VBA": {"dir": b"\1\x19\xb0\0" * 8, "_VBA_PROJECT": b"\xcc\x61\xff\xff\0\0\0", "ThisDocument": b"\1" + b"Sub AutoOpen() Shell \"calc\" End Sub" * 3}, "PROJECT": b"ID=\"{00000000-0000-0000-0000-000000000000}\"\r\n"}


LIBRARIES = '<?xml version="1.0" encoding="UTF-8"?><library:libraries xmlns:library="http://openoffice.org/2000/library" xmlns:xlink="http://www.w3.org/1999/xlink"><library:library library:name="Standard" library:link="false"/></library:libraries>'
LIBRARY = '<?xml version="1.0" encoding="UTF-8"?><library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" library:readonly="false" library:passwordprotected="false"><library:element library:name="Module1"/></library:library>'
MODULE = '<?xml version="1.0" encoding="UTF-8"?><script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">Sub Main\nShell("calc")\nEnd Sub</script:module>'


# -- Excel, by hand --
def record(kind, body=b""):
    return struct.pack("<HH", kind, len(body)) + body


def wide(text):
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def workbook(hostile=()):
    sheets = [("予算", 0, 0x10)] + ([("Macro1", 1, 0x40)] if "xlm" in hostile else [])
    bodies = []
    for name, kind, substream in sheets:
        cells = record(0x204, struct.pack("<HHH", 0, 0, 15) + wide(WORDS)) + record(0x203, struct.pack("<HHHd", 0, 1, 15, 12.5))
        if kind == 1:
            cells = record(0x204, struct.pack("<HHH", 0, 0, 15) + wide("=EXEC(\"calc\")"))
        bodies.append(record(0x809, struct.pack("<HHHHII", 0x600, substream, 0xDBB, 0x7CC, 0, 6)) + record(0x200, struct.pack("<IIHHH", 0, 1, 0, 2, 0)) + cells + record(0x0A))
    tail = b""
    if "auto" in hostile:
        tail += record(0x18, struct.pack("<HBBHHHBBBB", 0x20, 0, 1, 7, 0, 1, 0, 0, 0, 0) + b"\0\1" + b"\x3a\0\0\0\0\0\0")
    if "dde" in hostile:
        tail += record(0x1AE, struct.pack("<H", 0) + struct.pack("<HB", 7, 0) + b"cmd\x03/C ") + record(0x23, struct.pack("<HI", 0x7FE2, 0) + b"\4\0calc")
    if "book" in hostile:
        tail += record(0x1AE, struct.pack("<H", 1) + struct.pack("<HB", 12, 0) + b"\1\5//host/a.xl" + wide("x"))
    if "locked" in hostile:
        tail = record(0x2F, struct.pack("<HHH", 1, 1, 1) + b"\1" * 48) + tail
    styles = record(0x31, struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + b"\5\0Arial") * 4 + record(0xE0, struct.pack("<HHHBBHIIH", 0, 0, 0xFFF5, 0x20, 0, 0, 0, 0, 0x20C0)) * 15
    styles += record(0xE0, struct.pack("<HHHBBHIIH", 0, 0, 1, 0x20, 0, 0, 0, 0, 0x20C0))
    head = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0xDBB, 0x7CC, 0, 6)) + record(0x42, struct.pack("<H", 1200)) + styles
    size = len(head) + sum(4 + 8 + 2 * len(name) for name, _, _ in sheets) + len(tail) + 4
    rows, at = b"", size
    for (name, kind, _), body in zip(sheets, bodies):
        rows += record(0x85, struct.pack("<IBBBB", at, 0, kind, len(name), 1) + name.encode("utf-16-le"))
        at += len(body)
    return head + rows + tail + record(0x0A) + b"".join(bodies)


def xls(*hostile, **more):
    return ole({"Workbook": workbook(hostile).ljust(4096, b"\0"), **more})


def brt(kind, body=b""):
    number = bytes([kind & 0x7F | 0x80, kind >> 7]) if kind > 127 else bytes([kind])
    assert len(body) < 128
    return number + bytes([len(body)]) + body


def xlsb(parts=()):
    text = lambda t: struct.pack("<I", len(t)) + t.encode("utf-16-le")
    cell = lambda column, value: struct.pack("<II", column, 0) + value
    sheet = brt(129) + brt(145) + brt(0, struct.pack("<IIHBBBI", 0, 0, 300, 0, 0, 0, 0)) + brt(6, cell(0, text(WORDS))) + brt(5, cell(1, struct.pack("<d", 12.5))) + brt(146) + brt(130)
    book = brt(131) + brt(143) + brt(156, struct.pack("<II", 0, 1) + text("rId1") + text("予算")) + brt(144) + brt(132)
    ns, kinds = "http://schemas.openxmlformats.org/", "application/vnd.ms-excel."
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    rows = lambda rows: head + f'<Relationships xmlns="{ns}package/2006/relationships">' + "".join(f'<Relationship Id="{i}" Type="{ns}officeDocument/2006/relationships/{t}" Target="{to}"/>' for i, t, to in rows) + "</Relationships>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("[Content_Types].xml", head + f'<Types xmlns="{ns}package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                   f'<Default Extension="bin" ContentType="{kinds}sheet.binary.macroEnabled.main"/><Override PartName="/xl/worksheets/sheet1.bin" ContentType="{kinds}worksheet"/></Types>')
        z.writestr("_rels/.rels", rows([("rId1", "officeDocument", "xl/workbook.bin")]))
        z.writestr("xl/workbook.bin", book)
        z.writestr("xl/_rels/workbook.bin.rels", rows([("rId1", "worksheet", "worksheets/sheet1.bin")]))
        z.writestr("xl/worksheets/sheet1.bin", sheet)
        for name, content in parts:
            z.writestr(name, content)
    return out.getvalue()


# -- encryption (MS-OFFCRYPTO) --
def aes(key, data, iv=None):
    mode = f"-aes-{len(key) * 8}-{'cbc' if iv else 'ecb'}"
    arguments = ["openssl", "enc", mode, "-nopad", "-K", key.hex()] + (["-iv", iv.hex()] if iv else [])
    return subprocess.run(arguments, input=data, stdout=subprocess.PIPE, check=True).stdout


def padded(data, n=16):
    return data + b"\0" * (-len(data) % n)


def spun(name, salt, password, rounds):
    h = hashlib.new(name, salt + password.encode("utf-16-le")).digest()
    for i in range(rounds):
        h = hashlib.new(name, struct.pack("<I", i) + h).digest()
    return h


def agile(package, password, rounds=1000, claim=None, change=False, name="sha512"):
    salt, data_salt, key, seed, mac_key = bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 64)), bytes(range(64, 80)), bytes(range(64))
    H = lambda *parts: hashlib.new(name, b"".join(parts)).digest()
    h = spun(name, salt, password, rounds)
    under = lambda block, value: base64.b64encode(aes(H(h, bytes.fromhex(block))[:32], padded(value), salt)).decode()
    out = b""
    for i in range(0, len(package), 4096):
        out += aes(key, padded(package[i:i + 4096]), H(data_salt, struct.pack("<I", i // 4096))[:16])
    stream = struct.pack("<Q", len(package)) + out
    mac = hmac.new(mac_key[:hashlib.new(name).digest_size], stream, name).digest()
    sealed = lambda block, value: base64.b64encode(aes(key, padded(value), H(data_salt, bytes.fromhex(block))[:16])).decode()
    n = hashlib.new(name).digest_size
    about = f'blockSize="16" keyBits="256" hashSize="{n}" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="{name.upper()}"'
    b64 = lambda b: base64.b64encode(b).decode()
    xml = ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption" xmlns:p="http://schemas.microsoft.com/office/2006/keyEncryptor/password">'
           f'<keyData saltSize="16" {about} saltValue="{b64(data_salt)}"/><dataIntegrity encryptedHmacKey="{sealed("5fb2ad010cb9e1f6", mac_key[:n])}" encryptedHmacValue="{sealed("a0677f02b22c8433", mac)}"/>'
           f'<keyEncryptors><keyEncryptor uri="http://schemas.microsoft.com/office/2006/keyEncryptor/password"><p:encryptedKey spinCount="{claim or rounds}" saltSize="16" {about} saltValue="{b64(salt)}" '
           f'encryptedVerifierHashInput="{under("fea7d2763b4b9e79", seed)}" encryptedVerifierHashValue="{under("d7aa0f6d3061344e", H(seed))}" encryptedKeyValue="{under("146e0be7abacd0d6", key)}"/></keyEncryptor></keyEncryptors></encryption>')
    if change:
        stream = stream[:-20] + bytes([stream[-20] ^ 1]) + stream[-19:]
    return ole({"EncryptionInfo": struct.pack("<HHI", 4, 4, 0x40) + xml.encode(), "EncryptedPackage": stream})


def standard(package, password):
    salt, verifier = bytes(range(16)), bytes(range(80, 96))
    h = hashlib.sha1(spun("sha1", salt, password, 50000) + b"\0\0\0\0").digest()
    key = hashlib.sha1(bytes(0x36 ^ b for b in h) + b"\x36" * 44).digest()[:16]
    provider = "Microsoft Enhanced RSA and AES Cryptographic Provider\0".encode("utf-16-le")
    header = struct.pack("<IIIIIIII", 0x24, 0, 0x660E, 0x8004, 128, 0x18, 0, 0) + provider
    info = struct.pack("<HHII", 3, 2, 0x24, len(header)) + header + struct.pack("<I", 16) + salt + aes(key, verifier) + struct.pack("<I", 20) + aes(key, padded(hashlib.sha1(verifier).digest(), 32))
    return ole({"EncryptionInfo": info, "EncryptedPackage": struct.pack("<Q", len(package)) + aes(key, padded(package))})


# -- Outlook --
def properties(rows, head):
    return b"\0" * head + b"".join(struct.pack("<IIQ", pid << 16 | kind, 6, value) for pid, kind, value in rows)


def message(subject, body, attachments=(), html=None, rtf=None, head=32, charset=None, klass="IPM.Note"):
    def put(out, pid, text):
        if text is None:
            return
        name = f"__substg1.0_{pid:04X}" + ("001E" if charset else "001F")
        out[name] = text.encode(charset) if charset else text.encode("utf-16-le")
    out = {"__properties_version1.0": properties([(0x0039, 0x40, 133773642000000000), (0x3FDE, 3, 65001)] + ([(0x3FFD, 3, 932)] if charset else []), head)}
    for pid, text in ((0x001A, klass), (0x0037, subject), (0x0C1A, "市民課 山田"), (0x5D01, "yamada@city.example.jp"), (0x0E04, "総務課"), (0x1000, body)):
        put(out, pid, text)
    if html is not None:
        out["__substg1.0_10130102"] = html
    if rtf is not None:
        out["__substg1.0_10090102"] = rtf
    for i, (name, content) in enumerate(attachments):
        a = {"__properties_version1.0": properties([(0x3705, 3, 5 if isinstance(content, dict) else 1)], 8)}
        put(a, 0x3707, name)
        a["__substg1.0_3701000D" if isinstance(content, dict) else "__substg1.0_37010102"] = content
        out[f"__attach_version1.0_#{i:08X}"] = a
    return out


def packed_rtf(text):
    """Only letters, no references: the packing is not ours to test the compression of."""
    body = b""
    for i in range(0, len(text), 8):
        body += b"\0" + text[i:i + 8]
    return struct.pack("<IIII", len(body) + 12, len(text), 0x75465A4C, 0) + body


# -- winmail.dat (MS-OXTNEF) --
MAIL = bytes.fromhex("0703020000000000c000000000000046")


def attribute(level, which, value, wrong=0):
    return struct.pack("<BII", level, which, len(value)) + value + struct.pack("<H", (sum(value) + wrong) & 0xFFFF)


def mapi(rows):
    """{(id, type): value} → a block of properties; text is UTF-16 or, given as bytes, in the code page of the whole."""
    out = struct.pack("<I", len(rows))
    for (pid, kind), value in rows.items():
        out += struct.pack("<HH", kind, pid)
        if kind in (0x03, 0x40):
            out += struct.pack("<I" if kind == 0x03 else "<Q", value)
        else:
            value = value if isinstance(value, bytes) else value.encode("utf-16-le") + b"\0\0"
            out += struct.pack("<II", 1, len(value)) + padded(value, 4)
    return out


def tnef(properties=None, files=(), code_page=932, message=(), recipients=()):
    """files: (title, content, properties); message: more attributes."""
    out = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x89006, struct.pack("<I", 0x10000)) + attribute(1, 0x69007, struct.pack("<II", code_page, 0))
    out += b"".join(message)
    if properties:
        out += attribute(1, 0x69003, mapi(properties))
    if recipients:
        out += attribute(1, 0x69004, struct.pack("<I", len(recipients)) + b"".join(mapi({(0x0C15, 3): kind, (0x3001, 0x1F): name}) for kind, name in recipients))
    for title, content, about in files:
        out += attribute(2, 0x69002, b"\1\0" + b"\0" * 12)
        out += attribute(2, 0x6800F, content) if content is not None else b""
        out += attribute(2, 0x18010, title.encode("cp932") + b"\0") + attribute(2, 0x68011, b"\1\0\x09\0") + (attribute(2, 0x69005, mapi(about)) if about else b"")
    return out


def tnef_samples(png):
    head = {(0x0037, 0x1F): "会議の案内", (0x0C1A, 0x1F): "市民課 山田", (0x5D01, 0x1F): "yamada@city.example.jp", (0x0039, 0x40): 133773642000000000}
    text, note = {**head, (0x1000, 0x1F): "明日の会議の資料です。\r\n"}, "議題は三つです。\n".encode()
    put("tnef", "a_mail_becomes_text_and_attachments", "tnef", tnef(text, [("SHIRYO~1.TXT", note, {(0x3707, 0x1F): "資料.txt"}), ("図.png", png, None)], recipients=[(1, "総務課"), (2, "財政課"), (3, "秘書課")]))
    put("tnef", "a_mail_in_cp932_is_read", "tnef", tnef(files=[("資料.txt", b"memo\n", None)], message=[attribute(1, 0x18004, "会議の案内\0".encode("cp932")), attribute(1, 0x2800C, "資料です。\0".encode("cp932"))]))
    put("tnef", "html_becomes_text", "tnef", tnef({**head, (0x1013, 0x102): "<html><body><p>本日は<b>休業</b>です。</p><script>alert(1)</script></body></html>".encode(), (0x3FDE, 3): 65001}))
    put("tnef", "text_that_is_only_rtf_is_attached", "tnef", tnef({**head, (0x1009, 0x102): packed_rtf(b"{\\rtf1\\ansi\\ansicpg932 \\'96\\'6c\\par}")}))
    inner = tnef({(0x0037, 0x1F): "元の件", (0x1000, 0x1F): "元の本文です。\r\n"}, [("a.txt", b"a\n", None)])
    put("tnef", "a_mail_in_a_mail_is_read", "tnef", tnef(text, [("元のメール", None, {(0x3701, 0x0D): MAIL + inner})]))
    deep = tnef(text)
    for _ in range(9):
        deep = tnef(text, [("元のメール", None, {(0x3701, 0x0D): MAIL + deep})])
    put("tnef", "mails_nested_too_deeply_are_refused", "tnef", deep)
    put("tnef", "a_drawn_object_goes_and_is_named", "tnef", tnef(text, [("図", None, {(0x3701, 0x0D): b"\0" * 16 + b"\xd0\xcf\x11\xe0"})]))
    put("tnef", "a_program_attached_refuses_the_whole", "tnef", tnef(text, [("a.exe", b"MZ\x90\0" + b"\0" * 100, None)]))
    put("tnef", "a_wrong_sum_is_refused", "tnef", tnef(text, message=[attribute(1, 0x18004, b"a\0", wrong=1)]))
    put("tnef", "a_text_given_twice_is_refused", "tnef", tnef(message=[attribute(1, 0x2800C, b"a\0"), attribute(1, 0x2800C, b"b\0")]))
    put("tnef", "an_attachment_that_never_began_is_refused", "tnef", tnef(text, message=[attribute(2, 0x6800F, b"a\n")]))
    put("tnef", "a_property_that_runs_over_its_end_is_refused", "tnef", tnef(message=[attribute(1, 0x69003, mapi(text)[:-8])]))
    put("tnef", "one_that_is_cut_short_is_refused", "tnef", tnef(text, [("a.txt", b"a\n", None)])[:-5])
    whole = base64.encodebytes(tnef(None, [("資料.txt", note, None)])).decode().replace("\n", "\r\n")
    mail = "From: taro@example.lg.jp\r\nTo: hanako@example.lg.jp\r\nSubject: test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_b1\"\r\n\r\n--=_b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    mail += f"memo\r\n--=_b1\r\nContent-Type: application/ms-tnef; name=\"winmail.dat\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{whole}--=_b1--\r\n"
    put("eml", "what_lies_in_winmail_dat_lies_beside_the_others", "eml", mail.encode())


# -- Ichitaro --
def jtd(text, count=None):
    units = text.encode("utf-16-be")
    return ole({"DocumentText": b"SsmgV.01" + b"\0" * 20 + struct.pack(">I", len(units) // 2 if count is None else count) + units, "\4JSRV_SummaryInformation": b"\0" * 16})


def listed(data, names):
    """The list of parts with these in it, as LibreOffice wants it of every part."""
    manifest = zipfile.ZipFile(io.BytesIO(data)).read("META-INF/manifest.xml").decode()
    rows = "".join(f'<manifest:file-entry manifest:full-path="{n}" manifest:media-type="text/xml"/>' for n in names)
    return manifest.replace("</manifest:manifest>", rows + "</manifest:manifest>").encode()


def repacked(data, add=(), drop=()):
    source, out = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for m in source.infolist():
            if m.filename not in drop:
                z.writestr(m, source.read(m), m.compress_type)
        for name, content in add:
            z.writestr(name, content)
    return out.getvalue()


def put(kind, sentence, extension, content):
    folder = CASES / kind / sentence
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ("in." + extension)).write_bytes(content)
    if kind in KINDS:
        SEEDS.mkdir(parents=True, exist_ok=True)
        (SEEDS / f"{kind}_{sentence}"[:120]).write_bytes(bytes([KINDS.index(kind)]) + content)


def main():
    from office_samples import docx, xlsx, png
    p = lambda t: f"<w:p><w:r><w:t>{t}</w:t></w:r></w:p>"
    field = '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> DDEAUTO excel "a.xls" "r1c1" </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>12</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    doc = office(TEXT, "fodt", "doc")
    tree = unole(doc)
    put("doc", "an_old_document_becomes_a_docx", "doc", ole(tree))
    put("doc", "a_macro_is_named_and_goes", "doc", ole({**tree, "Macros": VBA}))
    put("doc", "an_embedded_object_is_named_and_goes", "doc", ole({**tree, "ObjectPool": {"_1234": {"\1Ole10Native": b"\x10\0\0\0MZ\x90\0" + b"A" * 40, "\3ObjInfo": b"\0" * 6, "Equation Native": b"\x1c\0\0\0" * 8}}}))
    put("doc", "a_dde_field_is_named_and_goes", "doc", office(docx(p(WORDS) + field), "docx", "doc"))
    locked = bytearray(tree["WordDocument"])
    locked[11] |= 1
    put("doc", "one_under_a_password_is_refused", "doc", ole({**tree, "WordDocument": bytes(locked)}))
    looping = bytearray(ole(tree))
    fat = struct.unpack_from("<I", looping, 76)[0]
    struct.pack_into("<I", looping, ((fat + 1) << 9) + 4 * 5, 2)  # in the first stream
    put("doc", "a_chain_that_turns_back_is_refused", "doc", bytes(looping))
    put("doc", "one_that_is_cut_short_is_refused", "doc", ole(tree)[:5000])
    put("doc", "a_workbook_called_doc_is_refused", "doc", xls())
    put("doc", "a_document_and_a_workbook_at_once_is_refused", "doc", ole({**tree, "Workbook": workbook()}))
    put("xls", "an_old_workbook_becomes_an_xlsx", "xls", xls())
    put("xls", "a_macro_sheet_and_auto_open_are_named_and_go", "xls", xls("xlm", "auto"))
    put("xls", "a_dde_link_is_named_and_goes", "xls", xls("dde"))
    put("xls", "a_link_to_another_book_is_named_and_goes", "xls", xls("book"))
    put("xls", "a_macro_is_named_and_goes", "xls", xls(_VBA_PROJECT_CUR=VBA))
    put("xls", "one_under_a_password_is_refused", "xls", xls("locked"))
    put("xlsb", "a_binary_workbook_becomes_an_xlsx", "xlsb", xlsb())
    put("xlsb", "a_macro_is_named_and_goes", "xlsb", xlsb([("xl/vbaProject.bin", ole(VBA))]))
    put("xlsb", "one_that_is_cut_short_is_refused", "xlsb", xlsb()[:-60])
    ppt = office(SLIDES % "", "fodp", "ppt")
    put("ppt", "an_old_presentation_becomes_a_pptx", "ppt", ole(unole(ppt)))
    put("ppt", "a_click_that_starts_a_program_is_named_and_goes", "ppt", office(SLIDES % RUNS, "fodp", "ppt"))
    current = bytearray(unole(ppt)["Current User"])
    struct.pack_into("<I", current, 12, 0xF3D1C4DF)
    put("ppt", "one_under_a_password_is_refused", "ppt", ole({**unole(ppt), "Current User": bytes(current)}))
    for kind, flat, suffix in (("odt", TEXT, "fodt"), ("ods", SHEET, "fods"), ("odp", SLIDES % "", "fodp")):
        made = office(flat, suffix, kind)
        clean = repacked(made, drop=("Thumbnails/thumbnail.png", "Configurations2/"))
        put(kind, f"an_{kind}_is_converted", kind, clean)
        scripts = [("Basic/script-lc.xml", LIBRARIES), ("Basic/Standard/script-lb.xml", LIBRARY), ("Basic/Standard/Module1.xml", MODULE), ("Scripts/python/a.py", "import os")]
        put(kind, "scripts_are_named_and_go", kind, repacked(clean, scripts + [("META-INF/manifest.xml", listed(clean, [n for n, _ in scripts]))], drop=("META-INF/manifest.xml",)))
        put(kind, "one_under_a_password_is_refused", kind, repacked(clean, [("META-INF/manifest.xml", "<manifest:encryption-data/>")], drop=("META-INF/manifest.xml",)))
    tnef_samples(png())
    plain = docx(p(WORDS))
    put("locked", "a_document_opens_with_its_password", "docx", agile(plain, "ひみつ2026"))
    put("locked", "a_document_of_office_2007_opens_with_its_password", "docx", standard(plain, "ひみつ2026"))
    put("locked", "a_workbook_opens_with_its_password", "xlsx", agile(xlsx('<row r="1"><c r="A1"><v>12</v></c></row>'), "ひみつ2026", name="sha256"))
    put("locked", "a_macro_under_a_password_goes", "docx", agile(docx(p(WORDS) + field), "ひみつ2026"))
    put("locked", "a_stub_of_an_old_document_beside_it_is_nothing", "docx", ole({**unole(agile(plain, "ひみつ2026")), "WordDocument": tree["WordDocument"]}))
    put("locked", "a_wrong_password_is_refused", "docx", agile(plain, "ひみつ2026"))
    put("locked", "one_without_a_password_is_refused", "docx", agile(plain, "ひみつ2026"))
    put("locked", "one_that_only_office_locks_opens_by_itself", "docx", agile(plain, "VelvetSweatshop"))
    put("locked", "ten_million_rounds_are_refused", "docx", agile(plain, "ひみつ2026", claim=10000000))
    put("locked", "content_that_was_changed_is_refused", "docx", agile(plain, "ひみつ2026", change=True))
    put("locked", "a_workbook_called_docx_is_refused", "docx", agile(xlsx('<row r="1"><c r="A1"><v>12</v></c></row>'), "ひみつ2026"))
    put("msg", "a_mail_becomes_text_and_attachments", "msg", ole(message("会議の案内", "明日の会議の資料です。\r\n", [("資料.txt", "議題は三つです。\n".encode()), ("図.png", png())])))
    put("msg", "a_mail_in_cp932_is_read", "msg", ole(message("会議の案内", "明日の会議の資料です。\r\n", [("資料.txt", b"memo\n")], charset="cp932")))
    put("msg", "html_becomes_text", "msg", ole(message("案内", None, html="<html><body><p>本日は<b>休業</b>です。</p><script>alert(1)</script></body></html>".encode())))
    put("msg", "text_that_is_only_rtf_is_attached", "msg", ole(message("案内", None, rtf=packed_rtf(b"{\\rtf1\\ansi\\ansicpg932 \\'96\\'6c\\par}"))))
    put("msg", "a_mail_in_a_mail_is_read", "msg", ole(message("転送", "下の件です。\r\n", [("元のメール", message("元の件", "元の本文です。\r\n", [("a.txt", b"a\n")], head=24))])))
    put("msg", "a_program_attached_refuses_the_whole", "msg", ole(message("案内", "開いてください。\r\n", [("a.exe", b"MZ\x90\0" + b"\0" * 100)])))
    put("msg", "a_directory_that_is_no_tree_is_refused", "msg", broken_tree())
    put("jtd", "only_the_text_of_a_document_is_delivered", "jtd", jtd("第一条　\x1c\x01\x02\x03\x1f目的\r第二条\f終わり\n"))
    put("jtd", "a_page_in_a_document_is_blunted", "jtd", jtd("<script>alert(1)</script>です\n"))
    put("jtd", "a_text_longer_than_its_stream_is_refused", "jtd", jtd("短い", count=5000))


def broken_tree():
    data = bytearray(ole(message("案内", "本文\r\n")))
    directory = (struct.unpack_from("<I", data, 48)[0] + 1) << 9
    struct.pack_into("<I", data, directory + 3 * 128 + 72, 1)  # the right neighbour of the third is the first
    return bytes(data)


if sys.argv[1:] == ["tnef"]:
    from office_samples import png
    tnef_samples(png())
elif __name__ == "__main__":
    main()
