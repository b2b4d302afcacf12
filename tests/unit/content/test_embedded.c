/* Messages known by their signature in the middle of other bytes: NTLMSSP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/embedded.h"
#include "content/ntlmssp.h"
#include "recorder.h"

#define BYTES(text) tt_span_of((text), sizeof(text) - 1)
#define SIGNATURE "NTLMSSP\0"

/* Values in one character set: the workstation right behind the domain. */
static const char negotiate[] = SIGNATURE "\1\0\0\0\x07\x32\0\0"
                                          "\4\0\4\0\x20\0\0\0"
                                          "\6\0\6\0\x24\0\0\0"
                                          "HOMEGOLD01";

/* A target name and two AV pairs behind it, in UTF-16. */
static const char challenge[] = SIGNATURE "\2\0\0\0\x08\0\x08\0\x30\0\0\0\1\2\0\0"
                                          "12345678"
                                          "\0\0\0\0\0\0\0\0"
                                          "\x12\0\x12\0\x38\0\0\0"
                                          "H\0O\0M\0E\0"
                                          "\1\0\4\0S\0V\0\7\0\2\0??\0\0\0\0";

/* Three names in UTF-16, the response of version 1 behind them. */
static const char authenticate[] = SIGNATURE "\3\0\0\0"
                                             "\2\0\2\0\x5e\0\0\0" /* LM */
                                             "\2\0\2\0\x5e\0\0\0" /* NTLM */
                                             "\x08\0\x08\0\x40\0\0\0"
                                             "\x0a\0\x0a\0\x48\0\0\0"
                                             "\x0c\0\x0c\0\x52\0\0\0"
                                             "\0\0\0\0\0\0\0\0"
                                             "\1\2\0\0"
                                             "H\0O\0M\0E\0"
                                             "r\0a\0o\0x\0y\0"
                                             "G\0O\0L\0D\0000\0001\0"
                                             "??";

static char *say(struct tt_span input, struct cutting cutting)
{
    struct recorder rec;
    rec_init(&rec, input);
    struct tt_embedded *embedded = tt_embedded_new(&rec.sink);
    assert_non_null(embedded);
    for (size_t at = 0; at < input.len;) {
        struct flush flush =
            flush_make(tt_span_sub(input, at, at == 0 ? cutting.first : cutting.step));
        struct tt_piece piece = {.bytes = flush.span, .at = at};
        rec.fed = at + flush.span.len;
        tt_embedded_feed(embedded, &piece);
        at += flush.span.len;
        flush_free(&flush);
    }
    tt_embedded_end(embedded);
    assert_false(tt_embedded_in_message(embedded));
    tt_embedded_free(embedded);
    char *text = rec_text(&rec);
    rec_free(&rec);
    return text;
}

static void assert_same_cut(struct tt_span input, const char *expected)
{
    char *text = say(input, single_bytes);
    assert_string_equal(text, expected);
    free(text);
    for (size_t at = 1; at < input.len; at++) {
        text = say(input, cut_at(at));
        assert_string_equal(text, expected);
        free(text);
    }
}

static void assert_told(struct tt_span input, const char *expected)
{
    char *whole = say(input, whole_input);
    assert_string_equal(whole, expected);
    free(whole);
    assert_same_cut(input, expected);
}

static void list_is_complete(void **state)
{
    (void)state;
    size_t count = 0;
    for (; tt_embedded_format_at(count) != NULL; count++) {
        const struct tt_embedded_format *format = tt_embedded_format_at(count);
        assert_true(format->name[0] != '\0' && format->title[0] != '\0');
        assert_true(strlen(format->spec) >= 4);
        assert_in_range(format->signature_len, 2, TT_SIGNATURE_MAX);
        assert_true(format->measure != NULL && format->read != NULL);
    }
    assert_int_equal(count, 1);
    assert_null(tt_embedded_format_at(SIZE_MAX));
}

