/* 届くかどうか — tests: what is told of two places and of two texts. */
#include "base/check.h"
#include "base/clock.h"
#include "policy/policy.h"
#include "zones/reach.h"

#define HEAD "city \"紺碧市\" code \"990019\" site konpeki\ndefault deny\n" \
	     "zone mynumber \"マイナンバー利用事務系\" { net 10.1.0.0/16 on eth1 }\nzone lgwan \"LGWAN接続系\" { net 10.2.0.0/16 on eth2 }\n" \
	     "zone internet \"インターネット接続系\" { net 10.3.0.0/16 on eth3 world }\ngate \"関所\" { address 10.2.0.1 address 10.3.0.1 }\n" \
	     "host kanri \"管理端末\" in lgwan { address 10.2.0.10 }\nservice web \"Web\" { tcp 443 }\nservice shell \"SSH\" { tcp 22 }\nservice ping \"P\" { icmpv6 echo-request }\n"
#define SAID "{ owner \"課長\" reason \"事務\" expires 2027-03-31 }\n"

static int64_t at(const char *when)
{
	int64_t now;

	assert_int_equal(clock_from_utc(when, &now), 0);
	return now;
}

static const struct policy *read(struct arena *a, const char *text)
{
	const struct policy *policy;
	struct policy_fault fault;
	struct err err;

	if (policy_of_text(a, "t.policy", bytes_of(text, strlen(text)), &policy, &fault, &err) != 0)
		fail_msg("%s", policy_fault_text(a, &fault, false));
	return policy;
}

static const char *between(struct arena *a, const struct policy *policy, const char *when, const char *from, const char *to)
{
	struct buf out = buf_in(a, 0);
	struct err err;

	CHECK_OK(zones_explain(a, policy, at(when), (struct text){ from, strlen(from) }, (struct text){ to, strlen(to) }, true, &out, &err));
	return buf_string(&out);
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("“%s” is not in:\n%s", part, text);
}

static void lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("“%s” is in:\n%s", part, text);
}

TEST(two_places_are_told_what_opens_and_by_which_line)
{
	ARENA(a) = arena_new(0);
	const struct policy *p = read(a, HEAD "allow shell from kanri to gate service shell between 08:30 and 17:15 on weekdays " SAID "allow face from lgwan to gate service web " SAID
					      "allow out from lgwan to internet service web via gate " SAID);
	const char *noon = between(a, p, "2026-12-01T03:00:00Z", "kanri", "gate"), *night = between(a, p, "2026-12-01T13:00:00Z", "kanri", "gate");

	has(noon, "管理端末から関所へは、次の許可で通信を開ける。ほかは通らない。\n");
	has(noon, "t.policy:11行目 allow shell。責任者は課長、理由は事務。2027年（令和9年）3月31日の終わりまで。");
	has(noon, "例: IPv4 TCP 10.2.0.10:40000 → 10.2.0.1:22（ルーター宛て、eth2 → -、新しい通信）");
	has(noon, "allow face");
	has(noon, "関所から管理端末へは、通信を開けない。\n");
	lacks(noon, "効いていない");
	lacks(noon, "allow out");
	lacks(noon, "掟");
	has(night, "いまは効いていない許可:\n");
	has(night, "いまは時間帯の外です。");
	has(between(a, p, "2027-03-31T15:00:00Z", "kanri", "gate"), "期限が過ぎています。");
	has(between(a, p, "2027-03-31T15:00:00Z", "kanri", "gate"), "管理端末から関所へは、通信を開けない。\n");
	const char *out = between(a, p, "2026-12-01T03:00:00Z", "10.2.0.77", "internet");
	has(out, "10.2.0.77（LGWAN接続系）からインターネット接続系へは、次の許可で通信を開ける。");
	has(out, "関所を経る。");
	has(out, "例: IPv4 TCP 10.2.0.77:40000 → 10.2.0.1:443（ルーター宛て");
	has(out, "→ -、新しい通信）\n    例: IPv4 TCP 10.3.0.1:40000 → ");
	has(out, "反する許可は、書いても断られる: LGWAN接続系は");
	has(between(a, p, "2026-12-01T03:00:00Z", "mynumber", "203.0.113.5"), "この間の通信を許可する文がない。");
}

TEST(a_place_that_is_none_is_said)
{
	ARENA(a) = arena_new(0);
	const struct policy *p = read(a, HEAD);
	const char *none[] = { "kanry", "10.9.0.1", "10.2.0.0/16", "", "224.0.0.1" };

	for (size_t i = 0; i < COUNT(none); i++) {
		struct buf out = buf_in(a, 0);
		struct err err;
		assert_int_equal(zones_explain(a, p, at("2026-12-01T00:00:00Z"), TEXT("lgwan"), (struct text){ none[i], strlen(none[i]) }, true, &out, &err), -1);
		assert_int_equal(err.code, ERR_NOT_FOUND);
	}
}

static const char *compared(struct arena *a, const char *older, const char *newer, bool *same)
{
	struct buf out = buf_in(a, 0);
	struct err err;

	CHECK_OK(zones_compare(a, read(a, older), read(a, newer), at("2026-12-01T00:00:00Z"), 100, true, &out, same, &err));
	return buf_string(&out);
}

TEST(two_texts_are_compared_by_packets)
{
	ARENA(a) = arena_new(0);
	static const char face[] = HEAD "allow face from lgwan to gate service web " SAID;
	bool same;

	/* The same packets in other words: a host more, another order, an allow in two. */
	compared(a, face, HEAD "host more \"別\" in lgwan { address 10.2.0.99 }\nallow face from lgwan to gate service web " SAID "allow again from kanri to gate service web " SAID, &same);
	assert_true(same);
	const char *told = compared(a, face, HEAD "allow face from kanri to gate service web service shell rate 5 per second { owner \"次長\" reason \"事務\" expires 2027-04-30 }\n", &same);
	assert_false(same);
	has(told, "新しくできるようになる通信:\n  ・ルーター宛て eth2 → ルーター IPv4 TCP 10.2.0.10 → 10.2.0.1 宛先ポート 22 ");
	has(told, "できなくなる通信:\n");
	has(told, "10.2.0.2-10.2.0.9");
	has(told, "face の新しい接続の上限: 上限なし → 毎秒 5");
	has(told, "face の期限: 2027-03-31 → 2027-04-30");
	has(told, "face の責任者: 課長 → 次長");
	/* An interface that only one of them has. */
	told = compared(a, face, HEAD "zone four \"四\" { net 10.4.0.0/16 on eth4 }\nallow face from lgwan to gate service web " SAID "allow out from kanri to four service web " SAID, &same);
	has(told, "eth2 → eth4");
	has(told, "できなくなる通信: なし");
	assert_false(same);
	/* What has expired is not there: nothing comes of it. */
	compared(a, HEAD, HEAD "allow face from lgwan to gate service web { owner \"課長\" reason \"事務\" expires 2026-11-30 }\n", &same);
	assert_true(same);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_places_are_told_what_opens_and_by_which_line),
		cmocka_unit_test(a_place_that_is_none_is_said),
		cmocka_unit_test(two_texts_are_compared_by_packets),
	};
	return RUN_TESTS(tests);
}
