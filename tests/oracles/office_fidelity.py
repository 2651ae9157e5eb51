#!/usr/bin/env python3
# 文書の忠実さ — second opinion on what a rebuilt docx, xlsx or pptx kept, read with Python's own zip and XML, no code of ours: of documents and slides the words;
# of workbooks each cell's value, kind, number format and formula, what is merged, and what is drawn. A formula may be gone only where the report lists one of that
# workbook as removed, and then the value it had stays.
# Usage: office_fidelity.py [--reports FILE] ORIGINAL REBUILT …  FILE: a JSON object, the sanitiser's report by the path of the rebuilt file.
# Prints one line per pair; ends with 1 if anything was lost.
# Of an AlternateContent it reads the branch that a program without extensions would show, unless it is a drawing shape of 2010 (a canvas of such is not: LibreOffice 7.4 opens none).
import json, posixpath, sys, zipfile
import xml.etree.ElementTree as E

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
REL = "{http://schemas.openxmlformats.org/package/2006/relationships}"
STRICT = [("http://purl.oclc.org/ooxml/wordprocessingml/main", W[1:-1]), ("http://purl.oclc.org/ooxml/spreadsheetml/main", S[1:-1]),
          ("http://purl.oclc.org/ooxml/presentationml/main", P[1:-1]), ("http://purl.oclc.org/ooxml/drawingml/main", A[1:-1]),
          ("http://purl.oclc.org/ooxml/officeDocument/relationships", R[1:-1])]
STORIES = ("document", "header", "footer", "footnotes", "endnotes", "comments", "chart", "diagramData")
SHOWN = ("slide", "slideMaster", "slideLayout", "notesSlide", "notesMaster", "handoutMaster", "comments", "diagramData", "diagramDrawing", "chart")
SHAPES = {"wps", "wpg"}


class Package:
    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)
        self.names = {n.lower(): n for n in self.zip.namelist()}

    def read(self, name):
        data = self.zip.read(self.names[name.lower()])
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            data = data.decode("utf-16").replace("UTF-16", "UTF-8").encode()
        for strict, usual in STRICT:
            data = data.replace(strict.encode(), usual.encode())
        return E.fromstring(data)

    def relations(self, name):
        folder, _, file = name.rpartition("/")
        path = f"{folder}/_rels/{file}.rels".lstrip("/")
        if path.lower() not in self.names:
            return {}
        found = {}
        for r in self.read(path).iter(REL + "Relationship"):
            if r.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join(folder, r.get("Target"))) if not r.get("Target").startswith("/") else r.get("Target")[1:]
                found[r.get("Id")] = (r.get("Type").rpartition("/")[2], target)
        return found

    def main(self):
        return next(t for kind, t in self.relations("").values() if kind == "officeDocument")


def resolved(element):
    """Children, with the branch taken in place of an AlternateContent."""
    for child in element:
        if child.tag != MC + "AlternateContent":
            yield child
            continue
        branch = next((c for c in child if c.tag == MC + "Choice" and set(c.get("Requires", "").split()) <= SHAPES), None)
        if branch is None:
            branch = child.find(MC + "Fallback")
        if branch is not None:
            yield from resolved(branch)


def words(element, out):
    for child in resolved(element):
        if child.tag in (W + "altChunk", W + "subDoc"):
            continue
        if child.tag in (W + "t", W + "delText", A + "t", P + "text", C + "v", "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"):
            out.append(child.text or "")
        elif child.tag in (W + "p", W + "tab", W + "br", W + "cr", A + "p", A + "br", C + "pt"):
            out.append(" ")
        words(child, out)


def add(p, parts, out):
    for part in dict.fromkeys(parts):
        if part.lower() in p.names:
            text = []
            words(p.read(part), text)
            for w in "".join(text).split():
                out[w] = out.get(w, 0) + 1
    return out


def docx(path):
    p = Package(path)
    main = p.main()
    return add(p, [main] + [t for kind, t in p.relations(main).values() if kind in STORIES], {})


def pptx(path):
    """Slides, masters, layouts, notes, comments, diagrams and charts: all that a reader can come to, each part once."""
    p = Package(path)
    parts, seen = [p.main()], []
    while parts:
        part = parts.pop(0)
        if part in seen:
            continue
        seen.append(part)
        if part.lower() in p.names and part.endswith(".xml"):
            parts += [t for kind, t in p.relations(part).values() if kind in SHOWN]
    return add(p, seen, {})