static void messages(void **state)
{
    (void)state;
    assert_told(BYTES(negotiate),
                "slice  at 32 opaque <ntlmssp:negotiate.domain@32>\n  [HOME]\n  complete at 36\n"
                "slice  at 36 opaque <ntlmssp:negotiate.callingworkstation@36>\n  [GOLD01]\n"
                "  complete at 42\ntaken 0\n");
    assert_told(BYTES(challenge),
                "coding utf-16le at 48 opaque <ntlmssp:challenge.target_name@48>\n  [HOME]\n"
                "  complete at 56\n"
                "coding utf-16le at 60 opaque "
                "<ntlmssp:challenge.target_info.nb_computer_name@60>\n  [SV]\n  complete at 64\n"
                "taken 0\n");
    assert_told(BYTES(authenticate),
                "coding utf-16le at 64 opaque <ntlmssp:auth.domain@64>\n  [HOME]\n"
                "  complete at 72\n"
                "coding utf-16le at 72 opaque <ntlmssp:auth.username@72>\n  [raoxy]\n"
                "  complete at 82\n"
                "coding utf-16le at 82 opaque <ntlmssp:auth.hostname@82>\n  [GOLD01]\n"
                "  complete at 94\ntaken 0\n");
}

/* In front of it another protocol, behind it another message. */
static void in_a_stream(void **state)
{
    (void)state;
    struct tt_buf stream = tt_buf_make(4096);
    rec_put(&stream, "N NTLM NTLMSSP SMB and SPNEGO ");
    assert_int_equal(tt_buf_append(&stream, BYTES(negotiate)), TT_OK);
    rec_put(&stream, "behind it, for long enough to be looked at in blocks; NTLMSS");
    assert_int_equal(tt_buf_append(&stream, BYTES(authenticate)), TT_OK);
    assert_int_equal(tt_buf_append(&stream, BYTES("\0NTLMSSP\0\x09\0\0\0")), TT_OK);
    char *whole = say(tt_buf_span(&stream), whole_input);
    assert_non_null(strstr(whole, "<ntlmssp:negotiate.callingworkstation@66>\n  [GOLD01]\n"));
    assert_non_null(strstr(whole, "<ntlmssp:auth.username@204>\n  [raoxy]\n"));
    assert_same_cut(tt_buf_span(&stream), whole);
    free(whole);
    tt_buf_free(&stream);
}

/* A message that says to be longer ends where the next one begins, or the text. */
static void cut_off(void **state)
{
    (void)state;
    struct tt_buf stream = tt_buf_make(4096);
    assert_int_equal(tt_buf_append(&stream, tt_span_of(negotiate, 34)), TT_OK);
    assert_int_equal(tt_buf_append(&stream, BYTES(authenticate)), TT_OK);
    char *whole = say(tt_buf_span(&stream), whole_input);
    assert_non_null(strstr(whole, "negotiate.domain@32>\n  [HO]\n"));
    assert_null(strstr(whole, "callingworkstation"));
    assert_non_null(strstr(whole, "<ntlmssp:auth.username@106>\n  [raoxy]\n"));
    assert_same_cut(tt_buf_span(&stream), whole);
    free(whole);
    tt_buf_free(&stream);
    for (size_t len = 0; len < sizeof(authenticate); len++)
        free(say(tt_span_sub(BYTES(authenticate), 0, len), small_pieces));
    whole = say(tt_span_sub(BYTES(authenticate), 0, 76), whole_input);
    assert_non_null(strstr(whole, "username@72>\n  [ra]\n  complete at 76\n"));
    free(whole);
}

/* What a signature of 8 bytes may be cut into over three pieces; and a hole between pieces. */
static void held(void **state)
{
    (void)state;
    struct recorder rec;
    rec_init(&rec, BYTES(negotiate));
    struct tt_embedded *embedded = tt_embedded_new(&rec.sink);
    assert_non_null(embedded);
    struct tt_piece piece = {.bytes = tt_span_of(negotiate, 20)};
    rec.fed = 20;
    tt_embedded_feed(embedded, &piece);
    assert_true(tt_embedded_in_message(embedded));
    piece = (struct tt_piece){.bytes = tt_span_of(negotiate + 22, 20), .at = 22};
    rec.fed = 42;
    tt_embedded_feed(embedded, &piece);
    assert_false(tt_embedded_in_message(embedded));
    tt_embedded_free(embedded);
    assert_int_equal(rec.inner_count, 0);
    rec_free(&rec);
    tt_embedded_free(NULL);
}

