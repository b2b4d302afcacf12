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
    SECRETS = STAGES * TT_KEY_RIVALS_MAX,
    TRAFFIC = (STAGES - 1) * TT_KEY_RIVALS_MAX, /* the first secret of application data */
    EPOCHS_MAX = 8                              /* renegotiations that are followed */
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
                      size_t at, struct tt_span *ret_master)
{
    return tt_verify_secrets_find(keys, TT_VERIFY_MASTER,
                                  tt_span_of(hello->random[0], TT_VERIFY_RANDOM), at, ret_master);
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
    struct tt_span secrets[SECRETS];     /* TLS 1.3: by stage, then those that contradict */
    size_t secret;                       /* that the opener is of; SECRETS: none yet */
    size_t changes;                      /* ChangeCipherSpecs that new keys were made for */
    uint8_t updated[TT_VERIFY_HASH_MAX]; /* the secret behind key updates, */
    bool is_updated;                     /* if there were any */
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

/* Candidate number `at` of the master secrets: those of key logs, then what the exchange gives. */
static bool find_master(struct connection *c, const struct tt_verify_suite *suite,
                        const struct tt_verify_hello *hello, size_t at)
{
    struct tt_span master = {0};
    if (at < TT_KEY_RIVALS_MAX) {
        bool fits = tt_verify_master(c->keys, hello, at, &master) && master.len == MASTER;
        if (fits)
            memcpy(c->master, master.data, MASTER);
        return fits;
    }
    return c->exchanged && find_by_exchange(c, suite, hello, at - TT_KEY_RIVALS_MAX);
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

/* Does the opener fit what comes next? It stays as it is. */
static bool fits_next(struct side *side, const struct tt_verify_opener *opener)
{
    struct tt_span header;
    struct tt_span body;
    struct tt_verify_opener copy = *opener;
    tt_buf_clear(&side->record);
    bool fits = peek(side, &header, &body) && tt_verify_open(&copy, header, body, &side->record);
    tt_wipe(&copy, sizeof(copy));
    return fits;
}

/* New keys behind a ChangeCipherSpec, once both hellos are known, and what the keys come from: of
 * several those that open what follows. */
static bool change_keys(struct connection *c, bool server)
{
    struct side *side = &c->sides[server];
    const struct tt_verify_hello *hello = &c->hellos[side->changes];
    if (!hello->seen[0] || !hello->seen[1])
        return false;
    const struct tt_verify_suite *suite = suite_of(c, hello);
    if (suite == NULL)
        return false;
    bool any = false;
    bool fits = false;
    for (size_t at = 0; at < TT_KEY_RIVALS_MAX + TT_PRIVATE_KEYS_MAX && !fits; at++) {
        struct tt_verify_opener opener = {
            .suite = suite, .version = hello->version, .mac_last = hello->mac_last};
        if (!find_master(c, suite, hello, at))
            continue;
        if (!tt_verify_opener_keys(&opener, tt_span_of(c->master, MASTER),
                                   tt_span_of(hello->random[0], TT_VERIFY_RANDOM),
                                   tt_span_of(hello->random[1], TT_VERIFY_RANDOM), server))
            return stop(c, "sealed with a cipher suite that is not walked here");
        fits = fits_next(side, &opener);
        if (fits || !any)
            side->opener = opener;
        any = true;
    }
    if (!any)
        return false;
    side->changing = false;
    side->broken = ++side->changes == EPOCHS_MAX;
    side->sealed = true;
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
    side->opener = (struct tt_verify_opener){.suite = suite, .version = 0x0304};
    side->sealed = true;
    side->secret = SECRETS;
    const enum tt_verify_secret which[STAGES] = {
        TT_VERIFY_EARLY, server ? TT_VERIFY_HANDSHAKE_SERVER : TT_VERIFY_HANDSHAKE_CLIENT,
        server ? TT_VERIFY_TRAFFIC_SERVER : TT_VERIFY_TRAFFIC_CLIENT};
    for (size_t i = server ? TT_KEY_RIVALS_MAX : 0; i < SECRETS; i++)
        (void)tt_verify_secrets_find(c->keys, which[i / TT_KEY_RIVALS_MAX], random,
                                     i % TT_KEY_RIVALS_MAX, &side->secrets[i]);
    return side->secrets[TRAFFIC].len > 0 || stop(c, no_keys);
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

static bool open_under(struct side *side, struct tt_span secret, struct tt_span header,
                       struct tt_span sealed)
{
    return secret.len > 0 && tt_verify_opener_secret(&side->opener, secret, "key", "iv") &&
           tt_verify_open(&side->opener, header, sealed, &side->record);
}

/* Under the keys behind an update: RFC 8446, section 7.2. */
static bool open_updated(struct side *side, struct tt_span header, struct tt_span sealed)
{
    uint8_t next[TT_VERIFY_HASH_MAX];
    const char *hash = side->opener.suite->hash;
    size_t len = tt_verify_hash_len(hash);
    struct tt_span secret =
        side->is_updated ? tt_span_of(side->updated, len) : side->secrets[side->secret];
    bool ok = tt_verify_expand(hash, secret, "traffic upd", next, len) &&
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
