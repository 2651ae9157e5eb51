#!/usr/bin/env python3
# 保護された7z — archives under a password as 7-Zip writes them (content or names too, each order of the steps, LZMA2, LZMA, stored): what comes out is what comes out of the
# same archive without it, a wrong password opens none, and what is not undone here is said. Archives of our own making, AES by openssl. Usage: protected_7z.py BUILD_FOLDER
import hashlib, json, lzma, struct, subprocess, sys, tempfile, zlib
from pathlib import Path

build = Path(sys.argv[1]).resolve()
PASSWORD = "関所の鍵"
FILES = [("予算/内訳.csv", "項目,金額\r\n旅費,120\r\n".encode()), ("ご案内.txt", "会議の日時が変わりました。\r\n".encode() * 400)]
COPY, LZMA, LZMA2, AES = b"\0", b"\3\1\1", b"\x21", b"\x06\xf1\x07\x01"
failed = []


def number(n):
    for more in range(9):
        if more == 8 or n < 1 << 7 * (more + 1):
            break
    first = 0xFF if more == 8 else (0xFF00 >> more & 0xFF) | n >> 8 * more
    return bytes([first]) + (n & (1 << 8 * more) - 1).to_bytes(more, "little")


def key_of(password, power, salt):
    h = hashlib.sha256()
    for i in range(1 << power):
        h.update(salt + password.encode("utf-16-le") + struct.pack("<Q", i))
    return h.digest()


keys = {}


def encrypted(plain, password, power, salt, vector):
    """(bytes, properties of the step)"""
    key = keys.setdefault((password, power, salt), None) or key_of(password, power, salt) if power <= 19 else bytes(32)
    keys[password, power, salt] = key
    padded = plain + bytes(-len(plain) % 16)
    done = subprocess.run(["openssl", "enc", "-aes-256-cbc", "-nopad", "-K", key.hex(), "-iv", vector.ljust(16, b"\0").hex()], input=padded, stdout=subprocess.PIPE, check=True).stdout
    first = power | (0x80 if salt else 0) | (0x40 if vector else 0)
    more = bytes([(len(salt) - bool(salt)) << 4 | len(vector) - bool(vector)]) if salt or vector else b""
    return done, bytes([first]) + more + salt + vector


def packed(plain, method):
    """(bytes, properties)"""
    if method == COPY:
        return plain, b""
    if method == LZMA2:
        return lzma.compress(plain, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}]), b"\x10"
    return lzma.compress(plain, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 20, "lc": 3, "lp": 0, "pb": 2}]), b"\x5d" + struct.pack("<I", 1 << 20)


def coder(name, properties):
    return bytes([len(name) | (0x20 if properties else 0)]) + name + (number(len(properties)) + properties if properties else b"")


def streams(at, size, steps, sizes, pairs, sum_):
    """Where one folder lies and what was done to it."""
    folder = number(len(steps)) + b"".join(coder(*s) for s in steps) + b"".join(number(a) + number(b) for a, b in pairs)
    return b"\6" + number(at) + number(1) + b"\x09" + number(size) + b"\0" + b"\7\x0b" + number(1) + b"\0" + folder + b"\x0c" + b"".join(map(number, sizes)) + b"\x0a\1" + struct.pack("<I", sum_) + b"\0"


def folder_of(plain, method, lock, cipher_first):
    """(bytes, what streams() is told)"""
    data, properties = packed(plain, method)
    if not lock:
        return data, ([(method, properties)], [len(plain)], [])
    inner = len(data)
    data, cipher = encrypted(data, *lock)
    if method == COPY:
        return data, ([(AES, cipher)], [inner], [])
    if cipher_first:
        return data, ([(AES, cipher), (method, properties)], [inner, len(plain)], [(1, 0)])
    return data, ([(method, properties), (AES, cipher)], [len(plain), inner], [(0, 1)])


