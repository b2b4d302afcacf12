/* Values hidden with something that stands beside them. The digests were made by md5sum and its
 * relatives, the XORed bytes by a script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hits.h"
#include "model/limits.h"

static const char sheet[] = "identifiers: {imei: 358240051111110, email: asha.rao@example.org}\n";

/* What stands before " frames". */
static void expect(const char *text, const char *expected)
{
    struct hits hits;
    hits_begin(&hits, sheet);
    struct tt_span span = tt_span_str(text);
    for (size_t cut = 1; cut <= span.len; cut++) {
        char found[512] = "";
        (void)snprintf(found, sizeof(found), "%s",
                       hits_in(&hits, TT_FORMAT_UNKNOWN, "http.request.body", span, cut,
                               cut == 1 ? 1 : span.len));
        char *frames = strstr(found, " frames");
        if (frames != NULL)
            *frames = '\0';
        if (strcmp(found, expected) != 0)
            print_error("cut at %zu of %s\n", cut, text);
        assert_string_equal(found, expected);
    }
    hits_end(&hits);
}

static void test_salted(void **state)
{
    (void)state;
    /* md5(imei + ts), before and behind the time stamp. */
    expect("{\"ts\":1600000000,\"h\":\"28f4f9be24f49b0036a99fa33ce68cd0\"}",
           "imei[0] digits append-field hex http.request.body@100+56 json:$.h@22+32");
    expect("h=28f4f9be24f49b0036a99fa33ce68cd0&ts=1600000000",
           "imei[0] digits append-field hex http.request.body@100+48 form:h@2+32");
    /* sha1(nonce + imei). */
    expect("n=n0nce-7f3a&h=958474f82f035e9b9061430dff3e47ad12eaed6f",
           "imei[0] digits prepend-field hex http.request.body@100+55 form:h@15+40");
    /* sha256(e-mail address + package name), in base64. */
    expect("{\"app\":\"api.cloud.example\",\"u\":\"TwyTO2d6hHhpcPg9/iN5yU1SKHRDbYcphHZ+P9li7RY=\"}",
           "email[0] text append-field base64 http.request.body@100+78 json:$.u@32+43");
}

/* Another number, another time stamp, a digest in which the last digit differs, a name as salt. */
static void test_not_salted(void **state)
{
    (void)state;
    expect("{\"ts\":1600000000,\"h\":\"11635153394390ea30cadc8bcaa707b4\"}", "");
    expect("{\"ts\":1600000001,\"h\":\"28f4f9be24f49b0036a99fa33ce68cd0\"}", "");
    expect("{\"ts\":1600000000,\"h\":\"28f4f9be24f49b0036a99fa33ce68cd1\"}", "");
    expect("{\"1600000000\":1,\"h\":\"28f4f9be24f49b0036a99fa33ce68cd0\"}", "");
}

static void test_xor(void **state)
{
    (void)state;
    /* The key's characters. */
    expect("{\"k\":\"k3y-Zq81\",\"v\":\"5806411f6e4108045a02481c6b4008\"}",
           "imei[0] digits xor-field hex http.request.body@100+53 json:$.v@21+30");
    expect("v=WAZBH25BCARaAkgca0AI&k=k3y-Zq81",
           "imei[0] digits xor-field base64 http.request.body@100+33 form:v@2+20");
    /* The bytes that its digits stand for. */
    expect("k=a1f09c77&v=wIP0Fo+C/RjhleQWzIDwEo+f7hA=",
           "email[0] text xor-field base64 http.request.body@113+27");
    expect("{\"k\":\"k3y-Zq82\",\"v\":\"5806411f6e4108045a02481c6b4008\"}", "");
}

/* More tokens than are tried cost nothing more, and the first are tried. */
static void test_bounds(void **state)
{
    (void)state;
    enum { MANY = 1000, ROOM = MANY * 40 + 200 };
    char *text = malloc(ROOM);
    assert_non_null(text);
    struct hits hits;
    hits_begin(&hits, sheet);
    size_t len = (size_t)snprintf(text, ROOM, "ts=1600000000&h=28f4f9be24f49b0036a99fa33ce68cd0");
    for (unsigned i = 0; i < MANY; i++)
        len += (size_t)snprintf(text + len, ROOM - len, "&h=%08x%08x%08x%08x", i * 2654435761U,
                                i * 40503U, ~i, i * 97U + 5U);
    const char *found = hits_in(&hits, TT_FORMAT_UNKNOWN, "body", tt_span_of(text, len), len, len);
    assert_non_null(strstr(found, "imei[0] digits append-field hex"));
    assert_int_equal(hits.count, 1);
    hits_end(&hits);
    free(text);
}

/* A run has an allowance; when it is used up a note says so. */
static void test_allowance(void **state)
{
    (void)state;
    enum { MESSAGES = 100000 };
    struct hits hits;
    char text[700];
    const char *notes = "";
    hits_begin(&hits, sheet);
    size_t len = 0;
    for (unsigned i = 0; i < 40; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%sv%u=value-%u", i == 0 ? "" : "&",
                                i, i * 7919U);
    for (unsigned i = 0; i < MESSAGES && strcmp(notes, "run.recipes") != 0; i++) {
        size_t more = (size_t)snprintf(text + len, sizeof(text) - len, "&h=%08x%08x%08x%08x",
                                       i * 2654435761U, i * 40503U, ~i, i * 97U + 5U);
        (void)hits_in(&hits, TT_FORMAT_UNKNOWN, "body", tt_span_of(text, len + more), len + more,
                      len + more);
        notes = (const char *)hits.notes.data;
    }
    assert_string_equal(notes, "run.recipes");
    assert_int_equal(hits.count, 0);
    hits_end(&hits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_salted),    cmocka_unit_test(test_not_salted),
        cmocka_unit_test(test_xor),       cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_allowance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
