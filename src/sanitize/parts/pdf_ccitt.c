/* ファクス圧縮（CCITT） — ITU-T T.4 and T.6 decoder: scanned pages arrive this way. Bounded by the rows and columns stated. */
#include "sanitize/parts/pdf_filter.h"

enum { TERMINATING = 64, MAKE_UP = 27, EXTENDED = 13, LOOK = 13, COLUMNS_MOST = 65536, RUN_ERROR = -1 };

/* Codes as the standard prints them: runs 0-63, then 64, 128, … 1728. */
static const char *const white_codes[TERMINATING + MAKE_UP] = {
	"00110101", "000111", "0111", "1000", "1011", "1100", "1110", "1111", "10011", "10100", "00111", "01000", "001000",
	"000011", "110100", "110101", "101010", "101011", "0100111", "0001100", "0001000", "0010111", "0000011", "0000100",
	"0101000", "0101011", "0010011", "0100100", "0011000", "00000010", "00000011", "00011010", "00011011", "00010010",
	"00010011", "00010100", "00010101", "00010110", "00010111", "00101000", "00101001", "00101010", "00101011", "00101100",
	"00101101", "00000100", "00000101", "00001010", "00001011", "01010010", "01010011", "01010100", "01010101", "00100100",
	"00100101", "01011000", "01011001", "01011010", "01011011", "01001010", "01001011", "00110010", "00110011", "00110100",
	"11011", "10010", "010111", "0110111", "00110110", "00110111", "01100100", "01100101", "01101000", "01100111", "011001100",
	"011001101", "011010010", "011010011", "011010100", "011010101", "011010110", "011010111", "011011000", "011011001",
	"011011010", "011011011", "010011000", "010011001", "010011010", "011000", "010011011",
};
static const char *const black_codes[TERMINATING + MAKE_UP] = {
	"0000110111", "010", "11", "10", "011", "0011", "0010", "00011", "000101", "000100", "0000100", "0000101", "0000111",
	"00000100", "00000111", "000011000", "0000010111", "0000011000", "0000001000", "00001100111", "00001101000", "00001101100",
	"00000110111", "00000101000", "00000010111", "00000011000", "000011001010", "000011001011", "000011001100", "000011001101",
	"000001101000", "000001101001", "000001101010", "000001101011", "000011010010", "000011010011", "000011010100",
	"000011010101", "000011010110", "000011010111", "000001101100", "000001101101", "000011011010", "000011011011",
	"000001010100", "000001010101", "000001010110", "000001010111", "000001100100", "000001100101", "000001010010",
	"000001010011", "000000100100", "000000110111", "000000111000", "000000100111", "000000101000", "000001011000",
	"000001011001", "000000101011", "000000101100", "000001011010", "000001100110", "000001100111", "0000001111",
	"000011001000", "000011001001", "000001011011", "000000110011", "000000110100", "000000110101", "0000001101100",
	"0000001101101", "0000001001010", "0000001001011", "0000001001100", "0000001001101", "0000001110010", "0000001110011",
	"0000001110100", "0000001110101", "0000001110110", "0000001110111", "0000001010010", "0000001010011", "0000001010100",
	"0000001010101", "0000001011010", "0000001011011", "0000001100100", "0000001100101",
};
/* Both colours: 1792, 1856, … 2560. */
static const char *const extended_codes[EXTENDED] = {
	"00000001000", "00000001100", "00000001101", "000000010010", "000000010011", "000000010100", "000000010101",
	"000000010110", "000000010111", "000000011100", "000000011101", "000000011110", "000000011111",
};

struct entry {
	uint16_t run;
	uint8_t length; /* 0: no code begins so */
};
static struct entry tables[2][1 << LOOK];
static bool is_ready;

struct fax {
	struct bytes in;
	size_t bit; /* next one */
	int columns;
	const struct pdf_filter *filter;
	int *reference, *current; /* changing elements, ends with `columns` three times */
	int changes;
};

static void enter(struct entry *table, const char *code, unsigned run)
{
	unsigned length = (unsigned)strlen(code), value = 0;

	for (const char *c = code; *c; c++)
		value = value << 1 | (*c == '1');
	for (unsigned rest = 0; rest < 1u << (LOOK - length); rest++)
		table[value << (LOOK - length) | rest] = (struct entry){ (uint16_t)run, (uint8_t)length };
}

static void make_tables(void)
{
	for (unsigned i = 0; i < TERMINATING + MAKE_UP; i++) {
		unsigned run = i < TERMINATING ? i : (i - TERMINATING + 1) * 64;
		enter(tables[0], white_codes[i], run);
		enter(tables[1], black_codes[i], run);
	}
	for (unsigned i = 0; i < EXTENDED; i++) {
		enter(tables[0], extended_codes[i], 1792 + i * 64);
		enter(tables[1], extended_codes[i], 1792 + i * 64);
	}
	is_ready = true;
}

/* The next n ≤ 24 bits; zeros behind the end. */
static uint32_t peek(const struct fax *f, unsigned n)
{
	uint32_t v = 0;
	size_t byte = f->bit / 8;

	for (size_t i = 0; i < 4; i++)
		v = v << 8 | (byte + i < f->in.n ? f->in.p[byte + i] : 0);
	return v << (f->bit % 8) >> (32 - n);
}

static bool is_over(const struct fax *f)
{
	return f->bit >= f->in.n * 8;
}

static int run_of(struct fax *f, int colour)
{
	int total = 0;

	for (;;) {
		struct entry e = tables[colour][peek(f, LOOK)];
		if (e.length == 0 || is_over(f))
			return RUN_ERROR;
		f->bit += e.length;
		total += e.run;
		if (e.run < TERMINATING || total > f->columns)
			return total;
	}
}

