#!/usr/bin/env python3
# 忠実さ — what a reader sees of real files before and after: every delivered docx, xlsx, pptx, rtf opened by LibreOffice, every delivered PDF by poppler, and each of the first
# PAGES pages drawn from both and compared (tests/oracles/page_likeness.c: SSIM of grey pages at 100 dots an inch). A page counts if nothing visible was removed
# from its file (VISIBLE, by the report), it had no sheet of macros, no fonts of its own and no metafile, which is drawn anew as pixels (decision 0010), and the original looks the same when it is drawn twice; of those, SHARE must be as good as equal. The others are shown apart.
# Usage: fidelity.py BUILD_FOLDER [--part N/M] [--keep FOLDER] [KIND …]   N/M: every M-th file from the N-th on, for pieces of a few minutes; --keep: what was drawn,
# and what was found as lines that `fidelity.py --table FOLDER` adds up. No code of ours but the programs it judges. Programs run without a network.
# SEKISHO_SHARED names the folder of the corpora (default ../shared); without it the test is skipped, and fails where CI is set.
import argparse, collections, json, os, shutil, subprocess, sys, tempfile, zipfile
from pathlib import Path

here = Path(__file__).resolve().parent
corpora = Path(os.environ.get("SEKISHO_SHARED", here.parent.parent.parent / "shared")) / "corpora/sanitise"
OFFICE = Path("/usr/lib/libreoffice/program/soffice.bin")
KINDS = ["docx", "docm", "xlsx", "xlsm", "pptx", "pptm", "pdf", "rtf"]
CONVERTED = {"odf", "doc", "xls", "ppt", "xlsb"}  # LibreOffice's own writing: shown, not judged
PAGES, ENOUGH, SHARE, BATCH, SECONDS = 5, 0.999, 0.99, 6, 60
# What changes how a page looks when it goes: controls, objects, sound and film, documents read in, shapes that act; of PDFs annotations, forms, what lies outside, pictures
# and fonts that could not be kept; pictures of other kinds are drawn anew. Everything else that is removed must not show.
VISIBLE = {"B4", "B7", "B8", "B9", "D2", "D3", "D4", "D10", "D11", "D12", "D14"}
RTF_WORDS = {".emf": (b"\\emfblip",), ".wmf": (b"\\wmetafile",), ".shp": (b"{\\shp", b"\\dobx", b"\\doby")}  # shapes leave their text and pictures
FIELDS = ("kind", "file", "opens", "pages", "worst", "visible", "unsteady", "seen")


