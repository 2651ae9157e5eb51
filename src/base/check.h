/* 単体試験 — cmocka with what it wants included before it. Test functions are named by the sentence they prove: TEST(hostile_name_is_only_text) { … }.
 * CHECK_OK(call(…, &err_)) demands 0 and shows the sentence otherwise. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H
#include <setjmp.h>
#include <stdarg.h>
#include "base/base.h"
#include <cmocka.h>
#undef fail /* cmocka's; ours is in base/err.h */
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))
#include "base/err.h"

#define TEST(name) static void name(void **state __attribute__((unused)))
#define CHECK_OK(call) do { struct err err_ = { 0 }; (void)err_; if ((call) != 0) { print_error("%s failed: %s\n", #call, err_.say); _fail(__FILE__, __LINE__); } } while (0)
#define RUN_TESTS(table) cmocka_run_group_tests(table, NULL, NULL)

#endif
