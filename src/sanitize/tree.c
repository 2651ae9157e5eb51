/* 一つの受け渡しの木 — contract in tree.h. */
#include "sanitize/tree.h"
#include "base/hash.h"

struct node *node_new(struct tree *t, struct node *parent)
{
	struct node *n = arena_alloc(t->arena, sizeof *n);

	n->tree = t;
	n->parent = parent;
	n->children_end = &n->children;
	n->depth = parent ? parent->depth + 1 : 0;
	n->control = n->input = n->output = n->scratch = n->scratch_read = n->members = n->members_read = -1;
	n->owns_input = !parent;
	report_start(&n->report);
	if (parent) {
		*parent->children_end = n;
		parent->children_end = &n->next_child;
		*parent->report.members_end = &n->report;
		parent->report.members_end = &n->report.next;
	}
	return n;
}

struct tree *tree_new(struct broker *broker, struct tree **list, const struct limits *limits, broker_done *done, void *self)
{
	struct arena *arena = arena_new(0);
	struct tree *t = arena_alloc(arena, sizeof *t);

	*t = (struct tree){ .broker = broker, .arena = arena, .limits = limits, .charset = -1, .done = done, .self = self };
	t->root = node_new(t, NULL);
	t->next = *list;
	*list = t;
	return t;
}

void tree_free(struct tree **list, struct tree *t)
{
	while (*list && *list != t)
		list = &(*list)->next;
	if (*list)
		*list = t->next;
	secret_wipe(t->password, t->password_n);
	arena_free(t->arena);
}

void node_remove(struct node **list, struct node *node)
{
	for (; *list; list = &(*list)->next_running)
		if (*list == node) {
			*list = node->next_running;
			node->next_running = NULL;
			return;
		}
}

void queue_put(struct queue *q, struct node *n)
{
	must(!n->queued);
	n->queued = true;
	n->next_queued = NULL;
	if (q->last)
		q->last->next_queued = n;
	else
		q->first = n;
	q->last = n;
}

struct node *queue_take(struct queue *q)
{
	struct node *n = q->first;

	if (n) {
		q->first = n->next_queued;
		if (!q->first)
			q->last = NULL;
		n->queued = false;
	}
	return n;
}

void deep_queue_put(struct deep_queue *q, struct node *n)
{
	/* A verification ends a file and makes none: nobody's waits behind the members of another tree. */
	queue_put(&q->at[n->stage == STAGE_VERIFY ? DEPTHS - 1 : MIN(n->depth, (unsigned)DEPTHS - 1)], n);
}

struct node *deep_queue_take(struct deep_queue *q)
{
	struct node *n = NULL;

	for (size_t depth = DEPTHS; !n && depth-- > 0;)
		n = queue_take(&q->at[depth]);
	return n;
}

void queue_remove(struct queue *q, struct node *node)
{
	struct node *before = NULL;

	for (struct node *n = q->first; n; before = n, n = n->next_queued) {
		if (n != node)
			continue;
		if (before)
			before->next_queued = n->next_queued;
		else
			q->first = n->next_queued;
		if (q->last == n)
			q->last = before;
		n->queued = false;
		return;
	}
}
