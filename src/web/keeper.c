/* 設定を保つ者 — contract in keeper.h. */
#include "web/keeper.h"
#include "base/clock.h"
#include "base/code.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "transfer/client.h"
#include "web/certificate.h"
#include <signal.h>
#include <unistd.h>

enum { LOOK_MILLISECONDS = 10 * 1000, TELL_AGAIN_MILLISECONDS = 5000, WARN_SECONDS = 30 * 24 * 3600, ROWS_WAITING_MOST = 16 };

struct row { /* of the journal, that waits */
	struct arena *arena;
	struct bytes content;
};
struct keeper {
	struct web *web;
	const struct settings *settings;
	struct loop *loop;
	struct row rows[ROWS_WAITING_MOST];
	size_t count;
	struct loop_timer *telling;
};

/* ---- the journal ---- */

static void tell(void *self)
{
	struct keeper *k = self;
	struct err err = { 0 };

	k->telling = NULL;
	FD(transferd) = k->count ? service_connect(&k->web->service, "transferd", &err) : -1;
	while (transferd >= 0 && k->count && transfer_face_configured(transferd, k->rows[0].content, &err) == 0) {
		arena_free(k->rows[0].arena);
		memmove(k->rows, k->rows + 1, --k->count * sizeof *k->rows);
	}
	if (k->count)
		k->telling = loop_after(k->loop, TELL_AGAIN_MILLISECONDS, tell, k);
}

/* ends, why_not: of the certificate, NULL without one. The oldest that waits gives way: nobody could journal for so long that it was not in force then. */
static void record(struct keeper *k, const char *why, const int64_t *ends, const struct err *why_not)
{
	struct arena *arena = arena_new(0);
	struct json *o = json_object(arena);
	uint8_t print[SHA256_BYTES];
	char utc[CLOCK_TEXT];

	json_set_str(arena, o, "read_at", clock_utc(clock_now(), utc));
	json_set_str(arena, o, "why", why);
	json_set_true(arena, o, "taken", why_not == NULL);
	if (k->settings->path)
		json_set_str(arena, o, "settings", hex_of(arena, bytes_of(k->settings->hash, sizeof k->settings->hash)));
	if (k->settings->certificate && certificate_print(print))
		json_set_str(arena, o, "certificate", hex_of(arena, bytes_of(print, sizeof print)));
	if (ends)
		json_set_str(arena, o, "ends", clock_utc(*ends, utc));
	if (why_not)
		json_set_str(arena, o, "say", text_printable(arena, bytes_of(why_not->say, strlen(why_not->say)), 300));
	if (k->count == ROWS_WAITING_MOST) {
		arena_free(k->rows[0].arena);
		memmove(k->rows, k->rows + 1, --k->count * sizeof *k->rows);
	}
	k->rows[k->count++] = (struct row){ arena, json_bytes(arena, o) };
	if (k->loop && !k->telling)
		tell(k);
}

/* ---- the certificate ---- */

static int load(const struct settings *s, int64_t *ends, struct err *err)
{
	int64_t now = clock_now();

	if (certificate_load(s->certificate, s->key, ends, err) != 0)
		return -1;
	if (*ends < now)
		log_line(LOG_ERROR, "webd-003", "the certificate %s has ended: browsers will refuse this face", s->certificate);
	else if (*ends - now < WARN_SECONDS)
		log_line(LOG_WARNING, "webd-004", "the certificate %s ends in %lld days", s->certificate, (long long)(*ends - now) / 86400);
	for (size_t i = 0; i < s->host_count; i++)
		if (!certificate_names(s->hosts[i]))
			log_line(LOG_WARNING, "webd-005", "the certificate %s does not name %s", s->certificate, s->hosts[i]);
	return 0;
}

static void load_again(struct keeper *k, const char *why)
{
	struct err err = { 0 };
	int64_t ends;

	if (load(k->settings, &ends, &err) != 0) {
		log_err(LOG_ERROR, "webd-006", "the new certificate is not taken; the one before stays in force", &err);
		record(k, why, NULL, &err);
	} else {
		log_line(LOG_INFO, "webd-007", "the certificate was read again: new connections get it");
		record(k, why, &ends, NULL);
	}
}

/* Hosts and paths hold for the life of the process: what was changed there needs a start, and is looked at for mistakes now. */
static void look_at_settings(struct keeper *k)
{
	ARENA(arena) = arena_new(0);
	struct settings now = { 0 };
	struct err err = { 0 };

	if (settings_read(&now, arena, k->settings->path, &err) != 0 || settings_complete(&now, &err) != 0) {
		log_err(LOG_ERROR, "webd-008", "the settings have a mistake; those before stay in force, and the next start would fail", &err);
		record(k, "asked", NULL, &err);
	} else if (memcmp(now.hash, k->settings->hash, sizeof now.hash) != 0) {
		fail(&err, ERR_CONFLICT, 0, "%s has changed: a restart takes it", k->settings->path);
		log_line(LOG_WARNING, "webd-009", "%s", err.say);
		record(k, "asked", NULL, &err);
	}
}

static void asked_to_load(void *self, int signal)
{
	struct keeper *k = self;

	(void)signal;
	if (k->settings->path)
		look_at_settings(k);
	if (k->settings->certificate)
		load_again(k, "asked");
}

static void look(void *self)
{
	struct keeper *k = self;

	if (certificate_is_changed())
		load_again(k, "changed");
	loop_after(k->loop, LOOK_MILLISECONDS, look, k);
}

int keeper_begin(struct web *web, const struct settings *settings, struct keeper **out, struct err *err)
{
	static struct keeper keeper; /* of the process */
	int64_t ends;

	keeper = (struct keeper){ .web = web, .settings = settings };
	if (settings->certificate && load(settings, &ends, err) != 0)
		return -1;
	if (settings->certificate || settings->path)
		record(&keeper, "start", settings->certificate ? &ends : NULL, NULL);
	*out = &keeper;
	return 0;
}

void keeper_watch(struct keeper *k, struct loop *loop)
{
	k->loop = loop;
	loop_signal(loop, SIGHUP, asked_to_load, k);
	if (k->settings->certificate)
		loop_after(loop, LOOK_MILLISECONDS, look, k);
	if (k->count)
		k->telling = loop_after(loop, 0, tell, k);
}
