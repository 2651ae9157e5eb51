/* 同梱ファイル — writes the files of src/web/static.def as C arrays: embed OUT.c FOLDER NAME TYPE NAME TYPE … */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t put_file(FILE *out, const char *folder, const char *name, int number, size_t *bytes)
{
	char path[4096];
	uint64_t hash = 14695981039346656037u; /* FNV-1a: tells versions apart, no secret */
	int c;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *in = fopen(path, "rb");
	if (!in) {
		fprintf(stderr, "embed: cannot read %s\n", path);
		exit(1);
	}
	fprintf(out, "static const uint8_t file_%d[] = {", number);
	for (*bytes = 0; (c = fgetc(in)) != EOF; ++*bytes) {
		hash = (hash ^ (uint64_t)c) * 1099511628211u;
		fprintf(out, "%s%d,", *bytes % 24 ? "" : "\n\t", c);
	}
	fputs("\n};\n", out);
	fclose(in);
	return hash;
}

int main(int argc, char **argv)
{
	uint64_t hashes[64];
	size_t bytes[64];
	FILE *out = argc >= 5 && argc % 2 == 1 && argc < 130 ? fopen(argv[1], "w") : NULL;

	if (!out) {
		fprintf(stderr, "usage: embed OUT.c FOLDER NAME TYPE…\n");
		return 2;
	}
	fputs("/* Made by tools/embed.c. */\n#include \"web/static.h\"\n", out);
	for (int i = 3; i < argc; i += 2)
		hashes[i / 2] = put_file(out, argv[2], argv[i], i / 2, &bytes[i / 2]);
	fputs("const struct static_file static_files[] = {\n", out);
	for (int i = 3; i < argc; i += 2)
		fprintf(out, "\t{ \"%s\", \"%s\", \"\\\"%016llx\\\"\", { file_%d, %zu } },\n", argv[i], argv[i + 1], (unsigned long long)hashes[i / 2],
			i / 2, bytes[i / 2]);
	fputs("\t{ 0 },\n};\n", out);
	return fclose(out) == 0 ? 0 : 1;
}
