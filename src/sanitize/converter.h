/* 変換プログラムの場所 — the programs that the converter starts; where one is not there, what it converts is refused, and doctor says so. */
#ifndef SANITIZE_CONVERTER_H
#define SANITIZE_CONVERTER_H

#ifndef CONVERTER_PROGRAM /* tests put a program of their own here, which tries to get out */
#define CONVERTER_PROGRAM "/usr/lib/libreoffice/program/soffice.bin"
#endif
#define RENDERER_PROGRAM "/usr/bin/pdftoppm"  /* pages of a PDF as pixels */
#define READER_PROGRAM "/usr/bin/pdftotext" /* words of a PDF */
#define DRAWER_PROGRAM "/usr/bin/rsvg-convert" /* SVG as pixels */
#define PHOTO_PROGRAM "/usr/bin/heif-convert" /* HEIF and AVIF as JPEG */

#endif