static void change(struct fax *f, int at)
{
	int last = f->changes > 0 ? f->current[f->changes - 1] : 0;

	if (f->changes < f->columns + 2)
		f->current[f->changes++] = at < last ? last : at > f->columns ? f->columns : at;
}

static void end_row(struct fax *f)
{
	for (int i = 0; i < 3; i++)
		f->current[f->changes + i] = f->columns;
}

static bool row_1d(struct fax *f)
{
	int at = 0;

	f->changes = 0;
	for (int colour = 0; at < f->columns; colour ^= 1) {
		int run = run_of(f, colour);
		if (run < 0)
			return f->changes > 0;
		at += run;
		change(f, at);
	}
	return true;
}

/* Mode of the next element: −3…3 vertical, 4 pass, 5 horizontal, 6 none. */
static int mode_of(struct fax *f)
{
	static const struct {
		uint8_t length, value;
		int mode;
	} modes[] = { { 1, 1, 0 }, { 3, 3, 1 }, { 3, 2, -1 }, { 3, 1, 5 }, { 4, 1, 4 },
		      { 6, 3, 2 }, { 6, 2, -2 }, { 7, 3, 3 }, { 7, 2, -3 } };

	for (size_t i = 0; i < COUNT(modes); i++)
		if (peek(f, modes[i].length) == modes[i].value) {
			f->bit += modes[i].length;
			return modes[i].mode;
		}
	return 6;
}

static bool row_2d(struct fax *f)
{
	int a0 = -1, colour = 0, b = 0;

	f->changes = 0;
	while (a0 < f->columns) {
		/* b1: first change of the reference row right of a0 and of the opposite colour */
		while (b > 0 && f->reference[b - 1] > a0)
			b--;
		while (f->reference[b] < f->columns && (f->reference[b] <= a0 || (b & 1) != colour))
			b++;
		int b1 = f->reference[b], b2 = b1 < f->columns ? f->reference[b + 1] : f->columns;
		int mode = is_over(f) ? 6 : mode_of(f);
		if (mode == 6)
			return f->changes > 0;
		if (mode == 4) {
			a0 = b2;
		} else if (mode == 5) {
			int first = run_of(f, colour), second = first < 0 ? first : run_of(f, colour ^ 1);
			if (second < 0)
				return f->changes > 0;
			change(f, MAX(a0, 0) + first);
			change(f, MAX(a0, 0) + first + second);
			a0 = MAX(a0, 0) + first + second;
		} else {
			change(f, b1 + mode);
			a0 = MAX(b1 + mode, a0);
			if (f->changes >= f->columns + 2)
				break;
			if (a0 < 0)
				a0 = 0;
			colour ^= 1;
		}
	}
	return true;
}

/* Passes fill bits and an end-of-line code; *count of them in a row. */
static unsigned skip_line_ends(struct fax *f, bool tagged, bool *is_1d)
{
	unsigned count = 0;

	for (;;) {
		size_t start = f->bit;
		while (!is_over(f) && peek(f, 1) == 0)
			f->bit++;
		if (is_over(f) || f->bit - start < 11) {
			f->bit = start;
			return count;
		}
		f->bit++;
		count++;
		if (tagged)
			*is_1d = peek(f, 1), f->bit++;
	}
}

static bool next_row(struct fax *f)
{
	bool is_1d = true;

	if (f->filter->k < 0) {
		if (f->filter->byte_align)
			f->bit = (f->bit + 7) / 8 * 8;
		return !is_over(f) && peek(f, 24) != 0x001001 && row_2d(f);
	}
	unsigned ends = skip_line_ends(f, f->filter->k > 0, &is_1d);
	if (ends == 0 && f->filter->byte_align)
		f->bit = (f->bit + 7) / 8 * 8;
	if (ends >= 6 || is_over(f))
		return false;
	return is_1d ? row_1d(f) : row_2d(f);
}

static void paint(const struct fax *f, uint8_t *row)
{
	for (int i = 0; i < f->changes; i += 2) {
		int from = f->current[i], to = i + 1 < f->changes ? f->current[i + 1] : f->columns;
		for (int x = from; x < to; x++)
			row[x / 8] |= (uint8_t)(0x80 >> (x % 8));
	}
}

int pdf_ccitt_undo(struct arena *arena, struct bytes in, const struct pdf_filter *filter, size_t most, struct bytes *out)
{
	int columns = filter->columns > 0 && filter->columns <= COLUMNS_MOST ? filter->columns : 1728;
	struct fax f = { .in = in, .columns = columns, .filter = filter };
	size_t row_bytes = ((size_t)columns + 7) / 8, rows = 0;
	struct buf b = buf_in(arena, most);

	if (!is_ready)
		make_tables();
	f.reference = arena_new_array(arena, int, (size_t)columns + 6);
	f.current = arena_new_array(arena, int, (size_t)columns + 6);
	for (int i = 0; i < 3; i++)
		f.reference[i] = columns;
	while (filter->rows <= 0 || rows < (size_t)filter->rows) {
		bool ok = next_row(&f);
		if (!ok && filter->rows <= 0)
			break;
		uint8_t *to = buf_room(&b, row_bytes);
		if (!to)
			return -1;
		memset(to, 0, row_bytes);
		b.n += row_bytes, rows++;
		if (ok) {
			end_row(&f);
			paint(&f, to);
			int *swap = f.reference;
			f.reference = f.current, f.current = swap;
		} else {
			f.bit = in.n * 8; /* what follows cannot be read: white */
		}
	}
	if (!filter->black_is_1)
		for (size_t i = 0; i < b.n; i++)
			b.p[i] = (uint8_t)~b.p[i];
	*out = buf_view(&b);
	return 0;
}
