/* スライドの濾過 — clicks, objects, animations and charts of presentations come out as meant, and once more as the same bytes. */
#include "base/check.h"
#include "sanitize/parts/ooxml_hooks.h"
#include "support/job_memory.h"

#define P_NS "http://schemas.openxmlformats.org/presentationml/2006/main"
#define A_NS "http://schemas.openxmlformats.org/drawingml/2006/main"
#define R_NS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define ROOT "<p:sld xmlns:r=\"" R_NS "\" xmlns:a=\"" A_NS "\" xmlns:p=\"" P_NS "\"><p:hf/>"

static struct job job;

static bool keeps(void *self, const char *id)
{
	(void)self;
	return strcmp(id, "rId1") == 0 || strcmp(id, "preview_x0000_s1026") == 0;
}

static const char *filtered(struct arena *a, const char *in, enum ooxml_namespace ns, const char *root)
{
	struct bytes out = { NULL, 0 };

	job = job_memory(a, (struct bytes){ NULL, 0 }, "x");
	struct xml_filter *f = xml_filter_new(&job);
	ooxml_state_new(f);
	f->keeps_relation = keeps;
	CHECK_OK(xml_filter_run(f, "part", bytes_of(arena_copy(a, in, strlen(in)), strlen(in)), ns, root, &out, &err_));
	return arena_copy(a, out.p, out.n);
}

/* The body comes out as `wanted`, and so it stays. */
static void becomes(const char *in, const char *wanted)
{
	ARENA(a) = arena_new(0);
	const char *got = filtered(a, arena_printf(a, ROOT "%s</p:sld>", in), NS_P, "sld"), *body = strchr(strstr(got, "<p:sld"), '>') + 1;

	assert_string_equal(body, arena_printf(a, "<p:hf/>%s</p:sld>", wanted));
	assert_string_equal(filtered(a, got, NS_P, "sld"), got);
}

static bool removes(const char *in, const char *threat)
{
	ARENA(a) = arena_new(0);

	filtered(a, arena_printf(a, ROOT "%s</p:sld>", in), NS_P, "sld");
	return job_has_removed(&job, threat);
}

#define CLICK(attributes) "<p:cNvPr id=\"4\" name=\"a\"><a:hlinkClick " attributes "/></p:cNvPr>"
#define STILL "<p:cNvPr id=\"4\" name=\"a\"/>"

