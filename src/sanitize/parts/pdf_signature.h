/* PDFの電子署名 — who signed, when, and whether the signature fits the document as it came: said before rebuilding makes it void. threat D7. */
#ifndef SANITIZE_PARTS_PDF_SIGNATURE_H
#define SANITIZE_PARTS_PDF_SIGNATURE_H
#include "sanitize/format.h"

enum { PDF_SIGNATURES_MOST = 50 };
/* Reports each signature of the file: a row of D7 that names signer, issuer and time, and a note SIGNATURE_FITS, _PART, _BROKEN or _UNREAD. Never refuses. */
void pdf_signatures_tell(struct job *job, struct bytes file);

#endif
