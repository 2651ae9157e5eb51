/* 文の違い — which lines of a canonical text go and which come: as each thing has one place and one spelling there, this is the difference of the rules. */
#ifndef POLICY_LINE_CHANGES_H
#define POLICY_LINE_CHANGES_H
#include "base/arena.h"

struct line_change {
	char sign; /* '+' comes, '-' goes, ' ' stays, '~' so many lines left out here */
	struct text line;
	size_t left_out;
};
struct line_changes {
	struct line_change *rows;
	size_t count, come, go;
};
/* Lines that stay are shown up to `around` of them on each side of a change. Texts of more than some thousand lines that differ everywhere are shown as
 * gone and come as a whole: right, if not short. */
struct line_changes line_changes_of(struct arena *arena, struct bytes before, struct bytes after, size_t around);

#endif
