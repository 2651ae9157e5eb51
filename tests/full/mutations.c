/* 変異の試験 — mutated files through rebuilder and verifier at speed, without jails: nothing crashes, whatever is delivered lies within the verifier's grammar, and
 * a second pass changes no byte of it. Packages are mutated inside their members and packed anew, so that more than their checksums is met. Each batch runs in
 * a child; one that dies is named with its number, from which the same mutant comes again.
 * The number counts over the same seeds, FOLDERs and --only.
 *   mutations [--seconds N] [--jobs N] [--seed N] [--only FORMAT] [--save FILE --at NUMBER] FOLDER… */
#include "base/clock.h"
#include "base/file.h"
#include "sanitize/parts/archive_read.h"
#include "sanitize/parts/zip_read.h"
#include "sanitize/parts/zip_write.h"
#include "support/job_memory.h"
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SEEDS_MOST = 4000, SEED_BYTES_MOST = 48 * 1024, BATCH = 400, JOBS_MOST = 8, MEMBERS_MOST = 64, CPU_SECONDS = 10, DEATHS_MOST = 20, FORMATS = FORMAT_COUNT };

#define GRAMMAR(name) extern const struct grammar grammar_##name;
#include "sanitize/grammars/grammars.def"
#undef GRAMMAR
static const struct grammar *const all_grammars[] = {
#define GRAMMAR(name) &grammar_##name,
#include "sanitize/grammars/grammars.def"
#undef GRAMMAR
};
static int (*const rebuilders[FORMATS])(struct job *, struct err *) = {
#define FORMAT(name, family, grammar, extension, media_type, ja, en) [FORMAT_##name] = name##_rebuild,
#include "sanitize/formats/formats.def"
#undef FORMAT
};
static const struct format_probe *const probes[FORMATS] = {
#define FORMAT(name, family, grammar, extension, media_type, ja, en) [FORMAT_##name] = &probe_##name,
#include "sanitize/formats/formats.def"
#undef FORMAT
};

struct seed {
	struct bytes content;
	size_t format;
	struct text names[MEMBERS_MOST]; /* of a package: its members, unpacked */
	struct bytes members[MEMBERS_MOST];
	size_t member_count;
};
/* Shared by all processes. */
struct counts {
	uint64_t next; /* number of the next batch */
	uint64_t at[JOBS_MOST]; /* the mutant at work */
	uint64_t tried[FORMATS], delivered[FORMATS];
};
static struct seed seeds[SEEDS_MOST];
static size_t seed_count;
static struct counts *counts;
static struct job_format nested[FORMATS + 1];

/* ---- seeds ---- */

static bool is_package(size_t format)
{
	return strcmp(formats[format].family, "ooxml") == 0 || format == FORMAT_zip;
}

static void unpack(struct arena *arena, struct seed *s)
{
	struct job *job = arena_alloc(arena, sizeof *job);
	struct zip zip;
	struct err err;

	*job = job_memory(arena, s->content, "seed.zip");
	if (!is_package(s->format) || zip_open(job, &zip, &err) < 0 || zip.count > MEMBERS_MOST)
		return;
	for (size_t i = 0; i < zip.count; i++) {
		struct zip_space space = { 0 };
		struct bytes content = { NULL, 0 };
		if (!zip.members[i].folder && (zip.members[i].size > 4 * SEED_BYTES_MOST || zip_content(&zip, &zip.members[i], &space, &content, &err) < 0))
			return;
		s->names[i] = arena_text(arena, zip.members[i].name);
		s->members[i] = arena_bytes(arena, content);
	}
	s->member_count = zip.count;
}

static size_t format_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < FORMATS; i++)
		for (const char *const *e = probes[i]->extensions; *e; e++)
			if (strcasecmp(dot + 1, *e) == 0)
				return i;
	return FORMATS;
}

static void gather(struct arena *arena, const char *path, const char *only)
{
	DIR *dir = opendir(path);
	struct stat st;
	struct err err;

	if (!dir && stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= SEED_BYTES_MOST && seed_count < SEEDS_MOST) {
		struct seed *s = &seeds[seed_count];
		s->format = format_of(path);
		if (s->format == FORMATS || (only && strcmp(only, formats[s->format].name) != 0) || file_read(arena, AT_FDCWD, path, SEED_BYTES_MOST, &s->content, &err) != 0)
			return;
		unpack(arena, s);
		seed_count++;
	}
	for (struct dirent *e; dir && (e = readdir(dir));)
		if (e->d_name[0] != '.')
			gather(arena, arena_printf(arena, "%s/%s", path, e->d_name), only);
	if (dir)
		closedir(dir);
}

