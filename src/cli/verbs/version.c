/* 版 — which Sekisho this is. */
#include "cli/verb.h"

static int act(int argc, char **argv)
{
	(void)argv;
	extern const struct verb verb_version;
	if (argc != 1)
		return verb_usage(&verb_version, argv[1]);
	printf("sekisho %s\n", SEKISHO_VERSION);
	return VERB_OK;
}

extern const struct verb verb_version;
const struct verb verb_version = {
	.name = "version",
	.summary_ja = "版を表示します",
	.summary_en = "prints the version",
	.usage = "version\n",
	.act = act,
};
