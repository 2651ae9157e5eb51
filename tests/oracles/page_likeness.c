/* ページの似ている度合い — SSIM of two grey pictures (PGM, P5): mean over windows of 8 by 8 pixels, every 4 pixels, of what one window has of the other's
 * brightness, contrast and structure (Wang and others, 2004). 1 = the same. No code of ours: it judges what we deliver.
 * Usage: page_likeness A.pgm B.pgm   Prints the number and the box of what differs; pictures of two sizes print 0. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 8, STEP = 4, SIDE_MOST = 20000 };
struct picture {
	int w, h;
	uint8_t *p;
};

static struct picture read_picture(const char *path)
{
	struct picture o = { 0, 0, NULL };
	FILE *f = fopen(path, "rb");
	int most = 0;

	if (!f || fscanf(f, "P5 %d %d %d", &o.w, &o.h, &most) != 3 || most != 255 || o.w < WINDOW || o.h < WINDOW || o.w > SIDE_MOST || o.h > SIDE_MOST || fgetc(f) == EOF) {
		fprintf(stderr, "%s: no PGM picture\n", path);
		exit(2);
	}
	o.p = malloc((size_t)o.w * (size_t)o.h);
	if (!o.p || fread(o.p, 1, (size_t)o.w * (size_t)o.h, f) != (size_t)o.w * (size_t)o.h) {
		fprintf(stderr, "%s: cut short\n", path);
		exit(2);
	}
	fclose(f);
	return o;
}

static double window(const struct picture *a, const struct picture *b, int x, int y)
{
	const double n = WINDOW * WINDOW, c1 = 0.01 * 255 * 0.01 * 255, c2 = 0.03 * 255 * 0.03 * 255;
	double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;

	for (int j = 0; j < WINDOW; j++) {
		const uint8_t *p = a->p + (size_t)(y + j) * (size_t)a->w + x, *q = b->p + (size_t)(y + j) * (size_t)b->w + x;
		for (int i = 0; i < WINDOW; i++) {
			sa += p[i], sb += q[i];
			saa += p[i] * p[i], sbb += q[i] * q[i], sab += p[i] * q[i];
		}
	}
	double ma = sa / n, mb = sb / n, va = (saa - n * ma * ma) / (n - 1), vb = (sbb - n * mb * mb) / (n - 1), cov = (sab - n * ma * mb) / (n - 1);
	return (2 * ma * mb + c1) * (2 * cov + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
}

static void print_box(const struct picture *a, const struct picture *b)
{
	int left = a->w, top = a->h, right = -1, bottom = -1;

	for (int y = 0; y < a->h; y++)
		for (int x = 0; x < a->w; x++)
			if (a->p[(size_t)y * (size_t)a->w + (size_t)x] != b->p[(size_t)y * (size_t)a->w + (size_t)x]) {
				left = x < left ? x : left, right = x > right ? x : right;
				top = y < top ? y : top, bottom = y;
			}
	if (right >= 0)
		printf(" differs within %d,%d-%d,%d of %dx%d", left, top, right, bottom, a->w, a->h);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	struct picture a = read_picture(argv[1]), b = read_picture(argv[2]);
	double sum = 0;
	long count = 0;

	if (a.w != b.w || a.h != b.h) {
		printf("0.000000 sizes %dx%d and %dx%d\n", a.w, a.h, b.w, b.h);
		return 0;
	}
	for (int y = 0; y + WINDOW <= a.h; y += STEP)
		for (int x = 0; x + WINDOW <= a.w; x += STEP, count++)
			sum += window(&a, &b, x, y);
	printf("%.6f", sum / (double)count);
	print_box(&a, &b);
	puts("");
	free(a.p);
	free(b.p);
	return 0;
}