def archive(method=LZMA2, lock=None, cipher_first=False, names=False, power=12, salt=b"", vector=b"himitsu!"):
    lock = (PASSWORD if lock is None else lock, power, salt, vector) if lock != "" else None
    plain = b"".join(c for _, c in FILES)
    data, said = folder_of(plain, method, lock, cipher_first)
    names_bytes = b"\0" + b"".join(n.encode("utf-16-le") + b"\0\0" for n, _ in FILES)
    files = b"\5" + number(len(FILES)) + b"\x11" + number(len(names_bytes)) + names_bytes + b"\0"
    sub = b"\x08\x0d" + number(len(FILES)) + b"\x09" + number(len(FILES[0][1])) + b"\x0a\1" + b"".join(struct.pack("<I", zlib.crc32(c)) for _, c in FILES) + b"\0"
    head = b"\1\4" + streams(0, len(data), *said, zlib.crc32(plain)) + sub + b"\0" + files + b"\0"
    if names:
        body, told = folder_of(head, LZMA, lock, cipher_first)
        head, at = b"\x17" + streams(len(data), len(body), *told, zlib.crc32(head)) + b"\0", len(data)
        data += body
    start = struct.pack("<QQI", len(data), len(head), zlib.crc32(head))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + data + head


def sanitise(folder, content, password=None):
    path, output = folder / "in.7z", folder / "out.zip"
    path.write_bytes(content)
    output.unlink(missing_ok=True)
    words = [build / "sekisho", "sanitize", path, "-o", output, "--json"]
    if password is not None:
        (folder / "password").write_text(password)
        words += ["--password-file", folder / "password"]
    report = json.loads(subprocess.run(words, stdout=subprocess.PIPE).stdout)
    return report, output.read_bytes() if output.exists() else None


def expect(what, report, output, code, wanted=None):
    got = report.get("reason", {}).get("code", "delivered")
    if got != code or (output is None) != (code != "delivered") or (wanted and output != wanted):
        failed.append(f"{what}: {got}, wanted {code}; {report.get('reason')}")


with tempfile.TemporaryDirectory() as scratch:
    folder, count = Path(scratch), 0
    report, wanted = sanitise(folder, archive(lock=""))
    expect("without a password", report, wanted, "delivered")
    for method in COPY, LZMA, LZMA2:
        for first in False, True:
            for names in False, True:
                for salt in b"", b"shio":
                    what = f"method {method.hex()}, cipher {'first' if first else 'last'}, names {'encrypted' if names else 'in clear'}, salt {salt}"
                    content = archive(method, cipher_first=first, names=names, salt=salt)
                    count += 1
                    report, output = sanitise(folder, content, PASSWORD)
                    expect(what, report, output, "delivered", wanted)
                    if output and "PASSWORD_REMOVED" not in [n["id"] for n in report["notes"]]:
                        failed.append(f"{what}: nobody is told that the password is gone")
                    expect(what + ", another password", *sanitise(folder, content, "関所の鎖"), "WRONG_PASSWORD")
                    expect(what + ", no password", *sanitise(folder, content), "ENCRYPTED")
    expect("as many rounds as 7-Zip asks for", *sanitise(folder, archive(names=True, power=19), PASSWORD), "delivered", wanted)
    expect("the password as it is", *sanitise(folder, archive(power=0x3F), PASSWORD), "WRONG_PASSWORD")
    expect("more rounds than the policy takes", *sanitise(folder, archive(power=22), PASSWORD), "BOMB")
    good = archive(names=True)
    changed = bytearray(good)
    changed[40] ^= 1
    expect("content that was changed, where the names say that the password fits", *sanitise(folder, bytes(changed), PASSWORD), "DAMAGED")
    twice = archive(lock=PASSWORD, method=COPY).replace(b"\1\x24\x06\xf1\x07\x01", b"\1\x25\x06\xf1\x07\x01\x01")
    report, output = sanitise(folder, twice, PASSWORD)
    if output:
        failed.append("a step of an unknown name is delivered")
    for n in range(0, len(good), 7):  # cut short anywhere
        report, output = sanitise(folder, good[:n], PASSWORD)
        if output:
            failed.append(f"cut after {n} bytes it is delivered")
print(f"{count} archives under a password, {len(failed)} things are wrong", *failed, sep="\n")
sys.exit(1 if failed else 0)
