/* 文字コード表の生成 — writes the tables of base/charset_japanese.c from the build machine's iconv, which decodes CP932 code for code
 * as Windows does (tests/charsets.sh asks a second implementation). Run at build time: charsets OUT.h */
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEADS = 60, TRAILS = 188, ROWS = 94, CELLS = 94, PAGES = 256 };

static uint16_t cp932[LEADS][TRAILS], jisx0212[ROWS][CELLS];
static uint16_t to_cp932[65536], to_jisx0212[65536];

static void give_up(const char *why)
{
	fprintf(stderr, "charsets: %s\n", why);
	exit(1);
}

/* The one BMP character of these bytes, 0 if there is none. */
static uint16_t decode(iconv_t from, const uint8_t *bytes, size_t n)
{
	char in[4], *ip = in;
	unsigned char out[8];
	char *op = (char *)out;
	size_t in_left = n, out_left = sizeof out;

	memcpy(in, bytes, n);
	iconv(from, NULL, NULL, NULL, NULL);
	if (iconv(from, &ip, &in_left, &op, &out_left) == (size_t)-1 || in_left != 0 || out_left != 4)
		return 0;
	return out[0] == 0 && out[1] == 0 ? (uint16_t)(out[2] << 8 | out[3]) : 0;
}

static unsigned lead_byte(unsigned i)
{
	return i < 31 ? 0x81 + i : 0xe0 + i - 31;
}

static unsigned trail_byte(unsigned i)
{
	return i < 63 ? 0x40 + i : 0x80 + i - 63;
}

/* Which of several codes of one character is written: JIS X 0208, NEC row 13, IBM rows FA-FC, NEC's copy of them ED-EE. */
static unsigned rank(unsigned lead)
{
	return lead == 0xed || lead == 0xee ? 3 : lead >= 0xfa ? 2 : lead == 0x87 ? 1 : 0;
}

static void fill_cp932(void)
{
	iconv_t from = iconv_open("UTF-32BE", "CP932");
	unsigned count = 0;

	if (from == (iconv_t)-1)
		give_up("the machine's iconv knows no CP932");
	for (unsigned i = 0; i < LEADS; i++)
		for (unsigned k = 0; k < TRAILS; k++) {
			uint8_t b[2] = { (uint8_t)lead_byte(i), (uint8_t)trail_byte(k) };
			uint16_t u = decode(from, b, 2);
			cp932[i][k] = u;
			count += u != 0;
			if (u && (to_cp932[u] == 0 || rank(b[0]) < rank(to_cp932[u] >> 8)))
				to_cp932[u] = (uint16_t)(b[0] << 8 | b[1]);
		}
	iconv_close(from);
	if (count != 9604)
		give_up("the machine's CP932 has not the 9604 two-byte codes of Windows");
}

static void fill_jisx0212(void)
{
	iconv_t from = iconv_open("UTF-32BE", "EUC-JP");
	unsigned count = 0;

	if (from == (iconv_t)-1)
		give_up("the machine's iconv knows no EUC-JP");
	for (unsigned i = 0; i < ROWS; i++)
		for (unsigned k = 0; k < CELLS; k++) {
			uint8_t b[3] = { 0x8f, (uint8_t)(0xa1 + i), (uint8_t)(0xa1 + k) };
			uint16_t u = decode(from, b, 3);
			jisx0212[i][k] = u;
			count += u != 0;
			if (u && to_jisx0212[u] == 0)
				to_jisx0212[u] = (uint16_t)(b[1] << 8 | b[2]);
		}
	iconv_close(from);
	if (count != 6067)
		give_up("the machine's JIS X 0212 has not 6067 characters");
}

static void put_array(FILE *out, const char *declaration, const uint16_t *v, size_t n)
{
	fprintf(out, "static const uint16_t %s = {", declaration);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s%u,", i % 16 ? "" : "\n", v[i]);
	fputs("\n};\n", out);
}

/* Two steps, so that only pages in use take room: page number by the upper byte, code by the lower. Page 0 is empty. */
static void put_pages(FILE *out, const char *name, const uint16_t *to)
{
	static const uint16_t empty[256];
	uint16_t number[PAGES];
	uint16_t used = 1;
	char declaration[80];

	for (unsigned i = 0; i < PAGES; i++)
		number[i] = memcmp(to + i * 256, empty, sizeof empty) ? used++ : 0;
	snprintf(declaration, sizeof declaration, "%s_page[256]", name);
	put_array(out, declaration, number, PAGES);
	fprintf(out, "static const uint16_t %s_code[%u][256] = {\n{0},\n", name, used);
	for (unsigned i = 0; i < PAGES; i++) {
		if (!number[i])
			continue;
		fputs("{", out);
		for (unsigned k = 0; k < 256; k++)
			fprintf(out, "%u,", to[i * 256 + k]);
		fputs("},\n", out);
	}
	fputs("};\n", out);
}

/* The NEC copy (ED40-EEFC) of each IBM code FA40-FC4B, 0 where there is none: EUC-JP and ISO-2022-JP have only that. */
static void put_nec_of_ibm(FILE *out)
{
	uint16_t nec[3 * TRAILS] = { 0 };

	for (unsigned i = 0; i < 3; i++)
		for (unsigned k = 0; k < TRAILS; k++)
			for (unsigned n = 0; n < 2 * TRAILS && cp932[57 + i][k]; n++)
				if (cp932[44 + n / TRAILS][n % TRAILS] == cp932[57 + i][k])
					nec[i * TRAILS + k] = (uint16_t)(lead_byte(44 + n / TRAILS) << 8 | trail_byte(n % TRAILS));
	put_array(out, "nec_of_ibm[3 * 188]", nec, 3 * TRAILS);
}

int main(int argc, char **argv)
{
	FILE *out = argc == 2 ? fopen(argv[1], "w") : NULL;

	if (!out)
		give_up("usage: charsets OUT.h");
	fill_cp932();
	fill_jisx0212();
	fputs("/* 文字コード表 — made by tools/charsets.c; indices as there. */\n#include <stdint.h>\n", out);
	put_array(out, "cp932_decode[60 * 188]", cp932[0], sizeof cp932 / 2);
	put_array(out, "jisx0212_decode[94 * 94]", jisx0212[0], sizeof jisx0212 / 2);
	put_pages(out, "cp932", to_cp932);
	put_pages(out, "jisx0212", to_jisx0212);
	put_nec_of_ibm(out);
	if (fclose(out) != 0)
		give_up("cannot write");
	return 0;
}
