#define ZLIB_CONST /* next_in is const */

#include "verify/tls.h"

#include <zlib.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/secret.h"
#include "verify/exchange.h"

enum {
    CHANGE_CIPHER_SPEC = 20,
    HANDSHAKE = 22,
    APPLICATION_DATA = 23,
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    HEADER = 5,
    DEFLATE = 1,
    RECORD_MAX = 1 << 17,
    MESSAGES_MAX = 1 << 20, /* of a handshake: certificates make the most of it */
    STAGES = 3,             /* early data, handshake, application data */
    SECRETS = STAGES * TT_KEY_RIVALS_MAX,
    TRAFFIC = (STAGES - 1) * TT_KEY_RIVALS_MAX, /* the first secret of application data */
    EPOCHS_MAX = 8                              /* renegotiations that are followed */
};

static const char no_keys[] = "the keys of this connection were not given: --keys lacks";

/* ---- hellos ---- */

/* Drafts 18 to 28 of TLS 1.3, and those that one vendor numbered (RFC 8446 obsoletes them). */
static unsigned draft_of(uint16_t version)
{
    bool draft = version >> 8 == 0x7f || version >> 8 == 0xfb;
    return draft ? version & 0xffU : 0;
}

static void put_version(struct tt_verify_hello *hello, uint16_t version)
{
    hello->draft = draft_of(version);
    hello->version = hello->draft != 0   ? 0x0304
                     : version == 0xfeff ? 0x0302
                     : version == 0xfefd ? 0x0303
                                         : version;
}

static void read_extensions(struct tt_verify_hello *hello, struct tt_reader *reader)
{
    if (tt_reader_left(reader) < 2)
        return;
    (void)tt_read_u16(reader);
    while (tt_reader_left(reader) >= 4) {
        uint16_t type = tt_read_u16(reader);
        struct tt_span value = tt_read_span(reader, tt_read_u16(reader));
        struct tt_reader inner = tt_reader_of(value);
        if (type == 43) /* supported_versions */
            put_version(hello, tt_read_u16(&inner));
        hello->mac_last = hello->mac_last || type == 22;
        hello->extended = hello->extended || type == 23;
    }
}

static void read_server_hello(struct tt_verify_hello *hello, uint16_t version,
                              struct tt_reader *reader)
{
    enum { LAST_WITHOUT_SESSION = 21 };
    hello->mac_last = false;
    hello->extended = false;
    put_version(hello, version);
    bool old = hello->draft != 0 && hello->draft <= LAST_WITHOUT_SESSION;
    struct tt_span session = tt_read_span(reader, old ? 0 : tt_read_u8(reader));
    memset(hello->session, 0, sizeof(hello->session));
    if (session.len > 0 && session.len <= sizeof(hello->session))
        memcpy(hello->session, session.data, session.len);
    hello->suite = tt_read_u16(reader);
    hello->packed = old ? 0 : tt_read_u8(reader);
    read_extensions(hello, reader);
}

void tt_verify_hello_read(struct tt_verify_hello *hello, struct tt_span message)
{
    static const uint8_t retry[4] = {0xcf, 0x21, 0xad, 0x74};
    struct tt_reader reader = tt_reader_of(message);
    uint8_t type = tt_read_u8(&reader);
    size_t len = (size_t)tt_read_be(&reader, 3);
    reader = tt_reader_of(tt_read_span(&reader, len));
    uint16_t version = tt_read_u16(&reader);
    struct tt_span random = tt_read_span(&reader, TT_VERIFY_RANDOM);
    bool server = type == SERVER_HELLO;
    if (reader.failed || (!server && type != CLIENT_HELLO))
        return;
    if (server)
        read_server_hello(hello, version, &reader);
    /* Behind a HelloRetryRequest comes the hello that counts; but it tells the version. */
    if (reader.failed || (server && tt_span_starts(random, tt_span_of(retry, sizeof(retry)))))
        return;
    memcpy(hello->random[server], random.data, random.len);
    hello->seen[server] = true;
}

