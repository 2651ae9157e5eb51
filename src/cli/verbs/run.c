/* 関所を開ける — `sekisho run`: every process in the foreground until Ctrl-C. */
#include "base/log.h"
#include "cli/supervise.h"
#include "cli/verb.h"
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct verb verb_run;

/* The folder in which this executable lies: the daemons lie beside it. */
static int programs_folder(char out[PATH_MAX], struct err *err)
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);

	if (n <= 0)
		return fail_errno(err, ERR_IO, "cannot find the own executable");
	out[n] = 0;
	*strrchr(out, '/') = 0;
	return 0;
}

static int port_of(const char *word, unsigned *port)
{
	char *end;
	unsigned long v = strtoul(word, &end, 10);

	if (*word == 0 || *end || v > 65535)
		return -1;
	*port = (unsigned)v;
	return 0;
}

static int act(int argc, char **argv)
{
	const char *office = "8481", *internet = "8480";
	char programs[PATH_MAX], home[PATH_MAX], marker[PATH_MAX + 32];
	struct supervise_settings settings = { .programs = programs, .home = home, .one_uid = geteuid() != 0 };
	struct err err = { 0 };
	char faces[PATH_MAX];
	const struct verb_option options[] = { { "--office-port", &office, NULL }, { "--internet-port", &internet, NULL },
					       { "--settings", &settings.faces, NULL }, { "--one-uid", NULL, &settings.one_uid } };

	if (verb_options(&verb_run, options, COUNT(options), &argc, argv) != 0)
		return VERB_USAGE;
	if (argc > 1)
		return verb_usage(&verb_run, argv[1]);
	if (port_of(office, &settings.office_port) != 0)
		return verb_usage(&verb_run, office);
	if (port_of(internet, &settings.internet_port) != 0)
		return verb_usage(&verb_run, internet);
	if (!realpath(verb_home(), home)) {
		fail_errno(&err, ERR_NOT_FOUND, "no data folder %s: make it with `sekisho setup`", verb_home());
		return verb_complain(&err);
	}
	if (settings.faces && !(settings.faces = realpath(settings.faces, faces))) {
		fail_errno(&err, ERR_NOT_FOUND, "cannot find the settings folder");
		return verb_complain(&err);
	}
	snprintf(marker, sizeof marker, "%s/trust/evidence.trust", home);
	if (access(marker, F_OK) != 0) {
		fail(&err, ERR_NOT_FOUND, 0, "%s is not set up: run `sekisho setup` first", home);
		return verb_complain(&err);
	}
	if (programs_folder(programs, &err) != 0)
		return verb_complain(&err);
	if (settings.one_uid)
		fprintf(stderr, "%s\n", SAY("注意: すべてのプロセスが同じ利用者で動きます。プロセスの間の権限の壁はありません。rootで起動してください。",
					   "warning: every process runs under one uid; no walls of rights stand between them. Start it as root."));
	if (supervise(&settings, &err) != 0)
		return verb_complain(&err);
	return VERB_OK;
}

const struct verb verb_run = {
	.name = "run",
	.summary_ja = "すべてのプロセスを起動し、止められるまで見張ります",
	.summary_en = "starts every process and watches over them until stopped",
	.usage = "[--home FOLDER] run [--office-port N] [--internet-port N] [--settings FOLDER] [--one-uid]\n",
	.act = act,
};
