/* 画面の係 — webd: one program, two faces. Office: reads the store, asks recordd, transferd and authd. Internet: knows no store at all.
 * It holds no secret but the key of its certificate, parses no file, and writes nothing. article: s6.3.1c s6.3.2b */
#include "base/log.h"
#include "store/client.h"
#include "web/http.h"
#include "web/keeper.h"
#include "web/settings.h"
#include <limits.h>
#include <malloc.h>

static _Noreturn void usage(void)
{
	fprintf(stderr, "usage: webd --face office|internet --settings FILE [--home FOLDER] [--one-uid] [--log-debug]\n"
			"       webd --face office|internet --host NAME[:PORT] [--host …] [--certificate FILE --key FILE] …\n");
	exit(2);
}

static int read_options(const struct service *service, struct arena *arena, struct settings *s, struct err *err)
{
	for (int i = 1; i < service->argc; i += 2) {
		const char *word = service->argv[i], *value = service->argv[i + 1];
		if (!value || strncmp(word, "--", 2) != 0)
			usage();
		if (strcmp(word, "--face") == 0)
			continue; /* read before: it names the service */
		if (strcmp(word, "--settings") == 0) {
			if (settings_read(s, arena, value, err) != 0)
				return -1;
		} else if (strcmp(word, "--host") == 0 || strcmp(word, "--certificate") == 0 || strcmp(word, "--key") == 0) {
			if (settings_put(s, word + 2, value, err) != 0)
				return -1;
		} else {
			usage();
		}
	}
	return settings_complete(s, err);
}

static const char *face_word(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--face") == 0)
			return argv[i + 1];
	return "";
}

/* ---- walls and service ---- */

/* Where a file and what it points to lie: a certificate is exchanged by putting another one there. */
static const char *folder_of(struct arena *arena, const char *path, bool real)
{
	char at[PATH_MAX];

	if (!path || (real && !realpath(path, at)))
		return NULL;
	const char *slash = strrchr(real ? at : path, '/');
	return slash ? arena_copy(arena, real ? at : path, MAX((size_t)(slash - (real ? at : path)), (size_t)1)) : ".";
}

/* Office: reads the store. Internet: nothing of the data folder. Both: their settings and certificate. */
static int stand_behind_walls(const struct web *web, const struct settings *s, struct err *err)
{
	ARENA(arena) = arena_new(0);
	const char *const files[] = { s->certificate, s->key, s->path };
	struct sandbox_folder own[10] = { { NULL, 0 } };
	size_t n = 0;

	if (web->face == FACE_OFFICE) {
		own[n++] = (struct sandbox_folder){ "records", SANDBOX_READ };
		own[n++] = (struct sandbox_folder){ "run", SANDBOX_READ }; /* which processes run: the administrator's page */
	}
	for (size_t i = 0; i < 2 * COUNT(files); i++) {
		const char *folder = folder_of(arena, files[i / 2], i % 2);
		if (folder && folder[0] == '/')
			own[n++] = (struct sandbox_folder){ folder, SANDBOX_READ };
	}
	return service_walls(&web->service, own, err);
}

static int serve(struct web *web, const struct settings *s, struct err *err)
{
	struct http *http;
	struct keeper *keeper;

	memcpy(web->hosts, s->hosts, sizeof web->hosts);
	web->host_count = s->host_count;
	web->tls = s->certificate != NULL;
	if (keeper_begin(web, s, &keeper, err) != 0)
		return -1;
	int listen = service_socket(&web->service, "http", err);
	if (listen < 0)
		return -1;
	if (stand_behind_walls(web, s, err) != 0)
		return -1;
	struct loop *loop = loop_new();
	service_stop_on_signals(loop); /* before threads start */
	keeper_watch(keeper, loop);
	if (http_start(web, listen, &http, err) != 0) {
		loop_free(loop);
		return -1;
	}
	service_ready(&web->service);
	int status = loop_run(loop, err);
	http_stop(http);
	loop_free(loop);
	return status;
}

int main(int argc, char **argv)
{
	const char *face = face_word(argc, argv);
	struct web web = { .face = strcmp(face, "office") == 0 ? FACE_OFFICE : FACE_INTERNET };
	struct settings settings = { 0 };
	struct err err = { 0 };
	ARENA(arena) = arena_new(0);

	if (strcmp(face, "office") != 0 && strcmp(face, "internet") != 0)
		usage();
	mallopt(M_ARENA_MAX, 2); /* a thread per connection must not mean a heap per connection */
	/* The blocks of a page's arena are used again by the next page: taking them from the kernel each time cost a sixth of a page. */
	mallopt(M_MMAP_THRESHOLD, 2 * 1024 * 1024);
	mallopt(M_TRIM_THRESHOLD, 8 * 1024 * 1024);
	service_begin(&web.service, web.face == FACE_OFFICE ? "webd-office" : "webd-internet", argc, argv);
	if (read_options(&web.service, arena, &settings, &err) != 0) {
		log_err(LOG_ERROR, "webd-002", "the settings cannot be used", &err);
		return 2;
	}
	if (serve(&web, &settings, &err) != 0) {
		log_err(LOG_ERROR, "webd-001", "cannot serve", &err);
		return 1;
	}
	return 0;
}
