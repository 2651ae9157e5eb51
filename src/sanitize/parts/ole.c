/* 複合ファイル（OLE2）— contract in ole.h. */
#include "sanitize/parts/ole.h"
#include "base/cursor.h"
#include "base/text.h"
#include "sanitize/format.h"

enum { HEADER = 512, HEADER_FAT = 109, ENTRY = 128, NAME_BYTES = 64, MINI_SHIFT = 6, PATH_DEPTH = 32 };
#define FREE	     0xffffffffu
#define END_OF_CHAIN 0xfffffffeu
#define LAST_SECTOR  0xfffffffau

static int damaged(struct err *err, const char *what)
{
	return refuse(err, REFUSAL_DAMAGED, "OLE2 container: %s (C1)", what);
}

struct header {
	uint32_t fat_sectors, directory, mini_fat, difat, difat_count;
	uint32_t first_fat[HEADER_FAT];
};

static int read_header(struct ole *o, struct header *h, struct err *err)
{
	struct cursor c = cursor_over(o->file);
	struct bytes magic = cursor_bytes(&c, 8);

	cursor_take(&c, 16 + 2); /* class, minor version */
	uint16_t major = cursor_u16le(&c), order = cursor_u16le(&c), shift = cursor_u16le(&c), mini_shift = cursor_u16le(&c);
	cursor_take(&c, 6 + 4); /* reserved, number of directory sectors */
	h->fat_sectors = cursor_u32le(&c);
	h->directory = cursor_u32le(&c);
	cursor_take(&c, 4);
	o->mini_cutoff = cursor_u32le(&c);
	h->mini_fat = cursor_u32le(&c);
	cursor_take(&c, 4); /* the chain tells how long it is */
	h->difat = cursor_u32le(&c);
	h->difat_count = cursor_u32le(&c);
	for (unsigned i = 0; i < HEADER_FAT; i++)
		h->first_fat[i] = cursor_u32le(&c);
	if (c.failed || !bytes_equal(magic, BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")))
		return damaged(err, "no header");
	if (order != 0xfffe || mini_shift != MINI_SHIFT || (shift != 9 && shift != 12) || (major != 3 && major != 4) || o->mini_cutoff != 4096)
		return damaged(err, "a header that nobody writes");
	o->shift = shift;
	if (o->file.n < (size_t)2 << shift)
		return damaged(err, "cut short");
	/* The first sector is the header's; the last may be cut short, as some programs leave it. */
	o->sectors = (uint32_t)((o->file.n - 1) >> shift);
	return 0;
}

/* The bytes of a sector; fewer at the end of the file. */
static struct bytes sector_of(const struct ole *o, uint32_t n)
{
	size_t size = (size_t)1 << o->shift, at = ((size_t)n + 1) << o->shift;

	return bytes_of(o->file.p + at, MIN(size, o->file.n - at));
}

static int take_sector(struct ole *o, uint32_t n, struct err *err)
{
	if (n >= o->sectors)
		return damaged(err, "a sector behind the end");
	if (o->taken[n])
		return damaged(err, "a sector stands in two chains");
	o->taken[n] = 1;
	return 0;
}

static int add_fat_sector(struct ole *o, uint32_t n, struct err *err)
{
	uint32_t per_sector = 1u << (o->shift - 2);

	if (take_sector(o, n, err) < 0)
		return -1;
	struct cursor c = cursor_over(sector_of(o, n));
	for (uint32_t i = 0; i < per_sector; i++) {
		uint32_t next = cursor_u32le(&c);
		o->fat[o->fat_count++] = c.failed ? FREE : next;
	}
	return 0;
}

static int read_fat(struct ole *o, const struct header *h, struct err *err)
{
	uint32_t per_sector = 1u << (o->shift - 2), added = 0;

	/* More sectors of the table than the sectors of the file need say nothing; each stands in the file, so the file bounds them. */
	if (h->fat_sectors > o->sectors)
		return damaged(err, "a table larger than the file");
	o->fat = arena_new_array(o->arena, uint32_t, (size_t)h->fat_sectors * per_sector + 1);
	for (unsigned i = 0; i < HEADER_FAT && added < h->fat_sectors; i++, added++)
		if (add_fat_sector(o, h->first_fat[i], err) < 0)
			return -1;
	uint32_t next = h->difat;
	for (uint32_t k = 0; k < h->difat_count && added < h->fat_sectors; k++) {
		if (take_sector(o, next, err) < 0)
			return -1;
		struct cursor c = cursor_over(sector_of(o, next));
		for (uint32_t i = 0; i + 1 < per_sector && added < h->fat_sectors; i++, added++)
			if (add_fat_sector(o, cursor_u32le(&c), err) < 0)
				return -1;
		next = 0;
		if (added < h->fat_sectors)
			next = cursor_u32le(&c);
		if (c.failed)
			return damaged(err, "a table that is cut short");
	}
	return added == h->fat_sectors ? 0 : damaged(err, "a table that is cut short");
}

/* Walks a chain of the table, taking each entry once; *length: how many. Chains end, or the file is refused. */
static int walk(const uint32_t *table, uint32_t count, uint8_t *taken, uint32_t start, uint32_t *length, struct err *err)
{
	uint32_t n = 0;

	for (uint32_t at = start; at != END_OF_CHAIN; at = table[at]) {
		if (at >= count || at > LAST_SECTOR)
			return damaged(err, "a chain leads out of the file");
		if (taken[at])
			return damaged(err, "a chain turns back, or two chains meet");
		taken[at] = 1;
		n++;
	}
	*length = n;
	return 0;
}

/* A chain that was walked, as one piece: in the file itself if its pieces lie one behind the other. */
static int gather(const struct ole *o, uint32_t start, uint64_t size, struct bytes *out, struct err *err)
{
	size_t step = (size_t)1 << o->shift;
	bool in_order = true;
	uint64_t n = 0;

	for (uint32_t at = start; n < size && in_order; at = o->fat[at], n += step)
		in_order = n + step >= size || o->fat[at] == at + 1;
	if (size == 0 || in_order) {
		size_t from = size ? ((size_t)start + 1) << o->shift : 0;
		if (size > o->file.n - from)
			return damaged(err, "a stream that is cut short");
		*out = bytes_of(o->file.p + from, (size_t)size);
		return 0;
	}
	uint8_t *p = arena_scratch(o->arena, (size_t)size);
	if (!p)
		return refuse(err, REFUSAL_MEMORY, "no memory for a stream of %llu bytes", (unsigned long long)size);
	size_t done = 0;
	for (uint32_t at = start; done < size; at = o->fat[at]) {
		struct bytes piece = sector_of(o, at);
		size_t want = MIN(step, (size_t)size - done);
		if (piece.n < want)
			return damaged(err, "a stream that is cut short");
		memcpy(p + done, piece.p, want);
		done += want;
	}
	*out = bytes_of(p, (size_t)size);
	return 0;
}

static int gather_mini(const struct ole *o, uint32_t start, uint64_t size, struct bytes *out, struct err *err)
{
	uint8_t *p = arena_scratch(o->arena, (size_t)size + 1);
	size_t done = 0;

	if (!p)
		return refuse(err, REFUSAL_MEMORY, "no memory for a stream of %llu bytes", (unsigned long long)size);
	for (uint32_t at = start; done < size; at = o->mini[at]) {
		size_t from = (size_t)at << MINI_SHIFT, want = MIN((size_t)1 << MINI_SHIFT, (size_t)size - done);
		if (from > o->mini_stream.n || want > o->mini_stream.n - from)
			return damaged(err, "a small stream that is cut short");
		memcpy(p + done, o->mini_stream.p + from, want);
		done += want;
	}
	*out = bytes_of(p, (size_t)size);
	return 0;
}

static bool is_mini(const struct ole *o, const struct ole_entry *e) { return e->type == OLE_STREAM && e->size < o->mini_cutoff; }

/* -- the directory -- */
struct node {
	uint32_t left, right, child;
};

static int read_name(struct ole *o, struct bytes raw, uint16_t n, struct text *out, struct err *err)
{
	if (n < 2 || n > NAME_BYTES || n % 2)
		return damaged(err, "an entry without a name");
	if (text_from(o->arena, CHARSET_UTF16LE, bytes_of(raw.p, n - 2u), out, err) < 0)
		return damaged(err, "a name that is no text");
	return 0;
}

static int read_entry(struct ole *o, struct cursor *c, struct ole_entry *e, struct node *node, struct err *err)
{
	struct bytes name = cursor_bytes(c, NAME_BYTES);
	uint16_t name_n = cursor_u16le(c);
	uint8_t type = cursor_u8(c);

	cursor_take(c, 1); /* colour */
	node->left = cursor_u32le(c), node->right = cursor_u32le(c), node->child = cursor_u32le(c);
	struct bytes class_id = cursor_bytes(c, 16);
	cursor_take(c, 4 + 8 + 8);
	e->start = cursor_u32le(c);
	e->size = cursor_u64le(c);
	if (c->failed)
		return damaged(err, "a directory that is cut short");
	if (o->shift == 9)
		e->size &= 0xffffffff; /* the upper half is undefined there */
	memcpy(e->class_id, class_id.p, 16);
	if (type != OLE_STORAGE && type != OLE_STREAM && type != OLE_ROOT) {
		e->type = (enum ole_type)0; /* unused */
		return 0;
	}
	e->type = (enum ole_type)type;
	return read_name(o, name, name_n, &e->name, err);
}

/* Gives each entry its storage; what hangs nowhere does not exist. */
static int hang_up(struct ole *o, const struct node *nodes, struct err *err)
{
	struct way {
		uint32_t entry, parent;
	} *way = arena_new_array(o->arena, struct way, (size_t)o->count * 3 + 1);
	size_t depth = 0;

	if (o->entries[0].type != OLE_ROOT)
		return damaged(err, "no root");
	o->entries[0].reached = true;
	if (nodes[0].child != OLE_NONE)
		way[depth++] = (struct way){ nodes[0].child, 0 };
	while (depth > 0) {
		struct way w = way[--depth];
		if (w.entry >= o->count)
			return damaged(err, "an entry behind the end of the directory");
		struct ole_entry *e = &o->entries[w.entry];
		if (e->reached || (e->type != OLE_STORAGE && e->type != OLE_STREAM))
			return damaged(err, "a directory that is no tree");
		e->reached = true;
		e->parent = w.parent;
		const uint32_t next[][2] = { { nodes[w.entry].left, w.parent }, { nodes[w.entry].right, w.parent }, { e->type == OLE_STORAGE ? nodes[w.entry].child : OLE_NONE, w.entry } };
		for (size_t i = 0; i < COUNT(next); i++)
			if (next[i][0] != OLE_NONE)
				way[depth++] = (struct way){ next[i][0], next[i][1] };
	}
	return 0;
}

static int read_directory(struct ole *o, const struct header *h, struct err *err)
{
	uint32_t length = 0;
	struct bytes all;

	if (walk(o->fat, MIN(o->fat_count, o->sectors), o->taken, h->directory, &length, err) < 0)
		return -1;
	uint64_t count = ((uint64_t)length << o->shift) / ENTRY;
	if (count == 0)
		return damaged(err, "no directory");
	if (count > OLE_ENTRIES_MOST)
		return refuse(err, REFUSAL_TOO_MANY_PARTS, "more than %d entries in an OLE2 container", OLE_ENTRIES_MOST);
	if (gather(o, h->directory, count * ENTRY, &all, err) < 0)
		return -1;
	struct cursor c = cursor_over(all);
	o->count = (uint32_t)count;
	o->entries = arena_new_array(o->arena, struct ole_entry, o->count);
	struct node *nodes = arena_new_array(o->arena, struct node, o->count);
	for (uint32_t i = 0; i < o->count; i++)
		if (read_entry(o, &c, &o->entries[i], &nodes[i], err) < 0)
			return -1;
	return hang_up(o, nodes, err);
}

static int read_mini(struct ole *o, const struct header *h, struct err *err)
{
	struct ole_entry *root = &o->entries[0];
	uint32_t usable = MIN(o->fat_count, o->sectors), length = 0;
	struct bytes table = { NULL, 0 };

	if (root->size && root->start < LAST_SECTOR) {
		if (walk(o->fat, usable, o->taken, root->start, &length, err) < 0)
			return -1;
		if (root->size > (uint64_t)length << o->shift)
			return damaged(err, "a stream longer than its chain");
		/* The last sector of the file may be cut short where nothing stands any more. */
		uint64_t there = o->file.n - ((size_t)1 << o->shift);
		if (gather(o, root->start, MIN(root->size, there), &o->mini_stream, err) < 0)
			return -1;
	}
	if (h->mini_fat < LAST_SECTOR) {
		if (walk(o->fat, usable, o->taken, h->mini_fat, &length, err) < 0)
			return -1;
		if (gather(o, h->mini_fat, (uint64_t)length << o->shift, &table, err) < 0)
			return -1;
	}
	struct cursor c = cursor_over(table);
	o->mini_count = (uint32_t)(table.n / 4);
	o->mini = arena_new_array(o->arena, uint32_t, (size_t)o->mini_count + 1);
	o->mini_taken = arena_alloc(o->arena, (size_t)o->mini_count + 1);
	for (uint32_t i = 0; i < o->mini_count; i++)
		o->mini[i] = cursor_u32le(&c);
	return 0;
}

static int check_streams(struct ole *o, struct err *err)
{
	uint32_t usable = MIN(o->fat_count, o->sectors);

	for (uint32_t i = 1; i < o->count; i++) {
		struct ole_entry *e = &o->entries[i];
		uint32_t length = 0;
		if (!e->reached || e->type != OLE_STREAM || e->size == 0)
			continue;
		bool mini = is_mini(o, e);
		if (walk(mini ? o->mini : o->fat, mini ? o->mini_count : usable, mini ? o->mini_taken : o->taken, e->start, &length, err) < 0)
			return -1;
		if (e->size > (uint64_t)length << (mini ? (unsigned)MINI_SHIFT : o->shift))
			return damaged(err, "a stream longer than its chain");
	}
	return 0;
}

int ole_open(struct arena *arena, struct bytes file, struct ole *out, struct err *err)
{
	struct ole o = { .arena = arena, .file = file };
	struct header h;

	if (read_header(&o, &h, err) < 0)
		return -1;
	o.taken = arena_alloc(arena, (size_t)o.sectors + 1);
	if (read_fat(&o, &h, err) < 0 || read_directory(&o, &h, err) < 0 || read_mini(&o, &h, err) < 0 || check_streams(&o, err) < 0)
		return -1;
	*out = o;
	return 0;
}

uint32_t ole_find(const struct ole *o, uint32_t parent, const char *name)
{
	for (uint32_t i = 1; i < o->count; i++)
		if (o->entries[i].reached && o->entries[i].parent == parent && strcasecmp(o->entries[i].name.p, name) == 0)
			return i;
	return OLE_NONE;
}

int ole_content(const struct ole *o, uint32_t entry, struct bytes *out, struct err *err)
{
	must(entry < o->count && o->entries[entry].reached);
	const struct ole_entry *e = &o->entries[entry];

	if (e->type != OLE_STREAM || e->size == 0) {
		*out = bytes_of(NULL, 0);
		return 0;
	}
	return is_mini(o, e) ? gather_mini(o, e->start, e->size, out, err) : gather(o, e->start, e->size, out, err);
}

const char *ole_path(const struct ole *o, uint32_t entry)
{
	const char *path = "";

	for (unsigned depth = 0; entry != 0 && depth < PATH_DEPTH; entry = o->entries[entry].parent, depth++)
		path = arena_printf(o->arena, *path ? "%s/%s" : "%s%s", o->entries[entry].name.p, path);
	return text_printable(o->arena, bytes_of(path, strlen(path)), 120);
}
