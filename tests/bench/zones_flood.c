/* 系の分割の速さ: 通す速さ — as many UDP packets as go out in a time, of one flow, from here to there: for tests/bench/zones.sh, which counts what arrives.
 * usage: bench-zones-flood FROM TO PORT SECONDS */
#include "base/base.h"
#include <arpa/inet.h>
#include <sys/socket.h>
#include <time.h>

enum { AT_ONCE = 64 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_port = htons(40000) }, to = { .sin_family = AF_INET };
	static char payload[64];
	struct iovec part = { payload, sizeof payload };
	struct mmsghdr messages[AT_ONCE] = { { .msg_len = 0 } };
	unsigned long long sent = 0;

	must(argc == 5 && inet_pton(AF_INET, argv[1], &from.sin_addr) == 1 && inet_pton(AF_INET, argv[2], &to.sin_addr) == 1);
	to.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof from) != 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
		perror("bench-zones-flood");
		return 1;
	}
	for (size_t i = 0; i < AT_ONCE; i++)
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &part, .msg_iovlen = 1 };
	for (double end = now() + strtod(argv[4], NULL); now() < end;) {
		int n = sendmmsg(fd, messages, AT_ONCE, 0);
		sent += n > 0 ? (unsigned)n : 0;
	}
	printf("%llu\n", sent);
	return 0;
}
