/* 記憶域の不足 — linked with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc: one allocation of the program fails, the others do not. */
#ifndef TESTS_FULL_STARVE_H
#define TESTS_FULL_STARVE_H
#include <stdbool.h>

void starve_at(unsigned long allocation); /* counted from now; 0: none */
bool starve_happened(void);

#endif