/* ---- mutants: everything follows from the number ---- */

static uint64_t chance_state;
static uint32_t chance(size_t below)
{
	chance_state = chance_state * 6364136223846793005u + 1442695040888963407u;
	return below ? (uint32_t)((chance_state >> 33) % below) : 0;
}

static struct bytes mutated(struct arena *arena, struct bytes in, struct bytes other)
{
	static const char *const words[] = { "\xff\xff\xff\xff", "\0\0\0\0", "\x7f\xff\xff\xff", "\x80\0\0\0", "<", "&#0;", "\"", "]]>", "<!--", "../", "http://", "\r\n", "}", "{\\", "'", "\xe3\x81", "endobj", "=cmd|" };
	struct buf b = buf_in(arena, 0);

	buf_bytes(&b, in);
	for (unsigned n = 1 + chance(4); n > 0; n--) {
		size_t at = chance(b.n), length = 1 + chance(chance(4) ? 16 : 2000);
		length = MIN(length, b.n - at);
		switch (chance(8)) {
		case 0: if (b.n) b.p[at] ^= (uint8_t)(1u << chance(8)); break;
		case 1: if (b.n) b.p[at] = (uint8_t)chance(256); break;
		case 2: memmove(b.p + at, b.p + at + length, b.n - at - length); b.n -= length; break; /* a piece goes */
		case 3: { /* a piece twice */
			struct bytes piece = arena_bytes(arena, bytes_of(b.p + at, length)), tail = arena_bytes(arena, bytes_of(b.p + at, b.n - at));
			b.n = at;
			buf_bytes(&b, piece), buf_bytes(&b, tail);
			break;
		}
		case 4: { /* a piece of another file */
			size_t from = chance(other.n), k = MIN(other.n - from, length);
			struct bytes tail = arena_bytes(arena, bytes_of(b.p + at, b.n - at));
			b.n = at;
			buf_put(&b, other.p + from, k), buf_bytes(&b, tail);
			break;
		}
		case 5: { /* a word where something else was */
			const char *word = words[chance(COUNT(words))];
			size_t k = MIN(MAX(strlen(word), (size_t)1), b.n - at);
			if (k) memcpy(b.p + at, word, MIN(k, strlen(word) + 1));
			break;
		}
		case 6: b.n = at; break; /* cut short */
		default: { /* digits become others */
			for (size_t i = at; i < b.n && i < at + 200; i++)
				if (b.p[i] >= '0' && b.p[i] <= '9') {
					b.p[i] = (uint8_t)('0' + chance(10));
					break;
				}
		}
		}
	}
	return buf_view(&b);
}

/* One member, or two, mutated; a name now and then; stored, with right checksums. */
static struct bytes repacked(struct arena *arena, const struct seed *s, const struct seed *other)
{
	struct job *job = arena_alloc(arena, sizeof *job);
	struct zip_writer w;
	struct err err;
	size_t first = chance(s->member_count), second = chance(s->member_count);

	*job = job_memory(arena, s->content, "mutant.zip");
	zip_write_start(&w, job);
	for (size_t i = 0; i < s->member_count; i++) {
		struct bytes content = s->members[i], from = other->member_count ? other->members[chance(other->member_count)] : other->content;
		if (i == first || (i == second && chance(3) == 0))
			content = mutated(arena, content, from);
		if (s->names[i].n && s->names[i].p[s->names[i].n - 1] == '/' ? zip_write_folder(&w, s->names[i], &err) < 0 : zip_write_member(&w, s->names[i], ZIP_STORED, content, NULL, &err) < 0)
			return s->content;
	}
	return zip_write_finish(&w, &err) < 0 ? s->content : buf_view(&job->output);
}

static struct bytes mutant(struct arena *arena, uint64_t seed, uint64_t number, size_t *format)
{
	chance_state = seed * 0x9e3779b97f4a7c15u + number;
	for (int i = 0; i < 4; i++)
		chance(1);
	const struct seed *s = &seeds[chance(seed_count)], *other = &seeds[chance(seed_count)];
	*format = s->format;
	if (s->member_count && chance(8))
		return repacked(arena, s, other);
	return mutated(arena, s->content, other->content);
}

/* ---- what must hold ---- */

