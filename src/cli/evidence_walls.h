/* 検証の壁 — verification runs without network and without the right to write anything: what it reads may be hostile. */
#ifndef CLI_EVIDENCE_WALLS_H
#define CLI_EVIDENCE_WALLS_H
#include "base/err.h"

/* Reading files and writing to what is open already stay possible; everything else ends the process. Call when options are read. */
int evidence_walls(struct err *err) CHECK_RESULT;

#endif