def text_of(element):
    """Of a shared or inline string: runs, without the phonetic guide."""
    return "".join((t.text or "") for run in [element] + element.findall(S + "r") for t in run.findall(S + "t"))


def number_formats(root):
    """Of each style of cells its format code, or the number of one that every program knows."""
    codes = {f.get("numFmtId"): f.get("formatCode") for f in root.iter(S + "numFmt")}
    styles = root.find(S + "cellXfs")
    return [codes.get(xf.get("numFmtId", "0"), xf.get("numFmtId", "0")) for xf in (styles if styles is not None else [])]


def formula_of(c):
    """What is computed in the cell; of one that follows a shared formula, which one. None: nothing."""
    f = c.find(S + "f")
    if f is None or (not f.text and f.get("t", "normal") == "normal"):
        return None
    return (f.get("t", "normal"), f.get("ref"), f.get("si"), (f.text or "").strip())


def xlsx(path):
    p = Package(path)
    main = p.main()
    relations, shared, formats, out = p.relations(main), [], [], {}
    for kind, target in relations.values():
        if kind == "sharedStrings" and target.lower() in p.names:
            shared = [text_of(si) for si in p.read(target).findall(S + "si")]
        if kind == "styles" and target.lower() in p.names:
            formats = number_formats(p.read(target))
    for sheet in p.read(main).iter(S + "sheet"):
        kind, target = relations.get(sheet.get(R + "id"), ("", ""))
        if kind != "worksheet" or target.lower() not in p.names:
            continue
        root = p.read(target)
        for n, c in enumerate(root.iter(S + "c")):
            v, inline = c.find(S + "v"), c.find(S + "is")
            value = text_of(inline) if inline is not None else None if v is None else v.text
            if c.get("t") == "s" and value is not None and value.strip().isdigit() and int(value) < len(shared):
                value = shared[int(value)]
            place = (sheet.get("name"), c.get("r") or n)
            if value is not None:
                out[place] = value
                out[place + ("kind",)] = "text" if c.get("t") in ("s", "str", "inlineStr") else c.get("t", "n")
            style = int(c.get("s", "0"))
            if style < len(formats):
                out[place + ("format",)] = formats[style]
            if formula_of(c):
                out[place + ("formula",)] = formula_of(c)
        for m in root.iter(S + "mergeCell"):
            out[(sheet.get("name"), "merge", m.get("ref"))] = "merged"
        for h in root.iter(S + "oddHeader"):
            out[(sheet.get("name"), "header")] = h.text
        drawn = [t for kind, t in p.relations(target).values() if kind == "drawing"]
        charts = [t for d in drawn for kind, t in p.relations(d).values() if kind == "chart"]
        out.update({(sheet.get("name"), "drawn", word): n for word, n in add(p, drawn + charts, {}).items()})
    return out


def formulas_listed(report):
    """How many formulas the report says were replaced by their values: those that reach outside, and those over what is gone."""
    return sum(row["count"] for row in report.get("summary", []) if row["threat"] in ("B3", "B10", "B16"))


def compare(read, original, rebuilt, report):
    """How much there was, and what is missing of it."""
    before, after = read(original), read(rebuilt)
    if read is not xlsx:
        missing = {w: n - after.get(w, 0) for w, n in before.items() if n > after.get(w, 0)}
        return sum(before.values()), sum(missing.values()), missing
    missing = {k: v for k, v in before.items() if after.get(k) != v}
    gone = [k for k in missing if k[-1] == "formula" and k not in after]
    if len(gone) <= formulas_listed(report):
        for k in gone:
            del missing[k]
    return len(before), len(missing), missing


def main():
    lost, names, reports = 0, sys.argv[1:], {}
    if names[:1] == ["--reports"]:
        reports, names = json.load(open(names[1])), names[2:]
    for original, rebuilt in zip(names[::2], names[1::2]):
        read = {".docx": docx, ".pptx": pptx}.get(rebuilt[-5:], xlsx)
        try:
            total, count, missing = compare(read, original, rebuilt, reports.get(rebuilt, {}))
        except Exception as e:
            print(f"UNREAD {original}: {type(e).__name__} {e}")
            continue
        lost += count > 0
        print(f"{'LOST' if count else 'kept'} {original}: {total - count} of {total}" + (f" missing {list(missing.items())[:5]}" if count else ""))
    return 1 if lost else 0


sys.exit(main())
