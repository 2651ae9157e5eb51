#!/usr/bin/env python3
# 動く中身の検出 — second opinion on what the sanitiser delivers: looks for anything active or hidden, with Python's zip and XML and with qpdf, no
# code of ours. Usage: active_content.py FILE …   One line per finding: FILE<tab>threat<tab>where. Ends with 1 if anything was found.
# As a module: find(path) → list of (threat, where). The kinds are those of docs/threats.md.
import io, re, struct, subprocess, sys, tempfile, zipfile, zlib
from pathlib import Path

OFFICE = {".docx", ".docm", ".xlsx", ".xlsm", ".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"}
PARTS = [  # (pattern of a part's name, threat)
    (r"vbaproject|vbadata", "B3 macro"), (r"activex|ctrlprops|customui|webextension|taskpane", "B4 control or add-in"),
    (r"printersettings|_xmlsignatures", "B5 attached data"), (r"thumbnail|\.odttf$|\.fntdata$", "B6 thumbnail or font"),
    (r"embeddings/(?!.*\.(docx|xlsx|pptx)$)|oleobject", "B7 embedded object"), (r"\.(wav|mp3|mp4|wma|wmv|avi|mov|m4a|emf|wmf|svg|exe|dll|js|vbs|lnk|hta|html?|rtf|mht)$", "B8 media or program"),
    (r"externallinks?/", "B10 link to another book"), (r"connections\.xml|querytables?/|xmlmaps", "B10 connection"),
    (r"macrosheets|dialogsheets|intlmacro", "B3 macro sheet"), (r"\.bin$", "B1 binary part"), (r"customxml/", "B2 custom XML"),
]
FIELDS = re.compile(r"\b(DDEAUTO|DDE|INCLUDETEXT|INCLUDEPICTURE|INCLUDE|IMPORT|LINK|MACROBUTTON|GOTOBUTTON|DATABASE|AUTOTEXT|RD|EMBED|CONTROL)\b")
FORMULA = re.compile(r"\b(WEBSERVICE|CALL|REGISTER(\.ID)?|EXEC|RTD|FILTERXML|IMAGE|SQL\.REQUEST)\s*\(|\|'?[^|]*'?!|\[[1-9]\d*\]", re.I)
MARKUP = [
    (r"<(\w+:)?altChunk\b", "B9 foreign chunk"), (r"<(\w+:)?attachedTemplate\b", "B9 template"), (r"<(\w+:)?OLEObject\b(?![^>]*ProgID=\"(Word\.Document|Excel\.Sheet|PowerPoint\.Show)\.12\")", "B7 object"), (r"<(\w+:)?mailMerge\b", "B9 mail merge"),
    (r"<(\w+:)?control\b[^>]*r:id", "B4 control"), (r"action=\"(?!ppaction://(hlinksldjump|noaction|hlinkshowjump\?jump=\w+|customshow\?id=\d+(&amp;return=true)?)\")[^\"]", "B15 action"),
    (r"<p:cmd\b|<\w+:hlink(MouseOver|Hover)\b|<\w+:(sndAc|wavAudioFile|audioFile|videoFile|stSnd)\b", "B15 or B8 action or sound"),
    (r"<p:oleObj\b(?![^>]*progId=\"(Word\.Document|Excel\.Sheet|PowerPoint\.Show)\.12\")", "B7 object"), (r"<!DOCTYPE|<!ENTITY", "B13 entity"),
    (r"<(\w+:)?(oleLink|ddeLink|externalBook|externalReference)\b", "B10 link"), (r"<(\w+:)?subDoc\b", "B9 part of another document"), (r"javascript:|vbscript:|file:///|\\\\\\\\[\w.]+\\\\", "B12 unsafe address"),
    (r"\bmacro=\"[^\"]", "B18 macro on a shape"),
]
PDF = [
    (r"/(JS|JavaScript)\b", "D1 script"), (r"/(OpenAction|AA)\b", "D1 automatic action"), (r"/S\s*/(Launch|SubmitForm|ImportData|ResetForm|Hide|Sound|Movie|Rendition|Trans|GoTo3DView|SetOCGState|RichMediaExecute)\b", "D2 action"),
    (r"/(EmbeddedFiles?|Filespec|XFA|RichMedia|AF)\b", "D3 attachment or form"), (r"/S\s*/(GoToR|GoToE|Thread)\b|/(OPI|Ref|BaseVersion)\b|/FFilter\b", "D4 outside reference"),
    (r"/URI\s*\((?!https?:|mailto:)[^)]", "D5 unsafe address"), (r"/Type\s*/Metadata\b|/PieceInfo\b", "D6 metadata"), (r"/Type\s*/Sig\b|/ByteRange\b", "D7 signature"), (r"/(JBIG2Decode|JPXDecode)\b", "D10 picture of a risky kind"),
]
JPEG_KEPT = {0xE0, 0xE2, 0xEE}  # JFIF, colour profile, Adobe's colour transform


