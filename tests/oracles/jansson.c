/* 正準JSONの第二の意見 — reads one JSON value, writes it as jansson does: sorted, compact. A program of its own, since jansson
 * and base/json.h share names. */
#include <jansson.h>
#include <stdio.h>

int main(void)
{
	json_error_t error;
	json_t *v = json_loadf(stdin, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);

	if (!v) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	int got = json_dumpf(v, stdout, JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(v);
	return got == 0 ? 0 : 1;
}
