/* 画面の設定 — settings of one face: its host names, certificate and key, from the command line or a file of "name = value" lines. */
#ifndef WEB_SETTINGS_H
#define WEB_SETTINGS_H
#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

enum { SETTINGS_HOSTS_MOST = 8, SETTINGS_BYTES_MOST = 16 * 1024 };

struct settings {
	const char *hosts[SETTINGS_HOSTS_MOST];
	size_t host_count;
	const char *certificate, *key; /* paths; both or neither */
	const char *path;	       /* the file they were read from, or NULL; and its hash */
	uint8_t hash[SHA256_BYTES];
};

/* One setting: "host" (up to SETTINGS_HOSTS_MOST), "certificate", "key" (once each, absolute paths).
 * ERR_INVALID with a sentence that names it. The value is kept, not copied. */
int settings_put(struct settings *s, const char *name, const char *value, struct err *err) CHECK_RESULT;
/* The lines of a file; # begins a comment line. err says path:line. Values live in the arena. */
int settings_read(struct settings *s, struct arena *arena, const char *path, struct err *err) CHECK_RESULT;
/* At least one host; a certificate with its key. */
int settings_complete(const struct settings *s, struct err *err) CHECK_RESULT;

#endif
