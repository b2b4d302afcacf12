#include "decrypt/keylog.h"

#include "base/buf.h"
#include "base/compiler.h"
#include "base/secret.h"
#include "model/limits.h"

#include <stdlib.h>

struct tt_keylog {
    struct tt_keys *keys;
    enum tt_key_source source;
    struct tt_buf half; /* of a line */
    bool overlong;      /* the line is longer than the limit */
    uint64_t line;      /* number of the line that is being read, from 1 */
    struct tt_keylog_counts counts;
};

enum line_kind { LINE_TAKEN, LINE_UNNEEDED, LINE_DAMAGED, LINE_BAD };

/* What stands behind the label: an id and a secret, for the store or for nobody. */
struct label {
    const char *name;
    enum tt_key_label label;
    bool numbered; /* a generation follows the name */
    bool unneeded;
};

static const struct label labels[] = {
    {.name = "CLIENT_RANDOM", .label = TT_KEY_MASTER},
    {.name = "PMS_CLIENT_RANDOM", .label = TT_KEY_PREMASTER},
    {.name = "RSA", .label = TT_KEY_RSA_PREMASTER},
    {.name = "CLIENT_EARLY_TRAFFIC_SECRET", .label = TT_KEY_CLIENT_EARLY},
    {.name = "CLIENT_HANDSHAKE_TRAFFIC_SECRET", .label = TT_KEY_CLIENT_HANDSHAKE},
    {.name = "SERVER_HANDSHAKE_TRAFFIC_SECRET", .label = TT_KEY_SERVER_HANDSHAKE},
    {.name = "CLIENT_TRAFFIC_SECRET_", .label = TT_KEY_CLIENT_TRAFFIC, .numbered = true},
    {.name = "SERVER_TRAFFIC_SECRET_", .label = TT_KEY_SERVER_TRAFFIC, .numbered = true},
    /* How OpenSSL names every secret behind the first: they follow from that one. */
    {.name = "CLIENT_TRAFFIC_SECRET_N", .unneeded = true},
    {.name = "SERVER_TRAFFIC_SECRET_N", .unneeded = true},
    {.name = "EARLY_EXPORTER_SECRET", .unneeded = true},
    {.name = "EARLY_EXPORTER_MASTER_SECRET", .unneeded = true},
    {.name = "EXPORTER_SECRET", .unneeded = true},
    {.name = "ECH_SECRET", .unneeded = true},
    {.name = "ECH_CONFIG", .unneeded = true},
};

/* The next word; false at the end of the line. */
static bool next_word(struct tt_span *line, struct tt_span *ret_word)
{
    *line = tt_span_trim(*line);
    size_t len = 0;
    while (len < line->len && line->data[len] != ' ' && line->data[len] != '\t')
        len++;
    *ret_word = tt_span_sub(*line, 0, len);
    *line = tt_span_from(*line, len);
    return len > 0;
}

/* The number of bytes; 0 when the word is no hexadecimal number of at most `room` bytes. */
static size_t read_hex(struct tt_span word, uint8_t *out, size_t room)
{
    if (word.len % 2 != 0 || word.len / 2 > room)
        return 0;
    for (size_t i = 0; i < word.len; i += 2) {
        int high = tt_hex_value(word.data[i]);
        int low = tt_hex_value(word.data[i + 1]);
        if (high < 0 || low < 0)
            return 0;
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    return word.len / 2;
}

static bool read_generation(struct tt_span digits, unsigned *ret_generation)
{
    unsigned value = 0;
    if (digits.len == 0 || digits.len > 4)
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        if (!tt_is_digit(digits.data[i]))
            return false;
        value = value * 10 + (unsigned)(digits.data[i] - '0');
    }
    *ret_generation = value;
    return true;
}

static const struct label *find_label(struct tt_span word, unsigned *ret_generation)
{
    /* QUIC's own labels of the drafts: the same secrets under longer names. */
    if (tt_span_starts(word, tt_span_str("QUIC_")))
        word = tt_span_from(word, strlen("QUIC_"));
    *ret_generation = 0;
    for (size_t i = 0; i < TT_ARRAY_LEN(labels); i++) {
        struct tt_span name = tt_span_str(labels[i].name);
        if (labels[i].numbered ? tt_span_starts(word, name) &&
                                     read_generation(tt_span_from(word, name.len), ret_generation)
                               : tt_span_eq(word, name))
            return &labels[i];
    }
    return NULL;
}

static enum tt_err put(struct tt_keylog *log, enum tt_key_label label, unsigned generation,
                       struct tt_span id, struct tt_span secret, enum line_kind *ret_kind)
{
    enum tt_err err = tt_keys_add(log->keys, label, generation, id, secret, log->source);
    if (err == TT_ERR_MEMORY)
        return err;
    if (err == TT_OK)
        *ret_kind = LINE_TAKEN;
    else if (err == TT_ERR_LIMIT)
        log->counts.refused++;
    if (err == TT_ERR_LIMIT)
        *ret_kind = LINE_UNNEEDED;
    return TT_OK;
}

