#!/usr/bin/env python3
# 実物での確認 — real files of ../shared/corpora/sanitise through the engine: every file answered, nothing passed through, an output sanitised again is the
# same bytes, no active content in any output (tests/oracles/active_content.py, which must find some in the inputs), no word, cell value, number format, merge or unlisted formula lost. Of the files that tools
# not ours call well formed and unencrypted (tests/oracles/well_formed.py), at least SHARE are delivered, and each that is not is listed with its reason.
# Usage: corpus.py BUILD_FOLDER [FORMAT …]   Prints the table per format; ends with 1 if one of these does not hold.
# SEKISHO_SHARED names the folder of the corpora (default ../shared); without it the test is skipped, and fails where CI is set.
import collections, concurrent.futures, json, os, subprocess, sys, tempfile
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here / "oracles"))
from active_content import find  # noqa: E402
from well_formed import judge  # noqa: E402

build, only = Path(sys.argv[1]).resolve(), sys.argv[2:]
corpora = Path(os.environ.get("SEKISHO_SHARED", here.parent.parent / "shared")) / "corpora/sanitise"
CONVERTED, EVERY = {"doc", "xls", "ppt"}, 5  # a conversion takes as long as a hundred other files: of these every fifth, unless they are asked for by name
FORMATS = ["docx", "docm", "xlsx", "xlsm", "pptx", "pptm", "pdf", "png", "jpeg", "gif", "bmp", "tiff", "webp", "svg", "emf-wmf", "heif-avif", "zip", "text", "tar", "stream", "7z", "rar", "lzh", "cab", "archive-other", "rtf", "html", "mail", "ics-vcf", "doc", "xls", "ppt", "xlsb", "odf", "msg", "tnef"]
HOSTILE = ["docx", "docm", "xlsx", "xlsm", "pptx", "pptm", "pdf", "png", "jpeg", "rtf", "doc", "xls", "ppt"]  # the oracle must find something in these as they come
SHARE = 0.98
broken, lost, whole = [], [], collections.Counter()

if not corpora.is_dir():
    print(f"no corpora in {corpora}: the test on real files is skipped")
    sys.exit(1 if os.environ.get("CI") else 77)


