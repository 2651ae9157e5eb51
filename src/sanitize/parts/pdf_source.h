/* PDFの読取り — the one place that speaks to qpdf: opens the file (damaged cross references repaired, password tried), hands out its
 * objects as values and its streams as they are stored, decrypted. No exception of C++ leaves it. */
#ifndef SANITIZE_PARTS_PDF_SOURCE_H
#define SANITIZE_PARTS_PDF_SOURCE_H
#include "sanitize/format.h"
#include "sanitize/parts/pdf_value.h"

/* Before any job, in the process that will be copied for each: has the library make what it makes once, of a document of ours.
 * From then on pdf_source_close does nothing: each process ends with its job, and all that the library holds ends with it. */
void pdf_source_prepare(void);

struct pdf_source;

struct pdf_object {
	struct pdf_value value; /* of a stream: its dictionary */
	bool is_stream;
	int id, generation; /* 0: a direct value */
	/* Marks of the rebuilding: which page this is, which field of the tree. */
	struct pdf_output *page;
	struct pdf_field *field;
	bool visited; /* as a bookmark or a node of a tree of names or numbers */
};

/* Refuses (DAMAGED, ENCRYPTED, WRONG_PASSWORD, PROTECTED). file must outlive the source. */
int pdf_source_open(struct arena *arena, struct bytes file, struct bytes password, struct pdf_source **out, struct err *err) CHECK_RESULT;
void pdf_source_close(struct pdf_source *source);
bool pdf_source_was_encrypted(const struct pdf_source *source);
const struct pdf_value *pdf_source_trailer(const struct pdf_source *source);
/* Follows references; a value that is none comes back as it is. Never NULL: what cannot be read is null. Read once, then kept. */
struct pdf_object *pdf_source_object(struct pdf_source *source, const struct pdf_value *value);
/* The stored bytes of a stream, filters not undone, in `arena`. False: cannot be read. */
bool pdf_source_stream(struct pdf_source *source, const struct pdf_object *object, struct arena *arena, struct bytes *out) CHECK_RESULT;
uint64_t pdf_source_objects(const struct pdf_source *source); /* read so far */

#endif