static struct job *run(struct arena *arena, struct bytes in, size_t format)
{
	struct job *job = arena_alloc(arena, sizeof *job);
	struct err err = { 0 };

	*job = job_memory(arena, in, arena_printf(arena, "in.%s", probes[format]->extensions[0]));
	job->nested = nested, job->password = BYTES("関所"); /* of the samples that are under one */
	job->limits.most[LIMIT_TREE_BYTES] = 8 << 20, job->limits.most[LIMIT_PIXELS] = 1 << 20, job->limits.most[LIMIT_JOB_MEMORY] = 1 << 27;
	job->limits.most[LIMIT_DEPTH] = 3;
	return rebuilders[format](job, &err) == 0 ? job : NULL;
}

/* The name of what was delivered wrongly, or NULL. */
static const char *fault_of(struct arena *arena, const struct job *job, size_t format)
{
	const struct format *out = format_of_output(&formats[format], job->converted ? job->converted : formats[format].extension);
	struct bytes first = arena_bytes(arena, buf_view(&job->output));
	const struct grammar *grammar = NULL;
	struct err err = { 0 };

	for (size_t i = 0; i < COUNT(all_grammars); i++)
		if (strcmp(all_grammars[i]->name, out->grammar) == 0)
			grammar = all_grammars[i];
	struct check check = check_memory(job, out->name);
	if (!grammar || grammar->accept(&check, &err) < 0)
		return arena_printf(arena, "the verifier refuses what was rebuilt: %s", err.say); /* in the house: not delivered, but a fault of ours */
	struct job *again = run(arena, first, strcmp(out->name, out->grammar) == 0 || strcmp(out->name, out->extension) == 0 ? (size_t)(out - formats) : format_of(arena_printf(arena, "x.%s", out->extension)));
	if (!again)
		return "a second pass refuses it";
	return bytes_equal(buf_view(&again->output), first) ? NULL : "a second pass gives other bytes";
}

static void try_one(uint64_t seed, uint64_t number)
{
	ARENA(arena) = arena_new(0);
	size_t format;
	struct bytes b = mutant(arena, seed, number, &format);
	struct job *job = run(arena, b, format);

	__atomic_add_fetch(&counts->tried[format], 1, __ATOMIC_RELAXED);
	if (job && job->unwrapped && format_by_name(job->unwrapped)) { /* what was inside takes its place */
		size_t inner = (size_t)(format_by_name(job->unwrapped) - formats);
		job = run(arena, arena_bytes(arena, buf_view(&job->output)), inner);
		format = inner;
	}
	if (!job || job->convert || job->unwrapped) /* refused, or for the converter, which does not run here */
		return;
	const char *fault = fault_of(arena, job, format);
	__atomic_add_fetch(&counts->delivered[format], 1, __ATOMIC_RELAXED);
	if (fault) {
		printf("FAULT %s mutant %llu of seed %llu: %s\n", formats[format].name, (unsigned long long)number, (unsigned long long)seed, fault);
		fflush(stdout);
		_exit(3);
	}
}

/* ---- batches in children ---- */

static void child(unsigned slot, uint64_t seed, uint64_t from, uint64_t to)
{
	const struct itimerval off = { 0 };
	struct itimerval budget = { .it_value.tv_sec = CPU_SECONDS };

	for (uint64_t i = from; i < to; i++) {
		counts->at[slot] = i;
		setitimer(ITIMER_VIRTUAL, &budget, NULL); /* as a jail would be ended */
		try_one(seed, i);
	}
	setitimer(ITIMER_VIRTUAL, &off, NULL);
	_exit(0);
}

struct campaign {
	uint64_t seed;
	int64_t until;
	unsigned deaths, faults, late;
};

static pid_t start(struct campaign *c, unsigned slot, uint64_t from, uint64_t to)
{
	fflush(stdout);
	pid_t pid = fork();

	if (pid == 0)
		child(slot, c->seed, from, to);
	return pid;
}

static void judge(struct campaign *c, int status, uint64_t at)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGVTALRM) {
		c->late++;
	} else if (WIFEXITED(status) && WEXITSTATUS(status) == 3) {
		c->faults++;
	} else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		printf("DEATH mutant %llu of seed %llu: %s %d\n", (unsigned long long)at, (unsigned long long)c->seed, WIFSIGNALED(status) ? "signal" : "exit",
		       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
		c->deaths++;
	}
}

