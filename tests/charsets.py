#!/usr/bin/env python3
# 文字コードの照合 — every code of our tables, and composition, against a second implementation (Python's own codecs and Unicode data).
import itertools, random, subprocess, sys, unicodedata

ours = sys.argv[1]
bad = 0


def complain(*words):
    global bad
    bad += 1
    if bad <= 20:
        print(*words)


def decode(codec, data):
    try:
        s = data.decode(codec)
        return ord(s) if len(s) == 1 else None
    except UnicodeDecodeError:
        return None


seen = {}
for line in subprocess.run([ours, "codes"], capture_output=True, check=True, text=True).stdout.splitlines():
    charset, code, char, back = line.split()
    seen[charset, bytes.fromhex(code)] = (int(char, 16), bytes.fromhex(back))

# CP932: code for code. Two single half-width katakana in a row decode to two characters and are not meant here.
for a, b in itertools.product(range(0x81, 0x100), range(0x21, 0x100)):
    if 0xA0 <= a <= 0xDF or a >= 0xFD:
        continue
    data = bytes((a, b))
    got = seen.get(("cp932", data), (None,))[0]
    if got != decode("cp932", data):
        complain("cp932", data.hex(), got, decode("cp932", data))

# EUC-JP and ISO-2022-JP: the same row and cell as CP932; JIS X 0212 as euc_jp has it but for the tilde.
for row, cell in itertools.product(range(1, 95), range(1, 95)):
    lead = 0x81 + (row - 1) // 2
    lead += 0x40 if lead > 0x9F else 0
    trail = cell + (0x3F if cell < 64 else 0x40) if row % 2 else cell + 0x9E
    want = decode("cp932", bytes((lead, trail)))
    for name, data in (("euc-jp", bytes((row + 0xA0, cell + 0xA0))), ("iso-2022-jp", b"\x1b$B" + bytes((row + 0x20, cell + 0x20)))):
        got = seen.get((name, data), (None,))[0]
        if got != want:
            complain(name, data.hex(), got, want)
    data = bytes((0x8F, row + 0xA0, cell + 0xA0))
    got = seen.get(("euc-jp", data), (None,))[0]
    want = 0xFF5E if data == b"\x8f\xa2\xb7" else decode("euc_jp", data)
    if got != want:
        complain("euc-jp", data.hex(), got, want)

# What is written back: the same code, or the preferred one of the same character, never more than one per character.
chosen = {}
doubled = {}
for (charset, code), (char, back) in seen.items():
    if chosen.setdefault((charset, char), back) != back:
        complain(charset, code.hex(), "two codes are written for", hex(char))
    if back.replace(b"\x1b(B", b"") != code:
        doubled[charset] = doubled.get(charset, 0) + 1
        if seen.get((charset, back), (char,))[0] != char:
            complain(charset, code.hex(), "comes back as another character", back.hex())
# 398 as Microsoft counts them; 10 = nine signs of row 13 and NOT SIGN; 291 = those, 279 kanji of NEC also in JIS X 0212, tilde and numero.
if doubled != {"cp932": 398, "euc-jp": 291, "iso-2022-jp": 10}:
    complain("doubled codes", doubled)

# Composition.
ranges = [(0xC0, 0x250), (0x300, 0x340), (0x370, 0x374), (0x384, 0x387), (0x388, 0x530), (0x1E00, 0x1F70), (0x3041, 0x3100), (0xAC00, 0xAC80), (0x1100, 0x1113),
          (0x1161, 0x1176), (0x11A8, 0x11C3)]
letters = [chr(c) for a, b in ranges for c in range(a, b) if unicodedata.category(chr(c)) != "Cn" and len(unicodedata.decomposition(chr(c)).split()) != 1]
letters = [c for c in letters if not unicodedata.decomposition(c).startswith("<")] + list("aeioAEかはウ漢") * 20
lines = [unicodedata.normalize("NFD", c) for c in letters]
chance = random.Random(20261126)
lines += ["".join(chance.choices(letters, k=chance.randint(1, 8))) for _ in range(20000)]
lines += [unicodedata.normalize("NFD", s) for s in lines]
got = subprocess.run([ours, "nfc"], input="\n".join(lines) + "\n", capture_output=True, check=True, text=True).stdout.split("\n")
for line, mine in zip(lines, got):
    if unicodedata.normalize("NFC", line) != mine:
        complain("nfc", [hex(ord(c)) for c in line], [hex(ord(c)) for c in mine], [hex(ord(c)) for c in unicodedata.normalize("NFC", line)])

print(f"{len(seen)} codes and {len(lines)} texts compared, {bad} differ")
sys.exit(1 if bad else 0)
