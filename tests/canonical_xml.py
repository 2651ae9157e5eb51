#!/usr/bin/env python3
# XMLの正規形 — the XML parts of all our samples of office documents, and of the signed real ones where they are, in canonical form by our program and by xmllint: the same bytes.
# Parts with comments or processing instructions are left out: xmllint keeps them. Usage: canonical_xml.py PROGRAM
import subprocess, sys, tempfile, zipfile
from pathlib import Path

program, root = Path(sys.argv[1]).resolve(), Path(__file__).resolve().parent.parent
REAL = root.parent / "shared/corpora/sanitise"


def parts():
    packages = sorted((root / "tests/cases/sanitise").glob("*/*/in.*x")) + sorted(p for kind in ("docx", "pptx", "xlsx") for p in (REAL / kind).glob("*signed*"))
    seen = set()
    for path in packages:
        if not zipfile.is_zipfile(path):
            continue
        with zipfile.ZipFile(path) as z:
            for name in z.namelist():
                if not name.endswith((".xml", ".rels")):
                    continue
                try:
                    content = z.read(name)
                except (RuntimeError, zipfile.BadZipFile, NotImplementedError):
                    continue
                if content not in seen and len(content) < 1 << 20 and b"<!" not in content and b"<?" not in content[2:]:
                    seen.add(content)
                    yield content


def ours(files):
    out, forms = subprocess.run([program, *files], stdout=subprocess.PIPE, check=True).stdout, []
    while out:
        line, _, out = out.partition(b"\n")
        if line.isdigit():
            forms.append(out[:int(line)])
            out = out[int(line):]
        else:
            forms.append(None)
    return forms


with tempfile.TemporaryDirectory() as folder:
    files = []
    for i, content in enumerate(parts()):
        files.append(Path(folder) / str(i))
        files[-1].write_bytes(content)
    same = refused = 0
    for path, form in zip(files, ours(files), strict=True):
        theirs = subprocess.run(["xmllint", "--nonet", "--c14n", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if form is None or theirs.returncode != 0:
            refused += 1
        elif form == theirs.stdout:
            same += 1
        else:
            sys.exit(f"{path.read_bytes()[:2000]}\nours:   {form[:2000]}\nxmllint: {theirs.stdout[:2000]}")
print(f"{same} parts have the same canonical form, {refused} were refused by one of the two" + ("" if REAL.is_dir() else "; the real documents are not on this machine"))
sys.exit(same < 150 or refused > same // 10)