/* Old clients send no flags: the second byte of a name tells. And flags may lie. */
static void character_sets(void **state)
{
    (void)state;
    static const char old[] = SIGNATURE "\3\0\0\0"
                                        "\0\0\0\0\x34\0\0\0"
                                        "\0\0\0\0\x34\0\0\0"
                                        "\4\0\4\0\x34\0\0\0"
                                        "\x0a\0\x0a\0\x38\0\0\0"
                                        "\0\0\0\0\0\0\0\0"
                                        "HOME"
                                        "r\0a\0o\0x\0y\0";
    char *text = say(BYTES(old), whole_input);
    assert_non_null(strstr(text, "slice  at 52 opaque <ntlmssp:auth.domain@52>\n  [HOME]\n"));
    assert_non_null(strstr(text, "coding utf-16le at 56 opaque <ntlmssp:auth.username@56>\n"));
    free(text);
    char odd[sizeof(authenticate)];
    memcpy(odd, authenticate, sizeof(odd));
    odd[36] = 9;
    text = say(tt_span_of(odd, sizeof(odd) - 1), whole_input);
    assert_non_null(strstr(text, "slice  at 72 opaque <ntlmssp:auth.username@72>\n"));
    free(text);
}

/* The names in a response of version 2. */
static void response_of_version_2(void **state)
{
    (void)state;
    uint8_t message[200] = {0};
    memcpy(message, authenticate, sizeof(authenticate) - 1);
    message[20] = 64;
    message[24] = 100;
    static const char pairs[] = "\3\0\4\0s\0v\0\x07\0\x08\0timetime\0\0\0\0";
    memcpy(message + 100 + 44, pairs, sizeof(pairs) - 1);
    char *text = say(tt_span_of(message, sizeof(message)), whole_input);
    assert_non_null(strstr(text, "coding utf-16le at 148 opaque "
                                 "<ntlmssp:auth.ntlmv2_response.dns_computer_name@148>\n  [sv]\n"));
    assert_same_cut(tt_span_of(message, sizeof(message)), text);
    free(text);
}

/* A message of which more is said to come than the limit. */
static void limit(void **state)
{
    (void)state;
    size_t len = 2 * TT_EMBEDDED_MAX;
    uint8_t *stream = calloc(1, len);
    assert_non_null(stream);
    memcpy(stream, authenticate, sizeof(authenticate) - 1);
    static const uint8_t field[] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x3f, 0, 0};
    memcpy(stream + 44, field, sizeof(field));
    memcpy(stream + len - 100, negotiate, sizeof(negotiate) - 1);
    char *text = say(tt_span_of(stream, len), whole_input);
    char end[64];
    (void)snprintf(end, sizeof(end), "complete at %d\n", (int)TT_EMBEDDED_MAX);
    assert_non_null(strstr(text, end));
    assert_non_null(strstr(text, "<ntlmssp:auth.username@72>\n  [raoxy]\n"));
    assert_non_null(strstr(text, "  [GOLD01]\n"));
    free(text);
    free(stream);
}

static void damage(void **state)
{
    (void)state;
    static const uint8_t masks[] = {0x01, 0x20, 0x80, 0xff};
    const struct tt_span samples[] = {BYTES(negotiate), BYTES(challenge), BYTES(authenticate)};
    for (size_t s = 0; s < 3; s++) {
        uint8_t copy[256];
        memcpy(copy, samples[s].data, samples[s].len);
        for (size_t i = 0; i < samples[s].len * sizeof(masks); i++) {
            copy[i / sizeof(masks)] ^= masks[i % sizeof(masks)];
            struct tt_span input = tt_span_of(copy, samples[s].len);
            char *whole = say(input, whole_input);
            char *cut = say(input, small_pieces);
            assert_string_equal(cut, whole);
            free(whole);
            free(cut);
            copy[i / sizeof(masks)] ^= masks[i % sizeof(masks)];
        }
    }
}

static void refused(void **state)
{
    (void)state;
    struct recorder rec;
    rec_init(&rec, BYTES(authenticate));
    rec.refuse = true;
    struct tt_embedded *embedded = tt_embedded_new(&rec.sink);
    struct tt_piece piece = {.bytes = BYTES(authenticate)};
    tt_embedded_feed(embedded, &piece);
    tt_embedded_end(embedded);
    tt_embedded_free(embedded);
    assert_int_equal(rec.inner_count, 0);
    rec_free(&rec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(list_is_complete),
                                       cmocka_unit_test(messages),
                                       cmocka_unit_test(in_a_stream),
                                       cmocka_unit_test(cut_off),
                                       cmocka_unit_test(held),
                                       cmocka_unit_test(character_sets),
                                       cmocka_unit_test(response_of_version_2),
                                       cmocka_unit_test(limit),
                                       cmocka_unit_test(damage),
                                       cmocka_unit_test(refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
