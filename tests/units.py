#!/usr/bin/env python3
# systemdのユニット — packaging/ against src/PROCESSES and what `sekisho run` does: users and numbers, groups, sockets and their names, folders each
# may write and may not see, nothing before `sekisho setup`; and the score of `systemd-analyze security --offline` for each. usage: units.py BUILD
import os, re, shutil, subprocess, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNITS = ROOT / "packaging/systemd"
HOME = "/var/lib/sekisho"
SCORE = 5          # tenths: at most 0.5
EXEMPT = {"sanitized": 15, "zonesd": 14}  # makes the jails: namespaces and mounts of their own (20-jails.conf says why); keeps the packet filter (20-filter.conf)
# What an administrator lets run besides the processes, with its score: backup is root and runs each process once more under its uid (20-operator.conf),
# metrics sees that the processes are there (20-reader.conf), zones makes a network of its own (20-network.conf). None has the machine's network, nor rights beyond those.
BESIDES = {"backup": 20, "metrics": 6, "zones": 25}
failures, checks = [], 0


def check(ok, what):
    global checks
    checks += 1
    if not ok:
        failures.append(what)


def settings(path):
    """Every setting of a unit file with its values, in order."""
    found = {}
    for line in path.read_text().splitlines():
        if m := re.match(r"([A-Za-z]+)=(.*)", line):
            found.setdefault(m[1], []).append(m[2].strip())
    return found


processes = {}
for line in (ROOT / "src/PROCESSES").read_text().splitlines():
    if line.strip() and not line.startswith("#"):
        name, uid, keeps, *_ = [c.strip() for c in line.split("|")]
        processes[name] = int(uid), keeps
# { "webd-office", "webd", NULL, "office", true, { … } }: name, program, socket, http face, member of the reading group
rows, by_choice = {}, set()  # by_choice: not part of every house; the administrator enables its unit
for m in re.finditer(r'^\t\{ "([\w-]+)", "(\w+)", (NULL|"\w+"), (NULL|"\w+"), (true|false), \{(.*)\}(, true)? \},', (ROOT / "src/cli/supervise.c").read_text(), re.M):
    rows[m[1]] = m[2], m[3].strip('"'), m[4].strip('"'), m[5] == "true"
    if m[7]:
        by_choice.add(m[1])
check(set(rows) == set(processes) and len(rows) > 5, f"supervise.c and src/PROCESSES name the same processes: {set(rows) ^ set(processes)}")
# { "records", "recordd", 0750, true }: path, owner, mode, readable for the reading group
folders = re.findall(r'\{ "([\w/]+)", "([\w-]+)", (0\d+), (true|false) \}', "".join(p.read_text() for p in (ROOT / "src/cli").rglob("*.c")))
check(len(folders) > 8, "the folders of the data folder were found in src/cli")

users = {}
for line in (ROOT / "packaging/sekisho.sysusers").read_text().splitlines():
    if m := re.match(r"([ug]) ([\w-]+)\s+(\d+)", line):
        users[m[2]] = m[1], int(m[3])
check(users.pop("sekisho-read", None) == ("g", 7300), "the reading group is 7300")
check(users == {f"sekisho-{n}": ("u", uid) for n, (uid, _) in processes.items()}, f"users of sysusers and src/PROCESSES: {users}")

wanted = " ".join(settings(UNITS / "sekisho.target").get("Wants", [])).split()
check(sorted(wanted) == sorted(f"sekisho-{n}.service" for n in processes if n not in by_choice), f"sekisho.target wants every process: {wanted}")
check(by_choice == {"zonesd"} and all(settings(UNITS / f"sekisho-{n}.service").get("WantedBy") == ["sekisho.target"] for n in by_choice), f"what an administrator enables: {by_choice}")
check("Type" not in settings(UNITS / "sekisho-.service.d/10-hardening.conf"), "the common part says nothing of one process")
for path in UNITS.glob("*.*"):
    if path.is_file():
        check(f"{HOME}/trust/evidence.trust" in settings(path).get("ConditionPathExists", []), f"{path.name} starts before sekisho setup")
        check(path.stem.removeprefix("sekisho-") in processes or path.stem.removeprefix("sekisho-") in BESIDES or path.name == "sekisho.target",
              f"{path.name} belongs to no process")

