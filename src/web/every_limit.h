/* すべての上限 — every named limit of the house, grouped by what it belongs to: LIMIT_ROW(area, name, usual, ceiling, unit, Japanese, English). The
 * includer defines LIMIT_ROW: the administrator's page and `sekisho limits` show the same list. usual = ceiling where nothing can be set. */
#define LIMIT(name, usual, ceiling, unit, ja, en) LIMIT_ROW("sanitize", #name, usual, ceiling, unit, ja, en)
#include "sanitize/limits.def"
#undef LIMIT
#define TRANSFER_LIMIT(name, most, unit, ja, en) LIMIT_ROW("transfer", #name, most, most, unit, ja, en)
#include "transfer/limits.def"
#undef TRANSFER_LIMIT
#define STORE_LIMIT(name, most, unit, ja, en) LIMIT_ROW("store", #name, most, most, unit, ja, en)
#include "store/limits.def"
#undef STORE_LIMIT
#define EVIDENCE_LIMIT(name, most, unit, ja, en) LIMIT_ROW("evidence", #name, most, most, unit, ja, en)
#include "evidence/limits.def"
#undef EVIDENCE_LIMIT
#define WEB_LIMIT(name, most, unit, ja, en) LIMIT_ROW("web", #name, most, most, unit, ja, en)
#include "web/limits.def"
#undef WEB_LIMIT
#define POLICY_LIMIT(name, most, unit, ja, en) LIMIT_ROW("policy", #name, most, most, unit, ja, en)
#include "policy/limits.def"
#undef POLICY_LIMIT
#define ZONES_LIMIT(name, most, unit, ja, en) LIMIT_ROW("zones", #name, most, most, unit, ja, en)
#include "zones/limits.def"
#undef ZONES_LIMIT
#define SERVICE_LIMIT(name, most, unit, ja, en) LIMIT_ROW("service", #name, most, most, unit, ja, en)
#include "base/limits.def"
#undef SERVICE_LIMIT
