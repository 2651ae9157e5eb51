#!/usr/bin/env python3
# 書き出しの読み返し — an exported sheet as readers that are not ours see it: the archive by zipfile, the parts by an XML parser, the cells by value;
# by openpyxl too where it is installed; and our own sanitiser must find nothing in it that has to be taken out.
import datetime, io, json, subprocess, sys, tempfile, zipfile
import xml.etree.ElementTree as ET
from pathlib import Path

SAMPLE, BUILD = sys.argv[1], Path(sys.argv[2])
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
WORDS = ['=HYPERLINK("http://x")', "+1", "-1", "@a", "0123", "<b>&\"'", "一行目\n二行目\tx", "_x0041_", "\x0b\x1f", "𠮷田 👪", " 前後 ", None]
STORED = WORDS[:7] + ["_x005F_x0041_", "_x000B__x001F_"] + WORDS[9:]


def sample(*args):
    return subprocess.run([SAMPLE, *args], check=True, capture_output=True).stdout


def cells(sheet):
    for row in sheet.iter(MAIN + "row"):
        yield {c.get("r")[0]: c for c in row}


def text(cell):
    return None if cell is None else cell.find(f"{MAIN}is/{MAIN}t").text


data = sample("ja")
with zipfile.ZipFile(io.BytesIO(data)) as z:
    assert z.testzip() is None, "a part's sum is wrong"
    parts = {n: ET.fromstring(z.read(n)) for n in z.namelist()}
    assert all(i.compress_type == zipfile.ZIP_STORED for i in z.infolist())
sheet = parts["xl/worksheets/sheet1.xml"]
assert not list(sheet.iter(MAIN + "f")), "a formula"
rows = list(cells(sheet))
assert [text(rows[0][c]) for c in "ABCD"] == ["番号", "目的 & <名>", "日時", "大きな数"]
assert [text(r.get("B")) for r in rows[1:]] == STORED
assert all(r["B"].get("t") == "inlineStr" for r in rows[1:] if "B" in r)
assert [r["A"].find(MAIN + "v").text for r in rows[1:]] == [str(i + 1) for i in range(len(WORDS))]
assert text(rows[1]["D"]) == "1234567890123456789", "a number beyond a spreadsheet's exactness is text"
when = datetime.datetime(1899, 12, 30) + datetime.timedelta(days=float(rows[1]["C"].find(MAIN + "v").text))
assert abs(when - datetime.datetime(2026, 11, 27, 18, 12, 44)) < datetime.timedelta(milliseconds=10), when
assert sample("ja") == data, "the same list gives the same bytes"
assert b"Purpose &amp; &lt;name&gt;" in sample("en")
print("ok - zipfile and an XML parser read every cell as it was")

with zipfile.ZipFile(io.BytesIO(sample("ja", "20000"))) as z:
    assert z.testzip() is None and z.read("xl/worksheets/sheet1.xml").count(b"<row ") == 20001
print("ok - 20,000 rows")

try:
    import openpyxl
    w = openpyxl.load_workbook(io.BytesIO(data)).active
    assert [r[1].value for r in w.iter_rows(min_row=2)] == WORDS[:7] + [w.cell(9, 2).value, w.cell(10, 2).value] + WORDS[9:]
    print("ok - openpyxl reads it")
except ModuleNotFoundError:
    print("skipped - openpyxl is not installed")

with tempfile.TemporaryDirectory() as folder:
    given = Path(folder) / "given.xlsx"
    given.write_bytes(data)
    told = subprocess.run([BUILD / "sekisho", "sanitize", given, "-o", Path(folder) / "out.xlsx", "--json"], capture_output=True, text=True)
    report = json.loads(told.stdout)
    assert told.returncode == 0 and report["verdict"] == "clean" and not report["removed"], told.stdout + told.stderr
print("ok - the sanitiser finds nothing to take out")
