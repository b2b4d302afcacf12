#include "verify/tls.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "base/secret.h"

enum {
    CHANGE_CIPHER_SPEC = 20,
    HANDSHAKE = 22,
    APPLICATION_DATA = 23,
    HELLO_REQUEST = 0,
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    NEW_SESSION_TICKET = 4,
    CLIENT_KEY_EXCHANGE = 16,
    HEADER = 5,
    MASTER = 48,
    MESSAGES_MAX = 1 << 20, /* of a handshake: certificates make the most of it */
    STAGES = 3,             /* early data, handshake, application data */
    EPOCHS_MAX = 8          /* renegotiations that are followed */
};

static const char no_keys[] = "the keys of this connection were not given: --keys lacks";

/* ---- hellos ---- */

static void read_extensions(struct tt_verify_hello *hello, struct tt_reader *reader)
{
    (void)tt_read_u16(reader);
    while (tt_reader_left(reader) >= 4) {
        uint16_t type = tt_read_u16(reader);
        struct tt_span value = tt_read_span(reader, tt_read_u16(reader));
        struct tt_reader inner = tt_reader_of(value);
        if (type == 43) /* supported_versions */
            hello->version = tt_read_u16(&inner);
        hello->mac_last = hello->mac_last || type == 22;
        hello->extended = hello->extended || type == 23;
    }
}

void tt_verify_hello_read(struct tt_verify_hello *hello, struct tt_span message)
{
    static const uint8_t retry[4] = {0xcf, 0x21, 0xad, 0x74};
    struct tt_reader reader = tt_reader_of(message);
    uint8_t type = tt_read_u8(&reader);
    tt_read_skip(&reader, 3);
    uint16_t version = tt_read_u16(&reader);
    struct tt_span random = tt_read_span(&reader, TT_VERIFY_RANDOM);
    tt_read_skip(&reader, tt_read_u8(&reader)); /* session id */
    bool server = type == SERVER_HELLO;
    if (reader.failed || (!server && type != CLIENT_HELLO) ||
        (server && tt_span_starts(random, tt_span_of(retry, sizeof(retry)))))
        return;
    memcpy(hello->random[server], random.data, random.len);
    hello->seen[server] = true;
    if (!server)
        return;
    hello->mac_last = false;
    hello->extended = false;
    hello->version = version;
    hello->suite = tt_read_u16(&reader);
    hello->packed = tt_read_u8(&reader) != 0;
    read_extensions(hello, &reader);
}

bool tt_verify_master(const struct tt_verify_secrets *keys, const struct tt_verify_hello *hello,
                      struct tt_span *ret_master)
{
    return tt_verify_secrets_find(keys, TT_VERIFY_MASTER,
                                  tt_span_of(hello->random[0], TT_VERIFY_RANDOM), ret_master);
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
    bool broken;
    struct tt_span secrets[STAGES]; /* TLS 1.3 */
    size_t stage;
    size_t changes; /* ChangeCipherSpecs that new keys were made for */
    uint8_t updated[TT_VERIFY_HASH_MAX];
    struct tt_verify_plain *plain;
};

struct connection {
    const struct tt_verify_secrets *keys;
    struct side sides[2];                      /* client, server */
    struct tt_verify_hello hellos[EPOCHS_MAX]; /* of each negotiation */
    struct tt_buf transcript;                  /* up to ClientKeyExchange */
    struct tt_span exchange;                   /* it, in the transcript; no data: not seen */
    bool exchanged;
    uint8_t master[MASTER];
    const char *why;
};

/* RFC 5246, section 7.4.7.1: no key is refused, the version in the secret tells. */
static bool decrypt_premaster(EVP_PKEY *key, struct tt_span sealed, uint8_t ret_premaster[MASTER])
{
    uint8_t room[1024];
    size_t len = sizeof(room);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
    bool ok = c != NULL && EVP_PKEY_decrypt_init(c) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1 &&
              EVP_PKEY_decrypt(c, room, &len, sealed.data, sealed.len) == 1 && len == MASTER;
    if (ok)
        memcpy(ret_premaster, room, MASTER);
    EVP_PKEY_CTX_free(c);
    tt_wipe(room, sizeof(room));
    return ok;
}