def png(data):
    at, found = 8, []
    while at + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind not in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"sRGB", b"gAMA", b"cHRM", b"pHYs", b"sBIT", b"iCCP", b"cICP"):
            found.append(("G metadata of a picture", kind.decode("latin-1")))
        at += 12 + length
        if kind == b"IEND":
            break
    return found + ([("A2 data behind the picture", str(len(data) - at))] if at != len(data) else [])


def jpeg(data):
    at, found = 2, []
    while at + 4 <= len(data) and data[at] == 0xFF:
        kind, length = data[at + 1], struct.unpack(">H", data[at + 2:at + 4])[0]
        if kind == 0xDA:
            break
        turned = kind == 0xE1 and length <= 34 and b"\x01\x12\0\x03" in data[at:at + 2 + length]  # which way is up, and nothing else
        if kind == 0xFE or 0xE0 <= kind <= 0xEF and kind not in JPEG_KEPT and not turned:
            found.append(("G metadata of a picture", "marker %02X" % kind))
        at += 2 + length
    end = data.rfind(b"\xff\xd9")
    return found + ([("A2 data behind the picture", str(len(data) - end - 2))] if end >= 0 and end + 2 != len(data) else [])


def text_of(data):
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8", "replace")


def office_part(name, data):
    found = [(threat, name) for pattern, threat in PARTS if re.search(pattern, name, re.I)]
    if not re.search(r"\.(xml|rels|vml)$", name, re.I):
        return found + [(threat, f"{name}/{where}") for threat, where in by_bytes(name, data)]
    markup = text_of(data)
    found += [(threat, name) for pattern, threat in MARKUP if re.search(pattern, markup, re.I)]
    if name.endswith(".rels"):
        for target in re.findall(r"<Relationship\b[^>]*>", markup):
            outside, to = re.search(r"TargetMode=\"External\"", target), re.search(r"Target=\"([^\"]*)\"", target)
            if outside and to and not re.match(r"(https?:|mailto:|#)", to.group(1), re.I):
                found.append(("B12 unsafe address", f"{name}: {to.group(1)}"))
            elif outside and not re.search(r"/hyperlink\"", target):
                found.append(("B9 loaded from outside", f"{name}: {to.group(1) if to else ''}"))
    if "instrText" in markup or "fldSimple" in markup:  # a field may lie in many runs
        instructions = "".join(re.findall(r"<(?:\w+:)?instrText[^>]*>([^<]*)<|<(?:\w+:)?fldChar[^>]*\"end\"", markup)) + " ".join(re.findall(r"w:instr=\"([^\"]*)\"", markup))
        found += [("B14 field", f"{name}: {f}") for f in set(FIELDS.findall(instructions)) if re.search(r"(?:^|\s)" + f + r"\b", instructions)]
    found += [("B16 formula", f"{name}: {f[:60]}") for f in re.findall(r"<(?:\w+:)?f(?:\s[^>]*)?>([^<]+)<", markup) + re.findall(r"<(?:\w+:)?definedName[^>]*>([^<]+)<", markup) if FORMULA.search(re.sub(r"\"[^\"]*\"", "", f))]
    if re.search(r"macroEnabled|vnd\.ms-office\.vbaProject", markup) and "ontent_Types" in name:
        found.append(("B3 macro", "content type"))
    return found


def package(name, data, office):
    found, archive = [], zipfile.ZipFile(io.BytesIO(data))
    used = sum(30 + len(m.orig_filename.encode("utf-8", "replace")) + m.compress_size for m in archive.infolist())
    if archive.comment:
        found.append(("B1 comment of the package", name))
    if used + 66 * len(archive.infolist()) > len(data) + 4096:
        found.append(("B1 overlapping members", name))
    for m in archive.infolist():
        if re.search(r"(^|[\\/])\.\.([\\/]|$)|^[\\/]|^[A-Za-z]:", m.filename):
            found.append(("H4 dangerous name", m.filename))
        if m.is_dir():
            continue
        try:
            inner = archive.read(m)
        except (RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error, EOFError):
            found.append(("C1 unreadable member", m.filename))
            continue
        found += office_part(m.filename, inner) if office else [(t, f"{m.filename}/{w}") for t, w in by_bytes(m.filename, inner)]
    return found