static bool secret_fits(enum tt_key_label label, size_t id_len, size_t len)
{
    switch (label) {
    case TT_KEY_MASTER:
    case TT_KEY_SESSION_MASTER:
        return len == TT_MASTER_LEN;
    case TT_KEY_RSA_PREMASTER:
        return id_len >= TT_RSA_ID_LEN && len == TT_PREMASTER_LEN;
    case TT_KEY_PREMASTER:
        return len > 0;
    case TT_KEY_CLIENT_EARLY:
    case TT_KEY_CLIENT_HANDSHAKE:
    case TT_KEY_SERVER_HANDSHAKE:
    case TT_KEY_CLIENT_TRAFFIC:
    case TT_KEY_SERVER_TRAFFIC:
        return len == tt_hash_len(TT_HASH_SHA256) || len == tt_hash_len(TT_HASH_SHA384);
    case TT_KEY_LABEL_COUNT:
        break;
    }
    return false;
}

/* "RSA Session-ID:<id> Master-Key:<secret>". */
static enum tt_err read_session(struct tt_keylog *log, struct tt_span id, struct tt_span secret,
                                enum line_kind *ret_kind)
{
    static const char id_name[] = "Session-ID:";
    static const char secret_name[] = "Master-Key:";
    uint8_t id_bytes[TT_KEY_ID_MAX];
    uint8_t bytes[TT_MASTER_LEN];
    if (!tt_span_starts(id, tt_span_str(id_name)) ||
        !tt_span_starts(secret, tt_span_str(secret_name)))
        return TT_OK;
    size_t id_len = read_hex(tt_span_from(id, strlen(id_name)), id_bytes, sizeof(id_bytes));
    size_t len = read_hex(tt_span_from(secret, strlen(secret_name)), bytes, sizeof(bytes));
    enum tt_err err = TT_OK;
    if (id_len > 0 && secret_fits(TT_KEY_SESSION_MASTER, id_len, len))
        err = put(log, TT_KEY_SESSION_MASTER, 0, tt_span_of(id_bytes, id_len),
                  tt_span_of(bytes, len), ret_kind);
    tt_wipe(bytes, sizeof(bytes));
    return err;
}

static enum tt_err read_secret(struct tt_keylog *log, const struct label *label,
                               unsigned generation, struct tt_span id_word,
                               struct tt_span secret_word, enum line_kind *ret_kind)
{
    uint8_t id[TT_KEYLOG_LINE_MAX / 2];
    uint8_t secret[TT_KEY_SECRET_MAX];
    if (label->label == TT_KEY_RSA_PREMASTER && tt_span_find(id_word, ':') < id_word.len)
        return read_session(log, id_word, secret_word, ret_kind);
    size_t id_len = read_hex(id_word, id, sizeof(id));
    size_t len = read_hex(secret_word, secret, sizeof(secret));
    bool by_random = label->label != TT_KEY_RSA_PREMASTER;
    enum tt_err err = TT_OK;
    if (id_len > 0 && (!by_random || id_len == TT_RANDOM_LEN) &&
        secret_fits(label->label, id_len, len)) {
        /* Of a longer id (the whole encrypted secret) the beginning is enough. */
        if (!by_random)
            id_len = TT_RSA_ID_LEN;
        err = put(log, label->label, generation, tt_span_of(id, id_len), tt_span_of(secret, len),
                  ret_kind);
    }
    tt_wipe(secret, sizeof(secret));
    return err;
}

static enum tt_err read_line(struct tt_keylog *log, struct tt_span line, enum line_kind *ret_kind)
{
    struct tt_span word;
    struct tt_span id;
    struct tt_span secret;
    struct tt_span more;
    unsigned generation = 0;
    *ret_kind = LINE_BAD;
    if (!next_word(&line, &word))
        return TT_OK;
    const struct label *label = find_label(word, &generation);
    if (label == NULL)
        return TT_OK;
    if (label->unneeded) {
        *ret_kind = LINE_UNNEEDED;
        return TT_OK;
    }
    *ret_kind = LINE_DAMAGED;
    if (!next_word(&line, &id) || !next_word(&line, &secret) || next_word(&line, &more))
        return TT_OK;
    /* A line that went through a shell script on its way may end in what continued it there. */
    if (secret.len > 0 && secret.data[secret.len - 1] == '\\')
        secret.len--;
    return read_secret(log, label, generation, id, secret, ret_kind);
}

