/* 壁を抜いた隔離 — the sandbox with only the walls of the mask WALLS built: a jail program linked with it shows what each wall alone holds. */
#define sandbox_no_new_privs real_no_new_privs
#define sandbox_undumpable real_undumpable
#define sandbox_namespaces real_namespaces
#define sandbox_landlock_deny_all real_landlock
#define sandbox_mdwe real_mdwe
#define sandbox_limit real_limit
#define sandbox_filter_install real_filter_install
#include "base/sandbox.c"
#undef sandbox_no_new_privs
#undef sandbox_undumpable
#undef sandbox_namespaces
#undef sandbox_landlock_deny_all
#undef sandbox_mdwe
#undef sandbox_limit
#undef sandbox_filter_install

#define ONLY(wall, act) ((WALLS) & (wall) ? (act) : 0)
int sandbox_no_new_privs(struct err *err) CHECK_RESULT;
int sandbox_undumpable(struct err *err) CHECK_RESULT;
int sandbox_namespaces(struct err *err) CHECK_RESULT;
int sandbox_landlock_deny_all(struct err *err) CHECK_RESULT;
int sandbox_mdwe(struct err *err) CHECK_RESULT;
int sandbox_limit(const struct sandbox_limits *limits, struct err *err) CHECK_RESULT;
int sandbox_filter_install(const struct sandbox_filter *filter, struct err *err) CHECK_RESULT;

/* Always: an unprivileged process needs it to install the list. */
int sandbox_no_new_privs(struct err *err) { return real_no_new_privs(err); }
int sandbox_undumpable(struct err *err) { return ONLY(WALL_UNDUMPABLE, real_undumpable(err)); }
int sandbox_namespaces(struct err *err) { return ONLY(WALL_NAMESPACES, real_namespaces(err)); }
int sandbox_landlock_deny_all(struct err *err) { return ONLY(WALL_LANDLOCK, real_landlock(err)); }
int sandbox_mdwe(struct err *err) { return ONLY(WALL_MDWE, real_mdwe(err)); }
int sandbox_limit(const struct sandbox_limits *limits, struct err *err) { return ONLY(WALL_LIMITS, real_limit(limits, err)); }
int sandbox_filter_install(const struct sandbox_filter *filter, struct err *err) { return ONLY(WALL_SECCOMP, real_filter_install(filter, err)); }
