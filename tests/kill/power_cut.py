#!/usr/bin/env python3
# 停電 — the power goes at every moment of a full passage. The daemons' system calls are recorded (strace); from the record the disk is built as a
# power cut at that moment may have left it: what was synced is there, what was not is gone, whole, torn or out of order. On each such disk the daemons
# start again and everything that had been acknowledged must be there, and the log must verify against the checkpoint seen before (power_cut.c).
# The model is as strict as POSIX: a name lasts only after its folder was synced, bytes only after their file was. It is proved on the run
# itself: played to the end with nothing lost it must give the very files that lie on the disk.
# Usage: power_cut.py BUILD_FOLDER POWER_CUT_PROGRAM POINTS|all [SEED]      POINTS: how many moments, spread over the passage
import os, random, re, shutil, subprocess, sys, tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

build, program, points = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), sys.argv[3]
seed = int(sys.argv[4]) if len(sys.argv) > 4 else random.randrange(1 << 30)
SECTOR = 512
CALLS = ("openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,"
         "link,linkat,fsync,fdatasync,sync_file_range,copy_file_range,sendfile,splice,lseek,msync")
NOT_KEPT = re.compile(r"-shm$")  # SQLite builds it anew from the log when nobody has the file open


class Inode:
    def __init__(self, folder):
        self.folder = folder
        self.bytes, self.lasting, self.pending = bytearray(), bytearray(), []  # a file: now, on the disk, writes between the two
        self.names, self.lasting_names, self.changes = {}, {}, []  # a folder: the same of its names


def write_at(to, at, data):
    if len(to) < at:
        to.extend(b"\0" * (at - len(to)))
    to[at:at + len(data)] = data


def apply(to, op):
    if op[0] == "write":
        write_at(to, op[1], op[2])
    else:
        n = op[1]
        if n < len(to):
            del to[n:]
        else:
            to.extend(b"\0" * (n - len(to)))


class Disk:
    """Only what lies under `home`."""

    def __init__(self, home):
        self.home, self.root = home, Inode(True)

    def inside(self, path):
        return path == self.home or path.startswith(self.home + "/")

    def find(self, path):
        at = self.root
        for part in path[len(self.home):].split("/"):
            if part:
                at = at.names.get(part) if at and at.folder else None
        return at

    def place(self, path):
        return self.find(os.path.dirname(path)), os.path.basename(path)

    def change(self, folder, name, inode):
        if inode is None:
            folder.names.pop(name, None)
        else:
            folder.names[name] = inode
        folder.changes.append((name, inode))

    def make(self, path, folder=False):
        parent, name = self.place(path)
        inode = Inode(folder)
        self.change(parent, name, inode)
        return inode

    def data(self, inode, op):
        apply(inode.bytes, op)
        inode.pending.append(op)

    def sync(self, inode, until_data, until_changes):
        """Everything that was there when the call began lasts."""
        for op in inode.pending[:until_data]:
            apply(inode.lasting, op)
        del inode.pending[:until_data]
        for name, to in inode.changes[:until_changes]:
            if to is None:
                inode.lasting_names.pop(name, None)
            else:
                inode.lasting_names[name] = to
        del inode.changes[:until_changes]

    def sync_all(self, inode=None):
        inode = inode or self.root
        self.sync(inode, len(inode.pending), len(inode.changes))
        for child in inode.names.values():
            self.sync_all(child)

    def leave(self, inode, to, chance):
        """Writes into `to` what a power cut leaves; chance(op) → the op as far as it survived, or None."""
        if not inode.folder:
            content = bytearray(inode.lasting)
            for op in inode.pending:
                survived = chance(op)
                if survived:
                    apply(content, survived)
            to.write_bytes(content)
            return
        to.mkdir(exist_ok=True)
        names = dict(inode.lasting_names)
        for name, child in inode.changes[:chance(("names", len(inode.changes)))]:
            if child is None:
                names.pop(name, None)
            else:
                names[name] = child
        for name, child in names.items():
            if not NOT_KEPT.search(name):
                self.leave(child, to / name, chance)


