/* Conversations of vectors/ (see make_vectors.py), and what an opener makes of them. */
#ifndef TEST_DECRYPT_CONVERSATION_H
#define TEST_DECRYPT_CONVERSATION_H

#include "base/buf.h"
#include "decrypt/keylog.h"
#include "decrypt/opener.h"
#include "decrypt/record.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLIGHTS_MAX = 128, BYTES_MAX = 1 << 20 };

struct flight {
    enum tt_direction direction;
    struct tt_buf bytes;
};

struct conversation {
    char name[128];
    char version[16];
    char suite[64];
    struct tt_buf keylog;
    struct tt_buf psk; /* hexadecimal, terminated; or empty */
    struct tt_buf private_key;
    struct flight flights[FLIGHTS_MAX];
    size_t flight_count;
    struct tt_buf sent[2]; /* application data */
};

static inline void conversation_hex(struct tt_buf *buf, const char *hex)
{
    for (size_t i = 0; hex[i] != '\0' && hex[i + 1] != '\0'; i += 2) {
        int value = tt_hex_value((uint8_t)hex[i]) << 4 | tt_hex_value((uint8_t)hex[i + 1]);
        assert_true(value >= 0);
        assert_int_equal(tt_buf_append_u8(buf, (uint8_t)value), TT_OK);
    }
}

static inline void conversation_path(char *out, size_t room, const char *name)
{
    const char *root = getenv("TT_SOURCE_ROOT");
    int n =
        snprintf(out, room, "%s/tests/unit/decrypt/vectors/%s", root == NULL ? "." : root, name);
    assert_true(n > 0 && (size_t)n < room);
}

