#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/xml.h"
#include "recorder.h"

static const struct tt_body body = {.media_type = "application/xml"};
static const struct tt_body nothing = {0};

static const char sample[] = "<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY x \"y>\">]>\n"
                             "<!-- a <b> & -- c --><ns:r a='1'>\n <item id=\"first\">one</item>\n"
                             " <item id='s&#x65;cond' x=bare>t&amp;wo<sub/>tail</item>"
                             "<c><![CDATA[x]]y]]]></c>last<e/></ns:r>\n";

static void values_open(void **state)
{
    (void)state;
    assert_says(&tt_decoder_xml, &body, tt_span_str(sample),
                "coding char-ref at 127 <xml:/ns:r/item[2]/@id@127>\n  [second]\n"
                "  complete at 138\n"
                "coding char-ref at 147 <xml:/ns:r/item[2]@147>\n  [t&wo]\n  complete at 155\n"
                "coding cdata at 184 <xml:/ns:r/c@184>\n  [x]]y]]\n  complete at 189\n"
                "taken 212\n");
    assert_cut_anywhere(&tt_decoder_xml, &body, tt_span_str(sample));
    assert_survives_damage(&tt_decoder_xml, &body, tt_span_str(sample));
}

static void places(void **state)
{
    (void)state;
    struct tt_span input = tt_span_str(sample);
    assert_place(&tt_decoder_xml, &body, input, "first", " <xml:/ns:r/item/@id@98>");
    assert_place(&tt_decoder_xml, &body, input, "one", " <xml:/ns:r/item@105>");
    assert_place(&tt_decoder_xml, &body, input, "bare", " <xml:/ns:r/item[2]/@x@142>");
    assert_place(&tt_decoder_xml, &body, input, "tail", " <xml:/ns:r/item[2]@161>");
    assert_place(&tt_decoder_xml, &body, input, "last", " <xml:/ns:r@196>");
    assert_place(&tt_decoder_xml, &body, input, "x]]y", " <xml:/ns:r/c@184> claimed");
    assert_place(&tt_decoder_xml, &body, input, "ENTITY", " <xml:/@0>");
    assert_places_cut_anywhere(&tt_decoder_xml, &body, input);
}

static void html_forms(void **state)
{
    (void)state;
    static const char page[] =
        "<!DOCTYPE html><html><body><script>if (a<b && c) f('&amp;')</script>"
        "<p>one<p>two<br><form><input name=imei VALUE=\"358240051111110\"><INPUT value=duo>"
        "</form></body></html>";
    struct tt_span input = tt_span_str(page);
    assert_place(&tt_decoder_xml, &nothing, input, "358240051111110",
                 " <html:/html/body/p[2]/form/input/@VALUE@114>");
    assert_place(&tt_decoder_xml, &nothing, input, "duo",
                 " <html:/html/body/p[2]/form/INPUT/@value@144>");
    assert_place(&tt_decoder_xml, &nothing, input, "two", " <html:/html/body/p[2]@77>");
    assert_says(&tt_decoder_xml, &nothing, input, "taken 169\n");
    assert_cut_anywhere(&tt_decoder_xml, &nothing, input);
    assert_places_cut_anywhere(&tt_decoder_xml, &nothing, input);
}

static void property_lists(void **state)
{
    (void)state;
    static const char list[] =
        "<plist version=\"1.0\"><dict><key>device</key><dict>\n<key>se&amp;r</key>"
        "<string>A1&lt;</string></dict><key>l</key><array><string>x</string><string>y1</string>"
        "</array><key>d</key>\n<data>\n\teyJ\n\tmIjoxfQ==\n</data></dict></plist>";
    struct tt_span input = tt_span_str(list);
    assert_says(&tt_decoder_xml, &nothing, input,
                "coding char-ref at 56 <plist-key:$.device@56>\n  [se&r]\n  complete at 64\n"
                "coding char-ref at 78 <plist:$.device[\"se&amp;r\"]@78>\n  [A1<]\n"
                "  complete at 84\n"
                "coding base64 at 185 <plist:$.d@185>\n  [{\"f\":1}]\n  complete at 200\n"
                "taken 222\n");
    assert_place(&tt_decoder_xml, &nothing, input, "y1", " <plist:$.l[1]@145>");
    assert_cut_anywhere(&tt_decoder_xml, &nothing, input);
    assert_places_cut_anywhere(&tt_decoder_xml, &nothing, input);
    assert_survives_damage(&tt_decoder_xml, &nothing, input);
}

static void depth_limit(void **state)
{
    (void)state;
    static char text[(TT_XML_DEPTH_MAX + 1) * 3 + 1];
    for (size_t i = 0; i <= TT_XML_DEPTH_MAX; i++)
        memcpy(text + 3 * i, "<a>", 4);
    struct tt_span most = tt_span_of(text, TT_XML_DEPTH_MAX * 3);
    assert_says(&tt_decoder_xml, &body, most, "taken 192\n");
    assert_says(&tt_decoder_xml, &body, tt_span_str(text), "note content.xml.depth\ntaken 194\n");
    assert_cut_anywhere(&tt_decoder_xml, &body, tt_span_str(text));
}

static bool is_xml(const struct tt_body *of, const char *text)
{
    return tt_decoder_pick(of, tt_span_str(text), true) == &tt_decoder_xml;
}

static void picked(void **state)
{
    (void)state;
    static const struct tt_body html = {.media_type = "text/html"};
    static const char *const yes[] = {"<?xml version='1.0'?>",
                                      "\xef\xbb\xbf<a><b/></a>",
                                      "<s:Envelope xmlns:s=\"u\">",
                                      " <html>",
                                      "<!DOCTYPE html>",
                                      "<a>1</a>"};
    static const char *const no[] = {"<nick> hello",
                                     "<",
                                     "<>",
                                     "< a=\"1\">",
                                     "<1>",
                                     "a<b></b>",
                                     "<165>Nov 20 host app: text",
                                     "<a"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        assert_true(is_xml(&nothing, yes[i]));
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        assert_false(is_xml(&nothing, no[i]));
    assert_true(is_xml(&html, "<p>"));
    assert_false(is_xml(&html, "{\"a\":1}"));
    assert_false(is_xml(&body, "plain"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_open), cmocka_unit_test(places),
        cmocka_unit_test(html_forms),  cmocka_unit_test(property_lists),
        cmocka_unit_test(depth_limit), cmocka_unit_test(picked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
