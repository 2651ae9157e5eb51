/* 無害化の隔離処理 — main of the jail programs worker-text, worker-image, worker-ooxml, worker-pdf, worker-archive, worker-document: the same file with
 * the formats of one family linked (-DWORKER_text …) and the probes of all. Finds out what its file is, rebuilds it if it is its own, and dies. */
#include "sanitize/identify.h"
#include "sanitize/job.h"
#include "sanitize/zygote.h"
#include <sys/syscall.h>
#ifndef WORKER_text
#include <libdeflate.h>
#endif
#ifdef WORKER_archive
#include "sanitize/parts/archive_read.h"
#elif defined WORKER_image
#include "sanitize/parts/jpeg_prepare.h"
#elif defined WORKER_ooxml
#include "sanitize/parts/ooxml_vocabulary.h"
#elif defined WORKER_pdf
#include "sanitize/parts/pdf_source.h"
#endif

#ifdef WORKER_text
#define IN_text(row) row
#else
#define IN_text(row)
#endif
#ifdef WORKER_image
#define IN_image(row) row
#else
#define IN_image(row)
#endif
#ifdef WORKER_ooxml
#define IN_ooxml(row) row
#else
#define IN_ooxml(row)
#endif
#ifdef WORKER_pdf
#define IN_pdf(row) row
#else
#define IN_pdf(row)
#endif
#ifdef WORKER_archive
#define IN_archive(row) row
#else
#define IN_archive(row)
#endif
#ifdef WORKER_document
#define IN_document(row) row
#else
#define IN_document(row)
#endif

struct row {
	const char *name;
	int (*rebuild)(struct job *job, struct err *err);
};
#define ROW(format) { #format, format##_rebuild },
static const struct row rows[] = {
#define FORMAT(name, family, grammar, extension, media_type, ja, en) IN_##family(ROW(name))
#include "sanitize/formats/formats.def"
#undef FORMAT
	{ NULL, NULL },
};

static const int calls[] = {
	SYS_read, SYS_write, SYS_pread64, SYS_pwrite64, SYS_exit_group, SYS_rt_sigreturn,
	SYS_brk, SYS_mmap, SYS_munmap, /* memory; mmap never executable */
#if defined WORKER_pdf || defined WORKER_ooxml
	SYS_futex, /* what the C++ library and OpenSSL, which checks signatures, do once */
#endif
#ifdef WORKER_pdf
	SYS_getrandom, /* the cipher library under qpdf wants it before it decrypts */
#endif
	-1,
};

static int serve(struct bytes bytes, const int fds[])
{
	struct arena *arena = arena_new(0);
	struct job_request request;
	struct err err = { 0 };

	if (wire_take_request(arena, bytes, &request, &err) != 0)
		return 1;
	struct job *job = job_new(arena, &request, fds);
	const char *format = request.format.p;
	bool astray = false;
	if (request.format.n == 0 && (identify_input(job, &format, &astray, &err) != 0 || job_say_format(job, format, astray, &err) != 0))
		return job_finish(job, -1, &err) == 0 ? 0 : 1;
	const struct row *row = rows;
	while (row->name && strcmp(row->name, format) != 0)
		row++;
	if (!row->name)
		return request.format.n == 0 && job_finish_elsewhere(job) == 0 ? 0 : 1;
	job_is(job, format_by_name(format));
	int got = row->rebuild(job, &err);
	return job_finish(job, got, &err) == 0 ? 0 : 1;
}

/* Pictures and packages unpack to many times their size. */
static size_t pages(struct bytes request)
{
#if defined WORKER_image
	return 12 + (size_t)(wire_size_of(request) / 256);
#elif defined WORKER_text
	return 8 + (size_t)(wire_size_of(request) / 1024);
#else
	return 16 + (size_t)(wire_size_of(request) / 256);
#endif
}

/* What libraries ask the processor once they would ask in every job anew, and in a virtual machine each answer costs as much as a good deal of work.
 * Tables that hang on no file are made once too. */
static void prepare(void)
{
#ifndef WORKER_text
	(void)libdeflate_crc32(0, "", 1);
#endif
#ifdef WORKER_image
	jpeg_prepare();
#elif defined WORKER_ooxml
	ooxml_vocabulary_prepare();
#elif defined WORKER_pdf
	pdf_source_prepare();
#endif
}

int main(void)
{
	static const struct zygote zygote = { .name = "worker", .calls = calls, .memory = 2147483648u, .pages = pages, .prepare = prepare, .serve = serve };
#ifdef WORKER_archive
	archive_prepare();
#endif
	return zygote_main(&zygote);
}
