/* 写すだけの速さ — the yardstick of uploads: the same bytes read from a file, sealed with libsodium secretstream in pieces of 64 KiB, written to a file and made
 * durable; nothing else. Usage: bench-secretstream IN OUT */
#include "base/base.h"
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

int main(int argc, char **argv)
{
	static uint8_t clear[PIECE], sealed[PIECE + crypto_secretstream_xchacha20poly1305_ABYTES];
	uint8_t key[crypto_secretstream_xchacha20poly1305_KEYBYTES], head[crypto_secretstream_xchacha20poly1305_HEADERBYTES];
	crypto_secretstream_xchacha20poly1305_state state;

	must(argc == 3 && sodium_init() >= 0);
	int in = open(argv[1], O_RDONLY), out = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600);
	must(in >= 0 && out >= 0);
	crypto_secretstream_xchacha20poly1305_keygen(key);
	crypto_secretstream_xchacha20poly1305_init_push(&state, head, key);
	must(write(out, head, sizeof head) == (ssize_t)sizeof head);
	for (ssize_t n; (n = read(in, clear, sizeof clear)) > 0;) {
		must(crypto_secretstream_xchacha20poly1305_push(&state, sealed, NULL, clear, (size_t)n, NULL, 0, 0) == 0);
		ssize_t wanted = n + (ssize_t)crypto_secretstream_xchacha20poly1305_ABYTES;
		must(write(out, sealed, (size_t)wanted) == wanted);
	}
	must(fsync(out) == 0);
	return 0;
}
