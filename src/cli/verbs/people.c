/* 職員 — `sekisho people …`: units, people and posts (cli/organisation.h, kept by recordd); password and factor, set at authd. */
#include "base/code.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/ask_secret.h"
#include "cli/organisation.h"
#include "cli/verb.h"
#include "people/auth_client.h"
#include "people/password.h"
#include "people/totp.h"
#include <unistd.h>

extern const struct verb verb_people;

static int set_password(struct text number, const struct text *given, bool keeps, bool clears)
{
	ARENA(arena) = arena_new(0);
	struct text password, again;
	struct err err = { 0 };

	if (given) {
		password = *given;
	} else {
		if (ask_secret(arena, SAY("最初のパスワード", "initial password"), &password, &err) != 0)
			return verb_complain(&err);
		if (isatty(0) && ask_secret(arena, SAY("もう一度", "once more"), &again, &err) != 0)
			return verb_complain(&err);
		if (isatty(0) && !text_equal(password, again)) {
			fail(&err, ERR_MISMATCH, 0, "the two passwords differ; nothing was changed");
			return verb_complain(&err);
		}
	}
	enum password_refusal why = password_judge(text_nfc(arena, password), number);
	if (why) {
		fprintf(stderr, "sekisho: %s\n", SAY(password_refusal_japanese(why), password_refusal_english(why)));
		return VERB_REFUSED;
	}
	FD(authd) = verb_connect("authd", &err);
	if (authd < 0 || auth_set_password(authd, number, password, !keeps, clears, &err) != 0)
		return verb_complain(&err);
	return VERB_OK;
}

static int set_factor(struct text number, const char *base32)
{
	ARENA(arena) = arena_new(0);
	uint8_t made[TOTP_SECRET];
	struct bytes secret = bytes_of(made, sizeof made);
	struct err err = { 0 };

	random_bytes(made, sizeof made);
	if (base32 && base32_decode(arena, bytes_of(base32, strlen(base32)), &secret, &err) != 0)
		return verb_complain(&err);
	FD(authd) = verb_connect("authd", &err);
	if (authd < 0 || auth_set_factor(authd, number, secret, &err) != 0)
		return verb_complain(&err);
	if (!base32)
		printf("%s\n", totp_uri(arena, secret, TEXT("関所"), number).p);
	return VERB_OK;
}

static int act(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	const char *initial = NULL, *base32 = NULL;
	bool keeps = false, clears = false;
	struct text number, password;
	struct err err = { 0 };
	const struct verb_option options[] = {
		{ "--initial", &initial, NULL }, { "--keep", NULL, &keeps }, { "--clear-factor", NULL, &clears }, { "--secret", &base32, NULL },
	};

	if (argc > 1 && organisation_knows(argv[1]))
		return organisation_act(&verb_people, argc, argv);
	if (verb_options(&verb_people, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc != 3)
		return verb_usage(&verb_people, argc > 3 ? argv[3] : NULL);
	if (text_from_utf8(arena, bytes_of(argv[2], strlen(argv[2])), &number, &err) != 0 ||
	    (initial && text_from_utf8(arena, bytes_of(initial, strlen(initial)), &password, &err) != 0))
		return verb_complain(&err);
	if (strcmp(argv[1], "password") == 0 && !base32)
		return set_password(number, initial ? &password : NULL, keeps, clears);
	if (strcmp(argv[1], "factor") == 0 && !initial && !keeps && !clears)
		return set_factor(number, base32);
	return verb_usage(&verb_people, argv[1]);
}

const struct verb verb_people = {
	.name = "people",
	.summary_ja = "組織・職員・職を登録し、最初のパスワードと確認コードを設定します",
	.summary_en = "registers units, people and posts; sets initial passwords and second factors",
	.usage = ORGANISATION_USAGE
		 "people password NUMBER [--initial PASSWORD] [--keep] [--clear-factor]\n"
		 "people factor NUMBER [--secret BASE32]\n",
	.act = act,
};
