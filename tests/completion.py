#!/usr/bin/env python3
# 補完の試験 — every verb, every word of a verb and every option in the verbs' own tables (struct verb_option) completes, nothing else does; then the
# same through bash. usage: completion.py BUILD
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


def offered(*words):
    r = subprocess.run([sekisho, "completion", *words], capture_output=True, text=True, timeout=20)
    check(r.returncode == 0 and not r.stderr, f"completion of {words}: {r.returncode} {r.stderr}")
    return set(r.stdout.split("\n")) - {""}


names = re.findall(r"^VERB\((\w+)\)", (ROOT / "src/cli/verbs.def").read_text(), re.M)
check(offered("") == set(names) | {"help", "--home"}, f"the verbs: {offered('')}")
total = 0
for name in names:
    source = (ROOT / "src/cli/verbs" / f"{name}.c").read_text()
    for part in re.findall(r'#include "cli/(\w+)\.h"', source):  # a verb may keep its options beside it
        beside = ROOT / "src/cli" / f"{part}.c"
        source += beside.read_text() if part not in ("verb", "supervise") and beside.is_file() else ""
    for beside in sorted((ROOT / "src/cli").glob(f"{name}_*.c")):  # or a file for each of its words
        source += beside.read_text()
    table = set(re.findall(r'\{ "(-{1,2}[a-z][a-z0-9-]*)", +(?:&[^,]+, NULL|NULL, &)', source))
    words = {w for w in offered(name, "") if not w.startswith(("-", "@"))}
    lines = [[name, w] for w in words] or [[name]]
    found = set()
    for line in lines:
        found |= {w for w in offered(*line, "-") if w.startswith("-")}
    found -= {"--help"}
    check(found == table, f"{name}: offered and in its table differ: {sorted(found ^ table)}")
    total += len(table)
    # An option that takes a value is not followed by other options.
    for option in re.findall(r'\{ "(--[a-z-]+)", &', source):
        for line in lines:
            if option in offered(*line, "-"):
                check(not any(w.startswith("-") for w in offered(*line, option, "")), f"{name}: behind {option} comes its value")
check(total > 30, f"only {total} options were found")
check(offered("--home", "") == {"@folder"}, "--home takes a folder")
check(set(names) < offered("--home", "/x", ""), "verbs behind --home")
check(offered("no-such-verb", "") == {"--help"}, "an unknown verb")


def bash(line):
    words = line.split(" ")
    script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sekisho; printf "%s\\n" "${COMPREPLY[@]}"'
    r = subprocess.run(["bash", "-c", script, "bash", str(ROOT / "packaging/sekisho.completion"), sekisho, *words], capture_output=True, text=True, cwd=ROOT)
    check(r.returncode == 0 and not r.stderr, f"bash: {line}: {r.stderr}")
    return set(r.stdout.split("\n")) - {""}


check(bash("ev") == {"evidence"}, f"ev: {bash('ev')}")
check(bash("setup --pol") == {"--policy"}, "setup --pol")
check(bash("setup --policy pol") == {"policy"}, f"folders are offered where a folder is wanted: {bash('setup --policy pol')}")
check("policy/city.policy" in bash("policy check policy/"), "files are offered where a file is wanted")
check(bash("people post --post de") == {"deputy"}, f"a choice: {bash('people post --post de')}")
check("--help" in bash("run --h"), "--help")
for f in failures:
    print("FAILED:", f)
print(f"{checks - len(failures)} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
