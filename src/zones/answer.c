/* 別のプロセスの答え — contract in answer.h. */
#include "zones/answer.h"
#include "base/file.h"
#include "base/text.h"
#include "zones/limits.h"
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

void answer_give(struct arena *arena, int to, const struct json *answer, const struct err *why)
{
	struct json *failed = answer ? NULL : json_object(arena);
	struct err err;

	if (failed) {
		json_set_number(arena, failed, "failed", why->code);
		json_set_str(arena, failed, "say", text_printable(arena, bytes_of(why->say, strlen(why->say)), sizeof why->say));
	}
	_exit(file_write_all(to, json_bytes(arena, answer ? answer : failed), &err) == 0 ? 0 : 1);
}

int answer_hear(struct arena *arena, int from, int64_t process, struct json *out, struct err *err)
{
	struct bytes said;
	struct json got;
	int status, result = file_read_fd(arena, from, ZONES_ANSWER_BYTES_MOST, &said, err);

	while (waitpid((pid_t)process, &status, 0) < 0 && errno == EINTR)
		;
	if (result != 0)
		return -1;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return fail(err, ERR_JAIL, 0, "the process that was asked ended without an answer (status %d)", status);
	if (json_read(arena, said, &got, err) != 0)
		return -1;
	const struct json *failed = json_get(&got, "failed");
	if (failed) {
		bool known = failed->kind == JSON_NUMBER && failed->number > ERR_NONE && failed->number < ERR_COUNT;
		return fail(err, known ? (enum err_code)failed->number : ERR_JAIL, 0, "%s", json_text(&got, "say").p);
	}
	*out = got;
	return 0;
}