/* ---- what was opened ---- */

void tt_verify_plain_init(struct tt_verify_plain *plain)
{
    *plain = (struct tt_verify_plain){.bytes = tt_buf_make(TT_VERIFY_BYTES_MAX),
                                      .records = tt_buf_make(TT_VERIFY_BYTES_MAX),
                                      .messages = tt_buf_make(TT_VERIFY_BYTES_MAX),
                                      .message_records = tt_buf_make(TT_VERIFY_BYTES_MAX)};
}

void tt_verify_plain_wipe(struct tt_verify_plain *plain)
{
    tt_buf_wipe(&plain->bytes);
    tt_buf_free(&plain->records);
    tt_buf_wipe(&plain->messages);
    tt_buf_free(&plain->message_records);
}

/* ---- a connection ---- */

struct side {
    struct tt_span stream;
    size_t at;
    struct tt_buf messages; /* handshake messages that are not read yet */
    struct tt_buf record;
    struct tt_verify_opener opener;
    bool sealed;   /* the opener is in use */
    bool changing; /* a ChangeCipherSpec was read: new keys from here on */
    bool keyless;  /* the secret of TLS 1.3's application data is not known */
    bool packed;   /* records are compressed, as one stream (RFC 3749) */
    z_stream inflater;
    struct tt_buf unpacked;
    bool broken;
    struct tt_span secrets[SECRETS];     /* TLS 1.3: by stage, then those that contradict */
    size_t secret;                       /* that the opener is of; SECRETS: none yet */
    size_t changes;                      /* ChangeCipherSpecs that new keys were made for */
    uint8_t updated[TT_VERIFY_HASH_MAX]; /* the secret behind key updates, */
    bool is_updated;                     /* if there were any */
    struct tt_verify_plain *plain;
};

struct connection {
    struct tt_verify_secrets *keys;
    struct side sides[2];                      /* client, server */
    struct tt_verify_hello hellos[EPOCHS_MAX]; /* of each negotiation */
    struct tt_verify_exchange exchange;
    const char *why;
};

static bool is_13(const struct connection *c)
{
    return c->hellos[0].version >= 0x0304;
}

static bool stop(struct connection *c, const char *why)
{
    if (c->why == NULL)
        c->why = why;
    return false;
}

static const struct tt_verify_suite *suite_of(struct connection *c,
                                              const struct tt_verify_hello *hello)
{
    const struct tt_verify_suite *suite = tt_verify_suite_find(hello->suite);
    if (suite == NULL)
        (void)stop(c, "sealed with a cipher suite that is not walked here");
    else if (hello->packed > DEFLATE || hello->version < 0x0300)
        (void)stop(c, "sealed with a version or compression that is not walked here");
    else
        return suite;
    return NULL;
}

/* The record that comes next; false when it is not whole. */
static bool peek(const struct side *side, struct tt_span *ret_header, struct tt_span *ret_body)
{
    *ret_header = tt_span_sub(side->stream, side->at, HEADER);
    if (ret_header->len < HEADER)
        return false;
    size_t len = (size_t)ret_header->data[3] << 8 | ret_header->data[4];
    *ret_body = tt_span_sub(side->stream, side->at + HEADER, len);
    return ret_body->len == len;
}

static bool begin_inflating(struct side *side, uint8_t method)
{
    if (side->packed)
        (void)inflateEnd(&side->inflater);
    side->inflater = (z_stream){.next_in = NULL};
    side->packed = method == DEFLATE && inflateInit(&side->inflater) == Z_OK;
    return side->packed == (method == DEFLATE);
}

