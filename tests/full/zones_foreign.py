#!/usr/bin/env python3
# 実在の規則の実地試験 — every real firewall of ../shared/corpora/rulesets that `sekisho zones audit` answers, loaded into a kernel of its own and probed: packets at the
# edges of everything that the prover's model says of its rules, each fate held against the model at every stage. Then one change is planted in it at a time, and the
# same probes must notice each that means something to a packet on a wire.
# Usage: zones_foreign.py BUILD [N/M [MUTANTS]]: part N of M; MUTANTS of each ruleset (3). What cannot be probed is told with its reason and counted. Skipped where the
# rule sets are absent or no network namespace can be made; with CI set that fails.
import csv, json, os, random, re, subprocess, sys, tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
RULESETS = ROOT.parent / "shared/corpora/rulesets"
BUILD = Path(sys.argv[1]).resolve()
PART, PARTS = (int(n) for n in sys.argv[2].split("/")) if len(sys.argv) > 2 else (1, 1)
MUTANTS = int(sys.argv[3]) if len(sys.argv) > 3 else 3
PROBE = BUILD / "tests/zones_probe"
ENV = {**os.environ, "LC_ALL": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
TRIES = 200   # changes tried until there are MUTANTS that mean something
SECONDS = 600
# What loads only when it is written otherwise: the same rules, and told as amended. The first: newer nft prints a symbolic priority that this one takes elsewhere only.
AMENDED = ((r"(hook output priority )dstnat", r"\g<1>-100"),)
# And what the audit does not answer as it stands: a header that is not known where there may be others before it, as the protocol that it means where there are none.
PLAINER = ((r"\bip6 nexthdr (icmpv6|ipv6-icmp|58)\b", "meta nfproto ipv6 meta l4proto 58"),)


def skip(why):
    print(f"zones_foreign: {why}")
    sys.exit(1 if os.environ.get("CI") else 77)


def run(*words, feed=None):
    return subprocess.run([str(w) for w in words], input=feed, capture_output=True, text=True, env=ENV, timeout=SECONDS)


def listing(rules):
    """What a kernel of its own holds of them; None and nft's complaint if they do not load."""
    got = run("unshare", "-n", "sh", "-c", "nft -f - && exec nft -j -n list ruleset", feed=rules)
    return (got.stdout, "") if got.returncode == 0 else (None, got.stderr.strip().split("\n")[0])


def own_part(text):
    """A listing without the rig's tables and without what differs from kernel to kernel."""
    kept = []
    for o in json.loads(text)["nftables"]:
        (kind, body), = o.items()
        name = body.get("name") if kind == "table" else body.get("table")
        if kind != "metainfo" and not (body.get("family") == "inet" and name in ("probe", "quiet")):
            kept.append(json.dumps({kind: {k: v for k, v in body.items() if k != "handle"}}, sort_keys=True).replace('"packets": 0', "").replace('"bytes": 0', ""))
    return re.sub(r'"(packets|bytes)": \d+', "", "\n".join(sorted(kept)))


def rules_of(path):
    """The rules as a text for nft; None and why not."""
    if path.parts[-3] != "iptables":
        return path.read_text().replace("flush ruleset\n", "\n"), ""
    made = run("ip6tables-restore-translate" if "ip6tables" in path.name else "iptables-restore-translate", "-f", path)
    return (made.stdout, "") if made.returncode == 0 else (None, made.stderr.strip().split("\n")[0])


def count(text):
    return sum("rule" in o for o in json.loads(text)["nftables"])


def taken(row):
    """Its rules, their listing, how they were amended; or None, None and the reason that it is left out."""
    path = RULESETS / row["path"]
    rules, why = rules_of(path)
    if rules is None:
        return None, None, f"is not translated: {why}"
    held, why = listing(rules)
    note = ""
    if held is None:
        for pattern, plain in AMENDED:
            rules = re.sub(pattern, plain, rules)
        held, worse = listing(rules)
        if held is None:
            return None, None, f"does not load: {why or worse}"
        note = "amended: a priority as a number"
    if row["rules"] != "-" and count(held) != int(row["rules"]):
        return None, None, f"is translated in part only: {count(held)} rules of {row['rules']}"
    return rules, held, note


def audited(held, folder):
    """None if the audit answers, else its first doubt."""
    (folder / "audit.json").write_text(held)
    got = run(BUILD / "sekisho", "zones", "audit", "--ruleset", folder / "audit.json", "--policy", ROOT / "policy/city.policy", "--at", "2026-12-01T00:00:00Z", "--json")
    if got.returncode not in (0, 3):
        return got.stderr.strip()
    doubts = json.loads(got.stdout)["doubts"]
    return f"{doubts[0]['where']}: {doubts[0]['what']}" if doubts else None


def mutants(r, rules):
    """Endless: the rules with one change, of a verdict, a port, an address, an interface, or without one of them."""
    lines = rules.split("\n")
    places = [i for i, l in enumerate(lines) if re.search(r"\b(accept|drop|reject|return|dport|sport|saddr|daddr|iifname|oifname|jump|goto)\b", l) and not re.search(r"policy|masquerade|snat|dnat|redirect", l)
              and not re.match(r"\s*(#|chain|table|type)", l)]
    while places:
        at, kind = r.choice(places), r.randrange(5)
        line = lines[at]
        new = line
        if kind == 0:
            new = re.sub(r"\b(accept|drop)\b(?=[^\"]*$)", lambda m: "drop" if m[1] == "accept" else "accept", line)
        elif kind == 1:
            new = re.sub(r"\b([ds]port )(\d+)", lambda m: m[1] + str(int(m[2]) + r.choice((-1, 1))), line, count=1)
        elif kind == 2:
            new = re.sub(r"\b(\d+\.\d+\.\d+\.)(\d+)(?!\d|/)", lambda m: m[1] + str(int(m[2]) ^ 1), line, count=1)
        elif kind == 3:
            new = re.sub(r'\b([io]ifname )(!= )?"', lambda m: m[1] + ("" if m[2] else "!= ") + '"', line, count=1)
        elif not line.rstrip().endswith(("{", "}")):
            new = ""
        if new != line:
            yield "\n".join(lines[:at] + [new] + lines[at + 1:]), f"{line.strip()}  ->  {new.strip() or '(gone)'}"


def load(rules):
    """In the rig, in place of whatever rules are there; the rig's own tables stay."""
    for o in json.loads(run("nft", "-j", "list", "tables").stdout)["nftables"]:
        table = o.get("table")
        if table and not (table["family"] == "inet" and table["name"] in ("probe", "quiet")):
            run("nft", "delete", "table", table["family"], table["name"])
    return run("nft", "-f", "-", feed=rules)


def planted(rules, mine, path, told):
    """Changes, one at a time, held against the model of the rules as they are. Returns what was not noticed."""
    r, missed, tried = random.Random(path), [], 0
    changed = mutants(r, rules)
    other = mine.parent / "mutant.json"
    for mutant, what in changed:
        tried += 1
        if tried > TRIES or told["planted"] == MUTANTS:
            break
        held, _ = listing(mutant)
        if held is None:
            continue
        other.write_text(held)
        if run(PROBE, "same", mine, other).returncode != 1 or load(mutant).returncode != 0:
            continue  # means the same, or is in doubt
        told["planted"] += 1
        got = run(PROBE, "run-of", mine)
        if got.returncode == 1:
            told["noticed"] += 1
        else:
            missed.append(f"  not noticed: {what}")
    return missed


def probed(row, folder):
    """In a network namespace of its own. Returns what is told of one ruleset."""
    rules, held, note = taken(row)
    told = {"path": row["path"], "note": note, "left out": "", "bad": [], "planted": 0, "noticed": 0}
    if rules is None:
        return {**told, "left out": note, "note": ""}
    if doubt := audited(held, folder):
        plainer = rules
        for pattern, plain in PLAINER:
            plainer = re.sub(pattern, plain, plainer)
        again, _ = listing(plainer) if plainer != rules else (None, "")
        if again is None or audited(again, folder):
            return {**told, "left out": f"the audit does not answer: {doubt}", "note": ""}
        rules, held, told["note"] = plainer, again, "amended: ip6 nexthdr as the protocol that it means"
    mine = folder / "mine.json"
    mine.write_text(held)
    for step in ("rig-of", "open-of"):
        made = run(PROBE, step, mine)
        if made.returncode == 3:
            return {**told, "left out": made.stderr.strip()}
        if made.returncode != 0:
            return {**told, "bad": [f"{step}: {made.stderr.strip()}"]}
    if (loaded := load(rules)).returncode != 0:
        return {**told, "bad": [f"does not load beside the rig: {loaded.stderr}"]}
    if own_part(run("nft", "-j", "-n", "list", "ruleset").stdout) != own_part(held):
        return {**told, "bad": ["the rig's kernel holds other rules than those that were judged"]}
    got = run(PROBE, "run-of", mine)
    if got.returncode not in (0, 1):
        return {**told, "bad": [f"run-of: {got.stderr.strip()}"]}
    told |= json.loads(got.stdout)
    told["bad"] += told["shown"]
    if not told["bad"]:
        told["missed mutants"] = planted(rules, mine, row["path"], told)
    return told


def say(told):
    name = told["path"]
    if told["left out"]:
        print(f"{name}: left out: {told['left out']}")
        return
    print(f"{name}: {told.get('sent', 0)} probes sent, {told.get('passed', 0)} passed and {told.get('stopped', 0)} were stopped as they were held against the model, {told.get('wrong', 0)} mismatches; "
          f"rules: {told.get('touched', 0)} touched of {told.get('rules', 0)}, {told.get('unreached', 0)} that no packet comes to, {told.get('translating', 0)} translate, {told.get('untouched', 0)} untouched; "
          f"proves nothing: {told.get('unrouted', 0)} not routed, {told.get('unseen', 0)} not seen, {told.get('either', 0)} may go either way; "
          f"planted {told['planted']}, noticed {told['noticed']}" + (f"; {told['note']}" if told["note"] else "") + ("; not all corners" if told.get("more") else "")
          + (f"; {told['unmade']} interfaces cannot be made" if told.get("unmade") else ""))
    for line in told["bad"] + [f"  untouched: {m}" for m in told.get("missed", [])] + told.get("missed mutants", []):
        print(f"  {line}")


def main():
    if os.environ.get("ZONES_FOREIGN_INSIDE"):
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(probed(json.loads(os.environ["ZONES_FOREIGN_INSIDE"]), Path(folder))))
        return 0
    if not (RULESETS / "manifest.tsv").is_file():
        skip(f"{RULESETS} is not there")
    if run("unshare", "-n", "true").returncode != 0:
        skip("no network namespace can be made here")
    with open(RULESETS / "manifest.tsv", encoding="utf-8") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    total, bad = {}, 0
    for row in rows[PART - 1::PARTS]:
        inside = subprocess.run(["unshare", "-n", sys.executable, __file__, str(BUILD), f"{PART}/{PARTS}", str(MUTANTS)], env={**ENV, "ZONES_FOREIGN_INSIDE": json.dumps(row)}, capture_output=True, text=True)
        if inside.returncode != 0:
            print(f"{row['path']}: {inside.stderr[-2000:]}")
            bad += 1
            continue
        told = json.loads(inside.stdout)
        say(told)
        sys.stdout.flush()
        bad += bool(told["bad"])
        for key, value in {**told, "rulesets": 1, "probed": int(not told["left out"] and not told["bad"]), "left": int(bool(told["left out"])), "as they stand": int(not told["left out"] and not told["note"]),
                           "without rules": int(not told["left out"] and told.get("rules") == 0)}.items():
            if isinstance(value, int):
                total[key] = total.get(key, 0) + value
    print(f"{total.get('rulesets', 0)} rulesets: {total.get('probed', 0)} probed, {total.get('as they stand', 0)} of them as they stand and {total.get('without rules', 0)} without any rule, {total.get('left', 0)} left out")
    print(", ".join(f"{key} {total.get(key, 0)}" for key in ("sent", "passed", "stopped", "wrong", "unrouted", "unseen", "either", "translated", "rules", "touched", "unreached", "translating", "untouched")))
    print("of what was held against the model: " + ", ".join(f"{key} {total.get(key, 0)}" for key in ("input", "output", "forward", "new", "established", "reply", "related", "invalid", "untracked")))
    print(f"planted {total.get('planted', 0)} changes that mean something, noticed {total.get('noticed', 0)}")
    return 1 if bad or total.get("wrong") or not total.get("touched") or total.get("noticed", 0) < total.get("planted", 0) or not total.get("planted") else 0


if __name__ == "__main__":
    sys.exit(main())
