/* PDFの書出し — the one writer: header, objects in order of the walk, one cross-reference table, trailer. Nothing random, nothing dated. Threat D13. */
#include "sanitize/parts/pdf_rebuild.h"

struct queue {
	struct pdf_output *first, *last;
	uint32_t count;
};

uint32_t pdf_output_number(const struct pdf_output *output)
{
	return output->number;
}

static void number(struct queue *q, struct pdf_output *o)
{
	if (o->number > 0)
		return;
	o->number = ++q->count;
	if (q->last)
		q->last->next = o;
	else
		q->first = o;
	q->last = o;
}

static void visit(struct queue *q, const struct pdf_value *v)
{
	if (v->kind == PDF_OUTPUT)
		number(q, v->output);
	else if (v->kind == PDF_ARRAY)
		for (uint32_t i = 0; i < v->n; i++)
			visit(q, &v->items[i]);
	else if (v->kind == PDF_DICTIONARY)
		for (uint32_t i = 0; i < v->n; i++)
			visit(q, &v->entries[i].value);
}

static int write_object(struct job *job, struct buf *b, const struct pdf_output *o, struct err *err)
{
	b->n = 0;
	buf_printf(b, "%u 0 obj\n", o->number);
	pdf_put(b, &o->value);
	buf_str(b, o->is_stream ? "\nstream\n" : "\nendobj\n");
	if (!buf_ok(b))
		return refuse(err, REFUSAL_TOO_LARGE, "object %u is too large", o->number);
	if (job_write(job, buf_view(b), err) < 0)
		return -1;
	if (!o->is_stream)
		return 0;
	return job_write(job, o->data, err) < 0 ? -1 : job_write(job, BYTES("\nendstream\nendobj\n"), err);
}

int pdf_write(struct job *job, struct arena *arena, struct pdf_output *catalog, struct pdf_output *info, struct err *err)
{
	struct queue q = { 0 };
	struct buf b = buf_in(arena, 0), table = buf_in(arena, 0);

	number(&q, catalog);
	if (info)
		number(&q, info);
	for (struct pdf_output *o = q.first; o; o = o->next)
		visit(&q, &o->value);
	if (job_write(job, BYTES("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), err) < 0)
		return -1;
	buf_printf(&table, "xref\n0 %u\n0000000000 65535 f \n", q.count + 1);
	for (struct pdf_output *o = q.first; o; o = o->next) {
		if (job_written(job) > 9999999999)
			return refuse(err, REFUSAL_TOO_LARGE, "the table holds offsets of ten digits only");
		buf_printf(&table, "%010llu 00000 n \n", (unsigned long long)job_written(job));
		if (write_object(job, &b, o, err) < 0)
			return -1;
	}
	uint64_t start = job_written(job);
	if (info)
		buf_printf(&table, "trailer\n<</Info %u 0 R /Root 1 0 R /Size %u>>\n", info->number, q.count + 1);
	else
		buf_printf(&table, "trailer\n<</Root 1 0 R /Size %u>>\n", q.count + 1);
	buf_printf(&table, "startxref\n%llu\n%%%%EOF\n", (unsigned long long)start);
	if (!buf_ok(&table))
		return refuse(err, REFUSAL_TOO_LARGE, "the cross-reference table is too large");
	return job_write(job, buf_view(&table), err);
}