TEST(a_click_moves_within_the_show_or_follows_a_kept_link)
{
	static const char *const good[] = { CLICK("r:id=\"rId1\""), CLICK("r:id=\"rId1\" action=\"ppaction://hlinksldjump\""),
					    CLICK("r:id=\"\" action=\"ppaction://hlinkshowjump?jump=nextslide\""), CLICK("r:id=\"\" action=\"ppaction://noaction\""),
					    CLICK("r:id=\"\" action=\"ppaction://customshow?id=3&amp;return=true\"") };
	static const char *const bad[] = { CLICK("r:id=\"rId2\""), CLICK("r:id=\"\" action=\"ppaction://macro?name=go\""), CLICK("r:id=\"\" action=\"ppaction://program\""),
					   CLICK("r:id=\"rId1\" action=\"ppaction://ole?verb=0\""), CLICK("r:id=\"rId1\" action=\"ppaction://hlinkfile\""),
					   CLICK("r:id=\"\" action=\"ppaction://hlinkshowjump?jump=x\""), CLICK("r:id=\"\" action=\"ppaction://hlinksldjump\""),
					   CLICK("r:id=\"\" action=\"ppaction://customshow?id=3&amp;x=1\""), CLICK("r:id=\"rId1\" action=\"PPACTION://MACRO?name=go\""),
					   CLICK("r:id=\"rId2\" action=\"ppaction://noaction\""), CLICK("r:id=\"\" action=\"ppaction://media\"") };
	for (size_t i = 0; i < COUNT(good); i++)
		becomes(good[i], good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		becomes(bad[i], STILL);
	assert_true(removes(bad[1], "B15") && removes(bad[3], "B15") && removes(bad[4], "B15"));
	assert_false(removes(bad[10], "B15"));
	becomes("<p:cNvPr id=\"4\" name=\"a\"><a:hlinkMouseOver r:id=\"rId1\"/></p:cNvPr>", STILL);
	assert_true(removes("<p:cNvPr id=\"4\"><a:hlinkMouseOver r:id=\"rId1\"/></p:cNvPr>", "B15"));
}

#define TREE(x) "<p:cSld><p:spTree><p:nvGrpSpPr/>" x "</p:spTree></p:cSld>"
#define PLACE "<a:off x=\"1\" y=\"2\"/><a:ext cx=\"3\" cy=\"4\"/>"
#define FRAME(object)                                                                                                                              \
	"<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id=\"7\" name=\"o\"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr><p:xfrm>" PLACE \
	"</p:xfrm><a:graphic><a:graphicData uri=\"http://schemas.openxmlformats.org/presentationml/2006/ole\">" object                          \
	"</a:graphicData></a:graphic></p:graphicFrame>"
#define PICTURE                                                                                                                                \
	"<p:pic><p:nvPicPr><p:cNvPr id=\"7\" name=\"o\"/><p:cNvPicPr/><p:nvPr/></p:nvPicPr><p:blipFill><a:blip r:embed=\"%s\"/><a:stretch><a:fillRect/>" \
	"</a:stretch></p:blipFill><p:spPr><a:xfrm>" PLACE "</a:xfrm><a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></p:spPr></p:pic>"

static const char *picture(struct arena *a, const char *id)
{
	const char *s = PICTURE, *at = strstr(s, "%s");
	return arena_printf(a, "%.*s%s%s", (int)(at - s), s, id, at + 2);
}

TEST(an_object_becomes_the_picture_of_it)
{
	ARENA(a) = arena_new(0);
	const char *own = picture(a, "rId1"), *drawn = picture(a, "preview_x0000_s1026");

	becomes(arena_printf(a, TREE(FRAME("<p:oleObj name=\"x\" r:id=\"rId9\" progId=\"Package\"><p:embed/>%s</p:oleObj>")), own), arena_printf(a, TREE("%s"), own));
	becomes(arena_printf(a, TREE(FRAME("<p:oleObj name=\"x\" r:id=\"rId9\" progId=\"Excel.Sheet.12\"><p:link updateAutomatic=\"1\"/>%s</p:oleObj>")), own), arena_printf(a, TREE("%s"), own));
	becomes(TREE(FRAME("<p:oleObj spid=\"_x0000_s1026\" r:id=\"rId9\" progId=\"Package\"><p:embed/></p:oleObj>")), arena_printf(a, TREE("%s"), drawn));
	becomes(TREE(FRAME("<p:oleObj spid=\"_x0000_s1\" r:id=\"rId9\" progId=\"Package\"><p:embed/></p:oleObj>")), TREE(""));
	becomes(TREE(FRAME("<p:oleObj r:id=\"rId1\" progId=\"Package\"><p:embed/></p:oleObj>")), TREE(""));
	becomes("<p:cSld><p:spTree>" FRAME("<p:oleObj r:id=\"rId1\" progId=\"Package\"><p:embed/></p:oleObj>") "</p:spTree></p:cSld>", "<p:cSld><p:spTree/></p:cSld>");
	becomes(arena_printf(a, "<p:cSld><p:spTree>" FRAME("<p:oleObj r:id=\"rId9\"><p:embed/>%s</p:oleObj>") "</p:spTree></p:cSld>", own), arena_printf(a, "<p:cSld><p:spTree>%s</p:spTree></p:cSld>", own));
}

TEST(a_document_that_was_rebuilt_stays_an_object_with_its_picture)
{
	ARENA(a) = arena_new(0);
	const char *kept = arena_printf(a, TREE(FRAME("<p:oleObj name=\"x\" r:id=\"rId1\" progId=\"Excel.Sheet.12\"><p:embed/>%s</p:oleObj>")), picture(a, "preview_x0000_s1026"));

	becomes(TREE(FRAME("<p:oleObj spid=\"_x0000_s1026\" name=\"x\" r:id=\"rId1\" progId=\"Excel.Sheet.12\"><p:embed/></p:oleObj>")), kept);
}

#define NODE(id, inside) "<p:par><p:cTn id=\"" id "\">" inside "</p:cTn></p:par>"
#define LIST(x) "<p:childTnLst>" x "</p:childTnLst>"
#define EFFECT(shape) "<p:animEffect transition=\"in\" filter=\"fade\"><p:cBhvr><p:cTn id=\"9\"/><p:tgtEl><p:spTgt spid=\"" shape "\"/></p:tgtEl></p:cBhvr></p:animEffect>"
#define TIMING(x) "<p:timing><p:tnLst>" x "</p:tnLst></p:timing>"

TEST(animations_stay_commands_and_sounds_go)
{
	becomes(TIMING(NODE("1", LIST(NODE("2", LIST(EFFECT("4")))))), TIMING(NODE("1", LIST(NODE("2", LIST(EFFECT("4")))))));
	becomes(TIMING(NODE("1", LIST(NODE("2", LIST("<p:cmd type=\"call\" cmd=\"playFrom(0.0)\"/>")) NODE("3", LIST(EFFECT("4")))))), TIMING(NODE("1", LIST(NODE("3", LIST(EFFECT("4")))))));
	becomes(TIMING(NODE("1", LIST(NODE("2", LIST("<p:cmd type=\"verb\" cmd=\"1\"/>")) "<p:audio><p:cMediaNode/></p:audio>"))), "");
	assert_true(removes(TIMING(NODE("1", LIST("<p:cmd type=\"verb\" cmd=\"1\"/>"))), "B15"));
	assert_true(removes(TIMING(NODE("1", LIST("<p:video/>"))), "B8"));
	becomes("<p:transition spd=\"slow\"><p:fade/><p:sndAc><p:stSnd><p:snd r:embed=\"rId1\" name=\"x\"/></p:stSnd></p:sndAc></p:transition>", "<p:transition spd=\"slow\"><p:fade/></p:transition>");
}

TEST(what_is_gone_is_not_animated)
{
	becomes(TREE(FRAME("<p:oleObj progId=\"Package\"><p:embed/></p:oleObj>")) TIMING(NODE("1", LIST(NODE("2", LIST(EFFECT("7"))) NODE("3", LIST(EFFECT("4")))))),
		TREE("") TIMING(NODE("1", LIST(NODE("3", LIST(EFFECT("4")))))));
}

TEST(a_chart_keeps_its_points)
{
	ARENA(a) = arena_new(0);
	static const char chart[] = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<c:chartSpace xmlns:c=\"http://schemas.openxmlformats.org/drawingml/2006/chart\">"
				    "<c:chart><c:plotArea><c:pieChart><c:ser><c:val><c:numRef><c:f>Sheet1!$A$1</c:f><c:numCache><c:pt idx=\"0\"><c:v>12</c:v></c:pt></c:numCache></c:numRef></c:val>"
				    "</c:ser></c:pieChart></c:plotArea></c:chart></c:chartSpace>";

	assert_string_equal(filtered(a, chart, NS_C, "chartSpace"), chart);
	becomes(TREE(FRAME("<c:chart xmlns:c=\"http://schemas.openxmlformats.org/drawingml/2006/chart\" r:id=\"rId9\"/>")), TREE(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_click_moves_within_the_show_or_follows_a_kept_link),
		cmocka_unit_test(an_object_becomes_the_picture_of_it),
		cmocka_unit_test(a_document_that_was_rebuilt_stays_an_object_with_its_picture),
		cmocka_unit_test(animations_stay_commands_and_sounds_go),
		cmocka_unit_test(what_is_gone_is_not_animated),
		cmocka_unit_test(a_chart_keeps_its_points),
	};
	return RUN_TESTS(tests);
}