def lose_all(op):
    return 0 if op[0] == "names" else None


def lose_nothing(op):
    return op[1] if op[0] == "names" else op


def lose_some(rng):
    def chance(op):
        if op[0] == "names":
            return rng.randint(0, op[1])
        if rng.random() < 0.5:
            return None
        if op[0] == "write" and len(op[2]) > SECTOR and rng.random() < 0.5:  # torn: only its first sectors
            return ("write", op[1], op[2][:rng.randrange(1, len(op[2]) // SECTOR + 1) * SECTOR])
        return op
    return chance


# ---- the record ----
STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def unhex(s):
    return bytes.fromhex(s.replace("\\x", ""))


def path_of(word):
    """`5</a/b>`, hex or not."""
    m = re.match(r"(?:-?\d+|AT_FDCWD)<(.*?)>", word)
    if not m:
        return ""
    inner = m.group(1)
    return unhex(inner).decode("utf-8", "surrogateescape") if inner.startswith("\\x") else inner


def whole_calls(lines):
    """(thread, name, arguments, result, begin index): in the order of their ends; a begun call is yielded as ("begin", …) too."""
    begun = {}
    for line in lines:
        m = re.match(r"(\d+) +(.*)$", line)
        if not m:
            continue
        thread, rest = m.groups()
        if rest.endswith("<unfinished ...>"):
            begun[thread] = rest[:-len("<unfinished ...>")].rstrip()
            name = rest.split("(", 1)[0]
            yield thread, "begin", name, begun[thread]
            continue
        m = re.match(r"<\.\.\. \w+ resumed>(.*)$", rest)
        if m:
            rest = begun.pop(thread, "?(") + m.group(1)
            resumed = True
        else:
            resumed = False
        m = re.match(r"(\w+)\((.*)\)\s+= (.*)$", rest)
        if m:
            yield thread, "end" if resumed else "whole", m.group(1), (m.group(2), m.group(3))


def joined(base, name):
    return os.path.normpath(name if name.startswith("/") else os.path.join(base, name))


class Player:
    """Reads the record and keeps the disk; `moment` is called after every call that changed something."""

    def __init__(self, disk, acknowledged, moment):
        self.disk, self.book, self.moment = disk, acknowledged, moment
        self.said, self.syncing, self.places = b"", {}, {}

    def file_of(self, word):
        path = path_of(word)
        return (self.disk.find(path), path) if self.disk.inside(path) else (None, path)

    def play(self, lines):
        for thread, stage, name, rest in whole_calls(lines):
            if stage == "begin":
                if name in ("fsync", "fdatasync"):
                    inode, _ = self.file_of(rest.split("(", 1)[1])
                    if inode:
                        self.syncing[thread] = (len(inode.pending), len(inode.changes), inode)
                continue
            arguments, result = rest
            if result.startswith("-1") or result.startswith("?"):
                continue
            handler = getattr(self, "do_" + name, None)
            if handler and handler(thread, arguments, result):
                self.moment(self)

    def names(self, arguments):
        """Paths of a call on names: each string with the folder descriptor before it."""
        out, base = [], os.getcwd()
        for m in re.finditer(r'(AT_FDCWD<[^>]*>|\d+<[^>]*>)|"((?:\\x[0-9a-f]{2})*)"', arguments):
            if m.group(1):
                base = path_of(m.group(1))
            else:
                out.append(joined(base, unhex(m.group(2)).decode("utf-8", "surrogateescape")))
        return out

    def do_openat(self, thread, arguments, result):
        path = path_of(result)
        if not self.disk.inside(path):
            return False
        inode, changed = self.disk.find(path), False
        if inode is None and "O_CREAT" in arguments:
            inode, changed = self.disk.make(path), True
        if inode is not None and not inode.folder and "O_TRUNC" in arguments and inode.bytes:
            self.disk.data(inode, ("size", 0))
            changed = True
        self.places.pop(path, None)
        return changed

    do_open = do_creat = do_openat

    def written(self, arguments):
        return b"".join(unhex(s) for s in STRING.findall(arguments.split(", ", 1)[1]))

    def add(self, arguments, result, at):
        inode, path = self.file_of(arguments)
        data = self.written(arguments)[:int(result.split()[0])]
        if path == self.book:
            self.said += data
            return True
        if inode is None or inode.folder:
            return False
        self.disk.data(inode, ("write", len(inode.bytes) if at is None else at, data))
        return True

    def do_write(self, thread, arguments, result):
        return self.add(arguments, result, None)  # ours only ever append with write; the proof at the end would show another use

    do_writev = do_write

    def do_pwrite64(self, thread, arguments, result):
        return self.add(arguments, result, int(arguments.rsplit(", ", 1)[1]))

    def do_ftruncate(self, thread, arguments, result):
        inode, _ = self.file_of(arguments)
        if inode is None:
            return False
        self.disk.data(inode, ("size", int(arguments.rsplit(", ", 1)[1])))
        return True

    def do_fallocate(self, thread, arguments, result):
        inode, _ = self.file_of(arguments)
        if inode is None:
            return False
        _, mode, at, n = [w.strip() for w in arguments.rsplit(", ", 3)]
        if mode == "0" and int(at) + int(n) > len(inode.bytes):
            self.disk.data(inode, ("size", int(at) + int(n)))
        return True

    def do_rename(self, thread, arguments, result):
        old, new = self.names(arguments)[:2]
        if not self.disk.inside(old) or not self.disk.inside(new):
            return False
        inode = self.disk.find(old)
        (from_folder, from_name), (to_folder, to_name) = self.disk.place(old), self.disk.place(new)
        self.disk.change(to_folder, to_name, inode)
        self.disk.change(from_folder, from_name, None)
        return True

    do_renameat = do_renameat2 = do_rename

    def do_link(self, thread, arguments, result):
        old, new = self.names(arguments)[:2]
        if not self.disk.inside(new):
            return False
        folder, name = self.disk.place(new)
        self.disk.change(folder, name, self.disk.find(old))
        return True

    do_linkat = do_link

    def do_unlink(self, thread, arguments, result):
        path = self.names(arguments)[0]
        if not self.disk.inside(path):
            return False
        self.disk.change(*self.disk.place(path), None)
        return True

    do_unlinkat = do_rmdir = do_unlink

    def do_mkdir(self, thread, arguments, result):
        path = self.names(arguments)[0]
        if not self.disk.inside(path):
            return False
        if path == self.disk.home:
            return True
        self.disk.make(path, True)
        return True

    do_mkdirat = do_mkdir

    def do_fsync(self, thread, arguments, result):
        inode, _ = self.file_of(arguments)
        if inode is None:
            return False
        data, changes, at = self.syncing.pop(thread, (len(inode.pending), len(inode.changes), inode))
        if at is inode:
            self.disk.sync(inode, min(data, len(inode.pending)), min(changes, len(inode.changes)))
        return True

    do_fdatasync = do_fsync

    def unknown(self, thread, arguments, result):
        inode, path = self.file_of(arguments)
        if inode is not None and not inode.folder:
            sys.exit(f"the model does not know a call on {path}: {arguments[:200]}")
        return False

    do_pwritev = do_pwritev2 = do_copy_file_range = do_sendfile = do_splice = do_truncate = do_msync = do_sync_file_range = unknown


def same_as_disk(disk):
    """The model, played to its end, against the real folder."""
    wrong = []

    def look(inode, path):
        if inode.folder:
            there = {p.name for p in path.iterdir()} if path.is_dir() else None
            if there is None or {n for n in there if not (path / n).is_socket()} != {n for n in inode.names if not (path / n).is_socket()}:
                wrong.append(f"{path}: {sorted(there or [])} are there, {sorted(inode.names)} were expected")
                return
            for name, child in inode.names.items():
                if not (path / name).is_socket():
                    look(child, path / name)
        elif not NOT_KEPT.search(path.name) and path.read_bytes() != bytes(inode.bytes):
            wrong.append(f"{path}: other bytes than the record says")
    for name, child in disk.root.names.items():
        if name != "run":  # sockets, logs
            look(child, Path(disk.home) / name)
    return wrong


def record(work):
    book = work / "acknowledged"
    trace = work / "trace"
    done = subprocess.run(["strace", "-f", "-y", "-xx", "-s", "2000000", "-e", "trace=" + CALLS, "-e", "signal=none", "-o", trace, program, "play", build, book],
                          stdout=subprocess.PIPE, timeout=500)
    if done.returncode != 0:
        sys.exit(f"the passage ended with {done.returncode}")
    return done.stdout.decode().strip().splitlines()[0], str(book), trace.read_text(errors="surrogateescape").splitlines()


def hold(folder, said, trust, log):
    (folder / "run").mkdir(exist_ok=True)
    book = Path(str(folder) + ".book")
    book.write_bytes(said)
    shutil.copyfile(trust, str(book) + ".trust")
    with open(log, "wb") as out:
        try:
            got = subprocess.run([program, "hold", build, folder, book], stdout=out, stderr=subprocess.STDOUT, timeout=300).returncode
        except subprocess.TimeoutExpired:
            got = "no end"
    return got


def main():
    with tempfile.TemporaryDirectory(prefix="cut") as name:
        work = Path(name)
        home, book, lines = record(work)
        moments = []
        Player(Disk(home), book, lambda p: moments.append(len(p.said) and b"begin" in p.said)).play(lines)
        first = moments.index(True)
        wanted = range(first, len(moments)) if points == "all" else sorted(random.Random(seed).sample(range(first, len(moments)), min(int(points), len(moments) - first)))
        ways, jobs, begun = {"nothing unsynced is left": lose_all, "some of it, torn": None, "all of it": lose_nothing}, [], [False]
        wanted, counter, lying = set(wanted), [-1], work / "lying"

        def moment(player):
            counter[0] += 1
            if b"begin" in player.said and not begun[0]:
                begun[0] = True
                player.disk.sync_all()
                player.disk.leave(player.disk.root, lying, lose_all)
            if counter[0] not in wanted:
                return
            for number, (way, chance) in enumerate(ways.items()):
                if number == 2 and counter[0] % 8:  # a killed process is another test's subject
                    continue
                folder = work / f"{counter[0]}-{number}"
                player.disk.leave(player.disk.root, folder, chance or lose_some(random.Random(seed * 100003 + counter[0])))
                shutil.rmtree(folder / "run", ignore_errors=True)
                jobs.append((counter[0], way, folder, bytes(player.said)))

        disk = Disk(home)
        Player(disk, book, moment).play(lines)
        wrong = same_as_disk(disk)
        for line in wrong:
            print("the model is wrong:", line)
        faults = len(wrong)

        def one(job):
            at, way, folder, said = job
            log = Path(str(folder) + ".log")
            got = hold(folder, said, book + ".trust", log)
            if got == 0:
                shutil.rmtree(folder)
            return job, got, "" if got == 0 else log.read_text(errors="replace")[-1500:]
        with ThreadPoolExecutor(2) as pool:
            for (at, way, folder, said), got, told in pool.map(one, jobs):
                if got != 0:
                    faults += 1
                    print(f"WRONG at change {at} of {len(moments)} ({way}), after {said.splitlines()[-1][:40]!r}: {got}\n{told}", flush=True)
                    if os.environ.get("KEEP_GROUND"):
                        shutil.copytree(folder, f"{home}-cut-{folder.name}", dirs_exist_ok=True)
        # The test itself is tested: a drive that kept nothing of what it was told to sync must be found out.
        shutil.rmtree(lying / "run", ignore_errors=True)
        if hold(lying, Path(book).read_bytes(), book + ".trust", work / "lying.log") == 0:
            faults += 1
            print("WRONG: a disk on which nothing was kept passes: this test proves nothing")
        print(f"{len(moments) - first} changes of the disk after the beginning; the power went at {len(wanted)} of them, {len(jobs)} disks; {faults} faults (seed {seed})")
        if not os.environ.get("KEEP_GROUND"):
            shutil.rmtree(home, ignore_errors=True)
        sys.exit(faults > 0 or not jobs)


main()
