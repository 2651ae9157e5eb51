/* 証跡の写し — evidenced's own files for a backup: the log as far as it was signed, the key, the memory of the last signature, the mark. Taken while
 * evidenced goes on sealing, in an order that makes a later start find everything it looks for. */
#ifndef EVIDENCE_LOG_COPY_H
#define EVIDENCE_LOG_COPY_H
#include "base/copy.h"

/* home: the data folder. Names in the stream begin with "evidence/". */
int log_copy(int out, int home, struct err *err) CHECK_RESULT;

#endif
