/* 画面の係 — webd: one program, two faces. Office: reads the store, asks recordd, transferd and authd. Internet: knows no store at all.
 * It holds no secret, parses no file, and writes nothing. article: s6.3.1c s6.3.2b */
#include "base/file.h"
#include "base/log.h"
#include "store/client.h"
#include "web/http.h"
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

enum { PEM_BYTES_MOST = 256 * 1024 };

static _Noreturn void usage(void)
{
	fprintf(stderr, "usage: webd --face office|internet --host NAME[:PORT] [--host …] [--certificate FILE --key FILE] [--home FOLDER] [--one-uid]\n");
	exit(2);
}

struct settings {
	const char *certificate, *key;
};

static void read_options(struct web *web, struct settings *s)
{
	for (int i = 1; i < web->service.argc; i++) {
		const char *word = web->service.argv[i], *value = web->service.argv[i + 1];
		if (!value)
			usage();
		i++;
		if (strcmp(word, "--face") == 0)
			continue; /* read before: it names the service */
		if (strcmp(word, "--host") == 0 && web->host_count < WEB_HOSTS_MOST)
			web->hosts[web->host_count++] = value;
		else if (strcmp(word, "--certificate") == 0)
			s->certificate = value;
		else if (strcmp(word, "--key") == 0)
			s->key = value;
		else
			usage();
	}
	if (web->host_count == 0 || !s->certificate != !s->key)
		usage();
}

static const char *face_word(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--face") == 0)
			return argv[i + 1];
	return "";
}

static const char *read_pem(struct arena *arena, const char *path, struct err *err)
{
	struct bytes pem;

	if (file_read(arena, AT_FDCWD, path, PEM_BYTES_MOST, &pem, err) != 0)
		return NULL;
	return (const char *)pem.p;
}

static int serve(struct web *web, const struct settings *s, struct err *err)
{
	ARENA(arena) = arena_new(0);
	const char *certificate = NULL, *key = NULL;
	struct http *http;

	if (s->certificate && (!(certificate = read_pem(arena, s->certificate, err)) || !(key = read_pem(arena, s->key, err))))
		return -1;
	web->tls = certificate != NULL;
	int listen = service_socket(&web->service, "http", err);
	if (listen < 0)
		return -1;
	struct loop *loop = loop_new();
	service_stop_on_signals(loop); /* before threads start */
	if (http_start(web, listen, certificate, key, &http, err) != 0) {
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

	if (strcmp(face, "office") != 0 && strcmp(face, "internet") != 0)
		usage();
	mallopt(M_ARENA_MAX, 2); /* a thread per connection must not mean a heap per connection */
	mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	service_begin(&web.service, web.face == FACE_OFFICE ? "webd-office" : "webd-internet", argc, argv);
	read_options(&web, &settings);
	if (serve(&web, &settings, &err) != 0) {
		log_err(LOG_ERROR, "webd-001", "cannot serve", &err);
		return 1;
	}
	return 0;
}
