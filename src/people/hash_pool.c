/* パスワード計算の係 — contract in hash_pool.h. */
#include "people/hash_pool.h"
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct hash_pool {
	pthread_mutex_t lock;
	pthread_cond_t work;
	pthread_t threads[POOL_THREADS];
	struct hash_job *waiting, **waiting_end, *done;
	unsigned waiting_count;
	bool stop;
	int bell;
	struct loop_watch *watch;
};

static void ring(struct hash_pool *pool)
{
	uint64_t one = 1;
	must(write(pool->bell, &one, sizeof one) == sizeof one);
}

static void *serve(void *self)
{
	struct hash_pool *pool = self;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		while (!pool->waiting && !pool->stop)
			pthread_cond_wait(&pool->work, &pool->lock);
		if (pool->stop)
			break;
		struct hash_job *job = pool->waiting;
		pool->waiting = job->next;
		if (!pool->waiting)
			pool->waiting_end = &pool->waiting;
		pool->waiting_count--;
		pthread_mutex_unlock(&pool->lock);
		struct text password = { job->password, job->password_n };
		if (job->make)
			password_hash(password, job->hash);
		else
			job->fits = password_fits(password, job->hash);
		secret_wipe(job->password, sizeof job->password);
		pthread_mutex_lock(&pool->lock);
		job->next = pool->done;
		pool->done = job;
		ring(pool);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static void some_are_done(void *self, int fd, unsigned what)
{
	struct hash_pool *pool = self;
	uint64_t count;

	(void)what;
	(void)!read(fd, &count, sizeof count);
	pthread_mutex_lock(&pool->lock);
	struct hash_job *done = pool->done;
	pool->done = NULL;
	pthread_mutex_unlock(&pool->lock);
	while (done) {
		struct hash_job *next = done->next;
		done->done(done->self, done);
		done = next;
	}
}

struct hash_pool *hash_pool_new(struct loop *loop)
{
	struct hash_pool *pool = calloc(1, sizeof *pool);

	must(pool);
	pool->waiting_end = &pool->waiting;
	pool->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	must(pool->bell >= 0);
	must(pthread_mutex_init(&pool->lock, NULL) == 0 && pthread_cond_init(&pool->work, NULL) == 0);
	pool->watch = loop_add(loop, pool->bell, LOOP_READ, some_are_done, pool);
	for (size_t i = 0; i < POOL_THREADS; i++)
		must(pthread_create(&pool->threads[i], NULL, serve, pool) == 0);
	return pool;
}

void hash_pool_free(struct hash_pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	for (size_t i = 0; i < POOL_THREADS; i++)
		pthread_join(pool->threads[i], NULL);
	loop_remove(pool->watch);
	close(pool->bell);
	free(pool);
}

int hash_pool_add(struct hash_pool *pool, struct hash_job *job, struct text password, struct err *err)
{
	bool room;

	/* Too long to be right: hashed all the same, as something that fits nothing, so that it takes as long. */
	job->password_n = MIN(password.n, (size_t)PASSWORD_BYTES_MOST);
	memcpy(job->password, password.p, job->password_n);
	if (password.n > PASSWORD_BYTES_MOST) {
		must(!job->make);
		random_bytes(job->password, job->password_n);
	}
	job->password[job->password_n] = 0;
	job->next = NULL;
	pthread_mutex_lock(&pool->lock);
	room = pool->waiting_count < POOL_WAITING_MOST;
	if (room) {
		*pool->waiting_end = job;
		pool->waiting_end = &job->next;
		pool->waiting_count++;
		pthread_cond_signal(&pool->work);
	}
	pthread_mutex_unlock(&pool->lock);
	return room ? 0 : fail(err, ERR_BUSY, POOL_WAITING_MOST, "too many people are signing in at once");
}
