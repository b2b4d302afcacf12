#include <stdlib.h>

#include "base/reader.h"
#include "base/secret.h"
#include "verify/exchange.h"

enum {
    HANDSHAKE = 22,
    APPLICATION_DATA = 23,
    CLIENT_HELLO = 1,
    HELLO_VERIFY_REQUEST = 3,
    HEADER = 13,
    MESSAGE_HEADER = 12,
    MESSAGE_MAX = 1 << 17,
    RECORD_MAX = 65536,
    WAITING_MAX = 32 /* messages of a direction that came too early or in part */
};

struct record {
    uint8_t type;
    uint16_t version;
    uint64_t number; /* with the epoch in its upper 16 bits */
    struct tt_span body;
    size_t len; /* with its header */
};

/* A handshake message as its fragments come: RFC 6347, section 4.2.3. */
struct message {
    struct tt_buf bytes; /* with the header that a whole one has; empty: none */
    struct tt_buf known;
    uint16_t number;
};

struct side {
    struct message waiting[WAITING_MAX];
    uint16_t next; /* message */
    uint16_t epoch;
    bool keyed;
    struct tt_verify_opener opener;
};

struct connection {
    struct tt_verify_secrets *keys;
    struct side sides[2]; /* by the direction of packets */
    unsigned client;
    struct tt_verify_hello hello;
    struct tt_verify_exchange exchange;
    const char *why;
};

/* Takes a record off the front (RFC 6347, section 4.1). */
static bool next_record(struct tt_span *rest, struct record *ret_record)
{
    struct tt_reader reader = tt_reader_of(*rest);
    struct record record = {.type = tt_read_u8(&reader)};
    record.version = tt_read_u16(&reader);
    record.number = tt_read_u64(&reader);
    record.body = tt_read_span(&reader, tt_read_u16(&reader));
    record.len = reader.at;
    if (reader.failed || (record.version >> 8 != 0xfe && record.version != 0x0100))
        return false;
    *rest = tt_read_rest(&reader);
    *ret_record = record;
    return true;
}

/* ---- handshake messages ---- */

static void drop_messages(struct side *side)
{
    for (size_t i = 0; i < WAITING_MAX; i++) {
        tt_buf_free(&side->waiting[i].bytes);
        tt_buf_free(&side->waiting[i].known);
    }
    side->next = 0;
}

/* A whole message, with the header of 12 bytes. */
static void take_message(struct connection *c, struct tt_span message)
{
    struct tt_buf plain = tt_buf_make(MESSAGE_MAX);
    uint8_t type = message.data[0];
    /* The first hello and the cookie are left out of what is hashed (section 4.2.1): the hello
     * that comes back with it begins again. */
    if (type == HELLO_VERIFY_REQUEST)
        return;
    if (tt_buf_append(&plain, tt_span_sub(message, 0, 4)) == TT_OK &&
        tt_buf_append(&plain, tt_span_from(message, MESSAGE_HEADER)) == TT_OK)
        tt_verify_hello_read(&c->hello, tt_buf_span(&plain));
    enum tt_err err = tt_verify_exchange_add(&c->exchange, message, MESSAGE_HEADER);
    if (err != TT_OK) /* without all of it no keys come about */
        tt_verify_exchange_free(&c->exchange);
    tt_buf_free(&plain);
}

static bool is_whole(const struct message *m)
{
    return m->bytes.len >= MESSAGE_HEADER && memchr(m->known.data, 0, m->known.len) == NULL;
}

/* Messages that are whole now, in their order. */
static void take_whole(struct connection *c, struct side *side)
{
    struct message *m = &side->waiting[side->next % WAITING_MAX];
    while (is_whole(m) && m->number == side->next) {
        take_message(c, tt_buf_span(&m->bytes));
        tt_buf_free(&m->bytes);
        tt_buf_free(&m->known);
        side->next++;
        m = &side->waiting[side->next % WAITING_MAX];
    }
}