def pdf(data):
    with tempfile.TemporaryDirectory() as folder:
        source, plain = Path(folder) / "a.pdf", Path(folder) / "b.pdf"
        source.write_bytes(data)
        subprocess.run(["qpdf", "--qdf", "--object-streams=disable", "--decrypt", source, plain], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        body = plain.read_bytes() if plain.is_file() else data
    body = re.sub(rb"\nstream\r?\n.*?\nendstream", b"", body, flags=re.S).decode("latin-1")
    body = re.sub(r"/URI\s*\((?:https?:|mailto:)(?:\\.|[^()\\])*\)", "", body)
    found = [(threat, m.group(0)[:40]) for pattern, threat in PDF for m in [re.search(pattern, body)] if m]
    if len(re.findall(rb"%%EOF", data)) > 1 and b"/Linearized" not in data[:1024]:
        found.append(("D13 earlier revision", ""))
    return found


def plain(name, data):
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp932", "replace")
    found = [("F2 control characters", name)] if re.search("[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text) else []
    if name.lower().endswith(".csv") and re.search(r"(?:^|[,;\t\n])\"?[=@]|(?:^|[,;\t\n])\"?[+-](?![\d.,\s]|$)[A-Za-z(@=]", text):
        found.append(("F3 formula in a table", name))
    return found


def rtf(name, data):
    """Words that start, load or hide something; instructions of fields are joined over their groups before they are looked at."""
    text = re.sub(rb"\\'[0-9a-fA-F]{2}", b"?", data).decode("latin-1")
    found = [("E active group", m) for m in set(re.findall(r"\\(object|objdata|objautlink|objupdate|objemb|objlink|template|datastore|bin|xmlopen|filetbl|hlinkbase|sv|wmetafile|emfblip|dibitmap|macpict)(?![a-zA-Z])", text))]
    for m in re.finditer(r"\\fldinst((?:[^{}]|\{[^{}]*\})*)", text):
        if FIELDS.search(re.sub(r"\\[a-z]+-?\d* ?|[{}]", "", m.group(1)).upper()):
            found.append(("E field", m.group(1)[:60]))
    return found


def card(name, data):
    """Calendars and contact cards: lines are unfolded, then no property may bring something along, lead somewhere or act."""
    text = re.sub(r"\r?\n[ \t]", "", text_of(data))
    found = plain(name, data)
    for line in text.splitlines():
        if re.match(r"(?:[\w-]+\.)?(ATTACH|X-ALT-DESC|PROCEDURE|PROCID|AGENT|SOUND|KEY|SOURCE|IMAGE|CONFERENCE)\b", line, re.I) or re.match(r"(?:[\w-]+\.)?ACTION:(?!DISPLAY)", line, re.I):
            found.append(("I4 something that comes along or acts", line[:60]))
        if re.search(r"(?:javascript|vbscript|file|data|search-ms|ms-\w+):", line, re.I) or re.search(r"\\\\\\\\[\w.]+", line):
            found.append(("I4 unsafe address", line[:60]))
    return found


def ole(name, data):
    """No output is a container of the old formats; of an input: storages and streams whose names, in UTF-16 in the directory, are those of things that act."""
    acting = ("_VBA_PROJECT", "Macros", "ObjectPool", "\1Ole10Native", "Equation Native", "_VBA_PROJECT_CUR", "\3LinkInfo")
    return [("C container of an old format", name)] + [("C2 macro or object", repr(n)) for n in acting if n.encode("utf-16-le") + b"\0\0" in data]


def by_bytes(name, data):
    suffix = Path(name).suffix.lower()
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return ole(name, data)
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return png(data)
    if data[:2] == b"\xff\xd8":
        return jpeg(data)
    if b"%PDF-" in data[:1024]:
        return pdf(data)
    if data[:4] == b"PK\3\4" or data[:4] == b"PK\5\6":
        try:
            return package(name, data, suffix in OFFICE)
        except (zipfile.BadZipFile, struct.error, ValueError):
            return [("C1 damaged package", name)]
    if data[:4] == b"{\\rt":
        return rtf(name, data)
    if suffix in (".txt", ".csv"):
        return plain(name, data)
    if suffix in (".ics", ".vcf") and data.lstrip()[:6].upper() == b"BEGIN:":
        return card(name, data)
    return [("A1 unknown content", name)] if suffix not in ("", ".xml", ".rels") else []


def find(path):
    return by_bytes(Path(path).name, Path(path).read_bytes())


if __name__ == "__main__":
    total = 0
    for path in sys.argv[1:]:
        for threat, where in find(path):
            total += 1
            print(f"{path}\t{threat}\t{where}")
    sys.exit(total > 0)
