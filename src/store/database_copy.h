/* データベースの写し — one consistent state of a SQLite file, copied while its process goes on writing. For the process that owns the file, in a
 * second life of it under the same uid. */
#ifndef STORE_DATABASE_COPY_H
#define STORE_DATABASE_COPY_H
#include "base/copy.h"

/* home/name goes into the stream under its name. Beside it lies a temporary file name.copy meanwhile (ERR_FULL: no room for it), without a name as
 * soon as it is complete; one that an earlier copy left is removed. The writer is not held up. The copy is read whole before it goes out: ERR_MISMATCH: it is
 * damaged. */
int database_copy(int out, const char *home, const char *name, unsigned mode, struct err *err) CHECK_RESULT;

#endif
