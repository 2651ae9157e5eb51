#!/usr/bin/env python3
# 手引きの完全さ — every verb, daemon and file has its page; every word and option that a verb's usage names stands on its page, every option a daemon
# reads on its own; pages are in Japanese too and groff finds nothing to say about them. usage: manual.py BUILD
import re, subprocess, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sekisho = sys.argv[1] + "/sekisho"
failures, checks = [], 0


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        failures.append(what)


def page(name, section):
    """Text of a page, through .so if it shares one."""
    path = ROOT / "man" / f"{name}.{section}"
    if not path.is_file():
        check(False, f"there is no man/{name}.{section}")
        return ""
    text = path.read_text()
    if m := re.match(r"\.so man\d/(\S+)$", text.strip()):
        shared = ROOT / "man" / m[1]
        check(shared.is_file(), f"man/{name}.{section} points to {m[1]}, which is not there")
        return shared.read_text() if shared.is_file() else ""
    return text


def holds_option(text, option):
    if option.startswith("--"):
        return re.search(r"Fl -" + re.escape(option[2:]) + r"(?![\w-])", text) or re.search(r"\\-\\-" + re.escape(option[2:]).replace(r"\-", r"\\?-") + r"(?![\w-])", text)
    return re.search(r"Fl " + option[1:] + r"\b", text) or re.search(r"\\" + option + r"\b", text)


names = re.findall(r"^VERB\((\w+)\)", (ROOT / "src/cli/verbs.def").read_text(), re.M)
for name in names:
    text = page(f"sekisho-{name}", 1)
    said = subprocess.run([sekisho, name, "--help"], capture_output=True, text=True, env={"LANG": "en"}, timeout=20)
    lines = [l.strip() for l in (said.stdout + said.stderr).splitlines() if l.startswith("  sekisho ")]
    check(lines, f"{name} shows no usage")
    for line in lines:
        line = line.removeprefix("sekisho ").replace("[--home FOLDER] ", "")
        for option in re.findall(r"(?<![\w-])-{1,2}[a-z][a-z0-9-]*", line):
            check(holds_option(text, option), f"man page of {name} does not name {option}")
        for word in re.findall(r"^%s ([a-z][a-z-]*)" % name, line):
            check(re.search(rf"(?<![\w-]){word}(?![\w-])", text), f"man page of {name} does not name the word {word}")
    check(name in text, f"the page that {name} shares does not speak of it")
shared = ["home", "one-uid", "log-debug"]
programs = {r.split("|")[0].strip().split("-")[0] for r in (ROOT / "src/PROCESSES").read_text().splitlines() if r.strip() and not r.startswith("#")}
check(len(programs) > 5, "src/PROCESSES was read")
for program in sorted(programs):
    text = page(program, 8)
    source = next(ROOT.glob(f"src/*/{program}.c")).read_text()
    for option in sorted(set(re.findall(r'"--([a-z-]+)"', source)) | set(shared)):
        check(holds_option(text, "--" + option), f"man page of {program} does not name --{option}")
for name in ("sekisho-policy", "sekisho-trust", "sekisho-spool"):
    page(name, 5)
check(subprocess.run([sys.executable, ROOT / "tools/limits_page.py"], capture_output=True).returncode == 0, "the page of limits is made")
for path in sorted((ROOT / "man").iterdir()):
    text = path.read_text()
    if text.startswith(".so "):
        continue
    check(re.search(r"^\.S[hH] 説明\b(?:[^.]|\.(?!S[hH]))*[\u3041-\u9fff]", text, re.M), f"{path.name} has no description in Japanese (.Sh 説明)")
    r = subprocess.run(["groff", "-Kutf8", "-mandoc", "-Tutf8", "-z", "-ww", path], capture_output=True, text=True)
    complaints = [l for l in r.stderr.splitlines() if "can't break line" not in l and "cannot break line" not in l and "cannot adjust" not in l]
    check(r.returncode == 0 and not complaints, f"groff of {path.name}: {complaints[:3]}")
    for m in re.findall(r"\.Xr (\S+) (\d)", text):
        check(not m[0].startswith("sekisho") or (ROOT / "man" / f"{m[0]}.{m[1]}").is_file() or m == ("sekisho-limits", "5"),
              f"{path.name} refers to {m[0]}({m[1]}), which is not there")
for f in failures:
    print("FAILED:", f)
print(f"{checks - len(failures)} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