/* What the record said before it was compressed. */
static bool unpack(struct side *side)
{
    z_stream *stream = &side->inflater;
    tt_buf_clear(&side->unpacked);
    if (tt_buf_reserve(&side->unpacked, RECORD_MAX) != TT_OK)
        return false;
    stream->next_in = side->record.data;
    stream->avail_in = (unsigned)side->record.len;
    stream->next_out = side->unpacked.data;
    stream->avail_out = RECORD_MAX;
    int result = inflate(stream, Z_SYNC_FLUSH);
    side->unpacked.len = RECORD_MAX - stream->avail_out;
    return (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR) &&
           stream->avail_in == 0 && stream->avail_out > 0;
}

/* New keys behind a ChangeCipherSpec, once both hellos are known, and what the keys come from: of
 * several those that open what follows. */
static bool change_keys(struct connection *c, bool server)
{
    struct side *side = &c->sides[server];
    const struct tt_verify_hello *hello = &c->hellos[side->changes];
    struct tt_verify_sample sample = {.number = 0};
    if (!hello->seen[0] || !hello->seen[1] || suite_of(c, hello) == NULL)
        return false;
    if (!peek(side, &sample.header, &sample.sealed))
        sample.sealed.len = 0;
    if (!tt_verify_exchange_open(&c->exchange, c->keys, hello, server, &sample, &side->opener))
        return false;
    side->changing = false;
    side->broken = ++side->changes == EPOCHS_MAX;
    side->sealed = true;
    side->broken = side->broken || !begin_inflating(side, hello->packed);
    return true;
}

/* Keys of TLS 1.3, from the first record behind the hello on. */
static bool begin_13(struct connection *c, bool server)
{
    struct side *side = &c->sides[server];
    const struct tt_verify_hello *hello = &c->hellos[0];
    const struct tt_verify_suite *suite = suite_of(c, hello);
    struct tt_span random = tt_span_of(hello->random[0], TT_VERIFY_RANDOM);
    if (suite == NULL)
        return false;
    side->opener =
        (struct tt_verify_opener){.suite = suite, .version = 0x0304, .draft = hello->draft};
    side->sealed = true;
    side->secret = SECRETS;
    const enum tt_verify_secret which[STAGES] = {
        TT_VERIFY_EARLY, server ? TT_VERIFY_HANDSHAKE_SERVER : TT_VERIFY_HANDSHAKE_CLIENT,
        server ? TT_VERIFY_TRAFFIC_SERVER : TT_VERIFY_TRAFFIC_CLIENT};
    for (size_t i = server ? TT_KEY_RIVALS_MAX : 0; i < SECRETS; i++)
        (void)tt_verify_secrets_find(c->keys, which[i / TT_KEY_RIVALS_MAX], random,
                                     i % TT_KEY_RIVALS_MAX, &side->secrets[i]);
    side->keyless = side->secrets[TRAFFIC].len == 0;
    return true;
}

/* ---- records ---- */

/* The hellos and what keys are made of; `c->sides[server].messages` may hold more to come. */
static void read_messages(struct connection *c, bool server)
{
    struct side *side = &c->sides[server];
    struct tt_buf *messages = &side->messages;
    while (messages->len >= 4) {
        size_t len = 4 + ((size_t)messages->data[1] << 16 | (size_t)messages->data[2] << 8 |
                          messages->data[3]);
        if (len > messages->len)
            return;
        struct tt_span message = tt_span_of(messages->data, len);
        tt_verify_hello_read(&c->hellos[side->changes], message);
        if (tt_verify_exchange_add(&c->exchange, message, 4) != TT_OK)
            side->broken = true;
        tt_buf_drop(messages, len);
    }
}

static void keep(struct side *side, struct tt_buf *bytes, struct tt_buf *records,
                 struct tt_span text, const struct tt_verify_record *record)
{
    struct tt_verify_record put = *record;
    put.plain = bytes->len;
    if (tt_buf_append(bytes, text) != TT_OK ||
        tt_buf_append(records, tt_span_of(&put, sizeof(put))) != TT_OK)
        side->broken = true;
}

