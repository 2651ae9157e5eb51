#!/bin/bash
# サインイン — sessions are seen and ended by their person, end with a changed password, and failures lock nobody else out. Article: s6.6b.
# Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
city_begin "${1:?build folder}"
python3 "$city_source/tests/web/sessions.py" "$city_office" "$city_internet" "$home/sample/sign-ins"
[ "$($sekisho journal list --most 2000 | grep -c sessions.ended)" -ge 3 ] || { echo "the journal does not tell of ended sessions"; exit 1; }
