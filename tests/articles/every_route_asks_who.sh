#!/bin/bash
# 権限 — every page and every form of both faces asks who is there: as nobody, clerk, chief and administrator, on the wrong face, with a wrong method, with
# forms from elsewhere, too long or no text. Nothing answers that should not, and none of it changes anything. Articles: s6.5.1 s6.5.4. Usage: … BUILD_FOLDER
. "$(dirname "$0")/../support/city.sh"
city_begin "${1:?build folder}"
for person in 2001 1001 0001; do
	for face in office internet; do holds "$person signs in at the $face face" passage_sign_in $person $face; done
done
holds "another person signs in" passage_sign_in 2003 internet
printf 'だれのものでもない文\n' >"$home/文.txt"
foreign=$(passage_hand_in 2003 "$home/文.txt" 2003 "自分の控え")
passage_wait_judged 2003 "$foreign" >/dev/null
acts() { $sekisho journal list | grep -cv 'サインイン\|断\|refus\|proc' || true; }
before=$(acts)
holds "every route answers only whom it should" python3 "$city_source/tests/support/routes_by_role.py" "$city_source" "$passage_jars" "$city_office" "$city_internet" "$foreign"
cat "$home/said"
same() { [ "$(acts)" = "$before" ] || { $sekisho journal list | tail -20; return 1; }; }
holds "and nothing was changed by it" same
echo "$city_checks checks"