/* What a record holds, by its type. */
static void take(struct connection *c, bool server, uint8_t type, struct tt_span text,
                 const struct tt_verify_record *record)
{
    struct side *side = &c->sides[server];
    struct tt_verify_plain *plain = side->plain;
    if (type == APPLICATION_DATA)
        keep(side, &plain->bytes, &plain->records, text, record);
    if (type == HANDSHAKE && side->sealed)
        keep(side, &plain->messages, &plain->message_records, text, record);
    if (type == HANDSHAKE && !(is_13(c) && side->sealed)) {
        if (tt_buf_append(&side->messages, text) != TT_OK)
            side->broken = true;
        read_messages(c, server);
    } else if (type == CHANGE_CIPHER_SPEC && !is_13(c)) {
        side->changing = true;
    }
}

static bool open_under(struct side *side, struct tt_span secret, struct tt_span header,
                       struct tt_span sealed)
{
    return secret.len > 0 && tt_verify_opener_secret(&side->opener, secret, "key", "iv") &&
           tt_verify_open(&side->opener, header, sealed, &side->record);
}

/* Under the keys behind an update: RFC 8446, section 7.2. */
static bool open_updated(struct side *side, struct tt_span header, struct tt_span sealed)
{
    enum { LAST_WITH_OLD_LABELS = 19 };
    uint8_t next[TT_VERIFY_HASH_MAX];
    const char *hash = side->opener.suite->hash;
    bool old = side->opener.draft != 0 && side->opener.draft <= LAST_WITH_OLD_LABELS;
    const char *label = old ? "application traffic secret" : "traffic upd";
    size_t len = tt_verify_hash_len(hash);
    struct tt_span secret =
        side->is_updated ? tt_span_of(side->updated, len) : side->secrets[side->secret];
    bool ok = tt_verify_opener_expand(&side->opener, secret, label, next, len) &&
              open_under(side, tt_span_of(next, len), header, sealed);
    if (ok) {
        memcpy(side->updated, next, len);
        side->is_updated = true;
    }
    tt_wipe(next, sizeof(next));
    return ok;
}

/* Under the keys in use, those of the next stages, or of an update. */
static bool open_13(struct side *side, struct tt_span header, struct tt_span sealed,
                    uint8_t *ret_type)
{
    bool begun = side->secret < SECRETS;
    bool ok = begun && tt_verify_open(&side->opener, header, sealed, &side->record);
    struct tt_verify_opener kept = side->opener; /* records of another epoch are passed by */
    if (!ok && begun && side->secret >= TRAFFIC)
        ok = open_updated(side, header, sealed);
    for (size_t i = begun ? side->secret + 1 : 0; i < SECRETS && !ok && !side->is_updated; i++) {
        ok = open_under(side, side->secrets[i], header, sealed);
        if (ok)
            side->secret = i;
    }
    if (!ok)
        side->opener = kept;
    tt_wipe(&kept, sizeof(kept));
    while (ok && side->record.len > 0 && side->record.data[side->record.len - 1] == 0)
        side->record.len--;
    if (!ok || side->record.len == 0)
        return false;
    *ret_type = side->record.data[--side->record.len];
    return true;
}

/* Reads the next record; false at the end of what can be read. */
static bool step(struct connection *c, bool server)
{
    struct side *side = &c->sides[server];
    struct tt_span header;
    struct tt_span body;
    if (side->broken || !peek(side, &header, &body) || header.data[0] < 20 || header.data[0] > 24 ||
        header.data[1] != 3)
        return false;
    const struct tt_verify_record record = {.at = side->at, .len = HEADER + body.len};
    side->at += record.len;
    uint8_t type = header.data[0];
    tt_buf_clear(&side->record);
    if (!side->sealed) {
        take(c, server, type, body, &record);
    } else if (side->opener.version >= 0x0304) {
        if (type == APPLICATION_DATA && open_13(side, header, body, &type))
            take(c, server, type, tt_buf_span(&side->record), &record);
    } else if (tt_verify_open(&side->opener, header, body, &side->record) &&
               (!side->packed || unpack(side))) {
        take(c, server, type, tt_buf_span(side->packed ? &side->unpacked : &side->record), &record);
    } else {
        side->broken = true;
        return false;
    }
    return true;
}