def sanitise(source, target):
    done = subprocess.run([build / "sekisho", "sanitize", "--batch", source, "-o", target, "--jobs", "1", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=3500)
    if done.returncode != 0:
        broken.append(f"{source}: the batch ended with {done.returncode}: {done.stderr.decode(errors='replace')[-300:]}")
    return {report["path"]: report for report in map(json.loads, done.stdout.decode().splitlines())}


def hold(fact, said):
    if not fact:
        broken.append(said)


def delivered_of(reports):
    return {path: r for path, r in reports.items() if r["verdict"] != "refused"}


def check_again(kind, delivered, first, second):
    """Outputs as inputs: the same bytes come out."""
    again = sanitise(first, second)
    for r in delivered.values():
        name = r["written"]
        same = again.get(name, {}).get("output", {}).get("sha256") == r["output"]["sha256"]
        hold(same, f"{kind}: {name} sanitised again is not the same: {again.get(name, {}).get('reason') or 'other bytes'}")


def check_words(kind, delivered, source, target):
    """Second opinions on what a reader sees. Returns a word for the table."""
    if kind in ("docx", "xlsx", "docm", "xlsm", "pptx", "pptm"):
        pairs = [str(p) for path, r in delivered.items() for p in (source / path, target / r["written"])]
        (target / "reports").write_text(json.dumps({str(target / r["written"]): r for r in delivered.values()}))
        told = subprocess.run([here / "oracles/office_fidelity.py", "--reports", target / "reports", *pairs], stdout=subprocess.PIPE).stdout.decode().splitlines()
        (target / "reports").unlink()
        lost, kept = [l for l in told if l.startswith("LOST")], sum(l.startswith("kept") for l in told)
        for line in lost:
            broken.append(f"{kind}: {line}")
        return f"{kept}/{kept + len(lost)}"
    if kind == "pdf":
        told = subprocess.run([here / "oracles/pdf_words.sh", "--words", source, target], stdout=subprocess.PIPE).stdout.decode().splitlines()
        for line in told[:-1]:
            broken.append(f"pdf: {line}")
        count, differ = [int(w) for w in told[-1].replace(",", "").split() if w.isdigit()][:2]
        return f"{count - differ}/{count}"
    return ""


def check_share(kind, source, reports):
    """How many are well formed, and of them delivered; the others are listed."""
    well = [path for path in reports if not judge(kind, source / path)[0]]
    for path in well:
        if reports[path]["verdict"] == "refused":
            reason = reports[path]["reason"]
            lost.append(f"{kind}/{path}: {reason['code']} ({reason.get('detail', '')})")
    delivered = sum(reports[path]["verdict"] != "refused" for path in well)
    whole.update(well=len(well), delivered=delivered)
    return f"{delivered}/{len(well)}"


def check_format(kind, work):
    source, first, second = corpora / kind, work / kind / "first", work / kind / "second"
    files = [p for p in source.rglob("*") if p.is_file()]
    if kind in CONVERTED and not only:
        some = work / kind / "some"
        some.mkdir(parents=True)
        for p in sorted(files)[::EVERY]:
            (some / p.name).write_bytes(p.read_bytes())
        source, files = some, [p for p in some.iterdir()]
    reports = sanitise(source, first)
    delivered, refused = delivered_of(reports), collections.Counter()
    hold(len(reports) == len(files), f"{kind}: {len(reports)} answers for {len(files)} files")
    for path, r in reports.items():
        if r["verdict"] == "refused":
            refused[r["reason"]["code"]] += 1
            hold(r["reason"]["code"] != "WORKER_DIED", f"{kind}: {path}: a jail died: {r['reason']}")
            hold(not r.get("written"), f"{kind}: {path} is refused, yet something was written")
        else:
            hold(r["jobs"] >= 1 and r["jails"] >= 2, f"{kind}: {path} is delivered without a rebuilder and a verifier")
            for threat, where in find(first / r["written"]):
                broken.append(f"{kind}: {path}: {threat}: {where} is still there")
    wrote = [p for p in first.rglob("*") if p.is_file()] if first.is_dir() else []
    hold(len(wrote) == len(delivered), f"{kind}: {len(wrote)} files written, {len(delivered)} delivered")
    before = sum(len(find(source / path)) for path in delivered)
    hold(before > 0 or kind not in HOSTILE, f"{kind}: the second opinion finds nothing in the files as they came: it is blind")
    if delivered:
        check_again(kind, delivered, first, second)
    words, well = check_words(kind, delivered, source, first), check_share(kind, source, reports)
    why = ", ".join(f"{code} {n}" for code, n in refused.most_common())
    return f"{kind:13} {len(files):5} {len(delivered):9} {well:>11} {before:7} {words:>12}  {why}"


def check_apart(kind, work):
    """In a process of its own, so that two formats are looked at side by side: what it has to tell."""
    broken.clear(), lost.clear(), whole.clear()
    return check_format(kind, work), broken, lost, whole


print("format        files delivered well formed  active        words  refused because")
print("              (well formed: of the files that tools not ours call well formed and unencrypted, how many are delivered; active: findings in what came, none after)")
with tempfile.TemporaryDirectory() as work, concurrent.futures.ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
    kinds = only or FORMATS
    for told in [pool.submit(check_apart, kind, Path(work)) for kind in kinds]:  # in this order, each as soon as it and those before it are there
        line, wrong, missing, counted = told.result()
        print(line, flush=True)
        broken += wrong
        lost += missing
        whole.update(counted)
print(f"well formed: {whole['delivered']} of {whole['well']} delivered ({whole['delivered'] / max(whole['well'], 1):.4f}); not delivered:")
for line in lost:
    print("  ", line)
hold(only or whole["delivered"] >= SHARE * whole["well"], f"fewer than {SHARE:.0%} of the well-formed files are delivered")
for line in broken[:100]:
    print("!!", line)
sys.exit(1 if broken else 0)
