/* ZIPの書出し — the one layout we write: members one behind the other, fixed time, no extra field, no comment, UTF-8 names. The same
 * contents give the same bytes, so that sanitising an output again changes nothing. The verifier knows exactly this layout. */
#ifndef SANITIZE_PARTS_ZIP_WRITE_H
#define SANITIZE_PARTS_ZIP_WRITE_H
#include "base/buf.h"
#include "sanitize/format.h"

enum zip_method { ZIP_STORED = 0, ZIP_DEFLATED = 8 };

struct zip_writer {
	struct job *job;
	struct buf directory;
	uint32_t count;
	struct zip_stream_out *stream;
};
void zip_write_start(struct zip_writer *w, struct job *job);
/* A whole member. space: at least zip_write_room(content.n) bytes for packing, not overlapping content; NULL with ZIP_STORED.
 * What packing does not make smaller is stored, so the method depends on the content alone. */
int zip_write_member(struct zip_writer *w, struct text name, enum zip_method method, struct bytes content, uint8_t *space, struct err *err) CHECK_RESULT;
size_t zip_write_room(size_t n);
/* A member in pieces (of any size), deflated with one piece size inside, or stored. */
int zip_write_begin(struct zip_writer *w, struct text name, enum zip_method method, struct err *err) CHECK_RESULT;
int zip_write_add(struct zip_writer *w, struct bytes content, struct err *err) CHECK_RESULT;
int zip_write_end(struct zip_writer *w, struct err *err) CHECK_RESULT;
int zip_write_folder(struct zip_writer *w, struct text name, struct err *err) CHECK_RESULT; /* name ends in '/' */
/* Directory and end record. */
int zip_write_finish(struct zip_writer *w, struct err *err) CHECK_RESULT;

#endif
