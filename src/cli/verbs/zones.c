/* 通信経路の分割 — `sekisho zones WORD …`: what a policy text means for the kernel. */
#include "cli/zones.h"

static const struct word {
	const char *name;
	int (*act)(int argc, char **argv);
} words[] = {
	{ "plan", zones_plan },
	{ "prove", zones_prove },
	{ "audit", zones_audit },
	{ "apply", zones_apply },
	{ "confirm", zones_confirm },
	{ "status", zones_status },
	{ "rollback", zones_rollback },
	{ "probe", zones_probe },
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
	.summary_ja = "通信経路の分割をカーネルの規則にし、証明し、効力を保ちます",
	.summary_en = "makes the division of the networks rules of the kernel, proves them and keeps them in force",
	.usage = "zones plan [--nft] [--at TIME] FILE\n"
		 "zones prove [--rules-only] [--at TIME] [--json] FILE\n"
		 "zones audit --ruleset DUMP.json --policy FILE [--at TIME] [--json]\n"
		 "zones audit --iptables-save FILE [--ip6tables-save FILE] --policy FILE [--at TIME] [--json]\n"
		 "zones apply [--trial SECONDS]\n"
		 "zones apply --no-trial\n"
		 "zones confirm\n"
		 "zones status [--json]\n"
		 "zones rollback\n"
		 "zones probe [--at TIME] [--json] [FILE]\n",
	.act = act,
};
