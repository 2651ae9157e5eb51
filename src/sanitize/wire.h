/* 隔離処理との約束 — the messages between broker, zygotes and the jailed jobs. Both sides are compiled from here; the broker believes nothing of it.
 *
 * Broker ↔ zygote: base/ipc.h on the zygote's descriptor 3. Job ↔ broker: datagrams of a socket pair that the job reads and writes with
 * plain read and write (it has no other calls). A job that ends without exit code 0 or without its result has failed. */
#ifndef SANITIZE_WIRE_H
#define SANITIZE_WIRE_H
#include "base/buf.h"
#include "base/cursor.h"
#include "sanitize/format.h"
#include "sanitize/rules.h"

enum { /* broker ↔ zygote */
	ZYGOTE_START = 1, /* sequence = job; u32 CPU seconds, u64 file size, u64 memory, u8 mask of descriptors given, bytes request, fds in the order of JOB_… */
	ZYGOTE_KILL = 2,  /* sequence = job */
	ZYGOTE_READY = 3, /* u32 mask of walls, u32 Landlock ABI */
	ZYGOTE_ENDED = 4, /* sequence = job; u32 wait status, u64 CPU microseconds, u64 most resident KiB */
};
#define FIRST_PICTURE "first-picture" /* in place of the format that a conversion leads to: the first page, as PPM */
enum { JOB_CONTROL, JOB_INPUT, JOB_OUTPUT, JOB_SCRATCH, JOB_MEMBERS, JOB_FDS }; /* order of descriptors; -1 = not given */
enum { ZYGOTE_SOCKET = 3 };

/* What a job is told. Rebuild: everything; no format = the job identifies first. Convert: format it is, grammar = format it shall be, size. Verify: format, grammar, size,
 * hashes in the members descriptor. */
struct job_request {
	struct text format, grammar;
	struct text name; /* safe already */
	struct bytes password;
	int charset;	  /* -1 none */
	uint64_t at, size; /* window of the input */
	uint64_t output_most, unpack_most; /* bytes it may write; bytes it may hand out as members */
	uint32_t members_most, depth_left;
	uint32_t hashes; /* verify: 32 bytes each at the members descriptor's start */
	uint64_t limits[LIMIT_COUNT];
	struct rules rules; /* of the passage, for all formats: the job may have to find out its own */
};
void wire_put_request(struct buf *out, const struct job_request *request);
uint64_t wire_size_of(struct bytes request); /* of the input; for the zygote, which takes no more of it */
int wire_take_request(struct arena *arena, struct bytes in, struct job_request *out, struct err *err) CHECK_RESULT;

enum { WIRE_DATAGRAM_MOST = 60 * 1024, WIRE_ROWS_MOST = 500, WIRE_WHERE_MOST = 200, WIRE_HASH = 32 };
/* Job → broker: a datagram holds one message or several, one behind the other; WIRE_RESULT is the last. */
enum wire_type {
	WIRE_MEMBER = 1, /* u64 at, u64 size, text name, text expected format: numbered by their order */
	WIRE_WAIT,	 /* no more members; answered by WIRE_MEMBERS */
	WIRE_ROW,	 /* text threat, text where, u32 count */
	WIRE_NOTE,	 /* text id */
	WIRE_RESULT,	 /* u8 enum wire_status, u16 refusal, u16 error code, u64 at, text sentence, text extension ("" as the format), u8 converted, u64 written; the last one */
	WIRE_MEMBERS,	 /* broker → job: u64 offset of the table in the members descriptor, u32 count */
	WIRE_FORMAT,	 /* text format, u8 its name is of another kind: what the job found its input to be, before anything else; only from one that was told no format */
};
enum wire_status {
	WIRE_DONE,
	WIRE_REFUSED,
	WIRE_FAILED,
	WIRE_ELSEWHERE, /* the format it named is another family's */
	WIRE_UNWRAPPED, /* the output is what was inside, of the format in place of the extension: to be rebuilt as that */
	WIRE_CONVERT,	/* the input is to be converted to the format in place of the extension, and that rebuilt */
};
/* One entry of the members table. */
struct wire_member {
	uint8_t delivered, pad;
	uint16_t refusal;
	char extension[12];
	uint64_t at, size;
	uint8_t sha256[WIRE_HASH];
};

void wire_put_text(struct buf *out, struct text t); /* u16 length */
/* Valid UTF-8, a copy; the cursor fails otherwise. */
struct text wire_take_text(struct arena *arena, struct cursor *in);
/* why: only where refused or failed. */
void wire_put_result(struct buf *out, enum wire_status status, const struct err *why, const char *extension, bool converted, uint64_t written);
/* Writes the datagram; any failure is the end of the job. */
int wire_send(int fd, const struct buf *datagram, struct err *err) CHECK_RESULT;

#endif
