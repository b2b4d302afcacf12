/* What the connections of an opener share: held bytes and their cap, sessions, compression. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decrypt/opener_state.h"
#include "decrypt/unpack.h"
#include "model/limits.h"

#include <stdlib.h>
#include <zlib.h>

struct fixture {
    struct tt_keys *keys;
    struct tt_opener *opener;
};

static struct fixture make(void)
{
    struct fixture fixture = {.keys = NULL};
    assert_int_equal(tt_keys_new(&fixture.keys), TT_OK);
    assert_int_equal(tt_opener_new(fixture.keys, &fixture.opener), TT_OK);
    return fixture;
}

static void release(struct fixture *fixture)
{
    tt_opener_free(fixture->opener);
    tt_keys_free(fixture->keys);
}

static void drop(struct tt_opener *opener, void *owner)
{
    struct tt_held **held = owner;
    tt_held_drop(opener, held);
}

static enum tt_err add(struct tt_opener *opener, struct tt_held **held, size_t max, size_t len,
                       uint64_t frame)
{
    static uint8_t bytes[65536];
    const struct tt_origin origin = {.first_frame = frame, .last_frame = frame, .time = frame};
    return tt_held_add(opener, held, max, 100 * frame, tt_span_of(bytes, len), &origin, drop, held);
}

static void test_held(void **state)
{
    (void)state;
    struct fixture fixture = make();
    struct tt_held *held = NULL;
    assert_int_equal(tt_held_len(held), 0);
    assert_int_equal(add(fixture.opener, &held, 10, 0, 1), TT_OK);
    assert_null(held);
    assert_int_equal(add(fixture.opener, &held, 10, 6, 2), TT_OK);
    assert_int_equal(add(fixture.opener, &held, 10, 4, 5), TT_OK);
    assert_int_equal(add(fixture.opener, &held, 10, 1, 6), TT_ERR_LIMIT);
    assert_int_equal(tt_held_len(held), 10);
    assert_int_equal(held->at, 200);
    assert_int_equal(held->origin.first_frame, 2);
    assert_int_equal(held->origin.last_frame, 5);
    tt_held_drop(fixture.opener, &held);
    assert_null(held);
    assert_int_equal(fixture.opener->held, 0);
    /* Its memory serves the next one. */
    assert_non_null(fixture.opener->spare);
    assert_int_equal(add(fixture.opener, &held, 10, 3, 7), TT_OK);
    assert_null(fixture.opener->spare);
    tt_held_drop(fixture.opener, &held);
    tt_held_drop(fixture.opener, &held);
    release(&fixture);
}

/* Whoever waits longest gives way. */
static void test_held_cap(void **state)
{
    (void)state;
    enum { COUNT = TT_TLS_HELD_MAX / 65536 + 100 };
    struct fixture fixture = make();
    struct tt_held **held = calloc(COUNT, sizeof(struct tt_held *));
    assert_non_null(held);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(add(fixture.opener, &held[i], 65536, 65536, i + 1), TT_OK);
        assert_true(fixture.opener->held <= TT_TLS_HELD_MAX);
        assert_non_null(held[i]);
    }
    assert_null(held[0]);
    assert_null(held[99]);
    assert_non_null(held[COUNT - 500]);
    for (size_t i = 0; i < COUNT; i++)
        tt_held_drop(fixture.opener, &held[i]);
    assert_int_equal(fixture.opener->held, 0);
    free(held);
    release(&fixture);
}

static void test_sessions(void **state)
{
    (void)state;
    struct fixture fixture = make();
    struct tt_session session = {.master = {1}, .source = TT_KEY_FROM_PSK};
    struct tt_span id = tt_span_str("session");
    assert_null(tt_session_find(fixture.opener, 'I', id));
    assert_int_equal(tt_session_put(fixture.opener, 'I', id, &session), TT_OK);
    session.master[0] = 2;
    assert_int_equal(tt_session_put(fixture.opener, 'I', id, &session), TT_OK);
    assert_int_equal(tt_session_find(fixture.opener, 'I', id)->master[0], 2);
    assert_null(tt_session_find(fixture.opener, 'T', id));
    /* An empty id is none. */
    assert_int_equal(tt_session_put(fixture.opener, 'I', (struct tt_span){0}, &session), TT_OK);
    assert_null(tt_session_find(fixture.opener, 'I', (struct tt_span){0}));
    enum tt_err err = TT_OK;
    uint32_t count = 0;
    for (; err == TT_OK; count++)
        err = tt_session_put(fixture.opener, 'T', tt_span_of(&count, sizeof(count)), &session);
    assert_int_equal(err, TT_ERR_LIMIT);
    assert_int_equal(count, TT_TLS_SESSIONS_MAX);
    release(&fixture);
}

