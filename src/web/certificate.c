/* 証明書 — contract in certificate.h. */
#include "web/certificate.h"
#include "base/file.h"
#include "base/hash.h"
#include <fcntl.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

struct mark { /* which file it was */
	dev_t device;
	ino_t inode;
	off_t bytes;
	struct timespec changed;
};
struct pair {
	gnutls_x509_crt_t chain[CERTIFICATE_CHAIN_MOST];
	unsigned count;
	gnutls_x509_privkey_t key;
};
static struct {
	pthread_mutex_t lock; /* of pair */
	struct pair pair;
	const char *certificate_path, *key_path;
	struct mark certificate, key;
} kept = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct mark mark_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return (struct mark){ 0 };
	return (struct mark){ st.st_dev, st.st_ino, st.st_size, st.st_ctim };
}

static bool is_same(struct mark a, struct mark b)
{
	return a.device == b.device && a.inode == b.inode && a.bytes == b.bytes && a.changed.tv_sec == b.changed.tv_sec &&
	       a.changed.tv_nsec == b.changed.tv_nsec;
}

bool certificate_is_changed(void)
{
	return !is_same(kept.certificate, mark_of(kept.certificate_path)) || !is_same(kept.key, mark_of(kept.key_path));
}

static int key_is_private(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail_errno(err, ERR_IO, "cannot look at the key file %s", path);
	if (st.st_mode & 0007)
		return fail(err, ERR_DENIED, st.st_mode & 07777, "others may use the key file %s (mode %04o): chmod 0640 it, and make a new key if it lay open",
			    path, st.st_mode & 07777u);
	if (st.st_mode & 0030)
		return fail(err, ERR_DENIED, st.st_mode & 07777, "its group may change the key file %s (mode %04o): chmod 0640 it", path, st.st_mode & 07777u);
	if ((st.st_mode & 0040) && st.st_gid != getegid())
		return fail(err, ERR_DENIED, st.st_gid, "group %u may read the key file %s, and that is not this process' group %u: chgrp it",
			    (unsigned)st.st_gid, path, (unsigned)getegid());
	return 0;
}

static int read_file(struct arena *arena, const char *path, bool is_key, struct bytes *out, struct err *err)
{
	FD(fd) = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return fail_errno(err, ERR_NOT_FOUND, "cannot read the %s file %s", is_key ? "key" : "certificate", path);
	if (is_key && key_is_private(fd, path, err) != 0)
		return -1;
	return file_read_fd(arena, fd, CERTIFICATE_BYTES_MOST, out, err);
}

static void pair_free(struct pair *p)
{
	for (unsigned i = 0; i < p->count; i++)
		gnutls_x509_crt_deinit(p->chain[i]);
	if (p->key)
		gnutls_x509_privkey_deinit(p->key);
	*p = (struct pair){ 0 };
}

static int key_fits(const struct pair *p, const char *path, struct err *err)
{
	uint8_t ids[2][64];
	size_t n[2] = { sizeof ids[0], sizeof ids[1] };

	if (gnutls_x509_crt_get_key_id(p->chain[0], 0, ids[0], &n[0]) != 0 || gnutls_x509_privkey_get_key_id(p->key, 0, ids[1], &n[1]) != 0 ||
	    n[0] != n[1] || memcmp(ids[0], ids[1], n[0]) != 0)
		return fail(err, ERR_MISMATCH, 0, "the key %s does not belong to the certificate", path);
	return 0;
}

