#!/usr/bin/env python3
# 変異試験 — rulesets with one change planted in them: the prover must find each that means something, probes tell how many they find alone, and none may differ from the
# model unchanged. Each that the prover alone found is printed.
# Usage: zones_mutants.py BUILD [MUTANTS [FIRST_SEED]]. MUTANTS (1,000 by hand, fewer in ./check) are spread over generated policies with fixed seeds. Works in a network
# namespace of its own; skipped where none can be made, with CI set that fails. A mutant that the prover calls equal and probes tell apart is a failure of the prover.
import json, os, random, re, subprocess, sys, tempfile
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
WANTED = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 1
EACH = 40  # mutants of one policy
AT = "2026-12-01T03:00:00Z"
ENV = {**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}

CITY = 'city "試験市" code "990019" site test fiscal from april\n'


def policy(r):
    """Three zones with IPv4 and IPv6, hosts, services and allows, the router's own among them."""
    zones = ["office", "branch", "partner"]
    text = []
    for i, z in enumerate(zones, 1):
        text.append(f'zone {z} "{z}" {{\n    net 10.{i}.0.0/16\n    net 2001:db8:{i}::/48\n    on eth{i}\n}}')
    text.append("gate \"関所\" {\n" + "".join(f"    address 10.{i}.0.1\n    address 2001:db8:{i}::1\n" for i in (1, 2, 3)) + "}")
    sides = {z: [z] for z in zones}
    for i, z in enumerate(zones, 1):
        for k in range(r.randint(1, 3)):
            name = f"{z}{k}"
            text.append(f'host {name} "{name}" in {z} {{ address 10.{i}.{r.randint(0, 255)}.{r.randint(2, 254)} address 2001:db8:{i}::{r.randint(2, 0xffff):x} }}')
            sides[z].append(name)
    services = []
    for k in range(r.randint(2, 4)):
        low = r.randint(1, 60000)
        kind = r.choice(["one", "range", "both", "ping"])
        inside = {"one": f"tcp {low}", "range": f"udp {low}-{low + r.randint(1, 500)}", "both": f"tcp {low} udp {low + 7}", "ping": "icmp echo-request icmpv6 echo-request"}[kind]
        text.append(f'service s{k} "s{k}" {{ {inside} }}')
        services.append(f"s{k}")
    for k in range(r.randint(4, 9)):
        a, b = r.sample(zones + ["gate"], 2)
        a, b = (x if x == "gate" else r.choice(sides[x]) for x in (a, b))
        rate = f" rate {r.randint(3, 40)} per {r.choice(('minute', 'hour'))}" if r.random() < 0.25 else ""
        log = " log" if r.random() < 0.25 else ""
        text.append(f'allow a{k} from {a} to {b} service {r.choice(services)}{log}{rate} {{ owner "課長" reason "試験" expires 2027-03-31 }}')
    return "\n".join(text) + "\n"


def mutants(r, batch):
    """Endless: the batch with one change in its maps, sets or rules."""
    lines = batch.split("\n")
    while True:
        at = r.randrange(len(lines))
        line, kind = lines[at], r.randrange(6)
        new = line
        if re.match(r"\s*(#|add|delete|table|type|flags|counter \w+ \{|\}|$)", line) or re.search(r"\{\s*$", line):
            continue
        element = line.rstrip().endswith(",") or re.search(r"timeout|: (jump|goto|accept|drop)", line)
        if kind == 0:
            new = None  # gone
        elif kind == 1:
            found = [m for m in re.finditer(r"(?<![\w.:/])(\d{2,5})(?![\w.:])", line) if 10 < int(m[1]) < 65500]
            if found and not re.search(r"log|limit|size", line):
                m = r.choice(found)
                new = line[:m.start()] + str(int(m[1]) + r.choice((-1, 1))) + line[m.end():]
        elif kind == 2:
            found = list(re.finditer(r"10\.\d+\.\d+\.(\d+)", line))
            if found:
                m = r.choice(found)
                new = line[:m.start(1)] + str((int(m[1]) + r.choice((-1, 1))) % 256) + line[m.end(1):]
        elif kind == 3 and not element:
            new = re.sub(r"\b(accept|drop)\b(?=[^\"]*$)", lambda m: "drop" if m[1] == "accept" else "accept", line)
        elif kind == 4:
            found = list(re.finditer(r"eth([123])", line))
            if found:
                m = r.choice(found)
                new = line[:m.start(1)] + str(int(m[1]) % 3 + 1) + line[m.end(1):]
        elif kind == 5:
            found = list(re.finditer(r"2001:db8:([0-9a-f:]*?)([0-9a-f]+)(?=[\s/,.-])", line))
            if found:
                m = r.choice(found)
                new = line[:m.start(2)] + f"{int(m[2], 16) ^ 1:x}" + line[m.end(2):]
        if new == line:
            continue
        yield "\n".join(lines[:at] + ([] if new is None else [new]) + lines[at + 1:]), f"{line.strip()}  ->  {(new or '').strip()}"


