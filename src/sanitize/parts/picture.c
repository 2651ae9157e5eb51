/* 画素の絵 — contract in picture.h. */
#include "sanitize/parts/picture.h"

int picture_start_in(struct picture *p, struct job *job, struct arena *arena, uint64_t width, uint64_t height, uint8_t depth, uint8_t colour,
		     struct err *err)
{
	*p = (struct picture){ .job = job, .arena = arena, .orientation = 1 };
	if (width == 0 || height == 0)
		return refuse(err, REFUSAL_DAMAGED, "a picture without pixels");
	if (width > INT32_MAX || height > INT32_MAX || width * height > job_limit(job, LIMIT_PIXELS))
		return refuse(err, REFUSAL_TOO_LARGE, "%llu by %llu pixels", (unsigned long long)width, (unsigned long long)height);
	if (!png_shape_of((uint32_t)width, (uint32_t)height, depth, colour, &p->head.shape))
		return refuse(err, REFUSAL_FEATURE, "no picture of %u bits and kind %u", depth, colour);
	p->pixels = png_room_in(job, arena, (uint64_t)p->head.shape.row_bytes * height, err);
	return p->pixels ? 0 : -1;
}

int picture_write(struct picture *p, struct err *err)
{
	struct png_shape *s = &p->head.shape;

	if (p->orientation > 1) {
		struct png_shape turned = png_turned(s, p->orientation);
		uint8_t *up = png_room(p->job, (uint64_t)turned.row_bytes * turned.height, err);
		if (!up)
			return -1;
		png_turn(s, p->pixels, p->orientation, &turned, up);
		*s = turned, p->pixels = up;
	}
	return png_write(p->job, &p->head, p->pixels, s->row_bytes, err);
}

void picture_palette(struct picture *p, const uint8_t *colours, size_t count)
{
	size_t room = (size_t)1 << p->head.shape.depth;
	uint8_t *to = arena_alloc(job_arena(p->job), room * 3);

	memcpy(to, colours, MIN(count, room) * 3);
	p->head.palette = bytes_of(to, room * 3);
}

uint8_t picture_depth_for(size_t colours)
{
	return colours <= 2 ? 1 : colours <= 4 ? 2 : colours <= 16 ? 4 : 8;
}
