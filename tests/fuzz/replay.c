/* ファズ入力の再生 — gives every file of the named folders to one fuzz target, each in a block of its exact size (ASan sees one byte too far). */
#include "base/base.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct stat st;

	must(fd >= 0 && fstat(fd, &st) == 0);
	uint8_t *data = malloc((size_t)st.st_size);
	must(data || st.st_size == 0);
	must(read(fd, data, (size_t)st.st_size) == st.st_size);
	close(fd);
	LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
	free(data);
}

int main(int argc, char **argv)
{
	unsigned count = 0;

	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);
		if (!d) {
			fprintf(stderr, "%s: no such corpus\n", argv[i]);
			return 1;
		}
		for (struct dirent *e; (e = readdir(d));)
			if (e->d_name[0] != '.')
				replay(dirfd(d), e->d_name), count++;
		closedir(d);
	}
	printf("%u inputs replayed\n", count);
	return count ? 0 : 1; /* an empty corpus proves nothing */
}