static inline void conversation_file(struct tt_buf *buf, const char *name)
{
    char path[512];
    conversation_path(path, sizeof(path), name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char bytes[4096];
    size_t n;
    while ((n = fread(bytes, 1, sizeof(bytes), file)) > 0)
        assert_int_equal(tt_buf_append(buf, tt_span_of(bytes, n)), TT_OK);
    (void)fclose(file);
}

static inline void conversation_line(struct conversation *conversation, const char *line)
{
    const char *value = line + 2;
    switch (line[0]) {
    case 'k':
        assert_int_equal(tt_buf_append_str(&conversation->keylog, value), TT_OK);
        assert_int_equal(tt_buf_append_u8(&conversation->keylog, '\n'), TT_OK);
        break;
    case 'p':
        assert_int_equal(tt_buf_append(&conversation->psk, tt_span_of(value, strlen(value) + 1)),
                         TT_OK);
        break;
    case 'r':
        conversation_file(&conversation->private_key, value);
        break;
    case 'v':
        (void)snprintf(conversation->version, sizeof(conversation->version), "%s", value);
        break;
    case 'n':
        (void)snprintf(conversation->suite, sizeof(conversation->suite), "%s", value);
        break;
    case 'c':
    case 's': {
        assert_true(conversation->flight_count < FLIGHTS_MAX);
        struct flight *flight = &conversation->flights[conversation->flight_count++];
        flight->direction = line[0] == 'c' ? TT_FROM_INITIATOR : TT_FROM_RESPONDER;
        flight->bytes = tt_buf_make(BYTES_MAX);
        conversation_hex(&flight->bytes, value);
        break;
    }
    case 'C':
    case 'S':
        conversation_hex(&conversation->sent[line[0] == 'S'], value);
        break;
    default:
        fail_msg("unknown line in %s", conversation->name);
    }
}

static inline struct conversation *conversation_load(const char *name)
{
    struct conversation *conversation = calloc(1, sizeof(*conversation));
    assert_non_null(conversation);
    (void)snprintf(conversation->name, sizeof(conversation->name), "%s", name);
    conversation->keylog = tt_buf_make(BYTES_MAX);
    conversation->psk = tt_buf_make(BYTES_MAX);
    conversation->private_key = tt_buf_make(BYTES_MAX);
    conversation->sent[0] = tt_buf_make(BYTES_MAX);
    conversation->sent[1] = tt_buf_make(BYTES_MAX);
    struct tt_buf text = tt_buf_make(BYTES_MAX);
    conversation_file(&text, name);
    assert_int_equal(tt_buf_append_u8(&text, '\0'), TT_OK);
    char *rest = NULL;
    for (char *line = strtok_r((char *)text.data, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest))
        conversation_line(conversation, line);
    tt_buf_free(&text);
    return conversation;
}

static inline void conversation_free(struct conversation *conversation)
{
    /* All of them: a test may have shortened the count. */
    for (size_t i = 0; i < FLIGHTS_MAX; i++)
        tt_buf_free(&conversation->flights[i].bytes);
    tt_buf_free(&conversation->keylog);
    tt_buf_free(&conversation->psk);
    tt_buf_free(&conversation->private_key);
    tt_buf_free(&conversation->sent[0]);
    tt_buf_free(&conversation->sent[1]);
    free(conversation);
}

enum with { WITH_KEYLOG = 1, WITH_PRIVATE_KEY = 2, WITH_PSK = 4 };

static inline struct tt_keys *conversation_keys(const struct conversation *conversation,
                                                unsigned with)
{
    struct tt_keys *keys = NULL;
    assert_int_equal(tt_keys_new(&keys), TT_OK);
    if ((with & WITH_KEYLOG) != 0)
        assert_int_equal(
            tt_keylog_read(keys, TT_KEY_FROM_KEYLOG, tt_buf_span(&conversation->keylog), NULL),
            TT_OK);
    if ((with & WITH_PRIVATE_KEY) != 0 && conversation->private_key.len > 0)
        assert_int_equal(tt_keys_add_private(keys, tt_buf_span(&conversation->private_key), NULL),
                         TT_OK);
    if ((with & WITH_PSK) != 0 && conversation->psk.len > 0)
        assert_int_equal(tt_keys_add_psk(keys, (const char *)conversation->psk.data, NULL), TT_OK);
    return keys;
}

/* What came out. */
struct outcome {
    struct tt_buf data[2];
    uint64_t out[2]; /* bytes of the stream that were told */
    uint64_t buckets[TT_BUCKET_COUNT];
    uint64_t raw;
    uint64_t next_at[2];
    uint64_t gap[2];
    size_t hellos;
    size_t certificates;
    size_t closed[TT_CLOSED_COUNT];
    size_t closed_count;
    size_t notes;
    size_t keyed;
    size_t unkeyed;
    size_t cut;
    char name[TT_SERVER_NAME_MAX + 1];
    char version[16];
    char suite[64];
    char source[16];
    struct tt_opener_sink sink;
};

static inline void outcome_clear(void *context, enum tt_direction direction,
                                 const struct tt_piece *piece)
{
    struct outcome *outcome = context;
    assert_true(piece->bytes.len > 0 && piece->origin.first_frame > 0);
    outcome->out[direction] += piece->bytes.len;
}

static inline void outcome_raw(void *context, enum tt_direction direction,
                               const struct tt_piece *piece)
{
    struct outcome *outcome = context;
    assert_true(piece->bytes.len > 0 && piece->origin.first_frame > 0);
    outcome->out[direction] += piece->bytes.len;
    outcome->raw += piece->bytes.len;
}

static inline void outcome_account(void *context, enum tt_direction direction,
                                   enum tt_bucket bucket, uint64_t bytes)
{
    struct outcome *outcome = context;
    assert_true(bytes > 0);
    outcome->out[direction] += bytes;
    outcome->buckets[bucket] += bytes;
}

static inline void outcome_plain(void *context, const struct tt_plain *plain)
{
    struct outcome *outcome = context;
    size_t side = plain->place.direction;
    assert_true(plain->place.len > 0 && plain->place.origin.first_frame > 0);
    assert_true(plain->place.origin.first_frame <= plain->place.origin.last_frame);
    (void)snprintf(outcome->version, sizeof(outcome->version), "%s",
                   tt_version_text(plain->security.version));
    (void)snprintf(outcome->suite, sizeof(outcome->suite), "%s", plain->security.suite->name);
    if (plain->security.keyed)
        (void)snprintf(outcome->source, sizeof(outcome->source), "%s",
                       tt_key_source_name(plain->security.source));
    outcome->keyed += plain->security.keyed;
    outcome->unkeyed += !plain->security.keyed;
    outcome->cut += plain->cut;
    if (plain->type != TT_TYPE_APPLICATION_DATA)
        return;
    assert_int_equal(plain->at, outcome->next_at[side] + plain->gap);
    outcome->next_at[side] = plain->at + plain->bytes.len;
    outcome->gap[side] += plain->gap;
    assert_int_equal(tt_buf_append(&outcome->data[side], plain->bytes), TT_OK);
}

static inline void outcome_closed(void *context, const struct tt_place *place,
                                  enum tt_closed reason)
{
    struct outcome *outcome = context;
    assert_true(place->len > 0 && tt_closed_name(reason)[0] != '\0');
    outcome->closed[reason]++;
    outcome->closed_count++;
}

static inline void outcome_hello(void *context, const struct tt_place *place,
                                 const struct tt_hello *hello, struct tt_span message)
{
    struct outcome *outcome = context;
    assert_true(place->len > 0 && message.len > 0);
    outcome->hellos++;
    if (!hello->server)
        (void)snprintf(outcome->name, sizeof(outcome->name), "%s", hello->name);
}

static inline void outcome_certificate(void *context, const struct tt_place *place, size_t at,
                                       struct tt_span der)
{
    struct outcome *outcome = context;
    (void)at;
    assert_true(place->len > der.len && der.len > 0);
    outcome->certificates++;
}

static inline void outcome_note(void *context, const struct tt_note *note)
{
    struct outcome *outcome = context;
    assert_non_null(note->code);
    outcome->notes++;
}

static inline void outcome_init(struct outcome *outcome)
{
    *outcome = (struct outcome){0};
    outcome->data[0] = tt_buf_make(BYTES_MAX);
    outcome->data[1] = tt_buf_make(BYTES_MAX);
    outcome->sink = (struct tt_opener_sink){.context = outcome,
                                            .clear = outcome_clear,
                                            .raw = outcome_raw,
                                            .account = outcome_account,
                                            .plain = outcome_plain,
                                            .closed = outcome_closed,
                                            .hello = outcome_hello,
                                            .certificate = outcome_certificate,
                                            .notes = {.context = outcome, .note = outcome_note}};
}

static inline void outcome_free(struct outcome *outcome)
{
    tt_buf_free(&outcome->data[0]);
    tt_buf_free(&outcome->data[1]);
}

/* All that was sent came out, in clear text, and nothing else. */
static inline void outcome_expect(const struct outcome *outcome,
                                  const struct conversation *conversation)
{
    for (size_t side = 0; side < 2; side++)
        if (!tt_span_eq(tt_buf_span(&outcome->data[side]), tt_buf_span(&conversation->sent[side])))
            fail_msg("%s: direction %zu gave %zu bytes, not %zu", conversation->name, side,
                     outcome->data[side].len, conversation->sent[side].len);
    if (outcome->closed_count != 0 || outcome->raw != 0 || outcome->notes != 0)
        fail_msg("%s: %zu records closed, %zu raw bytes", conversation->name, outcome->closed_count,
                 (size_t)outcome->raw);
    assert_string_equal(outcome->version, conversation->version);
    assert_string_equal(outcome->suite, conversation->suite);
}

/* Calls `test` for each conversation whose name begins with one of the two prefixes. */
static inline size_t for_each_conversation(const char *prefix, const char *other,
                                           void (*test)(const struct conversation *conversation))
{
    char path[512];
    conversation_path(path, sizeof(path), "");
    DIR *folder = opendir(path);
    assert_non_null(folder);
    size_t count = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        const char *name = entry->d_name;
        size_t len = strlen(name);
        if (len < 4 || strcmp(name + len - 4, ".txt") != 0 ||
            (strncmp(name, prefix, strlen(prefix)) != 0 &&
             strncmp(name, other, strlen(other)) != 0))
            continue;
        struct conversation *conversation = conversation_load(name);
        test(conversation);
        conversation_free(conversation);
        count++;
    }
    (void)closedir(folder);
    return count;
}

#endif
