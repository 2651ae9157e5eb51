/* 途中の札 — contract in tokens.h. */
#include "people/tokens.h"

struct tokens {
	struct pending_token rows[TOKENS_MOST];
};

struct tokens *tokens_new(void)
{
	struct tokens *t = calloc(1, sizeof *t);

	must(t);
	return t;
}

void tokens_free(struct tokens *t)
{
	if (t)
		secret_wipe(t, sizeof *t);
	free(t);
}

struct pending_token *tokens_give(struct tokens *t, enum token_kind kind, struct text number, unsigned face, struct text source, int64_t generation,
				  int64_t now)
{
	struct pending_token *place = t->rows;

	for (size_t i = 0; i < TOKENS_MOST; i++)
		if (t->rows[i].kind == TOKEN_NONE || t->rows[i].until <= now) {
			place = &t->rows[i];
			break;
		} else if (t->rows[i].until < place->until) {
			place = &t->rows[i];
		}
	must(number.n <= STAFF_NUMBER_MOST);
	*place = (struct pending_token){ .kind = kind, .face = face, .generation = generation, .until = now + TOKEN_SECONDS * 1000LL };
	memcpy(place->number, number.p, number.n);
	if (source.n > 0 && source.n <= AUTH_SOURCE_MOST)
		memcpy(place->source, source.p, source.n);
	random_bytes(place->token, sizeof place->token);
	random_bytes(place->secret, sizeof place->secret);
	return place;
}

struct pending_token *tokens_find(struct tokens *t, enum token_kind kind, const uint8_t token[AUTH_TOKEN], unsigned face, int64_t now)
{
	struct pending_token *found = NULL;

	for (size_t i = 0; i < TOKENS_MOST; i++) {
		struct pending_token *row = &t->rows[i];
		if (row->kind == kind && row->face == face && row->until > now && secret_equal(row->token, token, AUTH_TOKEN))
			found = row;
	}
	return found;
}

void tokens_drop(struct pending_token *token)
{
	secret_wipe(token, sizeof *token);
}
