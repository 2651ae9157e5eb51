/* 設定を保つ者 — the settings and the certificate of a face while it serves: read again at SIGHUP and when the certificate's files change; what is
 * unsound is not taken, the pair before stays in force. Each reading, taken or not, becomes a row of the journal (face.configured, through transferd)
 * with hashes of what was read; while nobody answers the rows wait. article: s6.6a */
#ifndef WEB_KEEPER_H
#define WEB_KEEPER_H
#include "web/request.h"
#include "web/settings.h"

struct keeper;

/* Reads the certificate if there is one; before walls and threads. The keeper lives as long as the process. */
int keeper_begin(struct web *web, const struct settings *settings, struct keeper **out, struct err *err) CHECK_RESULT;
/* From now on signals, files and the rows that wait are looked after. */
void keeper_watch(struct keeper *k, struct loop *loop);

#endif
