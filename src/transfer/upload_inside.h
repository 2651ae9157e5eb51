/* 送信の内側 — what upload.c, upload_begin.c and upload_part.c share. For them only. */
#ifndef TRANSFER_UPLOAD_INSIDE_H
#define TRANSFER_UPLOAD_INSIDE_H
#include "transfer/upload.h"

/* One of this owner for what x asks, under way. ERR_BUSY, ERR_TOO_MANY, ERR_LIMIT, ERR_FULL. */
int upload_new(struct exchange *x, struct text owner, struct upload **out, struct err *err) CHECK_RESULT;
void upload_add(struct upload *u); /* among those under way */
int upload_keep_about(struct upload *u, struct err *err) CHECK_RESULT; /* what is known of a lasting one, durable beside it */
void upload_stop_reading(struct upload *u);
void upload_part_over(struct upload *u); /* nothing of the part is under way any more */
void upload_let_go(struct upload *u); /* of the file being written: parked if it lasts, else dropped */

#endif
