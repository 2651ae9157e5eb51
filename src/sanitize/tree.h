/* 一つの受け渡しの木 — the broker's own notes: a tree, its nodes (files), the queues they stand in. Internal to the broker. */
#ifndef SANITIZE_TREE_H
#define SANITIZE_TREE_H
#include "sanitize/broker.h"
#include "sanitize/clamd.h"
#include "sanitize/program.h"
#include "sanitize/wire.h"

enum { DEPTHS = 18 }; /* more than limits.def lets a tree have; what lies deeper is on its way to be refused */
enum stage { STAGE_REBUILD, STAGE_CONVERT, STAGE_VERIFY }; /* a rebuild without report.format identifies first */

struct node {
	struct tree *tree;
	struct node *parent, *children, **children_end, *next_child;
	unsigned depth;
	int input; /* the root's own; a member's is its parent's scratch_read, until it is owned */
	bool owns_input;
	uint64_t at, size;
	const struct format *becomes; /* what it turned out to hold, or is converted to; NULL: it stays what it is */
	struct text name;
	enum stage stage;
	/* the job at work; job 0: none */
	uint32_t job;
	struct program *program;
	int control;
	struct loop_watch *watch;
	struct node *next_running;
	const char *family; /* of the jail that rebuilds */
	bool waiting, heard_result, broke_protocol, told_format, holds_clock;
	struct {
		enum wire_status status;
		enum refusal refusal;
		unsigned code;
		uint64_t at, written;
		const char *say;
		struct text extension;
		bool converted;
	} result;
	/* descriptors of a rebuild, -1: none */
	int output, scratch, scratch_read, members, members_read;
	uint64_t members_end;
	uint32_t child_count, pending, rows_heard;
	/* how it ended */
	bool abandoned, over, delivered, converted;
	bool astray; /* its name is of another kind than its content: the output gets the right extension */
	struct text extension; /* of the output if not the format's own */
	struct wire_member row;
	struct report report;
	struct node *next_queued;
	bool queued;
};
struct tree {
	struct broker *broker;
	struct arena *arena;
	struct node *root;
	const struct limits *limits;
	int charset;
	struct rules rules;
	struct clamd_scan *scan; /* at work: of the original before anything else, of the output after everything */
	bool unjudged;
	bool pictured; /* a picture of the first page is wanted, and nothing is delivered to anybody else */
	uint8_t *password;
	size_t password_n;
	uint64_t unpacked, cpu_microseconds;
	uint32_t members, jobs, rebuilds, conversions, waiting;
	int64_t began, due, left; /* milliseconds */
	unsigned holding;	  /* nodes for which the clock stands */
	bool late;
	struct loop_timer *timer;
	broker_done *done;
	void *self;
	struct tree *next;
};
struct queue {
	struct node *first, *last;
};
/* Members, the deepest first: an archive's own are done before the archive beside it is begun, so that few jobs wait at a time, and a bomb is reached straight down. */
struct deep_queue {
	struct queue at[DEPTHS];
};

/* Stands in *list from now on; tree_free wipes the password and forgets everything, descriptors excepted. */
struct tree *tree_new(struct broker *broker, struct tree **list, const struct limits *limits, broker_done *done, void *self);
void tree_free(struct tree **list, struct tree *tree);
struct node *node_new(struct tree *tree, struct node *parent); /* parent NULL: the root */
void node_remove(struct node **list, struct node *node);       /* from the list by next_running */
void queue_put(struct queue *queue, struct node *node);
struct node *queue_take(struct queue *queue); /* NULL: empty */
void deep_queue_put(struct deep_queue *queue, struct node *node);
struct node *deep_queue_take(struct deep_queue *queue); /* NULL: empty */
void queue_remove(struct queue *queue, struct node *node);

#endif