/* From the premaster secret: RFC 5246, section 8.1; RFC 7627, section 4. */
static bool derive_master(struct connection *c, const struct tt_verify_suite *suite,
                          const struct tt_verify_hello *hello, struct tt_span premaster)
{
    uint8_t seed[EVP_MAX_MD_SIZE * 2];
    unsigned len = 0;
    struct tt_span all = tt_buf_span(&c->transcript);
    if (!hello->extended) {
        memcpy(seed, hello->random[0], TT_VERIFY_RANDOM);
        memcpy(seed + TT_VERIFY_RANDOM, hello->random[1], TT_VERIFY_RANDOM);
        len = 2 * TT_VERIFY_RANDOM;
    } else {
        bool new_hash = hello->version >= 0x0303;
        const EVP_MD *md = EVP_get_digestbyname(new_hash ? suite->hash : "MD5-SHA1");
        if (md == NULL || EVP_Digest(all.data, all.len, seed, &len, md, NULL) != 1)
            return false;
    }
    return tt_verify_prf(hello->version, suite, premaster,
                         hello->extended ? "extended master secret" : "master secret",
                         tt_span_of(seed, len), c->master, MASTER);
}

/* By a pre-shared key alone (RFC 4279, section 2) or the server's RSA key. */
static bool find_by_exchange(struct connection *c, const struct tt_verify_suite *suite,
                             const struct tt_verify_hello *hello, size_t at)
{
    uint8_t premaster[2 * (TT_VERIFY_SECRET_MAX + 2)] = {0};
    struct tt_span psk = tt_verify_secrets_psk(c->keys, at);
    EVP_PKEY *key = tt_verify_secrets_private(c->keys, at);
    size_t len = 0;
    bool ok = false;
    if (key != NULL && c->exchange.len > 2)
        ok = decrypt_premaster(key, tt_span_from(c->exchange, 2), premaster);
    len = MASTER;
    if (!ok && psk.len > 0) {
        premaster[1] = (uint8_t)psk.len;
        premaster[2 + psk.len + 1] = (uint8_t)psk.len;
        memcpy(premaster + 2 + psk.len + 2, psk.data, psk.len);
        len = 2 * psk.len + 4;
        ok = true;
    }
    ok = ok && derive_master(c, suite, hello, tt_span_of(premaster, len));
    tt_wipe(premaster, sizeof(premaster));
    return ok;
}

static bool find_master(struct connection *c, const struct tt_verify_suite *suite,
                        const struct tt_verify_hello *hello)
{
    struct tt_span master = {0};
    if (tt_verify_master(c->keys, hello, &master) && master.len == MASTER) {
        memcpy(c->master, master.data, MASTER);
        return true;
    }
    for (size_t i = 0; c->exchanged && i < TT_PRIVATE_KEYS_MAX; i++)
        if (find_by_exchange(c, suite, hello, i))
            return true;
    return false;
}

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
    else if (hello->packed)
        (void)stop(c, "sealed records that are compressed are not walked");
    else if (hello->version < 0x0301)
        (void)stop(c, "sealed with SSL 3: not walked");
    else
        return suite;
    return NULL;
}

