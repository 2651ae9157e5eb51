#!/usr/bin/env python3
# 上限の手引き — sekisho-limits(5) from the tables of limits (src/*/limits.def), so that it cannot differ from what is enforced. Writes to standard output.
import re, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOMAINS = [("sanitize", "無害化", "sanitising"), ("transfer", "受け渡し", "transfer"), ("web", "画面", "pages"), ("store", "記録", "records"),
           ("policy", "ポリシー文", "policy texts"), ("zones", "通信経路の分割", "the division of the networks")]


def quoted(text):
    return text.replace("\\", "\\e").replace("-", "\\-")


def rows(path):
    for line in path.read_text().splitlines():
        if m := re.match(r"[A-Z_]+\((\w+), (.*)\)\s*(?:/\*.*)?$", line):
            values = re.findall(r'"((?:[^"\\]|\\.)*)"|([^,"\s][^,]*)', m[2])
            yield m[1], [a or b.strip() for a, b in values]


out = ['.\\" 上限の一覧 — made by tools/limits_page.py from the tables of limits.', ".Dd November 26, 2026", ".Dt SEKISHO-LIMITS 5", ".Os Sekisho", ".Sh NAME",
       ".Nm sekisho-limits", ".Nd 上限の一覧: every named limit and what happens there", ".Sh 説明",
       "関所が受け取るもの、作るもの、待つものの上限です。超えたものは断られ、画面か記録に理由が出ます。", ".Sh DESCRIPTION",
       "What is beyond a limit is refused, and the page or the log says so.", "The sizes that the policy sets come below these."]
files = {p.parent.name: p for p in sorted((ROOT / "src").glob("*/limits.def"))}
for name, ja, en in DOMAINS + [(n, n, n) for n in files if n not in {d[0] for d in DOMAINS}]:
    if name not in files:
        continue
    out += [f".Sh {ja} / {en.upper()}", ".Bl -tag -width indent"]
    count = 0
    for limit, values in rows(files[name]):
        count += 1
        numbers = [v for v in values if re.match(r"[\d(]", v)]
        texts = [v for v in values if v not in numbers]
        unit, labels = (texts[0], texts[1:]) if texts else ("", [])
        if not numbers or not labels:
            sys.exit(f"{files[name]}: {limit} is no row this page understands: {values}")
        value = numbers[0] + (f" (ceiling {numbers[1]})" if len(numbers) > 1 else "")
        out += [f".It {limit} : {value} {unit}", quoted(" / ".join(labels))]
    if count == 0:
        sys.exit(f"{files[name]}: no rows")
    out.append(".El")
out += [".Sh SEE ALSO", ".Xr sekisho-limits 1"]
print("\n".join(out))
