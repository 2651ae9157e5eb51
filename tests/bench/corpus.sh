#!/bin/bash
# 実物での確認 — the table per format over the real files, and what does not hold: see tests/corpus.py.
exec tests/corpus.py build "$@"
