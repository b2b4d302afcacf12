/* Connections of TLS, opened: recorded conversations in any cut, with gaps, with and without keys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conversation.h"
#include "decrypt/tls.h"
#include "support/flush.h"

/* How a conversation is fed. */
struct way {
    unsigned with;  /* enum with */
    size_t cut;     /* chunks of this many bytes; 0: whole flights */
    size_t cut_at;  /* one more cut at this byte of the conversation, from 1 */
    size_t hole_at; /* this byte and those after it are missing, from 1 */
    size_t hole_len;
    bool middle; /* the beginning was not seen */
};

struct player {
    struct tt_tls *tls;
    uint64_t offset[2];
    uint64_t fed[2];
    uint64_t gap[2];
    uint64_t frame;
};

static void feed(struct player *player, enum tt_direction direction, struct tt_span bytes)
{
    struct flush flush = flush_make(bytes);
    player->frame++;
    const struct tt_chunk chunk = {.direction = direction,
                                   .offset = player->offset[direction],
                                   .gap = player->gap[direction],
                                   .bytes = flush.span,
                                   .first_frame = player->frame,
                                   .last_frame = player->frame,
                                   .time = player->frame * 1000};
    tt_tls_feed(player->tls, &chunk);
    player->offset[direction] += bytes.len;
    player->fed[direction] += bytes.len;
    player->gap[direction] = 0;
    flush_free(&flush);
}

/* The number of bytes that can be fed together at `at` of the conversation. */
static size_t run_len(const struct way *way, size_t at, size_t left)
{
    size_t len = way->cut > 0 && way->cut < left ? way->cut : left;
    if (way->cut_at > at && way->cut_at - at < len)
        len = way->cut_at - at;
    if (way->hole_len > 0 && way->hole_at - 1 > at && way->hole_at - 1 - at < len)
        len = way->hole_at - 1 - at;
    return len;
}

static void play_flight(struct player *player, const struct way *way, const struct flight *flight,
                        size_t from)
{
    struct tt_span bytes = tt_buf_span(&flight->bytes);
    for (size_t at = 0; at < bytes.len;) {
        size_t all = from + at;
        if (way->hole_len > 0 && all + 1 >= way->hole_at &&
            all + 1 < way->hole_at + way->hole_len) {
            player->gap[flight->direction]++;
            player->offset[flight->direction]++;
            at++;
            continue;
        }
        size_t len = run_len(way, all, bytes.len - at);
        feed(player, flight->direction, tt_span_sub(bytes, at, len));
        at += len;
    }
}

static void end(struct player *player)
{
    for (size_t i = 0; i < 2; i++) {
        const struct tt_chunk chunk = {.direction = (enum tt_direction)i,
                                       .flags = TT_CHUNK_END,
                                       .offset = player->offset[i],
                                       .gap = player->gap[i],
                                       .first_frame = player->frame,
                                       .last_frame = player->frame};
        tt_tls_feed(player->tls, &chunk);
    }
    tt_tls_free(player->tls);
}

static void play_with(struct tt_opener *opener, const struct conversation *conversation,
                      const struct way *way, struct outcome *outcome)
{
    outcome_init(outcome);
    struct player player = {.tls = tt_tls_new(opener, &outcome->sink, !way->middle)};
    assert_non_null(player.tls);
    size_t from = 0;
    for (size_t i = 0; i < conversation->flight_count; i++) {
        play_flight(&player, way, &conversation->flights[i], from);
        from += conversation->flights[i].bytes.len;
    }
    end(&player);
    assert_int_equal(outcome->out[0], player.fed[0]);
    assert_int_equal(outcome->out[1], player.fed[1]);
}

static void play(const struct conversation *conversation, const struct way *way,
                 struct outcome *outcome)
{
    struct tt_keys *keys = conversation_keys(conversation, way->with);
    struct tt_opener *opener = NULL;
    assert_int_equal(tt_opener_new(keys, &opener), TT_OK);
    play_with(opener, conversation, way, outcome);
    tt_opener_free(opener);
    tt_keys_free(keys);
}

static size_t conversation_len(const struct conversation *conversation)
{
    size_t len = 0;
    for (size_t i = 0; i < conversation->flight_count; i++)
        len += conversation->flights[i].bytes.len;
    return len;
}