static int pair_read(struct pair *p, struct arena *arena, const char *certificate, const char *key, struct err *err)
{
	struct bytes file;
	int said;

	if (read_file(arena, certificate, false, &file, err) != 0)
		return -1;
	gnutls_datum_t pem = { (unsigned char *)(uintptr_t)file.p, (unsigned)file.n };
	p->count = CERTIFICATE_CHAIN_MOST;
	said = gnutls_x509_crt_list_import(p->chain, &p->count, &pem, GNUTLS_X509_FMT_PEM,
					   GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED | GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED);
	if (said <= 0) {
		p->count = 0;
		return fail(err, ERR_MALFORMED, 0, "%s holds no chain of at most %d certificates, the face's own first: %s", certificate,
			    CERTIFICATE_CHAIN_MOST, said ? gnutls_strerror(said) : "it is empty");
	}
	p->count = (unsigned)said;
	if (read_file(arena, key, true, &file, err) != 0)
		return -1;
	pem = (gnutls_datum_t){ (unsigned char *)(uintptr_t)file.p, (unsigned)file.n };
	must(gnutls_x509_privkey_init(&p->key) == 0);
	said = gnutls_x509_privkey_import2(p->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	secret_wipe((void *)(uintptr_t)file.p, file.n);
	if (said != 0)
		return fail(err, ERR_MALFORMED, 0, "%s holds no private key without a password: %s", key, gnutls_strerror(said));
	return key_fits(p, key, err);
}

int certificate_load(const char *certificate, const char *key, int64_t *ends, struct err *err)
{
	ARENA(arena) = arena_new(0);
	struct pair fresh = { 0 };

	kept.certificate_path = certificate, kept.key_path = key;
	kept.certificate = mark_of(certificate), kept.key = mark_of(key);
	if (pair_read(&fresh, arena, certificate, key, err) != 0) {
		pair_free(&fresh);
		return -1;
	}
	*ends = (int64_t)gnutls_x509_crt_get_expiration_time(fresh.chain[0]);
	pthread_mutex_lock(&kept.lock);
	struct pair before = kept.pair;
	kept.pair = fresh;
	pthread_mutex_unlock(&kept.lock);
	pair_free(&before);
	return 0;
}

bool certificate_print(uint8_t out[SHA256_BYTES])
{
	size_t n = SHA256_BYTES;

	return kept.pair.count > 0 && gnutls_x509_crt_get_fingerprint(kept.pair.chain[0], GNUTLS_DIG_SHA256, out, &n) == 0 && n == SHA256_BYTES;
}

bool certificate_names(const char *host)
{
	char name[256];
	size_t n = strcspn(host, ":");

	must(n < sizeof name && kept.pair.count > 0); /* read by the thread that loads */
	memcpy(name, host, n);
	name[n] = 0;
	return gnutls_x509_crt_check_hostname(kept.pair.chain[0], name) != 0;
}

static int copy_chain(const struct pair *p, gnutls_pcert_st *to, unsigned *done)
{
	for (*done = 0; *done < p->count; ++*done) {
		int said = gnutls_pcert_import_x509(&to[*done], p->chain[*done], 0);
		if (said != 0)
			return said;
	}
	return 0;
}

int certificate_give(gnutls_session_t session, const struct gnutls_cert_retr_st *info, gnutls_pcert_st **certificates, unsigned *count,
		     gnutls_ocsp_data_st **ocsp, unsigned *ocsp_count, gnutls_privkey_t *key, unsigned *flags)
{
	gnutls_pcert_st *chain = gnutls_calloc(CERTIFICATE_CHAIN_MOST, sizeof *chain);
	unsigned done = 0;

	(void)session, (void)info;
	if (!chain || gnutls_privkey_init(key) != 0) {
		gnutls_free(chain);
		return -1;
	}
	pthread_mutex_lock(&kept.lock);
	int said = copy_chain(&kept.pair, chain, &done);
	if (said == 0)
		said = gnutls_privkey_import_x509(*key, kept.pair.key, GNUTLS_PRIVKEY_IMPORT_COPY);
	pthread_mutex_unlock(&kept.lock);
	if (said != 0) {
		while (done > 0)
			gnutls_pcert_deinit(&chain[--done]);
		gnutls_free(chain);
		gnutls_privkey_deinit(*key);
		return -1;
	}
	*certificates = chain, *count = done;
	*ocsp = NULL, *ocsp_count = 0;
	*flags = GNUTLS_CERT_RETR_DEINIT_ALL;
	return 0;
}
