/* 署名付き文書のファズ — a note that reads gives its lines back; an unknown key never verifies. */
#include "evidence/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ARENA(arena) = arena_new(0);
	static const uint8_t nobody[ED25519_PUBLIC] = { 1 };
	struct note_key key = { .name = TEXT("nobody.example"), .type = SIGNATURE_ed25519, .public_key = bytes_of(nobody, sizeof nobody) };
	struct note note;
	bool good;

	key.id = note_key_id(key.name, key.type, key.public_key);
	if (note_read(arena, bytes_of(data, size), &note, NULL) == 0) {
		must(note.count >= 1 && note.count <= NOTE_SIGNATURES_MOST && note.text.p[note.text.n - 1] == '\n');
		size_t at = note.text.n + 1;
		for (size_t i = 0; i < note.count; i++) {
			char *line = note_signature_line(arena, note.signatures[i].name, note.signatures[i].id, note.signatures[i].signature);
			must(note.signatures[i].at == at && at + strlen(line) <= size && memcmp(line, data + at, strlen(line)) == 0);
			at += strlen(line);
		}
		must(at == size);
		must(note_verify(&note, &key, 1, &good, NULL) != 0);
	}
	struct note_key read;
	if (note_key_read(arena, bytes_of(data, size), &read, NULL) == 0) {
		char *line = note_key_line(arena, &read);
		must(strlen(line) == size && memcmp(line, data, size) == 0);
	}
	return 0;
}