static void run_campaign(struct campaign *c, unsigned jobs)
{
	struct {
		pid_t pid;
		uint64_t to;
	} slots[JOBS_MOST] = { 0 };
	unsigned running = 0;

	for (;;) {
		bool more = clock_milliseconds() < c->until && c->deaths + c->faults < DEATHS_MOST;
		for (unsigned i = 0; i < jobs && more; i++)
			if (!slots[i].pid) {
				uint64_t from = counts->next++ * BATCH;
				slots[i].to = from + BATCH;
				slots[i].pid = start(c, i, from, slots[i].to);
				running++;
			}
		if (running == 0)
			break;
		int status;
		pid_t pid = wait(&status);
		for (unsigned i = 0; i < jobs; i++) {
			if (slots[i].pid != pid)
				continue;
			bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
			judge(c, status, counts->at[i]);
			slots[i].pid = 0, running--;
			if (!well && more && counts->at[i] + 1 < slots[i].to) /* the rest of the batch */
				slots[i].pid = start(c, i, counts->at[i] + 1, slots[i].to), running++;
		}
	}
}

static int tell(const struct campaign *c)
{
	uint64_t tried = 0, delivered = 0;

	for (size_t i = 0; i < FORMATS; i++) {
		if (counts->tried[i])
			printf("%-9s %10llu mutants %10llu delivered\n", formats[i].name, (unsigned long long)counts->tried[i], (unsigned long long)counts->delivered[i]);
		tried += counts->tried[i], delivered += counts->delivered[i];
	}
	printf("%llu mutants, %llu delivered within the grammar and unchanged by a second pass, %u over their CPU budget, %u faults, %u deaths\n", (unsigned long long)tried,
	       (unsigned long long)delivered, c->late, c->faults, c->deaths);
	return c->faults || c->deaths || tried == 0 ? 1 : 0;
}

int main(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	struct campaign c = { .seed = 1 };
	const char *only = NULL, *save = NULL;
	uint64_t at = 0;
	unsigned jobs = 1, seconds = 20;
	const struct rlimit room = { (rlim_t)3 << 30, (rlim_t)3 << 30 }, none = { 0, 0 };

	for (; argc > 2 && argv[1][0] == '-'; argc -= 2, argv += 2) {
		uint64_t v = strtoull(argv[2], NULL, 10);
		if (strcmp(argv[1], "--seconds") == 0) seconds = (unsigned)v;
		else if (strcmp(argv[1], "--jobs") == 0) jobs = (unsigned)MIN(MAX(v, (uint64_t)1), (uint64_t)JOBS_MOST);
		else if (strcmp(argv[1], "--seed") == 0) c.seed = v;
		else if (strcmp(argv[1], "--at") == 0) at = v;
		else if (strcmp(argv[1], "--only") == 0) only = argv[2];
		else if (strcmp(argv[1], "--save") == 0) save = argv[2];
		else return 2;
	}
	for (int i = 1; i < argc; i++)
		gather(arena, argv[i], only);
	if (seed_count == 0)
		return fprintf(stderr, "usage: mutations [--seconds N] [--jobs N] [--seed N] [--only FORMAT] [--save FILE --at NUMBER] FOLDER...\n"), 2;
	for (size_t i = 0, n = 0; i < 2 * FORMATS; i++) { /* text is what nothing else claims (identify.c) */
		size_t f = i % FORMATS;
		if (probes[f]->plain == (i >= FORMATS))
			nested[n++] = (struct job_format){ formats[f].name, formats[f].extension, probes[f]->probe, rebuilders[f] };
	}
	counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(counts != MAP_FAILED);
	if (save) {
		size_t format;
		struct err err;
		struct bytes b = mutant(arena, c.seed, at, &format);
		printf("%s: a mutated %s\n", save, formats[format].name);
		if (file_replace(AT_FDCWD, save, b, 0644, &err) != 0)
			return 1;
		archive_prepare();
		try_one(c.seed, at); /* ends with 3 if it shows a fault */
		return 0;
	}
#ifndef SEKISHO_ASAN
	setrlimit(RLIMIT_AS, &room);
#endif
	(void)room;
	setrlimit(RLIMIT_CORE, &none);
	archive_prepare();
	printf("%zu files to begin with, seed %llu\n", seed_count, (unsigned long long)c.seed);
	c.until = clock_milliseconds() + (int64_t)seconds * 1000;
	run_campaign(&c, jobs);
	return tell(&c);
}