static void open_whole(const struct conversation *conversation)
{
    const struct way ways[] = {
        {.with = WITH_KEYLOG}, {.with = WITH_KEYLOG, .cut = 1}, {.with = WITH_KEYLOG, .cut = 7}};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct outcome outcome;
        play(conversation, &ways[i], &outcome);
        outcome_expect(&outcome, conversation);
        assert_string_equal(outcome.source, "keylog");
        assert_true(outcome.hellos >= 2);
        if (strstr(conversation->name, "gnutls") == NULL &&
            strstr(conversation->name, "rc4") == NULL)
            assert_true(outcome.buckets[TT_BUCKET_OPENED] > 0);
        outcome_free(&outcome);
    }
}

static void test_key_logs(void **state)
{
    (void)state;
    assert_true(for_each_conversation("tls", "ssl", open_whole) > 30);
}

static void open_with_private_key(const struct conversation *conversation)
{
    struct outcome outcome;
    if (conversation->private_key.len == 0 || conversation->psk.len > 0)
        return;
    play(conversation, &(struct way){.with = WITH_PRIVATE_KEY}, &outcome);
    outcome_expect(&outcome, conversation);
    assert_string_equal(outcome.source, "private_key");
    outcome_free(&outcome);
}

static void test_private_keys(void **state)
{
    (void)state;
    for_each_conversation("tls", "ssl", open_with_private_key);
}

static void open_with_psk(const struct conversation *conversation)
{
    struct outcome outcome;
    if (conversation->psk.len == 0)
        return;
    play(conversation, &(struct way){.with = WITH_PSK | WITH_PRIVATE_KEY}, &outcome);
    outcome_expect(&outcome, conversation);
    assert_string_equal(outcome.source, "psk");
    outcome_free(&outcome);
}

static void test_psks(void **state)
{
    (void)state;
    assert_int_equal(for_each_conversation("tls12-psk", "tls12-rsa-psk", open_with_psk), 3);
}

/* Without keys nothing is opened (but a null cipher), everything is accounted, and the reason told.
 */
static void open_without(const struct conversation *conversation)
{
    struct outcome outcome;
    play(conversation, &(struct way){0}, &outcome);
    assert_int_equal(outcome.keyed, 0);
    if (strstr(conversation->name, "null") != NULL) {
        outcome_expect(&outcome, conversation);
    } else {
        assert_int_equal(outcome.unkeyed, 0);
        assert_true(outcome.closed[TT_CLOSED_NO_KEY] > 0);
        assert_int_equal(outcome.closed[TT_CLOSED_NO_KEY], outcome.closed_count);
        assert_true(outcome.buckets[TT_BUCKET_ENCRYPTED] > 0);
    }
    outcome_free(&outcome);
}

static void test_no_keys(void **state)
{
    (void)state;
    for_each_conversation("tls", "ssl", open_without);
}

/* Keys that fit by their names, but are wrong. */
static void open_with_wrong(const struct conversation *conversation)
{
    if (strstr(conversation->name, "null") != NULL)
        return;
    struct tt_keys *keys = NULL;
    assert_int_equal(tt_keys_new(&keys), TT_OK);
    struct tt_buf wrong = tt_buf_make(BYTES_MAX);
    assert_int_equal(tt_buf_append(&wrong, tt_buf_span(&conversation->keylog)), TT_OK);
    /* The last digit of every secret. */
    for (size_t i = 1; i < wrong.len; i++)
        if (wrong.data[i] == '\n')
            wrong.data[i - 1] = wrong.data[i - 1] == '0' ? '1' : '0';
    assert_int_equal(tt_keylog_read(keys, TT_KEY_FROM_CAPTURE, tt_buf_span(&wrong), NULL), TT_OK);
    struct tt_opener *opener = NULL;
    struct outcome outcome;
    assert_int_equal(tt_opener_new(keys, &opener), TT_OK);
    play_with(opener, conversation, &(struct way){0}, &outcome);
    assert_int_equal(outcome.keyed, 0);
    assert_int_equal(outcome.data[0].len, 0);
    assert_int_equal(outcome.data[1].len, 0);
    assert_true(outcome.closed[TT_CLOSED_BAD_KEY] > 0);
    assert_int_equal(outcome.closed[TT_CLOSED_BAD_KEY], outcome.closed_count);
    outcome_free(&outcome);
    tt_opener_free(opener);
    tt_keys_free(keys);
    tt_buf_free(&wrong);
}

