/* Outlookの値（MAPI）— the properties that a mail of Outlook is made of, whatever file they come in (msg_read.h, tnef_read.h): their numbers, their texts, times and packed
 * RTF, and the parts of a mail that they become. Everything lies in the arena. threats I1, I2. */
#ifndef SANITIZE_PARTS_MAPI_H
#define SANITIZE_PARTS_MAPI_H
#include "sanitize/parts/mime.h"

enum mapi_property {
	MAPI_SUBJECT = 0x0037, MAPI_SENT_AT = 0x0039, MAPI_SENDER = 0x0c1a, MAPI_SENDER_ADDRESS = 0x0c1f, MAPI_TO = 0x0e04, MAPI_CC = 0x0e03, MAPI_ARRIVED_AT = 0x0e06, MAPI_BODY = 0x1000,
	MAPI_RTF = 0x1009, MAPI_HTML = 0x1013, MAPI_SMTP_ADDRESS = 0x5d01, MAPI_CODE_PAGE = 0x3ffd, MAPI_INTERNET_CODE_PAGE = 0x3fde, MAPI_DATA = 0x3701, MAPI_SHORT_NAME = 0x3704,
	MAPI_LONG_NAME = 0x3707, MAPI_MIME_TAG = 0x370e, MAPI_DISPLAY_NAME = 0x3001,
};
enum mapi_type { MAPI_NUMBER = 0x0003, MAPI_OBJECT = 0x000d, MAPI_TEXT8 = 0x001e, MAPI_TEXT16 = 0x001f, MAPI_TIME = 0x0040, MAPI_BINARY = 0x0102 };
enum { MAPI_DEPTH_MOST = 8 }; /* mails within mails */

struct text mapi_charset(uint64_t code_page); /* "" not known */
/* A text with its controls and NULs out. -1: NOT_TEXT, and what foreign_text.h says. */
int mapi_text16(struct arena *arena, struct bytes b, struct text *out, struct err *err) CHECK_RESULT;
int mapi_text8(struct arena *arena, struct text charset, struct bytes b, struct text *out, struct err *err) CHECK_RESULT;

struct mapi_head {
	struct text subject, sender, address, smtp, to, cc; /* "" none */
	uint64_t sent, arrived;				    /* Windows times, 0 none */
};
void mapi_headers(struct arena *arena, const struct mapi_head *head, struct mime_part *part);
/* What a mail says, in the forms it has. */
struct mapi_body {
	struct text plain, page;
	struct bytes html, rtf; /* a page in the encoding it says itself; packed RTF (MS-OXRTFCP) */
	uint64_t code_page;	/* of html that says nothing; 0 not known */
};
/* The text as text, else as a page, else as RTF; *there: none is fine too. -1: DAMAGED, BOMB, MEMORY. */
int mapi_text_part(struct job *job, const struct mapi_body *body, struct mime_part *out, bool *there, struct err *err) CHECK_RESULT;
struct mime_part mapi_file_part(struct text name, struct text type, struct bytes content);
struct mime_part mapi_empty_part(void); /* to hold others, or nothing */
int mapi_more_parts(struct job *job, uint64_t *parts, struct err *err) CHECK_RESULT; /* counts one more; -1: TOO_MANY_PARTS (MEMBERS) */

#endif
