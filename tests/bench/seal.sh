#!/bin/bash
# 封印の速さ — prints the "seal ratio". Files in memory: /dev/shm; on disk: TMPDIR (default /tmp).
set -euo pipefail
cd "$(dirname "$0")/../.."
exec build/bench-seal /dev/shm "${TMPDIR:-/tmp}"
