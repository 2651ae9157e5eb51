/* メタファイルの額縁 — a drawing document of one page that holds one metafile as it came and is just as large, so that LibreOffice in the converter's jail draws it and
 * nothing around it. Only the converter ever sees it (decision 0010). */
#ifndef SANITIZE_PARTS_METAFILE_FRAME_H
#define SANITIZE_PARTS_METAFILE_FRAME_H
#include "sanitize/format.h"

/* To the job's output, which then goes to the converter. width, height: of the drawing in hundredths of a millimetre; 0: not known, a usual shape is taken. Small ones are
 * drawn at twice their size, large ones at most SIDE_MOST long. */
int metafile_frame(struct job *job, uint64_t width, uint64_t height, struct bytes metafile, struct err *err) CHECK_RESULT;

#endif