static enum tt_err begin_message(struct message *m, struct tt_span header, uint16_t number,
                                 size_t len)
{
    static const uint8_t no_offset[3] = {0};
    tt_buf_free(&m->bytes);
    tt_buf_free(&m->known);
    *m = (struct message){
        .bytes = tt_buf_make(MESSAGE_MAX), .known = tt_buf_make(MESSAGE_MAX), .number = number};
    enum tt_err err = tt_buf_append(&m->bytes, tt_span_sub(header, 0, 6));
    if (err == TT_OK)
        err = tt_buf_append(&m->bytes, tt_span_of(no_offset, sizeof(no_offset)));
    if (err == TT_OK)
        err = tt_buf_append(&m->bytes, tt_span_sub(header, 1, 3));
    if (err == TT_OK)
        err = tt_buf_reserve(&m->bytes, len + 1);
    if (err == TT_OK)
        err = tt_buf_reserve(&m->known, len + 1);
    if (err != TT_OK) {
        tt_buf_clear(&m->bytes);
        return err;
    }
    memset(m->bytes.data + m->bytes.len, 0, len);
    memset(m->known.data, 0, len + 1);
    m->bytes.len += len;
    m->known.len = len;
    return TT_OK;
}

/* One fragment; what comes far too early or again is left out. */
static void take_fragment(struct connection *c, unsigned from, struct tt_span header,
                          struct tt_span text)
{
    struct side *side = &c->sides[from];
    struct tt_reader reader = tt_reader_of(tt_span_from(header, 1));
    size_t len = (size_t)tt_read_be(&reader, 3);
    uint16_t number = tt_read_u16(&reader);
    size_t at = (size_t)tt_read_be(&reader, 3);
    struct message *m = &side->waiting[number % WAITING_MAX];
    bool fresh = m->bytes.len == 0 || m->number != number;
    if (number < side->next || number - side->next >= WAITING_MAX || at > len ||
        text.len > len - at || len > MESSAGE_MAX - MESSAGE_HEADER - 1 ||
        (fresh && begin_message(m, header, number, len) != TT_OK) || m->known.len != len)
        return;
    if (text.len > 0) {
        memcpy(m->bytes.data + MESSAGE_HEADER + at, text.data, text.len);
        memset(m->known.data + at, 1, text.len);
    }
    take_whole(c, side);
}

/* A hello of the client that is not the one that is known: a handshake begins. */
static bool begins(const struct connection *c, struct tt_span header, struct tt_span text)
{
    struct tt_span random = tt_span_sub(text, 2, TT_VERIFY_RANDOM);
    return header.data[0] == CLIENT_HELLO && header.data[6] == 0 && header.data[7] == 0 &&
           header.data[8] == 0 && random.len == TT_VERIFY_RANDOM &&
           !(c->hello.seen[0] && memcmp(random.data, c->hello.random[0], random.len) == 0);
}

static void take_messages(struct connection *c, unsigned from, struct tt_span body, bool clear)
{
    struct tt_reader reader = tt_reader_of(body);
    while (tt_reader_left(&reader) >= MESSAGE_HEADER) {
        struct tt_span header = tt_read_span(&reader, MESSAGE_HEADER);
        size_t len = (size_t)header.data[9] << 16 | (size_t)header.data[10] << 8 | header.data[11];
        struct tt_span text = tt_read_span(&reader, len);
        if (reader.failed)
            return;
        if (begins(c, header, text)) {
            c->client = from;
            c->hello = (struct tt_verify_hello){.version = 0};
            for (unsigned i = 0; i < 2; i++) {
                drop_messages(&c->sides[i]);
                c->sides[i].epoch = clear ? 0 : c->sides[i].epoch;
            }
        }
        take_fragment(c, from, header, text);
    }
}

/* ---- records ---- */

