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

/* A character between value and field; the field as key of an HMAC; SHA-512; the seconds of a time
 * in milliseconds. */
static void test_other_salts(void **state)
{
    (void)state;
    static const struct {
        const char *digest;
        const char *transform;
    } cases[] = {
        {"a4b660f528ef05997838fb2d87c48fdf", "append-field:colon"},
        {"48c46a57163b506fcd78b5e307adf39aeeef11d8", "prepend-field:colon"},
        {"e661842916ffaf7abf0f55f2c08c96e9", "append-field:bar"},
        {"0b39e7e1c8c35757500f5bec6a426a7591c25570", "prepend-field:bar"},
        {"e79dcc40cb444d547a3b78c2b9191814", "append-field:dash"},
        {"ef996c822f702ae00d738427e7d4891a1f012b84", "prepend-field:dash"},
        {"59ea07abea206333e18b13c9b9235842", "append-field:underscore"},
        {"c8c06abc8413a502ca10f4827bd9d96cb77cc3e8", "prepend-field:underscore"},
        {"e52db2ebb5d007587d3b86939b1be7fa", "append-field:ampersand"},
        {"49efe556b5c1f6dcee133e0ed6dadb5fd8bbc7d9", "prepend-field:ampersand"},
        {"e38774d46f3225eaa0ad43bd07021625", "append-field:space"},
        {"2aa89b8b39e95b7561d381f92b50c4eea484c0cf", "prepend-field:space"},
        {"4cdcfebdb2177f3d25e0fa5b1093e275", "hmac-field"},
        {"0e346ee005f5ffa0300bb58cc3cee097e8481986fbb7ba87387936fc895e6c1b", "hmac-field"},
        {"79e86068a63a70883d5f044000d78a708987df062f78e9b3ed20d3d187e79be6648bfac57069a5ef23713b834"
         "e85d7aacbb7e1ba6b4aa4170480f0b696f0ecfc",
         "hmac-field"},
        {"44a8db63b73bac84c53b434ac8dc5aab04a5b43e57163cdc3e8922e84539433d24d92fb8f3e130a9b9ebfa28f"
         "01a7b5e4e13ea92c4a8c0306a967f69985bfd8d",
         "append-field"},
        {"28f4f9be24f49b0036a99fa33ce68cd0", "append-field"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[256];
        char expected[256];
        size_t len = strlen(cases[i].digest);
        const char *ms = i + 1 == sizeof(cases) / sizeof(cases[0]) ? "789" : "";
        (void)snprintf(text, sizeof(text), "{\"h\":\"%s\",\"ts\":1600000000%s}", cases[i].digest,
                       ms);
        (void)snprintf(expected, sizeof(expected),
                       "imei[0] digits %s hex http.request.body@100+%zu json:$.h@6+%zu",
                       cases[i].transform, strlen(text), len);
        expect(text, expected);
        text[6] = text[6] == 'a' ? 'b' : 'a'; /* another digit: nothing */
        expect(text, "");
    }
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

/* Unknown tokens in front of the one that is salted, and in front of its salt. */
static void test_among_tokens(void **state)
{
    (void)state;
    expect("{\"t\":[\"cfcd208495d565ef66e7dff9f98764da\",\"c4ca4238a0b923820dcc509a6f75849b\","
           "\"c81e728d9d4c2f636f067f89cc14862c\",\"eccbc87e4b5ce2fe28308fd9f2a7baf3\","
           "\"a87ff679a2f3e71d9181a67b7542122c\",\"e4da3b7fbbce2345d7772b0674a318d5\"],"
           "\"ts\":1600000000,\"h\":\"28f4f9be24f49b0036a99fa33ce68cd0\"}",
           "imei[0] digits append-field hex http.request.body@100+272 json:$.h@238+32");
}

/* What is hidden need not be text; the key may be base64, or stand in front; a whole message may be
 * such a token. */
static void test_xor_rare(void **state)
{
    (void)state;
    expect(
        "{\"k\":\"k3y-Zq81\",\"v\":\"c851165e3d105655195c10493e185554025c4a1862430c015b06481c6b4009"
        "005b52172a\"}",
        "imei[0] digits http.request.body@100+95 json:$.v@21+72 hex@0+36 xor-field@0+36 "
        "cbor:$.imei@18+15");
    expect("v=9ba2a9b0e080c0ddfecb8b8ab9919c88a9969980ae939881aa939880b9df",
           "imei[0] digits http.request.body@100+62 form:v@2+60 hex@0+30 xor-front:4@0+26 "
           "json:$.imei@9+15");
    expect("{\"k\":\"yMnKy8zNzs/Q0dLT1NXW1w==\",\"v\":\"b3eba3a6a9a4ecf5f2e2e7ebe6e1e6e7fdf8fbfafd"
           "fcfffff2ac\"}",
           "imei[0] digits http.request.body@100+91 json:$.v@37+52 hex@0+26 xor-field@0+26 "
           "json:$.imei@9+15");
    expect("\004\233\242\251\260\340\200\300\335\376\313\213\212\271\221\234\210\251\226\231\200"
           "\256\223\230\201\252\223\230\200\271\337",
           "imei[0] digits http.request.body@100+31 xor-front:counted@0+26 json:$.imei@9+15");
}

/* One byte as the key, where a header or nothing but the value stands in a token. */
static void test_xor_byte(void **state)
{
    (void)state;
    expect("v=01020035dc85cecac2ce859d8594929f95939797929696969696969785da",
           "imei[0] digits http.request.body@100+62 form:v@2+60 hex@0+30 xor:a7@13+15");
    expect("v=afa9a4aea8acaca9adadadadadadac",
           "imei[0] digits xor:9c hex http.request.body@100+32 form:v@2+30");
    expect("v=afa9a4aea8acaca9adadadadadadad", "");
    /* What comes of it is another text. Then another number, and a longer one. */
    expect("v=696f62686e6a6a6f6b6b6b6b6b6b6a",
           "imei[0] digits xor:5a hex http.request.body@100+32 form:v@2+30");
    expect("v=696f62686e6a6a6f6b6b6b6b6b6b6b", "");
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
    for (unsigned i = 0; i < MESSAGES && strcmp(notes, "run.recipes") != 0; i++) {
        /* Fields that no message before had. */
        size_t len = (size_t)snprintf(text, sizeof(text), "h=%08x%08x%08x%08x", i * 2654435761U,
                                      i * 40503U, ~i, i * 97U + 5U);
        for (unsigned j = 0; j < TT_RECIPE_FIELDS_MAX - 2; j++)
            len +=
                (size_t)snprintf(text + len, sizeof(text) - len, "&v%u=value-%u", j, i * 7919U + j);
        (void)hits_in(&hits, TT_FORMAT_UNKNOWN, "body", tt_span_of(text, len), len, len);
        notes = (const char *)hits.notes.data;
    }
    assert_string_equal(notes, "run.recipes");
    assert_int_equal(hits.count, 0);
    hits_end(&hits);
}

/* Where a name tells of a salt, it may be short. */
static void test_short_salt(void **state)
{
    (void)state;
    expect("{\"Salt\":\"q8Z\",\"h\":\"dc23f1f06ba45563050bb79ef5e5a4f7\"}",
           "imei[0] digits append-field hex http.request.body@100+53 json:$.h@19+32");
    expect("<r><nonce>q8Z</nonce><h>dc23f1f06ba45563050bb79ef5e5a4f7</h></r>",
           "imei[0] digits append-field hex http.request.body@100+64 xml:/r/h@24+32");
    expect("{\"q\":\"q8Z\",\"h\":\"dc23f1f06ba45563050bb79ef5e5a4f7\"}", "");
}

/* The digest of a number with another check digit is that of the number without it and of a flag
 * beside it. */
static void test_salt_of_another_number(void **state)
{
    (void)state;
    expect("{\"t\":\"7\",\"h\":\"7b7a17adda3775a087e6362785e7b956\"}", "");
    expect("{\"t\":\"x7\",\"h\":\"227e0897382e4784310045fa2c2484d2\"}",
           "imei[0] digits append-field hex http.request.body@100+49 json:$.h@15+32");
}

/* Zeros under a key are the key, and bytes under zeros are themselves: nothing was hidden. */
static void test_xor_that_hides_nothing(void **state)
{
    (void)state;
    expect("{\"k\":\"358240051111110\",\"v\":\"000000000000000000000000000000009ab3\"}",
           "imei[0] digits http.request.body@100+66 json:$.k@6+15");
    expect("{\"k\":\"00000000\",\"v\":\"9a656d61696cb3\"}", "");
}

/* A message of `front` letters, and behind them a salt and a digest. */
static void write_far(char *text, size_t room, size_t front, const char *digest)
{
    size_t len = (size_t)snprintf(text, room, "{\"a\":\"");
    memset(text + len, 'x', front);
    len += front;
    (void)snprintf(text + len, room - len, "\",\"salt\":\"q8Zt4Lw1\",\"h\":\"%s\"", digest);
}

/* Salts at the end of a long message are tried; that those in its middle are not is told, once. */
static void test_long_message(void **state)
{
    (void)state;
    enum { ROOM = TT_RECIPE_TEXT_MAX + 2 * TT_RECIPE_TAIL_MAX + 200 };
    static const char digest[] = "bf38e47af42acbb4cbc0fa7f1808c0d4";
    char text[ROOM];
    struct hits hits;
    size_t notes = 0;
    hits_begin(&hits, sheet);
    for (size_t front = 1900; front < ROOM - 200; front += 97) {
        write_far(text, sizeof(text), front, digest);
        for (size_t piece = 0; piece < 3; piece++) {
            size_t len = strlen(text);
            const char *found = hits_in(&hits, TT_FORMAT_UNKNOWN, "body", tt_span_str(text),
                                        piece == 0 ? len : front, piece < 2 ? len : 7);
            if (strstr(found, "imei[0] digits append-field hex") == NULL)
                fail_msg("%zu letters, pieces %zu: %s", front, piece, found);
            notes += hits.note_count;
            assert_string_equal((const char *)hits.notes.data,
                                hits.note_count == 0 ? "" : "run.recipes");
        }
    }
    assert_int_equal(notes, 1);
    hits_end(&hits);
}

/* The same with more tokens than are tried. */
static void test_many_tokens(void **state)
{
    (void)state;
    char text[4096];
    struct hits hits;
    for (unsigned tokens = TT_RECIPE_TOKENS_MAX - 1; tokens <= TT_RECIPE_TOKENS_MAX; tokens++) {
        size_t len = (size_t)snprintf(text, sizeof(text), "salt=q8Zt4Lw1");
        for (unsigned i = 0; i < tokens; i++)
            len += (size_t)snprintf(text + len, sizeof(text) - len, "&t=%08x%08x%08x%08x",
                                    i * 2654435761U, i * 40503U, ~i, i * 97U + 5U);
        (void)snprintf(text + len, sizeof(text) - len, "&h=bf38e47af42acbb4cbc0fa7f1808c0d4");
        hits_begin(&hits, sheet);
        (void)hits_in(&hits, TT_FORMAT_UNKNOWN, "body", tt_span_str(text), strlen(text),
                      strlen(text));
        assert_int_equal(hits.count, tokens < TT_RECIPE_TOKENS_MAX);
        assert_int_equal(hits.note_count, tokens == TT_RECIPE_TOKENS_MAX);
        hits_end(&hits);
    }
}

/* Salted digests of contacts: of the first ones, and as long as the run allows. */
static void test_contacts(void **state)
{
    (void)state;
    enum { CONTACTS = 600, ROOM = CONTACTS * 64 };
    static const char first[] =
        "{\"salt\":\"q8Zt4Lw1\",\"h\":\"422724bc7464119198449c4632154f45\"}";
    static const char last[] = "{\"salt\":\"q8Zt4Lw1\",\"h\":\"0d9c77f13e2d00cafc202dff86bfc477\"}";
    char *yaml = malloc(ROOM);
    assert_non_null(yaml);
    size_t len = (size_t)snprintf(yaml, ROOM, "contacts:\n");
    for (unsigned i = 0; i < CONTACTS; i++)
        len += (size_t)snprintf(yaml + len, ROOM - len, "- {phone_number: \"+35840%07u\"}\n", i);
    struct hits hits;
    hits_begin(&hits, yaml);
    const char *found =
        hits_in(&hits, TT_FORMAT_UNKNOWN, "body", tt_span_str(first), sizeof(first), 99);
    assert_non_null(strstr(found, "contacts[0].phone_number e164 append-field hex"));
    (void)hits_in(&hits, TT_FORMAT_UNKNOWN, "body", tt_span_str(last), sizeof(last), 99);
    assert_int_equal(hits.count, 0); /* behind TT_RECIPE_NEAR_MAX */
    assert_int_equal(hits.note_count, 0);
    for (unsigned i = 0; i < 40 && hits.note_count == 0; i++) {
        char text[256];
        len = (size_t)snprintf(text, sizeof(text), "k%u=salt%u&h=%08x%08x%08x%08x", i, i, ~i,
                               i * 40503U, i * 2654435761U, i + 7);
        (void)hits_in(&hits, TT_FORMAT_UNKNOWN, "body", tt_span_of(text, len), len, len);
    }
    assert_int_equal(hits.note_count, 1);
    assert_string_equal((const char *)hits.notes.data, "run.recipes");
    hits_end(&hits);
    free(yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_salted),
        cmocka_unit_test(test_not_salted),
        cmocka_unit_test(test_other_salts),
        cmocka_unit_test(test_xor),
        cmocka_unit_test(test_xor_rare),
        cmocka_unit_test(test_xor_byte),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_allowance),
        cmocka_unit_test(test_among_tokens),
        cmocka_unit_test(test_short_salt),
        cmocka_unit_test(test_salt_of_another_number),
        cmocka_unit_test(test_xor_that_hides_nothing),
        cmocka_unit_test(test_long_message),
        cmocka_unit_test(test_many_tokens),
        cmocka_unit_test(test_contacts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