static void test_wrong_keys(void **state)
{
    (void)state;
    for_each_conversation("tls", "ssl", open_with_wrong);
}

static void check_every_cut(const char *name)
{
    struct conversation *conversation = conversation_load(name);
    struct tt_keys *keys = conversation_keys(conversation, WITH_KEYLOG);
    struct tt_opener *opener = NULL;
    assert_int_equal(tt_opener_new(keys, &opener), TT_OK);
    size_t len = conversation_len(conversation);
    for (size_t at = 1; at < len; at++) {
        struct outcome outcome;
        play_with(opener, conversation, &(struct way){.cut_at = at}, &outcome);
        outcome_expect(&outcome, conversation);
        outcome_free(&outcome);
    }
    tt_opener_free(opener);
    tt_keys_free(keys);
    conversation_free(conversation);
}

static void test_every_cut(void **state)
{
    (void)state;
    check_every_cut("tls12-ecdhe-aes128-gcm.txt");
    check_every_cut("tls13-aes128-gcm.txt");
    check_every_cut("tls10-aes128-sha-mte.txt");
}

/* Is `part` what remains of `whole` when one stretch was taken out, or nothing was? */
static bool is_rest(struct tt_span part, struct tt_span whole)
{
    size_t head = 0;
    while (head < part.len && head < whole.len && part.data[head] == whole.data[head])
        head++;
    size_t tail = 0;
    while (tail < part.len && tail < whole.len &&
           part.data[part.len - 1 - tail] == whole.data[whole.len - 1 - tail])
        tail++;
    return part.len <= whole.len && head + tail >= part.len;
}

/* A hole anywhere: what comes out was sent, and where something is missing there is a note. */
static void check_every_hole(const char *name, size_t hole_len)
{
    struct conversation *conversation = conversation_load(name);
    struct tt_keys *keys = conversation_keys(conversation, WITH_KEYLOG);
    struct tt_opener *opener = NULL;
    assert_int_equal(tt_opener_new(keys, &opener), TT_OK);
    size_t len = conversation_len(conversation);
    for (size_t at = 1; at + hole_len <= len; at += 3) {
        struct outcome outcome;
        play_with(opener, conversation, &(struct way){.hole_at = at, .hole_len = hole_len},
                  &outcome);
        assert_true(outcome.notes > 0);
        for (size_t side = 0; side < 2; side++)
            if (!is_rest(tt_buf_span(&outcome.data[side]), tt_buf_span(&conversation->sent[side])))
                fail_msg("%s: a hole at %zu made something up", name, at);
        outcome_free(&outcome);
    }
    tt_opener_free(opener);
    tt_keys_free(keys);
    conversation_free(conversation);
}

static void test_every_hole(void **state)
{
    (void)state;
    check_every_hole("tls12-ecdhe-aes128-gcm.txt", 1);
    check_every_hole("tls13-aes128-gcm.txt", 1);
    check_every_hole("tls13-chacha20.txt", 100);
    check_every_hole("tls10-aes128-sha-mte.txt", 1);
    check_every_hole("tls12-ecdhe-aes256-sha384-mte.txt", 40);
    check_every_hole("tls10-rc4-sha.txt", 1);
    check_every_hole("tls13-key-update.txt", 60);
}

/* From the middle of a connection nothing can be opened, and that is said. */
static void test_middle(void **state)
{
    (void)state;
    struct conversation *conversation = conversation_load("tls13-aes128-gcm.txt");
    struct outcome outcome;
    conversation->flights[0].bytes.len = 0;
    play(conversation, &(struct way){.with = WITH_KEYLOG, .middle = true}, &outcome);
    assert_int_equal(outcome.keyed, 0);
    assert_true(outcome.closed[TT_CLOSED_NO_HELLO] > 0);
    outcome_free(&outcome);
    conversation_free(conversation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_logs),   cmocka_unit_test(test_private_keys),
        cmocka_unit_test(test_psks),       cmocka_unit_test(test_no_keys),
        cmocka_unit_test(test_wrong_keys), cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_every_hole), cmocka_unit_test(test_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
