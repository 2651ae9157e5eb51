/* 旧形式の変換 — main of the converter: the last resort for doc, xls, ppt, xlsb, odt, ods and odp, for pictures whose decoders are not linked (JBIG2, JPEG 2000, metafiles,
 * SVG, HEIF), where the policy wants a PDF's pages as pictures or its words only, and for the pictures of first pages that people look at. It starts LibreOffice, poppler's pdftoppm and pdftotext, rsvg-convert or heif-convert, others' programs, in
 * a jail of its own for each file: namespaces without network and without any file but the program's own (read-only) and a /tmp of bounded size that dies with it, no
 * new processes, budgets of processor time, time and memory, macros and links switched off. What comes out is believed as little as what went in: the broker has it
 * rebuilt and verified like a document that was handed in (article: s2.12a s6.3.2b; docs/decisions/0006).
 *
 * Three processes for a job: the first builds the namespaces and waits, the second is number 1 in them, watches the clock and takes the result out, the third becomes
 * the program. When number 1 ends, for whatever reason, the kernel ends all that is left. */
#include "base/descriptor.h"
#include "base/sandbox.h"
#include "base/sandbox_root.h"
#include "sanitize/converter.h"
#include "sanitize/wire.h"
#include "sanitize/zygote.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OPEN_FILES = 512, THREADS_MOST = 64, PIECE = 64 * 1024, EXIT_WALL = 70, EXIT_RESTART = 81 /* as LibreOffice says it */, STARTS_MOST = 3, PATH_MOST = 128, ARGUMENTS_MOST = 12 };
#define VERSIONS "/usr/lib/libreoffice/program/versionrc"

static const char *const paths[] = {
	"/lib", "/lib64", "/usr/lib64", "/usr/lib/libreoffice", "/usr/lib/x86_64-linux-gnu", "/usr/lib/locale", "/usr/share/libreoffice", "/usr/share/liblangtag", "/usr/share/fonts",
	"/usr/share/fontconfig", "/usr/share/zoneinfo", "/usr/local/share/fonts", "/etc/fonts", "/etc/ld.so.cache", "/etc/libreoffice", "/etc/localtime", "/var/cache/fontconfig",
	"/var/lib/libreoffice", "/dev/null", "/dev/urandom", "/dev/zero", "/usr/share/poppler", RENDERER_PROGRAM, READER_PROGRAM, DRAWER_PROGRAM, PHOTO_PROGRAM,
#ifdef CONVERTER_FOLDER
	CONVERTER_FOLDER,
#endif
	NULL,
};
static const char *const programs[] = { CONVERTER_PROGRAM, RENDERER_PROGRAM, READER_PROGRAM, DRAWER_PROGRAM, PHOTO_PROGRAM, "/lib64/ld-linux-x86-64.so.2", NULL };
static const int calls[] = {
#define CALL(name) SYS_##name,
#include "sanitize/converter_calls.def"
#undef CALL
	-1,
};

/* What makes what of what; the first row that fits. Words IN, OUT and SIDE stand for the files and for the longer side of a picture. Reading, LibreOffice finds out by content;
 * writing, it is told the filter. */