/* New keys behind a ChangeCipherSpec, once both hellos are known, and what the keys come from. */
static bool change_keys(struct connection *c, bool server)
{
    struct side *side = &c->sides[server];
    const struct tt_verify_hello *hello = &c->hellos[side->changes];
    if (!hello->seen[0] || !hello->seen[1])
        return false;
    const struct tt_verify_suite *suite = suite_of(c, hello);
    if (suite == NULL || !find_master(c, suite, hello))
        return false;
    side->opener = (struct tt_verify_opener){
        .suite = suite, .version = hello->version, .mac_last = hello->mac_last};
    side->changing = false;
    side->broken = ++side->changes == EPOCHS_MAX;
    side->sealed = tt_verify_opener_keys(&side->opener, tt_span_of(c->master, MASTER),
                                         tt_span_of(hello->random[0], TT_VERIFY_RANDOM),
                                         tt_span_of(hello->random[1], TT_VERIFY_RANDOM), server);
    return side->sealed || stop(c, "sealed with a cipher suite that is not walked here");
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
    side->opener = (struct tt_verify_opener){.suite = suite, .version = 0x0304};
    side->sealed = true;
    side->stage = STAGES;
    if (!server)
        (void)tt_verify_secrets_find(c->keys, TT_VERIFY_EARLY, random, &side->secrets[0]);
    (void)tt_verify_secrets_find(c->keys,
                                 server ? TT_VERIFY_HANDSHAKE_SERVER : TT_VERIFY_HANDSHAKE_CLIENT,
                                 random, &side->secrets[1]);
    if (!tt_verify_secrets_find(c->keys,
                                server ? TT_VERIFY_TRAFFIC_SERVER : TT_VERIFY_TRAFFIC_CLIENT,
                                random, &side->secrets[2]))
        return stop(c, no_keys);
    return true;
}

/* ---- records ---- */

/* The hellos and what keys are made of; `c->sides[server].messages` may hold more to come. */
static void read_messages(struct connection *c, bool server)
{
    struct tt_buf *messages = &c->sides[server].messages;
    while (messages->len >= 4) {
        size_t len = 4 + ((size_t)messages->data[1] << 16 | (size_t)messages->data[2] << 8 |
                          messages->data[3]);
        if (len > messages->len)
            return;
        struct tt_span message = tt_span_of(messages->data, len);
        if (message.data[0] == CLIENT_HELLO) { /* of a renegotiation, too */
            tt_buf_clear(&c->transcript);
            c->exchanged = false;
        }
        tt_verify_hello_read(&c->hellos[c->sides[server].changes], message);
        bool counts = message.data[0] != HELLO_REQUEST && message.data[0] != NEW_SESSION_TICKET;
        if (!c->exchanged && counts && tt_buf_append(&c->transcript, message) != TT_OK)
            c->sides[server].broken = true;
        if (message.data[0] == CLIENT_KEY_EXCHANGE && !c->exchanged) {
            c->exchanged = true;
            c->exchange = tt_span_from(tt_buf_span(&c->transcript), c->transcript.len - len + 4);
        }
        tt_buf_drop(messages, len);
    }
}

/* What a record holds, by its type. */
static void take(struct connection *c, bool server, uint8_t type, struct tt_span text,
                 const struct tt_verify_record *record)
{
    struct side *side = &c->sides[server];
    struct tt_verify_record put = *record;
    if (type == APPLICATION_DATA) {
        put.plain = side->plain->bytes.len;
        if (tt_buf_append(&side->plain->bytes, text) != TT_OK ||
            tt_buf_append(&side->plain->records, tt_span_of(&put, sizeof(put))) != TT_OK)
            side->broken = true;
    } else if (type == HANDSHAKE && !is_13(c)) {
        if (tt_buf_append(&side->messages, text) != TT_OK)
            side->broken = true;
        read_messages(c, server);
    } else if (type == CHANGE_CIPHER_SPEC && !is_13(c)) {
        side->changing = true;
    }
}

/* The next keys of TLS 1.3, of those that there are; then those of a key update. */
static bool next_stage(struct side *side)
{
    const char *hash = side->opener.suite->hash;
    size_t len = tt_verify_hash_len(hash);
    while (side->stage != STAGES - 1) {
        side->stage = side->stage == STAGES ? 0 : side->stage + 1;
        if (side->secrets[side->stage].len > 0)
            return tt_verify_opener_secret(&side->opener, side->secrets[side->stage], "key", "iv");
    }
    uint8_t next[TT_VERIFY_HASH_MAX];
    if (!tt_verify_expand(hash, side->secrets[STAGES - 1], "traffic upd", next, len))
        return false;
    memcpy(side->updated, next, len);
    side->secrets[STAGES - 1] = tt_span_of(side->updated, len);
    return tt_verify_opener_secret(&side->opener, side->secrets[STAGES - 1], "key", "iv");
}