/* One direction, up to where it needs the other's hello, or the end. */
static bool advance(struct connection *c, bool server)
{
    struct side *side = &c->sides[server];
    size_t from = side->at;
    while (!side->changing && step(c, server)) {
        /* Behind a hello, of a renegotiation too, the other side is asked what it means. */
        const struct tt_verify_hello *hello = &c->hellos[side->changes];
        bool first = !side->sealed && is_13(c);
        if (side->messages.len == 0 && hello->seen[server] && (!hello->seen[1 - server] || first))
            break;
    }
    return side->at != from;
}

/* Both directions in turn, so that each has what the other said before. */
static void run(struct connection *c)
{
    bool more = true;
    while (more && c->why == NULL) {
        more = advance(c, false);
        more = advance(c, true) || more;
        bool both = c->hellos[0].seen[0] && c->hellos[0].seen[1];
        for (unsigned i = 0; i < 2 && both && c->why == NULL; i++) {
            bool begins = !c->sides[i].sealed && is_13(c);
            if (begins)
                more = begin_13(c, i == 1) || more;
            else if (c->sides[i].changing)
                more = change_keys(c, i == 1) || more;
        }
    }
}

/* Where a hello of that kind begins: in front of it another protocol may have spoken. */
static size_t find_hello(struct tt_span stream, uint8_t kind)
{
    for (size_t i = 0; i + 10 < stream.len; i++) {
        const uint8_t *p = stream.data + i;
        bool version = p[9] == 3 || draft_of((uint16_t)(p[9] << 8 | p[10])) != 0;
        if (p[0] == HANDSHAKE && p[1] == 3 && p[2] <= 4 && p[5] == kind && p[6] == 0 && version)
            return i;
    }
    return SIZE_MAX;
}

bool tt_verify_tls_begins(struct tt_span stream)
{
    return find_hello(stream, CLIENT_HELLO) != SIZE_MAX;
}

static void end_side(struct side *side)
{
    if (side->packed)
        (void)inflateEnd(&side->inflater);
    tt_buf_wipe(&side->messages);
    tt_buf_wipe(&side->record);
    tt_buf_wipe(&side->unpacked);
    tt_wipe(&side->opener, sizeof(side->opener));
    tt_wipe(side->updated, sizeof(side->updated));
}

const char *tt_verify_tls(const struct tt_span streams[2], struct tt_verify_secrets *keys,
                          struct tt_verify_plain ret_plain[2])
{
    struct connection c = {.keys = keys};
    tt_verify_exchange_init(&c.exchange);
    unsigned client = find_hello(streams[0], CLIENT_HELLO) != SIZE_MAX ? 0 : 1;
    for (unsigned i = 0; i < 2; i++) {
        struct side *side = &c.sides[i];
        side->stream = streams[client ^ i];
        side->at = find_hello(side->stream, i == 0 ? CLIENT_HELLO : SERVER_HELLO);
        side->plain = &ret_plain[client ^ i];
        side->messages = tt_buf_make(MESSAGES_MAX);
        side->record = tt_buf_make(RECORD_MAX);
        side->unpacked = tt_buf_make(RECORD_MAX);
        if (side->at == SIZE_MAX)
            c.why = "the handshake of this connection is not in the capture";
    }
    run(&c);
    for (unsigned i = 0; i < 2; i++) {
        if (c.sides[i].changing || c.sides[i].keyless)
            (void)stop(&c, no_keys);
        end_side(&c.sides[i]);
    }
    tt_verify_exchange_free(&c.exchange);
    return c.why;
}
