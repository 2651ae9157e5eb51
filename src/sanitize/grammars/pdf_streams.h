/* PDFの文法（ストリーム） — what may stand in streams: drawing instructions, CMaps, calculator functions, JPEG data. Each accepts only our writer's spelling. */
#ifndef SANITIZE_GRAMMARS_PDF_STREAMS_H
#define SANITIZE_GRAMMARS_PDF_STREAMS_H
#include "base/arena.h"

/* Makes the table of instructions: once, before the walls, for all jobs of the process; the first content would do it too. */
void stream_prepare(void);
/* *at: where it stopped. ending: behind each instruction, '\n' in streams, ' ' in default appearances (there the last has none). */
bool stream_is_content(struct bytes in, char ending, size_t *at);
bool stream_is_cmap(struct bytes in, size_t *at);
bool stream_is_calculator(struct bytes in, size_t *at);
/* One baseline image: listed markers, one scan, the end at the end. */
bool stream_is_jpeg(struct bytes in, uint64_t pixels_most, size_t *at);

#endif