for name, (uid, keeps) in processes.items():
    program, socket, face, reads = rows[name]
    path = UNITS / f"sekisho-{name}.service"
    if not path.is_file():
        check(False, f"{name} has no unit")
        continue
    unit = settings(path)
    one = lambda key: (unit.get(key) or [""])[-1]
    check(one("User") == one("Group") == f"sekisho-{name}", f"{name}: user and group")
    check((one("SupplementaryGroups") == "sekisho-read") == reads, f"{name}: member of the reading group in both or neither")
    check(one("Type") == "notify", f"{name}: says itself when it is ready")
    command = one("ExecStart").split()
    check(command[0] == f"/usr/lib/sekisho/{program}", f"{name}: {command[0]}")
    check(face == "NULL" or command[1:] == ["--face", face, "--settings", f"/etc/sekisho/{name}.conf"], f"{name}: {command}")
    check(face == "NULL" or (ROOT / f"packaging/etc/{name}.conf").is_file(), f"{name}: its settings file")
    check("PartOf" in unit and one("PartOf") == "sekisho.target", f"{name}: stops with the target")
    # Sockets under the names the daemon asks for.
    holder = UNITS / f"sekisho-{name}.socket"
    check(holder.is_file() == (socket != "NULL" or face != "NULL"), f"{name}: a socket unit if it listens, else none")
    if holder.is_file():
        s = settings(holder)
        check(f"sekisho-{name}.socket" in " ".join(unit.get("Requires", [])), f"{name} requires its socket")
        if socket != "NULL":
            check(s.get("ListenSequentialPacket") == [f"{HOME}/run/{socket}.sock"] and s.get("FileDescriptorName") == [socket], f"{name}: {s}")
            check(s.get("SocketMode") == ["0666"], f"{name}: anybody may knock")
        else:
            check(s.get("FileDescriptorName") == ["http"] and re.fullmatch(r"127\.0\.0\.1:\d+", s["ListenStream"][0]), f"{name}: {s}")
    # It writes what it owns; what others keep to themselves it does not see.
    writes = " ".join(unit.get("ReadWritePaths", [])).split()
    hidden = " ".join(unit.get("InaccessiblePaths", [])).replace(f"-{HOME}/", "").split()
    own = {f"{HOME}/{p}" for p, owner, _, _ in folders if owner == name and "/" not in p}
    check(set(writes) == own, f"{name}: writes {writes}, owns {own}")
    for p, owner, mode, group in folders:
        foreign = owner != name and mode != "0755" and not (group == "true" and reads)
        is_hidden = p in hidden or p.split("/")[0] in hidden
        check(is_hidden or not foreign, f"{name}: {p} of {owner} is not hidden from it")
        check(not (p in hidden and owner == name), f"{name}: its own {p} is hidden from it")

# What src/base/sandbox.c does to make a jail and no other process needs: without one of them every file is refused as WORKER_DIED.
jails = " ".join(settings(UNITS / "sekisho-sanitized.service.d/20-jails.conf").get("SystemCallFilter", [])).split()
check({"@mount", "unshare", "clone3", "capset"} <= set(jails), f"sanitized may make whole jails: {jails}")
for name in BESIDES:
    unit = settings(UNITS / f"sekisho-{name}.service")
    command = (unit.get("ExecStart") or [""])[-1].split()
    check(command[:2] == ["/usr/bin/sekisho", name], f"{name}: {command}")
    check((ROOT / f"src/cli/verbs/{name}.c").is_file(), f"{name} is no verb of sekisho")
for name in ("backup", "zones"):
    check((settings(UNITS / f"sekisho-{name}.service").get("Type"), (UNITS / f"sekisho-{name}.timer").is_file()) == (["oneshot"], True), f"{name} runs once each time its timer says")
check(settings(UNITS / "sekisho-zones.service").get("ExecStart") == ["/usr/bin/sekisho zones probe"], "the nightly probe is of the text in force")
check("/var/backups/sekisho" in (ROOT / "packaging/sekisho.tmpfiles").read_text(), "the folder of the backups is made")

if shutil.which("systemd-analyze"):
    for name in [*processes, *BESIDES]:
        most = {**EXEMPT, **BESIDES}.get(name, SCORE)
        r = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={most}", str(UNITS / f"sekisho-{name}.service")],
                           capture_output=True, text=True)
        said = r.stdout.strip().splitlines()[-1] if r.stdout.strip() else r.stderr
        print(f"{name}: {said} (at most {most / 10})")
        check(r.returncode == 0 and "exposure level" in said, f"{name}: {said}")
    # The score follows the common part: without it nothing would pass.
    bare = Path(os.environ.get("TMPDIR", "/tmp")) / f"bare-{os.getpid()}.service"
    bare.write_text((UNITS / "sekisho-recordd.service").read_text())
    r = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={SCORE}", str(bare)], capture_output=True, text=True)
    bare.unlink()
    check(r.returncode == 1, "a unit outside the common part fails the score")
    r = subprocess.run(["systemd-analyze", "verify", "--man=no", *sorted(str(p) for p in UNITS.glob("sekisho*.*") if p.is_file())], capture_output=True, text=True)
    wrong = [l for l in r.stderr.splitlines() if "is not executable" not in l and "sekisho" in l]
    check(not wrong, "systemd-analyze verify: " + " | ".join(wrong))
else:
    print("systemd-analyze is not installed: no scores")
    check(os.environ.get("CI") != "true", "in CI systemd-analyze must be there")
for f in failures:
    print("FAILED:", f)
print(f"{checks - len(failures)} passed, {len(failures)} failed")
sys.exit(1 if failures else 0)
