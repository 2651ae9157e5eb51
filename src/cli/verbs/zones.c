/* 通信経路の分割 — `sekisho zones WORD …`: what a policy text means for the kernel. */
#include "cli/zones.h"

static const struct word {
	const char *name;
	int (*act)(int argc, char **argv);
} words[] = {
	{ "plan", zones_plan },
};

static int act(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < COUNT(words); i++)
		if (strcmp(argv[1], words[i].name) == 0)
			return words[i].act(argc - 1, argv + 1);
	return verb_usage(&verb_zones, argc > 1 ? argv[1] : NULL);
}

const struct verb verb_zones = {
	.name = "zones",
	.summary_ja = "通信経路の分割を、カーネルの規則にして見せます",
	.summary_en = "shows the division of the networks as rules of the kernel",
	.usage = "zones plan [--nft] [--at TIME] FILE\n",
	.act = act,
};