/* ---- compression ---- */

static size_t pack(z_stream *stream, const char *text, uint8_t *out, size_t room)
{
    uint8_t copy[256];
    size_t len = strlen(text);
    memcpy(copy, text, len);
    stream->next_in = copy;
    stream->avail_in = (unsigned)len;
    stream->next_out = out;
    stream->avail_out = (unsigned)room;
    assert_int_equal(deflate(stream, Z_SYNC_FLUSH), Z_OK);
    return room - stream->avail_out;
}

static void test_unpack(void **state)
{
    (void)state;
    struct fixture fixture = make();
    struct tt_unpacker *unpacker = NULL;
    assert_int_equal(tt_unpacker_new(fixture.opener, 64, &unpacker), TT_ERR_UNSUPPORTED);
    assert_int_equal(tt_unpacker_new(fixture.opener, TT_COMPRESSION_DEFLATE, &unpacker), TT_OK);
    z_stream stream = {0};
    assert_int_equal(deflateInit(&stream, 9), Z_OK);
    uint8_t packed[512];
    struct tt_span bytes;
    static const char *const texts[] = {"imei=358240051111110", "imei=358240051111110", "x"};
    for (size_t i = 0; i < 3; i++) {
        size_t len = pack(&stream, texts[i], packed, sizeof(packed));
        assert_true(tt_unpack(fixture.opener, unpacker, tt_span_of(packed, len), &bytes));
        assert_true(tt_span_eq(bytes, tt_span_str(texts[i])));
    }
    assert_true(tt_unpack(fixture.opener, unpacker, (struct tt_span){0}, &bytes));
    assert_int_equal(bytes.len, 0);
    assert_false(tt_unpack(fixture.opener, unpacker, tt_span_str("\xff\xff garbage"), &bytes));
    (void)deflateEnd(&stream);
    tt_unpacker_free(fixture.opener, unpacker);
    tt_unpacker_free(fixture.opener, NULL);
    assert_int_equal(fixture.opener->inflates, 0);
    release(&fixture);
}

/* A record may not swell over what a record may hold; and only so many streams are open at once. */
static void test_unpack_caps(void **state)
{
    (void)state;
    struct fixture fixture = make();
    struct tt_unpacker *unpackers[TT_TLS_INFLATES_MAX];
    struct tt_unpacker *more = NULL;
    for (size_t i = 0; i < TT_TLS_INFLATES_MAX; i++)
        assert_int_equal(tt_unpacker_new(fixture.opener, TT_COMPRESSION_DEFLATE, &unpackers[i]),
                         TT_OK);
    assert_int_equal(tt_unpacker_new(fixture.opener, TT_COMPRESSION_DEFLATE, &more), TT_ERR_LIMIT);
    uint8_t *zeros = calloc(1, 100000);
    uint8_t packed[1024];
    z_stream stream = {0};
    assert_int_equal(deflateInit(&stream, 9), Z_OK);
    stream.next_in = zeros;
    stream.avail_in = 100000;
    stream.next_out = packed;
    stream.avail_out = sizeof(packed);
    assert_int_equal(deflate(&stream, Z_SYNC_FLUSH), Z_OK);
    struct tt_span bytes;
    assert_false(tt_unpack(fixture.opener, unpackers[0],
                           tt_span_of(packed, sizeof(packed) - stream.avail_out), &bytes));
    (void)deflateEnd(&stream);
    free(zeros);
    for (size_t i = 0; i < TT_TLS_INFLATES_MAX; i++)
        tt_unpacker_free(fixture.opener, unpackers[i]);
    release(&fixture);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(tt_closed_name(TT_CLOSED_NO_KEY), "no_key");
    assert_string_equal(tt_closed_name(TT_CLOSED_LIMIT), "limit");
    tt_opener_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_held),        cmocka_unit_test(test_held_cap),
        cmocka_unit_test(test_sessions),    cmocka_unit_test(test_unpack),
        cmocka_unit_test(test_unpack_caps), cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