#define OFFICE(filter) { "--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo", "-env:UserInstallation=file:///tmp/profile", "--convert-to", filter, "--outdir", "/tmp/out", "IN" }
#define VECTOR_WIDTH "1600" /* pixels of a drawing without pixels: a page A4 at 200 dots an inch */
static const struct target {
	const char *format, *from, *program; /* from NULL: whatever leads here */
	const char *named;		     /* extension of the input, where it is not its format's name */
	const char *words[ARGUMENTS_MOST];
	bool says; /* the result is what the program says, not a file that it writes */
	bool draws; /* the result is a PDF, and its first page is then drawn in the same jail */
} targets[] = {
	/* What people look at: the first page, as pixels. */
#define DRAWN(format) { FIRST_PICTURE, #format, RENDERER_PROGRAM, NULL, { "-f", "1", "-l", "1", "-singlefile", "-scale-to", "SIDE", "IN" }, true, false },
#define PICTURED(format, kind) { FIRST_PICTURE, #format, CONVERTER_PROGRAM, NULL, OFFICE("pdf:" #kind "_pdf_Export:{\"PageRange\":{\"type\":\"string\",\"value\":\"1\"}}"), false, true },
#include "sanitize/pictured.def"
#undef PICTURED
#undef DRAWN
	{ "docx", NULL, CONVERTER_PROGRAM, NULL, OFFICE("docx:MS Word 2007 XML"), false, false }, { "xlsx", NULL, CONVERTER_PROGRAM, NULL, OFFICE("xlsx:Calc MS Excel 2007 XML"), false, false },
	{ "pptx", NULL, CONVERTER_PROGRAM, NULL, OFFICE("pptx:Impress MS PowerPoint 2007 XML"), false, false },
	{ "png", "svg", DRAWER_PROGRAM, NULL, { "-w", VECTOR_WIDTH, "-a", "-o", "OUT", "IN" }, false, false }, { "png", NULL, CONVERTER_PROGRAM, "fodg", OFFICE("png"), false, false },
	{ "jpeg", "heif", PHOTO_PROGRAM, NULL, { "-q", "92", "IN", "OUT" }, false, false },
	/* Pages at 150 dots an inch; a picture in its frame at a pixel a point (parts/picture_frame.h). */
	{ "ppm", "pdf", RENDERER_PROGRAM, NULL, { "-r", "150", "IN" }, true, false }, { "ppm", NULL, RENDERER_PROGRAM, "pdf", { "-r", "72", "IN" }, true, false },
	{ "txt", NULL, READER_PROGRAM, NULL, { "-enc", "UTF-8", "-nopgbrk", "IN", "OUT" }, false, false },
};
static bool is_office(const struct target *t) { return strcmp(t->program, CONVERTER_PROGRAM) == 0; }

