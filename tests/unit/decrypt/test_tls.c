/* Connections of TLS, opened: recorded conversations in any cut, with gaps, with and without keys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conversation.h"
#include "decrypt/probe.h"
#include "decrypt/tls.h"
#include "model/limits.h"
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

/* Two key logs that contradict, one of which is right: as if the other one were not there. */
static void open_with_both(const struct conversation *conversation, struct tt_span first,
                           struct tt_span second)
{
    struct tt_keys *keys = NULL;
    struct tt_opener *opener = NULL;
    struct outcome outcome;
    assert_int_equal(tt_keys_new(&keys), TT_OK);
    assert_int_equal(tt_keylog_read(keys, TT_KEY_FROM_KEYLOG, first, NULL), TT_OK);
    assert_int_equal(tt_keylog_read(keys, TT_KEY_FROM_KEYLOG, second, NULL), TT_OK);
    assert_int_equal(tt_opener_new(keys, &opener), TT_OK);
    play_with(opener, conversation, &(struct way){0}, &outcome);
    outcome_expect(&outcome, conversation);
    outcome_free(&outcome);
    tt_opener_free(opener);
    tt_keys_free(keys);
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
    open_with_both(conversation, tt_buf_span(&conversation->keylog), tt_buf_span(&wrong));
    open_with_both(conversation, tt_buf_span(&wrong), tt_buf_span(&conversation->keylog));
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
        for (size_t side = 0; side < 2; side++) {
            struct tt_span data = tt_buf_span(&outcome.data[side]);
            struct tt_span sent = tt_buf_span(&conversation->sent[side]);
            if (!is_rest(data, sent))
                fail_msg("%s: a hole at %zu made something up", name, at);
            /* What is missing in the middle is told. */
            assert_true(tt_span_starts(sent, data) || outcome.gap[side] > 0);
        }
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

/* The last record of the client that is long enough to hold what it asked; cuts its flight behind
 * it, and the conversation behind that. Returns where the record begins in its flight. */
static size_t end_with_data(struct conversation *conversation)
{
    for (size_t i = conversation->flight_count; i-- > 0;) {
        struct flight *flight = &conversation->flights[i];
        size_t found = SIZE_MAX;
        size_t len = 0;
        for (size_t at = 0; at < flight->bytes.len; at += TT_RECORD_HEADER + len) {
            const uint8_t *header = flight->bytes.data + at;
            len = (size_t)header[3] << 8 | header[4];
            if (header[0] == TT_TYPE_APPLICATION_DATA && len > 60)
                found = at;
        }
        if (flight->direction != TT_FROM_INITIATOR || found == SIZE_MAX)
            continue;
        const uint8_t *header = flight->bytes.data + found;
        flight->bytes.len = found + TT_RECORD_HEADER + ((size_t)header[3] << 8 | header[4]);
        conversation->flight_count = i + 1;
        return found;
    }
    fail_msg("%s: no such record", conversation->name);
    return 0;
}

/* The last record is cut anywhere: what is there of it is read, where its cipher allows that. */
static void check_cut_records(const char *name, size_t block)
{
    struct conversation *conversation = conversation_load(name);
    struct tt_span sent = tt_buf_span(&conversation->sent[0]);
    size_t from = end_with_data(conversation);
    struct flight *flight = &conversation->flights[conversation->flight_count - 1];
    size_t len = flight->bytes.len;
    size_t before = sent.len - strlen("GET /v1/register?imei=358240051111110 HTTP/1.1\n");
    size_t most = 0;
    for (size_t cut = from + TT_RECORD_HEADER + 1; cut < len; cut++) {
        struct outcome outcome;
        flight->bytes.len = cut;
        play(conversation, &(struct way){.with = WITH_KEYLOG, .cut = 11}, &outcome);
        struct tt_span got = tt_buf_span(&outcome.data[0]);
        assert_true(tt_span_starts(sent, got));
        assert_true(got.len >= before);
        most = got.len > most ? got.len : most;
        assert_int_equal(outcome.closed[TT_CLOSED_DAMAGED], 1);
        assert_int_equal(outcome.cut, got.len > before);
        outcome_free(&outcome);
    }
    if (most + 2 * block < sent.len || most == before)
        fail_msg("%s: %zu of %zu", name, most, sent.len);
    flight->bytes.len = len;
    conversation_free(conversation);
}

static void test_cut_records(void **state)
{
    (void)state;
    check_cut_records("tls12-ecdhe-aes128-gcm.txt", 1);
    check_cut_records("tls12-ecdhe-chacha20.txt", 1);
    check_cut_records("tls13-key-update.txt", 1);
    check_cut_records("tls10-aes128-sha-mte.txt", 16);
    check_cut_records("tls12-ecdhe-aes256-sha384-mte.txt", 16);
    check_cut_records("tls12-null-sha256.txt", 1);
}

/* In TLS 1.3 the secrets are enough: the suite is found by trying those that were offered. */
static void test_no_server_hello_13(void **state)
{
    (void)state;
    static const char *const names[] = {"tls13-aes128-gcm.txt", "tls13-chacha20.txt",
                                        "tls13-aes256-gcm.txt", "tls13-key-update.txt"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct conversation *conversation = conversation_load(names[i]);
        struct outcome outcome;
        size_t hello = conversation->flights[0].bytes.len;
        const struct way way = {.with = WITH_KEYLOG, .hole_at = hello + 1, .hole_len = 127};
        play(conversation, &way, &outcome);
        for (size_t side = 0; side < 2; side++)
            assert_true(tt_span_eq(tt_buf_span(&outcome.data[side]),
                                   tt_buf_span(&conversation->sent[side])));
        assert_string_equal(outcome.suite, conversation->suite);
        assert_int_equal(outcome.closed_count, 0);
        assert_int_equal(outcome.gap[0] + outcome.gap[1], 0);
        outcome_free(&outcome);
        conversation_free(conversation);
    }
}

/* ---- connections inside connections ---- */

struct nested {
    struct tt_opener *opener;
    const struct conversation *inner;
    size_t depth;
    size_t opened; /* inner connections that came out whole */
};

static struct nested nested;

/* Plays a whole connection while a record of another one is told, and so on. */
static void nest(void *context, const struct tt_plain *plain)
{
    outcome_plain(context, plain);
    if (plain->type != TT_TYPE_APPLICATION_DATA || nested.depth == 0)
        return;
    uint8_t before[64];
    assert_true(plain->bytes.len <= sizeof(before));
    memcpy(before, plain->bytes.data, plain->bytes.len);
    nested.depth--;
    struct outcome outcome;
    outcome_init(&outcome);
    outcome.sink.plain = nest;
    struct player player = {.tls = tt_tls_new(nested.opener, &outcome.sink, true)};
    for (size_t i = 0; i < nested.inner->flight_count; i++)
        play_flight(&player, &(struct way){0}, &nested.inner->flights[i], 0);
    end(&player);
    nested.opened += tt_span_eq(tt_buf_span(&outcome.data[0]), tt_buf_span(&nested.inner->sent[0]));
    assert_true(outcome.data[0].len > 0 || outcome.closed[TT_CLOSED_LIMIT] > 0);
    outcome_free(&outcome);
    assert_memory_equal(before, plain->bytes.data, plain->bytes.len);
}

static void test_nested(void **state)
{
    (void)state;
    struct conversation *conversation = conversation_load("tls12-ecdhe-aes128-gcm.txt");
    struct tt_keys *keys = conversation_keys(conversation, WITH_KEYLOG);
    struct outcome outcome;
    nested = (struct nested){.inner = conversation, .depth = TT_TLS_NESTING_MAX + 2};
    assert_int_equal(tt_opener_new(keys, &nested.opener), TT_OK);
    outcome_init(&outcome);
    outcome.sink.plain = nest;
    struct player player = {.tls = tt_tls_new(nested.opener, &outcome.sink, true)};
    for (size_t i = 0; i < conversation->flight_count; i++)
        play_flight(&player, &(struct way){0}, &conversation->flights[i], 0);
    end(&player);
    assert_true(tt_span_eq(tt_buf_span(&outcome.data[0]), tt_buf_span(&conversation->sent[0])));
    assert_true(tt_span_eq(tt_buf_span(&outcome.data[1]), tt_buf_span(&conversation->sent[1])));
    assert_true(nested.opened >= TT_TLS_NESTING_MAX - 1);
    outcome_free(&outcome);
    tt_opener_free(nested.opener);
    tt_keys_free(keys);
    conversation_free(conversation);
}

/* The server's hello is missing: what comes behind ChangeCipherSpec is not taken for clear text. */
static void test_no_server_hello(void **state)
{
    (void)state;
    struct conversation *conversation = conversation_load("tls12-ecdhe-aes128-gcm.txt");
    struct outcome outcome;
    size_t hello = conversation->flights[0].bytes.len;
    const struct way way = {.with = WITH_KEYLOG, .hole_at = hello + 1, .hole_len = 80};
    play(conversation, &way, &outcome);
    assert_int_equal(outcome.keyed, 0);
    /* Finished and data of both sides, and what closes the connection. */
    assert_true(outcome.closed_count >= 4);
    assert_int_equal(outcome.closed[TT_CLOSED_NO_HELLO], outcome.closed_count);
    outcome_free(&outcome);
    conversation_free(conversation);
}

/* Each record of the client misses its last bytes, as where a capture keeps only the beginning of
 * each packet: the beginnings are read. */
static void test_short_packets(void **state)
{
    (void)state;
    struct conversation *conversation = conversation_load("tls12-fragments.txt");
    struct tt_keys *keys = conversation_keys(conversation, WITH_KEYLOG);
    struct tt_opener *opener = NULL;
    struct outcome outcome;
    assert_int_equal(tt_opener_new(keys, &opener), TT_OK);
    outcome_init(&outcome);
    size_t from = end_with_data(conversation);
    struct flight *flight = &conversation->flights[conversation->flight_count - 1];
    struct player player = {.tls = tt_tls_new(opener, &outcome.sink, true)};
    size_t len = flight->bytes.len;
    flight->bytes.len = from;
    for (size_t i = 0; i < conversation->flight_count; i++)
        play_flight(&player, &(struct way){0}, &conversation->flights[i], 0);
    flight->bytes.len = len;
    /* The same record thrice: its nonce stands in it, so that each gives the same. */
    for (size_t i = 0; i < 3; i++) {
        feed(&player, TT_FROM_INITIATOR,
             tt_span_sub(tt_buf_span(&flight->bytes), from, len - from - 30));
        player.gap[0] = 30;
        player.offset[0] += 30;
    }
    end(&player);
    assert_int_equal(outcome.cut, 3);
    assert_int_equal(outcome.closed[TT_CLOSED_DAMAGED], 3);
    assert_true(
        tt_span_starts(tt_buf_span(&outcome.data[0]), tt_span_str("GET /v1/register?imei=")));
    outcome_free(&outcome);
    tt_opener_free(opener);
    tt_keys_free(keys);
    conversation_free(conversation);
}

/* Behind a large gap stand records that are none: the work spent on them is bounded, and as long as
 * it is, a real one still opens. */
static void check_false_records(size_t count, bool opens)
{
    static uint8_t bogus[TT_RECORD_HEADER + 16384] = {23, 3, 3, 0x40, 0};
    struct conversation *conversation = conversation_load("tls12-ecdhe-chacha20.txt");
    size_t from = end_with_data(conversation);
    struct flight *flight = &conversation->flights[conversation->flight_count - 1];
    struct tt_keys *keys = conversation_keys(conversation, WITH_KEYLOG);
    struct tt_opener *opener = NULL;
    struct outcome outcome;
    assert_int_equal(tt_opener_new(keys, &opener), TT_OK);
    outcome_init(&outcome);
    struct player player = {.tls = tt_tls_new(opener, &outcome.sink, true)};
    size_t len = flight->bytes.len;
    flight->bytes.len = from;
    for (size_t i = 0; i < conversation->flight_count; i++)
        play_flight(&player, &(struct way){0}, &conversation->flights[i], 0);
    assert_int_equal(outcome.closed_count, 0);
    player.gap[0] = 1U << 30;
    player.offset[0] += player.gap[0];
    for (size_t i = 0; i < count; i++)
        feed(&player, TT_FROM_INITIATOR, tt_span_of(bogus, sizeof(bogus)));
    assert_int_equal(outcome.closed[TT_CLOSED_DAMAGED], count);
    flight->bytes.len = len;
    feed(&player, TT_FROM_INITIATOR, tt_span_from(tt_buf_span(&flight->bytes), from));
    if ((outcome.data[0].len > 0) != opens)
        fail_msg("%zu false records: %zu bytes", count, outcome.data[0].len);
    end(&player);
    outcome_free(&outcome);
    tt_opener_free(opener);
    tt_keys_free(keys);
    conversation_free(conversation);
}

static void test_false_records(void **state)
{
    (void)state;
    check_false_records(0, true);
    check_false_records(3, true);
    check_false_records(2 * TT_TLS_TRIES_BYTES_MAX / (256 * 16384), false);
}

/* The second connection of a session has no key exchange: its keys are those of the first one. */
static void check_resumed(const char *first, const char *second)
{
    struct conversation *one = conversation_load(first);
    struct conversation *two = conversation_load(second);
    struct tt_keys *keys = conversation_keys(one, WITH_PRIVATE_KEY);
    struct tt_opener *opener = NULL;
    struct outcome outcome;
    assert_int_equal(tt_opener_new(keys, &opener), TT_OK);
    play_with(opener, two, &(struct way){0}, &outcome);
    assert_int_equal(outcome.keyed, 0);
    assert_true(outcome.closed[TT_CLOSED_NO_KEY] > 0);
    outcome_free(&outcome);
    play_with(opener, one, &(struct way){0}, &outcome);
    outcome_expect(&outcome, one);
    outcome_free(&outcome);
    play_with(opener, two, &(struct way){0}, &outcome);
    outcome_expect(&outcome, two);
    assert_string_equal(outcome.source, "private_key");
    outcome_free(&outcome);
    tt_opener_free(opener);
    tt_keys_free(keys);
    conversation_free(one);
    conversation_free(two);
}

static void test_resumed(void **state)
{
    (void)state;
    check_resumed("resumed-id-1.txt", "resumed-id-2.txt");
    check_resumed("resumed-ticket-1.txt", "resumed-ticket-2.txt");
}

/* Server name, certificates, and what a silent connection without keys holds. */
static void test_told(void **state)
{
    (void)state;
    struct conversation *conversation = conversation_load("tls13-aes128-gcm.txt");
    struct outcome outcome;
    play(conversation, &(struct way){.with = WITH_KEYLOG}, &outcome);
    assert_string_equal(outcome.name, "api.example");
    assert_int_equal(outcome.hellos, 2);
    assert_int_equal(outcome.certificates, 1);
    outcome_free(&outcome);
    conversation_free(conversation);
    assert_true(tt_tls_size() <= 576);
}

/* The server's first flight stands before the client's in the capture. */
static void open_swapped(const struct conversation *conversation)
{
    struct conversation swapped = *conversation;
    bool ssl2 = conversation->flights[0].bytes.data[0] != TT_TYPE_HANDSHAKE;
    if (ssl2 || conversation->flight_count < 3 ||
        conversation->flights[1].direction != TT_FROM_RESPONDER)
        return;
    swapped.flights[0] = conversation->flights[1];
    swapped.flights[1] = conversation->flights[0];
    struct outcome outcome;
    play(&swapped, &(struct way){.with = WITH_KEYLOG}, &outcome);
    outcome_expect(&outcome, conversation);
    outcome_free(&outcome);
    const struct way split = {.with = WITH_KEYLOG,
                              .cut_at = swapped.flights[0].bytes.len + 20}; /* of its hello */
    play(&swapped, &split, &outcome);
    outcome_expect(&outcome, conversation);
    outcome_free(&outcome);
}

static void test_server_first(void **state)
{
    (void)state;
    assert_true(for_each_conversation("tls", "ssl", open_swapped) > 30);
}

/* No client ever: what is held comes out when it is too much, or at the end; each byte once. */
static void test_server_alone(void **state)
{
    (void)state;
    static const uint8_t hello[] = {TT_TYPE_HANDSHAKE, 3, 3, 0x40, 0, TT_SERVER_HELLO, 0, 0x3f};
    for (size_t len = 1000; len <= 2 * (size_t)TT_TLS_AHEAD_MAX; len *= 4) {
        struct outcome outcome;
        struct tt_keys *keys = NULL;
        struct tt_opener *opener = NULL;
        uint8_t *bytes = calloc(1, len);
        assert_non_null(bytes);
        memcpy(bytes, hello, sizeof(hello));
        assert_int_equal(tt_keys_new(&keys), TT_OK);
        assert_int_equal(tt_opener_new(keys, &opener), TT_OK);
        outcome_init(&outcome);
        struct player player = {.tls = tt_tls_new(opener, &outcome.sink, true)};
        for (size_t at = 0; at < len; at += 1000) {
            size_t part = len - at < 1000 ? len - at : 1000;
            feed(&player, TT_FROM_RESPONDER, tt_span_of(bytes + at, part));
            /* The cap: then it goes on without. */
            assert_int_equal(outcome.out[1] > 0, at + part > TT_TLS_AHEAD_MAX);
            assert_int_equal(outcome.notes > 0, at + part > TT_TLS_AHEAD_MAX);
        }
        tt_tls_free(player.tls);
        assert_int_equal(outcome.out[1], len);
        outcome_free(&outcome);
        tt_opener_free(opener);
        tt_keys_free(keys);
        free(bytes);
    }
}

/* A sealed alert may be all that a capture has of a connection; where the opening was seen, none
 * stands at the beginning. */
static void test_looks_alert(void **state)
{
    (void)state;
    uint8_t bytes[5 + 1024] = {0x15, 3, 1};
    for (size_t len = 1; len <= 1024; len++) {
        bytes[3] = (uint8_t)(len >> 8);
        bytes[4] = (uint8_t)len;
        struct flush flush = flush_make(tt_span_of(bytes, 5 + len));
        bool sealed = len >= 16 && len <= 338;
        assert_int_equal(tt_tls_looks(flush.span, true), TT_LOOKS_NO);
        assert_int_equal(tt_tls_looks(flush.span, false), sealed ? TT_LOOKS_YES : TT_LOOKS_NO);
        flush_free(&flush);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_looks_alert),
        cmocka_unit_test(test_key_logs),
        cmocka_unit_test(test_private_keys),
        cmocka_unit_test(test_psks),
        cmocka_unit_test(test_no_keys),
        cmocka_unit_test(test_wrong_keys),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_every_hole),
        cmocka_unit_test(test_middle),
        cmocka_unit_test(test_cut_records),
        cmocka_unit_test(test_false_records),
        cmocka_unit_test(test_short_packets),
        cmocka_unit_test(test_no_server_hello),
        cmocka_unit_test(test_no_server_hello_13),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_server_first),
        cmocka_unit_test(test_server_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