def run(*words, feed=None):
    return subprocess.run([str(w) for w in words], input=feed, capture_output=True, text=True, env=ENV)


def one_policy(seed, mine, counts):
    """In a fresh network namespace: the text as it is, then `mine` mutants of its batch."""
    r = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "zones.policy"
        for _ in range(20):
            path.write_text(CITY + "default deny\n" + policy(r))
            plan = run(BUILD / "sekisho", "zones", "plan", "--nft", "--at", AT, path)
            if plan.returncode == 0:
                break
        else:
            return [f"seed {seed}: no text that compiles: {plan.stderr}"]
        for step in ("rig", "open"):  # flows begin while nothing judges them, those that the text forbids too
            if (made := run(BUILD / "tests/zones_probe", step, path, AT)).returncode != 0:
                return [f"seed {seed}: {step}: {made.stderr}"]
        bad = []

        def judged(batch):
            if (load := run("nft", "-f", "-", feed=batch)).returncode != 0:
                return None
            proof = run(BUILD / "sekisho", "zones", "prove", "--rules-only", "--json", "--at", AT, path)
            probe = run(BUILD / "tests/zones_probe", "run", path, AT)
            if proof.returncode not in (0, 3) or probe.returncode not in (0, 1):
                bad.append(f"seed {seed}: {proof.stderr}{probe.stderr}")
                return None
            for kind, n in re.findall(r"(\d+) (passed|stopped)", probe.stdout):
                counts[n] = counts.get(n, 0) + int(kind)
            return proof.returncode == 0, probe.returncode == 0, proof, probe

        base = judged(plan.stdout)
        if not base or not base[0] or not base[1]:
            return bad + [f"seed {seed}: the text as it is: {base and base[2].stdout[:600]} {base and base[3].stdout[:600]}"]
        print(f"seed {seed}: {base[3].stdout.splitlines()[0]}", flush=True)
        changed = mutants(r, plan.stdout)
        while mine > 0:
            batch, what = next(changed)
            if not (verdict := judged(batch)):
                counts["not loadable"] += 1
                continue
            equal, same, proof, probe = verdict
            mine -= 1
            if equal and same:
                counts["equal"] += 1
            elif equal:
                counts["missed by the prover"] += 1
                bad.append(f"seed {seed}: the prover calls it equal, packets differ: {what}\n{probe.stdout}")
            elif json.loads(proof.stdout)["doubts"]:
                counts["refused by the prover"] += 1  # nothing is proven of it: found, whether it means something or not
            else:
                if same and (wire := run(BUILD / "tests/zones_probe", "wire", path, AT, feed=run("nft", "-j", "-n", "list", "ruleset").stdout)).returncode == 0:
                    counts["no packet on a wire could show"] += 1  # the prover says different, and rightly, of packets that cannot exist
                    print(f"  no packet could show: {what}\n    {wire.stdout.strip()}", flush=True)
                    continue
                counts["found by the prover"] += 1
                counts["found by probes"] += not same
                if same:
                    print(f"  not found by probes: {what}\n    {json.loads(proof.stdout)['differences'][0]['like']}", flush=True)
        return bad


def main():
    if os.environ.get("ZONES_MUTANTS_INSIDE") is None:
        if subprocess.run(["unshare", "-n", "true"], env=ENV).returncode != 0:
            print("zones_mutants: no network namespace can be made here")
            return 1 if os.environ.get("CI") else 77
        bad = 0
        total = {}
        for i in range((WANTED + EACH - 1) // EACH):
            some = subprocess.run(["unshare", "-n", sys.executable, __file__, str(BUILD), str(min(EACH, WANTED - i * EACH)), str(SEED + i)],
                                  env={**ENV, "ZONES_MUTANTS_INSIDE": "1"}, capture_output=True, text=True)
            print("\n".join(some.stdout.splitlines()[:-1]), flush=True)
            if some.stderr:
                print(some.stderr[-2000:])
            bad |= some.returncode
            try:
                for what, n in json.loads(some.stdout.splitlines()[-1]).items():
                    total[what] = total.get(what, 0) + n
            except (IndexError, ValueError):
                bad = 1
        told = total.get("found by the prover", 0)
        print(", ".join(f"{n} {what}" for what, n in total.items()))
        share = 100 * total.get("found by probes", 0) / told if told else 0
        print(f"of {told} mutants that mean something else the prover found 100 %, probes alone {share:.1f} %" if not bad else "the prover was wrong, or a text was not as its model says")
        return 1 if bad or told == 0 else 0
    counts = {k: 0 for k in ("found by the prover", "found by probes", "equal", "no packet on a wire could show", "missed by the prover", "refused by the prover", "not loadable")}
    bad = one_policy(SEED, WANTED, counts)
    for line in bad:
        print(line)
    print(json.dumps(counts))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
