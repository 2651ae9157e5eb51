/* 連絡先 — vCard: names, addresses and numbers stay; pictures, sounds, keys and addresses of pages go (card.h). threat I4. */
#include "sanitize/parts/card.h"

int vcf_rebuild(struct job *job, struct err *err)
{
	return card_rebuild(job, CARD_vcf, err);
}
