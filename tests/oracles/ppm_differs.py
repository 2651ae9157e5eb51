#!/usr/bin/env python3
# 画像の違い — how far two PPM pictures are apart: share of differing bytes and mean difference.
import sys


def read(path):
    try:
        data = open(path, "rb").read()
    except OSError:
        return None, b""
    head, at = [], 0
    while len(head) < 4:
        end = at
        while not data[end:end + 1].isspace():
            end += 1
        head.append(data[at:end])
        at = end + 1
    return head[1:3], data[at:]


(size_a, a), (size_b, b) = read(sys.argv[1]), read(sys.argv[2])
if size_a != size_b:
    print("size", size_a, size_b)
else:
    wrong = sum(x != y for x, y in zip(a, b))
    total = sum(abs(x - y) for x, y in zip(a, b))
    print(f"{100 * wrong / len(a):.2f} % of bytes, mean difference {total / len(a):.3f} of 255")
