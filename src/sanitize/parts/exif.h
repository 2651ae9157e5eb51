/* 撮影情報 — the one thing of EXIF that is worth keeping: which way up the picture is. Everything else is dropped unread. */
#ifndef SANITIZE_PARTS_EXIF_H
#define SANITIZE_PARTS_EXIF_H
#include "base/base.h"

/* tiff: an EXIF block from its "II" or "MM" on. 1 … 8, 1 where it says nothing sensible. */
unsigned exif_orientation(struct bytes tiff);

#endif
