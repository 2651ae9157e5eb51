/* 見本の確認コード — prints the TOTP code of a secret: what an authenticator does, for the sample city and for tests only.
 * Usage: sample-code BASE32 [STEPS]: STEPS = 30-second steps from now (0 now, 1 the next). */
#include "base/clock.h"
#include "base/code.h"
#include "people/totp.h"

int main(int argc, char **argv)
{
	ARENA(arena) = arena_new(0);
	struct bytes secret;
	struct err err;

	if (argc < 2 || base32_decode(arena, bytes_of(argv[1], strlen(argv[1])), &secret, &err) != 0) {
		fprintf(stderr, "usage: sample-code BASE32 [STEPS]\n");
		return 2;
	}
	int64_t step = totp_step(clock_now()) + (argc > 2 ? strtol(argv[2], NULL, 10) : 0);
	printf("%06u\n", (unsigned)totp_code(secret, step));
	return 0;
}
