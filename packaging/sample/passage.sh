# 受け渡しを画面どおりに行う — sourced by packaging/sample/cross and by the tests: what people do in a browser, with curl.
# passage_begin FOLDER first. People by staff number, faces "internet" and "office". Every function returns non-zero and says why on stderr.

passage_begin() { # DATA_FOLDER: a running sample city
	passage_home=$1
	passage_jars=$(mktemp -d)
	passage_code=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/sample-code
	passage_internet=http://internet.localhost:$(awk '/^internet/ { print $2 }' "$passage_home/run/ready")
	passage_office=http://office.localhost:$(awk '/^office/ { print $2 }' "$passage_home/run/ready")
}
passage_end() { rm -rf "$passage_jars"; }
passage_fault() { echo "passage: $*" >&2; return 1; }
passage_url() { [ "$1" = internet ] && echo "$passage_internet" || echo "$passage_office"; }

# A code that authd has not seen: each 30-second step is good once, one step early or late is allowed.
passage_new_code() { # NUMBER → the code
	local number=$1 now first last=0 step
	[ -e "$passage_home/sample/step-$number" ] && last=$(cat "$passage_home/sample/step-$number")
	while :; do
		now=$(($(date +%s) / 30))
		first=$((now - ($(date +%s) % 30 < 25))) # a step that is about to end would come too late
		step=$((last + 1 > first ? last + 1 : first))
		[ "$step" -le $((now + 1)) ] && break
		sleep 1
	done
	echo "$step" >"$passage_home/sample/step-$number"
	"$passage_code" "$(awk -F'\t' -v n="$number" '$1 == n { print $3 }' "$passage_home/sample/sign-ins")" $((step - now))
}

# GET or POST as a person: PERSON FACE PATH [curl arguments] → body; headers in $passage_jars/headers.
passage_ask() {
	local jar=$passage_jars/$1-$2 url
	url=$(passage_url "$2")$3
	curl -sS --max-time 120 -b "$jar" -c "$jar" -D "$passage_jars/headers" "${@:4}" "$url"
}
passage_csrf() { # PERSON FACE PAGE → the token of the page's forms
	passage_ask "$1" "$2" "$3" | grep -o 'name="csrf" value="[^"]*"' | head -1 | sed 's/.*value="//; s/"$//'
}
passage_location() { tr -d '\r' <"$passage_jars/headers" | sed -n 's/^[Ll]ocation: //p'; }

passage_sign_in() { # PERSON FACE
	local password token
	password=$(awk -F'\t' -v n="$1" '$1 == n { print $2 }' "$passage_home/sample/sign-ins")
	[ -n "$password" ] || passage_fault "no sample person $1" || return 1
	token=$(passage_csrf "$1" "$2" /sign-in)
	passage_ask "$1" "$2" /sign-in --data-urlencode "csrf=$token" --data-urlencode "number=$1" --data-urlencode "password=$password" \
		--data-urlencode "code=$(passage_new_code "$1")" -o "$passage_jars/body"
	[ -n "$(passage_location)" ] || passage_fault "$1 could not sign in at the $2 face" || return 1
}
passage_hand_in() { # PERSON FILE ADDRESSEE PURPOSE → ticket number
	local token number
	token=$(passage_csrf "$1" internet /hand-in)
	passage_ask "$1" internet /hand-in -F "csrf=$token" -F "query=" -F "addressee=$3" -F "purpose=$4" -F "password=" -F "charset=" -F "file=@$2" \
		-o "$passage_jars/body"
	number=$(passage_location | sed -n 's,.*/tickets/\([0-9]*\).*,\1,p')
	[ -n "$number" ] || passage_fault "$2 was not accepted" || return 1
	echo "$number"
}
passage_wait_judged() { # PERSON TICKET → the page, once the sanitiser has answered (at most 90 s)
	local page
	for _ in $(seq 450); do
		page=$(passage_ask "$1" internet "/tickets/$2")
		grep -q 'aria-busy="true"' <<<"$page" || { echo "$page"; return 0; }
		sleep 0.2
	done
	passage_fault "ticket $2 was not judged in time"
}
passage_decide() { # PERSON approve|return REASON TICKET…
	local page token chosen=() ticket person=$1 act=$2 reason=$3
	shift 3
	page=$(passage_ask "$person" office /approvals)
	token=$(grep -o 'name="csrf" value="[^"]*"' <<<"$page" | head -1 | sed 's/.*value="//; s/"$//')
	for ticket; do
		local value
		value=$(grep -o "value=\"$ticket:[0-9a-f]*\"" <<<"$page" | head -1 | sed 's/value="//; s/"$//')
		[ -n "$value" ] || passage_fault "ticket $ticket does not wait for $person" || return 1
		chosen+=(--data-urlencode "ticket=$value")
	done
	passage_ask "$person" office /approvals --data-urlencode "csrf=$token" "${chosen[@]}" --data-urlencode "code=$(passage_new_code "$person")" \
		--data-urlencode "reason=$reason" --data-urlencode "act=$act" -o "$passage_jars/body"
	[ -n "$(passage_location)" ] || passage_fault "the decision of $person was not taken" || return 1
}
passage_fetch() { # PERSON TICKET OUT
	local token
	token=$(passage_csrf "$1" office /inbox)
	passage_ask "$1" office "/inbox/$2/fetch" --data-urlencode "csrf=$token" -o "$3"
	tr -d '\r' <"$passage_jars/headers" | grep -qi '^content-disposition: attachment' || passage_fault "ticket $2 was not handed out" || return 1
}
passage_send() { # PERSON PATH [--data-urlencode …], a form of the office face → where it leads
	local person=$1 path=$2 token
	shift 2
	token=$(passage_csrf "$person" office /)
	passage_ask "$person" office "$path" --data-urlencode "csrf=$token" "$@" -o "$passage_jars/body"
	passage_location
}
passage_page_value() { grep -o "name=\"$1\" value=\"[^\"]*\"" <<<"$2" | head -1 | sed 's/.*value="//; s/"$//'; } # NAME PAGE
passage_adopt() { # FILE REASON: proposed by the administrator 0001, approved by their chief 0002; both are signed in
	local at
	at=$(passage_send 0001 /policy/propose --data-urlencode "text@$1" --data-urlencode "reason=$2" --data-urlencode act=sign \
		--data-urlencode "replaces=$(passage_page_value replaces "$(passage_ask 0001 office /policy/propose)")" \
		--data-urlencode "code=$(passage_new_code 0001)" | grep -o '/policy/[0-9]*') || passage_fault "the proposal was not taken" || return 1
	passage_send 0002 "$at/decide" --data-urlencode "object=$(passage_page_value object "$(passage_ask 0002 office "$at")")" \
		--data-urlencode "code=$(passage_new_code 0002)" --data-urlencode act=approve --data-urlencode "reason=" | grep -q done=1
}