/* Macros off, links never followed, nothing computed anew, Japanese where the document does not say its language. */
static const char settings[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<oor:items xmlns:oor=\"http://openoffice.org/2001/registry\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n"
#define SETTING(path, name, value) \
	"<item oor:path=\"/org.openoffice." path "\"><prop oor:name=\"" name "\" oor:op=\"fuse\"><value>" value "</value></prop></item>\n"
	SETTING("Office.Common/Security/Scripting", "MacroSecurityLevel", "3")
	SETTING("Office.Common/Security/Scripting", "DisableMacrosExecution", "true")
	SETTING("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true")
	SETTING("Office.Writer/Content/Update", "Link", "2")
	SETTING("Office.Calc/Content/Update", "Link", "2")
	SETTING("Office.Calc/Formula/Load", "OOXMLRecalcMode", "1")
	SETTING("Office.Calc/Formula/Load", "ODFRecalcMode", "1")
	SETTING("Office.Common/Misc", "FirstRun", "false")
	SETTING("Setup/L10N", "ooSetupSystemLocale", "ja-JP")
	/* A profile that has seen no version yet is taken for one after an update, and then the program tests how it draws: longer than most conversions take. */
	SETTING("Setup/Product", "ooSetupLastVersion", "99.9")
#undef SETTING
	"</oor:items>\n";

/* The fonts of Japanese documents, which only Windows has, by ones that stand here. Of a name that no font answers to, LibreOffice takes the nearest, one without Japanese letters,
 * concludes that the workbook's usual font is none for Japanese, and writes the font of this machine into the workbook, and the widths of all columns after it. */
static const char fonts[] =
	"<?xml version=\"1.0\"?>\n<!DOCTYPE fontconfig SYSTEM \"urn:fontconfig:fonts.dtd\">\n<fontconfig>\n<include ignore_missing=\"yes\">/etc/fonts/fonts.conf</include>\n"
#define FAMILY(name) "<family>" name "</family>"
#define GOTHIC(name) "<alias binding=\"same\">" FAMILY(name) "<prefer>" FAMILY("IPAexGothic") FAMILY("Noto Sans CJK JP") FAMILY("IPAPGothic") FAMILY("TakaoPGothic") "</prefer></alias>\n"
#define MINCHO(name) "<alias binding=\"same\">" FAMILY(name) "<prefer>" FAMILY("IPAexMincho") FAMILY("Noto Serif CJK JP") FAMILY("IPAPMincho") FAMILY("IPAexGothic") "</prefer></alias>\n"
	GOTHIC("ＭＳ Ｐゴシック") GOTHIC("MS PGothic") GOTHIC("ＭＳ ゴシック") GOTHIC("MS Gothic") GOTHIC("MS UI Gothic") GOTHIC("メイリオ") GOTHIC("Meiryo") GOTHIC("Meiryo UI")
	GOTHIC("游ゴシック") GOTHIC("Yu Gothic") GOTHIC("游ゴシック Light") GOTHIC("Yu Gothic UI") GOTHIC("BIZ UDゴシック") GOTHIC("BIZ UDPゴシック") GOTHIC("UD デジタル 教科書体 N-R")
	MINCHO("ＭＳ Ｐ明朝") MINCHO("MS PMincho") MINCHO("ＭＳ 明朝") MINCHO("MS Mincho") MINCHO("游明朝") MINCHO("Yu Mincho") MINCHO("BIZ UD明朝") MINCHO("BIZ UDP明朝")
#undef GOTHIC
#undef MINCHO
#undef FAMILY
	"</fontconfig>\n";
#define FONTS_FILE "/tmp/home/fonts.conf"

struct conversion {
	struct arena *arena;
	struct job_request request;
	const int *fds;
	const struct target *target;
	char input[PATH_MOST], output[PATH_MOST], side[16];
	uint64_t written;
};

/* -- files of the jail -- */
static int put_file(const char *path, const void *p, size_t n, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail_errno(err, ERR_IO, "cannot make %s", path);
	int got = file_write_all(fd, bytes_of(p, n), err);
	close(fd);
	return got;
}

/* A profile that knows which build it is of; else the program throws its extensions away and wants to be started again. */
static int put_build(struct err *err)
{
	char text[1024];
	int fd = open(VERSIONS, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		close(fd);
	text[MAX(n, (ssize_t)0)] = 0;
	const char *at = strcasestr(text, "buildid=");
	return at ? put_file("/tmp/profile/user/extensions/buildid", at + 8, strcspn(at + 8, "\r\n"), err) : 0;
}

static int put_settings(const struct conversion *c, struct err *err)
{
	static const char *const folders[] = { "/tmp/home", "/tmp/out", "/tmp/profile", "/tmp/profile/user", "/tmp/profile/user/extensions" };

	for (size_t i = 0; i < COUNT(folders); i++)
		if (mkdir(folders[i], 0700) != 0)
			return fail_errno(err, ERR_IO, "cannot make %s", folders[i]);
	if (!is_office(c->target))
		return 0;
	if (put_file(FONTS_FILE, fonts, sizeof fonts - 1, err) != 0)
		return -1;
	return put_file("/tmp/profile/user/registrymodifications.xcu", settings, sizeof settings - 1, err) != 0 ? -1 : put_build(err);
}

/* Copies `n` bytes from `from` at an offset to `to` where it stands. */
static int copy_bytes(int from, uint64_t at, int to, uint64_t n, struct err *err)
{
	static uint8_t piece[PIECE];

	while (n > 0) {
		ssize_t got = pread(from, piece, (size_t)MIN(n, (uint64_t)sizeof piece), (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return fail_errno(err, ERR_IO, "cannot read what is to be copied");
		if (file_write_all(to, bytes_of(piece, (size_t)got), err) != 0)
			return -1;
		at += (uint64_t)got, n -= (uint64_t)got;
	}
	return 0;
}

static int put_input(struct conversion *c, struct err *err)
{
	int fd = open(c->input, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail_errno(err, ERR_IO, "cannot put the document into the jail");
	int got = copy_bytes(c->fds[JOB_INPUT], c->request.at, fd, c->request.size, err);
	close(fd);
	return got;
}

/* What was left under the one name that was told: a plain file, not too large. */
static int take_output(struct conversion *c, struct err *err)
{
	struct stat st;
	int fd = open(c->output, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) { /* of a file with several pictures the first, which such a program numbers */
		char first[PATH_MOST];
		snprintf(first, sizeof first, "/tmp/out/in-1.%s", c->target->format);
		fd = open(first, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	}

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0) {
		if (fd >= 0)
			close(fd);
		return refuse(err, REFUSAL_NOT_CONVERTED, "%s made nothing of it", c->target->program);
	}
	/* With its mark the words are read as what they are. */
	const struct bytes mark = strcmp(c->target->format, "txt") == 0 ? BYTES("\xef\xbb\xbf") : BYTES("");
	int got = (uint64_t)st.st_size > c->request.output_most
			  ? refuse(err, REFUSAL_TOO_LARGE, "converted it would be larger than %llu bytes", (unsigned long long)c->request.output_most)
			  : file_write_all(c->fds[JOB_OUTPUT], mark, err);
	if (got == 0)
		got = copy_bytes(fd, 0, c->fds[JOB_OUTPUT], (uint64_t)st.st_size, err);
	close(fd);
	c->written = mark.n + (uint64_t)st.st_size;
	return got;
}

/* -- the third process -- */
static int build_walls(const struct conversion *c, struct err *err)
{
	static const struct sandbox_root root = { .paths = paths };
	const uint64_t *most = c->request.limits;
	const struct sandbox_limits limits = { .address_space = most[LIMIT_CONVERT_MEMORY], .file_size = most[LIMIT_CONVERT_DISK],
		.cpu_seconds = (unsigned)most[LIMIT_CONVERT_SECONDS], .open_files = OPEN_FILES, .processes = THREADS_MOST };

	if (sandbox_drop_capabilities(err) != 0 || sandbox_no_new_privs(err) != 0)
		return -1;
	/* These two as far as the kernel has them. */
	if (sandbox_landlock_program(&root, programs, err) != 0 && err->code != ERR_UNSUPPORTED)
		return -1;
	if (sandbox_mdwe(err) != 0 && err->code != ERR_UNSUPPORTED)
		return -1;
	if (sandbox_limit(&limits, err) != 0)
		return -1;
	return sandbox_seccomp_program(calls, err);
}

static _Noreturn void become_program(const struct conversion *c)
{
	struct err err;
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	int out = c->target->says ? open(c->output, O_WRONLY | O_CREAT | O_EXCL, 0600) : 0;

	if (null != 0 || out < 0 || dup2(out, 1) != 1 || dup2(0, 2) != 2 || close_range(3, ~0u, 0) != 0 || chdir("/tmp") != 0)
		_exit(EXIT_WALL);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (build_walls(c, &err) != 0)
		_exit(EXIT_WALL);
#define WORD(s) (char *)(uintptr_t)(s)
	char *arguments[ARGUMENTS_MOST + 2] = { WORD(c->target->program) };
	for (size_t i = 0; i < ARGUMENTS_MOST && c->target->words[i]; i++) {
		const char *word = c->target->words[i];
		arguments[i + 1] = strcmp(word, "IN") == 0 ? WORD(c->input) : strcmp(word, "OUT") == 0 ? WORD(c->output) : strcmp(word, "SIDE") == 0 ? WORD(c->side) : WORD(word);
	}
#undef WORD
	char *const environment[] = { (char *)(uintptr_t)"HOME=/tmp/home", (char *)(uintptr_t)"TMPDIR=/tmp", (char *)(uintptr_t)"LANG=C.UTF-8", (char *)(uintptr_t)"LC_ALL=C.UTF-8",
		(char *)(uintptr_t)"SAL_USE_VCLPLUGIN=svp", (char *)(uintptr_t)"SAL_DISABLE_OPENCL=1", (char *)(uintptr_t)"LD_LIBRARY_PATH=/usr/lib/libreoffice/program" /* the loader finds nothing by itself without /proc */,
		is_office(c->target) ? (char *)(uintptr_t)"FONTCONFIG_FILE=" FONTS_FILE : NULL, NULL };
	execve(c->target->program, arguments, environment);
	_exit(EXIT_WALL);
}

/* -- number 1 -- */
static int64_t now_milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int wait_for(pid_t program, int64_t until, bool *again, struct err *err)
{
	int status;
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGCHLD);
	for (;;) {
		pid_t got = waitpid(program, &status, WNOHANG);
		int64_t left = until - now_milliseconds();
		if (got == program)
			break;
		if (left <= 0) {
			kill(-1, SIGKILL); /* all but ourselves */
			while (waitpid(program, NULL, 0) < 0 && errno == EINTR)
				;
			return refuse(err, REFUSAL_TIME, "the program took longer than its budget");
		}
		sigtimedwait(&ends, NULL, &(struct timespec){ .tv_sec = left / 1000, .tv_nsec = (left % 1000) * 1000000 });
	}
	kill(-1, SIGKILL);
	if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL))
		return refuse(err, REFUSAL_TIME, "the program used up its budget");
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_WALL)
		return fail(err, ERR_JAIL, 0, "the walls of the converter do not stand");
	*again = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_RESTART;
	return 0; /* its exit code says nothing more: the file does */
}

static int run_program(const struct conversion *c, int64_t until, struct err *err)
{
	bool again = true;

	for (unsigned start = 0; again && start < STARTS_MOST; start++) {
		pid_t program = fork();
		if (program < 0)
			return fail_errno(err, ERR_JAIL, "no process for the program");
		if (program == 0)
			become_program(c);
		if (wait_for(program, until, &again, err) != 0)
			return -1;
	}
	return 0;
}

/* The PDF that was made is what the renderer draws. */
static void draw_next(struct conversion *c)
{
	static const struct target *const renderer = &targets[0]; /* the row of pdf */

	snprintf(c->input, sizeof c->input, "/tmp/out/in.pdf");
	c->target = renderer;
}

static int convert(struct conversion *c, struct err *err)
{
	int64_t until = now_milliseconds() + (int64_t)c->request.limits[LIMIT_CONVERT_SECONDS] * 1000;
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	if (put_settings(c, err) != 0 || put_input(c, err) != 0 || run_program(c, until, err) != 0)
		return -1;
	if (c->target->draws) {
		draw_next(c);
		if (run_program(c, until, err) != 0)
			return -1;
	}
	return take_output(c, err);
}

static int answer(const struct conversion *c, int got, struct err *err)
{
	struct buf m = buf_in(c->arena, 2048);

	wire_put_result(&m, got == 0 ? WIRE_DONE : err->code == ERR_REFUSED ? WIRE_REFUSED : WIRE_FAILED, err, "", false, c->written);
	return wire_send(c->fds[JOB_CONTROL], &m, NULL) == 0 ? 0 : 1;
}

static _Noreturn void be_first(struct conversion *c)
{
	struct err err = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	_exit(answer(c, convert(c, &err), &err));
}

/* -- the first process -- */
static int prepare(struct conversion *c, struct bytes bytes, struct err *err)
{
	if (wire_take_request(c->arena, bytes, &c->request, err) != 0)
		return -1;
	for (size_t i = 0; i < COUNT(targets) && !c->target; i++)
		if (text_is(c->request.grammar, targets[i].format) && (!targets[i].from || text_is(c->request.format, targets[i].from)))
			c->target = &targets[i];
	if (!c->target || (size_t)snprintf(c->input, sizeof c->input, "/tmp/in.%s", c->target->named ? c->target->named : c->request.format.p) >= sizeof c->input || strchr(c->input + 5, '/'))
		return fail(err, ERR_MALFORMED, 0, "no such conversion");
	snprintf(c->output, sizeof c->output, "/tmp/out/in.%s", c->target->format);
	snprintf(c->side, sizeof c->side, "%llu", (unsigned long long)c->request.limits[LIMIT_PICTURE_SIDE]);
	if (access(c->target->program, X_OK) != 0)
		return refuse(err, REFUSAL_NO_CONVERTER, "%s is not there", c->target->program);
	if (c->target->draws && access(RENDERER_PROGRAM, X_OK) != 0)
		return refuse(err, REFUSAL_NO_CONVERTER, "%s is not there", RENDERER_PROGRAM);
	const struct sandbox_root root = { .paths = paths, .tmp_bytes = c->request.limits[LIMIT_CONVERT_DISK] };
	return sandbox_namespaces_with(&root, err);
}

static int serve(struct bytes bytes, const int fds[])
{
	struct conversion c = { .arena = arena_new(0), .fds = fds };
	struct err err = { 0 };
	int status;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (prepare(&c, bytes, &err) != 0)
		return answer(&c, -1, &err);
	pid_t one = fork();
	if (one < 0)
		return EXIT_WALL;
	if (one == 0)
		be_first(&c);
	while (waitpid(one, &status, 0) != one)
		if (errno != EINTR)
			return EXIT_WALL;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_WALL;
}

int main(void)
{
	static const struct zygote zygote = { .name = "converter", .calls = calls, .builds_own_walls = true, .serve = serve };
	return zygote_main(&zygote);
}
