#!/bin/bash
# 権限 — people who are signed in try what is not theirs: another's ticket, another's session, another section's approval, their own. Article: s6.6b.
# Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
city_begin "${1:?build folder}"
python3 "$city_source/tests/web/signed_in.py" "$city_office" "$city_internet" "$home/sample/sign-ins"