def run(words, seconds):
    """A program without a network, and gone with all its children at the end of its time."""
    try:
        return subprocess.run(["timeout", "-k", "1", str(seconds), "unshare", "-rn", "--", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    except OSError as e:
        sys.exit(f"{words[0]}: {e}")


def office_pdfs(files, out):
    """PDFs of documents by name, several in one start; one that brings it down is tried again alone. All are opened in one folder: some pages show where they lie."""
    words = [OFFICE, "--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo", f"-env:UserInstallation=file://{out.parent.parent}/profile", "--convert-to", "pdf", "--outdir", out]
    names = [shutil.copy(path, out.parent / "seen" / name) for name, path in files.items()]
    for at in range(0, len(names), BATCH):
        some = [Path(name) for name in names[at:at + BATCH]]
        run(words + some, SECONDS)
        for one in some:
            if not (out / (one.stem + ".pdf")).exists():
                run(words + [one], SECONDS)


def drawn(pdf, name):
    run(["pdftoppm", "-gray", "-r", "100", "-l", PAGES, pdf, name], SECONDS)
    return {p.stem.rpartition("-")[2].lstrip("0"): p for p in name.parent.glob(name.name + "-*.pgm")}


def likeness(judge, a, b):
    told = subprocess.run([judge, a, b], stdout=subprocess.PIPE, check=True).stdout.decode()
    return float(told.split()[0]), told.split(None, 1)[1].strip() if " " in told.strip() else ""


def compare(work, judge, before, after, again):
    """(number of pages that the original shows, [(page, likeness, where)], number of those that the original alone does not draw alike twice)."""
    first, second = drawn(before, work / (before.stem + "-b")), drawn(after, work / (before.stem + "-a"))
    below, unsteady = [], 0
    for page in sorted(first, key=int):
        value, where = likeness(judge, first[page], second[page]) if page in second else (0.0, "only before")
        if value < ENOUGH:
            below.append((page, value, where))
    if below and again:
        repeat = again()
        third = drawn(repeat, work / (before.stem + "-c")) if repeat.exists() else {}
        steady = lambda page: page in third and likeness(judge, first[page], third[page])[0] >= ENOUGH
        unsteady = sum(not steady(page) for page, _, _ in below)
        below = [b for b in below if steady(b[0])]
    return len(first), below, unsteady


def holds(path, *endings):
    """Is there a part of such a kind in the package, or a picture of such a kind in the RTF?"""
    if path.suffix == ".rtf":
        return any(word in path.read_bytes() for e in endings for word in RTF_WORDS.get(e, ()))
    try:
        return any(n.lower().endswith(endings) for n in zipfile.ZipFile(path).namelist())
    except zipfile.BadZipFile:
        return False


def look_at(kind, args, judge, work):
    """Lines of what was found in this piece of one kind."""
    part, of = map(int, args.part.split("/"))
    source, work = corpora / kind, work / kind
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("in", "out", "before", "after", "again", "seen"):
        (work / folder).mkdir(parents=True)
    files = sorted(p for p in source.rglob("*") if p.is_file())[part - 1::of]
    for n, p in enumerate(files):
        shutil.copy(p, work / "in" / f"{n:04}{p.suffix}")
    told = subprocess.run([args.build / "sekisho", "sanitize", "--batch", work / "in", "-o", work / "out", "--jobs", "1", "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    reports = {r["path"]: r for r in map(json.loads, told.decode().splitlines()) if r["verdict"] != "refused"}
    pairs = [(path, work / "in" / path, work / "out" / r["written"], r) for path, r in sorted(reports.items())]
    office = {original.stem + output.suffix: (original, output) for _, original, output, _ in pairs if output.suffix in (".docx", ".xlsx", ".pptx", ".rtf")}
    office_pdfs({name: p[0] for name, p in office.items()}, work / "before")
    office_pdfs({name: p[1] for name, p in office.items()}, work / "after")
    lines = []
    for path, original, output, r in pairs:
        real, name = files[int(path[:4])].name, original.stem + output.suffix
        if name in office:
            before, after = (work / when / (original.stem + ".pdf") for when in ("before", "after"))
        elif output.suffix == ".pdf":
            before, after = original, output
        else:
            continue
        visible = sorted({row["threat"] for row in r["summary"]} & VISIBLE) + ["metafile"] * holds(original, ".emf", ".wmf", ".emz", ".wmz") + ["font"] * holds(original, ".odttf", ".fntdata")
        visible += ["shape"] * (original.suffix == ".rtf" and holds(original, ".shp")) + ["E"] * any(row["threat"] == "E" and row["where"] != "\\datastore" for row in r["removed"])
        visible += ["macro sheet"] * any("sheets/" in row["where"] for row in r["removed"] if row["threat"] == "B3")
        opens = after.exists() and (output.suffix != ".pdf" or run(["pdftoppm", "-r", "10", "-l", "1", after, work / "open"], SECONDS).returncode == 0)
        pages, below, unsteady = 0, [], 0
        if opens and before.exists():
            again = None
            if before != original:
                def again(name=name, original=original):
                    office_pdfs({name: original}, work / "again")
                    return work / "again" / (original.stem + ".pdf")
            pages, below, unsteady = compare(work, judge, before, after, again)
        lines.append(dict(zip(FIELDS, (kind, real, opens, pages, below, visible, unsteady, before.exists()))))
        for page, value, where in below:
            print(f"  {kind}/{real} page {page}: {value:.4f} {where} {' '.join(visible)}  ({path})", flush=True)
        if not opens:
            print(f"  {kind}/{real} does not open  ({path})", flush=True)
        for p in work.glob(original.stem + "-?-*.pgm"):
            if not below or not args.keep:
                p.unlink()
    return lines


def table(lines):
    """The table; False if a promise is not kept."""
    fine = True
    print("kind     delivered   open  pages that count   as good as equal   besides: with something visible removed or drawn anew, drawn otherwise each time, original not drawn")
    total = collections.Counter()
    for kind in dict.fromkeys(l["kind"] for l in lines):
        c = collections.Counter()
        for l in (l for l in lines if l["kind"] == kind):
            c.update(files=1, opens=l["opens"], unsteady=l["unsteady"], undrawn=not l["seen"])
            if l["visible"]:
                c.update(visible=l["pages"], visible_equal=l["pages"] - len(l["worst"]) - l["unsteady"])
            else:
                c.update(pages=l["pages"] - l["unsteady"], equal=l["pages"] - l["unsteady"] - len(l["worst"]))
        print(f"{kind:8} {c['files']:9} {c['opens']:6} {c['pages']:17} {c['equal']:18}   {c['visible_equal']}/{c['visible']}, {c['unsteady']}, {c['undrawn']}")
        if kind not in CONVERTED:
            total += c
        fine &= c["opens"] == c["files"]
    share = total["equal"] / max(total["pages"], 1)
    print(f"of {total['pages']} pages that count {total['equal']} are as good as equal ({share:.4f}; wanted {SHARE})")
    return fine and share >= SHARE


def main():
    p = argparse.ArgumentParser()
    p.add_argument("build", type=Path, nargs="?")
    p.add_argument("kinds", nargs="*")
    p.add_argument("--part", default="1/1")
    p.add_argument("--keep", type=Path)
    p.add_argument("--table", type=Path)
    args = p.parse_intermixed_args()
    if args.table:
        return 0 if table([json.loads(l) for f in sorted(args.table.glob("*.found")) for l in open(f)]) else 1
    if not corpora.is_dir() or not OFFICE.exists():
        print(f"no corpora in {corpora} or no LibreOffice: what a reader sees is not compared")
        return 1 if os.environ.get("CI") else 77
    args.build = args.build.resolve()
    with tempfile.TemporaryDirectory() as scratch:
        work = args.keep.resolve() if args.keep else Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        judge = Path(scratch) / "page_likeness"
        subprocess.run(["cc", "-O2", "-o", judge, here.parent / "oracles/page_likeness.c"], check=True)
        lines = []
        for kind in args.kinds or KINDS:
            some = look_at(kind, args, judge, work)
            lines += some
            if args.keep:
                with open(work / f"{kind}-{args.part.replace('/', '-')}.found", "w") as f:
                    f.writelines(json.dumps(l) + "\n" for l in some)
        return 0 if table(lines) else 1


sys.exit(main())