static bool open_13(struct side *side, struct tt_span header, struct tt_span sealed,
                    uint8_t *ret_type)
{
    bool ok = side->stage < STAGES && tt_verify_open(&side->opener, header, sealed, &side->record);
    if (!ok) {
        struct side kept = *side; /* records of another epoch are passed by */
        for (unsigned tries = 0; tries < STAGES + 1 && !ok && next_stage(side); tries++)
            ok = tt_verify_open(&side->opener, header, sealed, &side->record);
        if (!ok) {
            kept.record = side->record;
            *side = kept;
        }
    }
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
    struct tt_span header = tt_span_sub(side->stream, side->at, HEADER);
    if (side->broken || header.len < HEADER || header.data[0] < 20 || header.data[0] > 24 ||
        header.data[1] != 3)
        return false;
    size_t len = (size_t)header.data[3] << 8 | header.data[4];
    struct tt_span body = tt_span_sub(side->stream, side->at + HEADER, len);
    if (body.len < len)
        return false;
    const struct tt_verify_record record = {.at = side->at, .len = HEADER + len};
    side->at += HEADER + len;
    uint8_t type = header.data[0];
    tt_buf_clear(&side->record);
    if (!side->sealed) {
        take(c, server, type, body, &record);
    } else if (side->opener.version >= 0x0304) {
        if (type == APPLICATION_DATA && open_13(side, header, body, &type))
            take(c, server, type, tt_buf_span(&side->record), &record);
    } else if (tt_verify_open(&side->opener, header, body, &side->record)) {
        take(c, server, type, tt_buf_span(&side->record), &record);
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
        /* Behind a hello the other side is asked what it means. */
        if (!side->sealed && side->messages.len == 0 && c->hellos[0].seen[server] &&
            (!c->hellos[0].seen[1 - server] || is_13(c)))
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
    for (size_t i = 0; i + 9 < stream.len; i++) {
        const uint8_t *p = stream.data + i;
        if (p[0] == HANDSHAKE && p[1] == 3 && p[2] <= 4 && p[5] == kind && p[6] == 0 && p[9] == 3)
            return i;
    }
    return SIZE_MAX;
}

const char *tt_verify_tls(const struct tt_span streams[2], const struct tt_verify_secrets *keys,
                          struct tt_verify_plain ret_plain[2])
{
    struct connection c = {.keys = keys, .transcript = tt_buf_make(MESSAGES_MAX)};
    unsigned client = find_hello(streams[0], CLIENT_HELLO) != SIZE_MAX ? 0 : 1;
    for (unsigned i = 0; i < 2; i++) {
        struct side *side = &c.sides[i];
        side->stream = streams[client ^ i];
        side->at = find_hello(side->stream, i == 0 ? CLIENT_HELLO : SERVER_HELLO);
        side->plain = &ret_plain[client ^ i];
        side->messages = tt_buf_make(MESSAGES_MAX);
        side->record = tt_buf_make(1 << 17);
        if (side->at == SIZE_MAX)
            c.why = "the handshake of this connection is not in the capture";
    }
    run(&c);
    for (unsigned i = 0; i < 2; i++)
        if (c.sides[i].changing)
            (void)stop(&c, no_keys);
    for (unsigned i = 0; i < 2; i++) {
        tt_buf_wipe(&c.sides[i].messages);
        tt_buf_wipe(&c.sides[i].record);
        tt_wipe(&c.sides[i].opener, sizeof(c.sides[i].opener));
        tt_wipe(c.sides[i].updated, sizeof(c.sides[i].updated));
    }
    tt_wipe(c.master, sizeof(c.master));
    tt_buf_wipe(&c.transcript);
    return c.why;
}