/* Keys of another epoch: from the handshake that came before it. */
static void change_keys(struct connection *c, unsigned from, const struct record *record,
                        struct tt_span header)
{
    struct side *side = &c->sides[from];
    const struct tt_verify_hello *hello = &c->hello;
    const struct tt_verify_sample sample = {
        .header = header, .sealed = record->body, .number = record->number};
    bool server = from != c->client;
    side->epoch = (uint16_t)(record->number >> 48);
    side->keyed = false;
    c->why = NULL;
    if (!hello->seen[0] || !hello->seen[1])
        c->why = "the handshake of this connection is not in the capture";
    else if (tt_verify_suite_find(hello->suite) == NULL || hello->packed != 0 ||
             hello->version < 0x0302 || hello->version > 0x0303)
        c->why = "sealed with a version or cipher suite of DTLS that is not walked here";
    else if (!tt_verify_exchange_open(&c->exchange, c->keys, hello, server, &sample, &side->opener))
        c->why = "the keys of this connection were not given: --keys lacks";
    else
        side->keyed = true;
}

/* Appends what the record holds. */
static bool open_record(struct connection *c, unsigned from, const struct record *record,
                        struct tt_buf *out)
{
    struct side *side = &c->sides[from];
    const uint8_t text[3] = {record->type, (uint8_t)(record->version >> 8),
                             (uint8_t)record->version};
    struct tt_span header = tt_span_of(text, sizeof(text));
    uint16_t epoch = (uint16_t)(record->number >> 48);
    if (epoch > side->epoch)
        change_keys(c, from, record, header);
    if (epoch != side->epoch || !side->keyed)
        return false;
    side->opener.seq = record->number;
    return tt_verify_open(&side->opener, header, record->body, out);
}

struct taker {
    bool (*take)(void *context, const struct tt_verify_opened *opened);
    void *context;
};

/* The records of a packet; `taker`: NULL when they are not asked for. */
static bool take_packet(struct connection *c, const struct tt_verify_packet *packet,
                        const struct taker *taker)
{
    struct tt_buf plain = tt_buf_make(RECORD_MAX);
    struct tt_span rest = packet->bytes;
    struct record record;
    bool taken = false;
    size_t at = 0;
    for (; !taken && next_record(&rest, &record); at += record.len) {
        uint64_t epoch = record.number >> 48;
        bool sealed = epoch != 0;
        tt_buf_clear(&plain);
        if (taker == NULL && record.type == APPLICATION_DATA &&
            epoch == c->sides[packet->from].epoch) /* it changes nothing */
            continue;
        if (!sealed && record.type == HANDSHAKE)
            take_messages(c, packet->from, record.body, true);
        if (!sealed || !open_record(c, packet->from, &record, &plain))
            continue;
        struct tt_verify_opened opened = {.handshake = record.type == HANDSHAKE,
                                          .at = at,
                                          .len = record.len,
                                          .plain = tt_buf_span(&plain)};
        if (opened.handshake)
            take_messages(c, packet->from, opened.plain, false);
        if (taker != NULL && (opened.handshake || record.type == APPLICATION_DATA))
            taken = taker->take(taker->context, &opened);
    }
    tt_buf_wipe(&plain);
    return taken;
}

const char *tt_verify_dtls(const struct tt_verify_packet *packets, size_t count, size_t at,
                           struct tt_verify_secrets *keys,
                           bool (*take)(void *context, const struct tt_verify_opened *opened),
                           void *context)
{
    struct connection *c = at < count ? calloc(1, sizeof(*c)) : NULL;
    const struct taker taker = {.take = take, .context = context};
    if (c == NULL)
        return NULL;
    c->keys = keys;
    tt_verify_exchange_init(&c->exchange);
    for (size_t i = 0; i <= at; i++)
        (void)take_packet(c, &packets[i], i == at ? &taker : NULL);
    const char *why = c->sides[packets[at].from].keyed ? NULL : c->why;
    tt_verify_exchange_free(&c->exchange);
    for (unsigned i = 0; i < 2; i++)
        drop_messages(&c->sides[i]);
    tt_wipe(c, sizeof(*c));
    free(c);
    return why;
}
