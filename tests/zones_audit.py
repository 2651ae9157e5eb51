#!/usr/bin/env python3
# 系の監査 — every real firewall of ../shared/corpora/rulesets through `sekisho zones audit`: answered, or refused with its reason; none silently cut short.
# Usage: zones_audit.py BUILD. Skipped where the rule sets are absent or no network namespace can be made; with CI set that fails.
import csv, json, os, re, subprocess, sys, tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULESETS = ROOT.parent / "shared/corpora/rulesets"
BUILD = Path(sys.argv[1])
ENV = {**os.environ, "LC_ALL": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def skip(why):
    print(f"zones_audit: {why}")
    sys.exit(1 if os.environ.get("CI") else 77)


def audit(*words):
    run = subprocess.run([BUILD / "sekisho", "zones", "audit", *words, "--policy", ROOT / "policy/city.policy", "--at", "2026-12-01T00:00:00Z", "--json"],
                         capture_output=True, text=True, env={**ENV, "LANG": "ja_JP.UTF-8", "LC_ALL": "ja_JP.UTF-8"})
    return run.returncode, run.stdout, run.stderr


def listing(path, to):
    """What a kernel holds after the file was loaded into a network namespace of its own; None and nft's complaint if it does not load."""
    run = subprocess.run(["unshare", "-n", "sh", "-c", 'nft -f "$1" && exec nft -j -n list ruleset', "sh", path], capture_output=True, text=True, env=ENV)
    if run.returncode != 0:
        return None, run.stderr.strip().split("\n")[0]
    to.write_text(run.stdout)
    return sum("rule" in o for o in json.loads(run.stdout)["nftables"]), ""


def judged(path, code, out, err, rules):
    """One answer, held against what it must say. Returns its kind."""
    if code not in (0, 3):
        return f"{path}: neither answer nor refusal: {code} {err.strip()}"
    answer = json.loads(out)
    if answer["rules"] != rules:
        return f"{path}: {rules} rules in the kernel, {answer['rules']} looked at"
    if answer["proven"] != (code == 0) or (code == 3 and not answer["doubts"] and not answer["differences"] and not answer["law"]):
        return f"{path}: not proven, and no reason"
    if answer["doubts"] and (answer["differences"] or answer["law"] or answer["proven"]):
        return f"{path}: in doubt, but something is said of what passes"
    for doubt in answer["doubts"]:
        if not doubt["where"] or doubt["what"].isascii():
            return f"{path}: a doubt without place or Japanese sentence: {doubt}"
    return None


def main():
    if not (RULESETS / "manifest.tsv").is_file():
        skip(f"{RULESETS} is not there")
    if subprocess.run(["unshare", "-n", "true"], env=ENV).returncode != 0:
        skip("no network namespace can be made here")
    bad, counts = [], {"answered": 0, "in doubt": 0, "refused": 0, "does not load": 0}
    with open(RULESETS / "manifest.tsv", encoding="utf-8") as table, tempfile.TemporaryDirectory() as scratch:
        for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
            path, loads, dump = RULESETS / row["path"], row["loads"] == "yes", Path(scratch) / "dump.json"
            if row["path"].startswith("iptables/"):
                code, out, err = audit("--ip6tables-save" if "ip6tables" in row["path"] else "--iptables-save", str(path))
                if not loads:
                    # A refusal says why, in Japanese, and nothing of what passes.
                    if code != 1 or out or err.isascii() or "missing file" in err or not re.search(r"failed|translation holds", err):
                        bad.append(f"{row['path']}: cannot be translated whole, yet: {code} {out}{err}")
                    counts["refused"] += 1
                    continue
            else:
                rules, complaint = listing(str(path), dump)
                if (rules is not None) != loads:
                    bad.append(f"{row['path']}: loads here is {rules is not None}, in the manifest {loads}: {complaint}")
                if rules is None:
                    counts["does not load"] += 1
                    # The one reason that is known: newer nft prints a symbolic priority that this one takes elsewhere only.
                    text = path.read_text()
                    amended = re.sub(r"(hook output priority )dstnat", r"\g<1>-100", text)
                    if amended == text:
                        continue
                    (Path(scratch) / "amended.nft").write_text(amended)
                    rules, complaint = listing(str(Path(scratch) / "amended.nft"), dump)
                    if rules is None:
                        bad.append(f"{row['path']}: does not load with its priority as a number either: {complaint}")
                        continue
                code, out, err = audit("--ruleset", str(dump))
            wanted = int(row["rules"]) if row["rules"] != "-" else None
            wrong = judged(row["path"], code, out, err, wanted)
            if wrong:
                bad.append(wrong)
            elif json.loads(out)["doubts"]:
                counts["in doubt"] += 1
            else:
                counts["answered"] += 1
    print(", ".join(f"{n} {what}" for what, n in counts.items()))
    for line in bad[:20]:
        print(line)
    return 1 if bad or counts["answered"] < 110 or counts["in doubt"] == 0 else 0  # 120 of those that load whole; 3 do what cannot be judged


if __name__ == "__main__":
    sys.exit(main())