/* A line without its ending. */
static enum tt_err take_line(struct tt_keylog *log, struct tt_span line)
{
    bool overlong = log->overlong || line.len > TT_KEYLOG_LINE_MAX;
    log->overlong = false;
    struct tt_span text = tt_span_trim(line);
    if (!overlong && (text.len == 0 || text.data[0] == '#'))
        return TT_OK;
    enum line_kind kind = LINE_BAD;
    enum tt_err err = overlong ? TT_OK : read_line(log, text, &kind);
    if (err != TT_OK)
        return err;
    log->counts.lines++;
    log->counts.taken += kind == LINE_TAKEN;
    log->counts.unneeded += kind == LINE_UNNEEDED;
    bool bad = kind == LINE_BAD || kind == LINE_DAMAGED;
    log->counts.bad += bad;
    log->counts.damaged += kind == LINE_DAMAGED;
    if (bad && log->counts.first_bad == 0)
        log->counts.first_bad = log->line;
    return TT_OK;
}

struct tt_keylog *tt_keylog_new(struct tt_keys *keys, enum tt_key_source source)
{
    struct tt_keylog *log = calloc(1, sizeof(*log));
    if (log == NULL)
        return NULL;
    log->keys = keys;
    log->source = source;
    log->half = tt_buf_make(TT_KEYLOG_LINE_MAX);
    log->line = 1;
    return log;
}

void tt_keylog_free(struct tt_keylog *log)
{
    if (log == NULL)
        return;
    tt_buf_wipe(&log->half);
    free(log);
}

/* Part of a line: kept until its end comes, but no more than the limit. */
static enum tt_err keep_half(struct tt_keylog *log, struct tt_span part)
{
    if (log->overlong)
        return TT_OK;
    enum tt_err err = tt_buf_append(&log->half, part);
    if (err != TT_ERR_LIMIT)
        return err;
    log->overlong = true;
    tt_buf_clear(&log->half);
    return TT_OK;
}

enum tt_err tt_keylog_feed(struct tt_keylog *log, struct tt_span bytes)
{
    enum tt_err err = TT_OK;
    while (bytes.len > 0 && err == TT_OK) {
        size_t len = 0;
        while (len < bytes.len && bytes.data[len] != '\n' && bytes.data[len] != '\r')
            len++;
        struct tt_span part = tt_span_sub(bytes, 0, len);
        if (len == bytes.len)
            return keep_half(log, part);
        bool newline = bytes.data[len] == '\n';
        bytes = tt_span_from(bytes, len + 1);
        if (log->half.len == 0 && !log->overlong) {
            err = take_line(log, part);
        } else {
            err = keep_half(log, part);
            if (err == TT_OK)
                err = take_line(log, tt_buf_span(&log->half));
            tt_wipe(log->half.data, log->half.len);
            tt_buf_clear(&log->half);
        }
        /* A lone CR ends a line, too, but does not count: CR LF would count twice. */
        log->line += newline;
    }
    return err;
}

enum tt_err tt_keylog_end(struct tt_keylog *log)
{
    enum tt_err err = take_line(log, tt_buf_span(&log->half));
    if (log->half.data != NULL)
        tt_wipe(log->half.data, log->half.len);
    tt_buf_clear(&log->half);
    return err;
}

struct tt_keylog_counts tt_keylog_counts(const struct tt_keylog *log)
{
    return log->counts;
}

enum tt_err tt_keylog_read(struct tt_keys *keys, enum tt_key_source source, struct tt_span text,
                           struct tt_keylog_counts *ret_counts)
{
    struct tt_keylog *log = tt_keylog_new(keys, source);
    if (log == NULL)
        return TT_ERR_MEMORY;
    enum tt_err err = tt_keylog_feed(log, text);
    if (err == TT_OK)
        err = tt_keylog_end(log);
    if (err == TT_OK && ret_counts != NULL)
        *ret_counts = tt_keylog_counts(log);
    tt_keylog_free(log);
    return err;
}

enum tt_err tt_keys_add_file(struct tt_keys *keys, struct tt_span bytes,
                             struct tt_keylog_counts *ret_counts, struct tt_error *error)
{
    struct tt_keylog_counts counts = {0};
    enum tt_err err = TT_OK;
    if (tt_keys_is_private(bytes))
        err = tt_keys_add_private(keys, bytes, error);
    else
        err = tt_keylog_read(keys, TT_KEY_FROM_KEYLOG, bytes, &counts);
    if (err == TT_OK && counts.bad > 0 && counts.taken + counts.unneeded + counts.damaged == 0)
        err = tt_error_set(error, TT_ERR_FORMAT,
                           "line %llu: neither a key log (SSLKEYLOGFILE) nor a private key in PEM "
                           "or DER",
                           (unsigned long long)counts.first_bad);
    if (err == TT_OK && ret_counts != NULL)
        *ret_counts = counts;
    return err;
}
