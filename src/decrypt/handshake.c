#include "decrypt/handshake.h"

#include "base/reader.h"
#include "base/secret.h"
#include "model/limits.h"

#include <openssl/evp.h>

enum { FIRST_SUITE_OF_TLS13 = 0x1301, SUITES_OF_TLS13 = 5, SESSION_ID = 'I', TICKET = 'T' };

void tt_handshake_clear(struct tt_handshake *handshake)
{
    EVP_MD_CTX_free(handshake->digest);
    tt_buf_free(&handshake->transcript);
    tt_wipe(handshake, sizeof(*handshake));
}

/* ---- the hash of the messages ---- */

static void stop_listening(struct tt_handshake *handshake)
{
    handshake->listening = false;
    EVP_MD_CTX_free(handshake->digest);
    handshake->digest = NULL;
    tt_buf_free(&handshake->transcript);
}

void tt_handshake_miss(struct tt_handshake *handshake)
{
    stop_listening(handshake);
}

/* Only who computes a master secret needs it. */
static bool needs_transcript(const struct tt_keys *keys)
{
    return tt_keys_private_count(keys) > 0 || tt_keys_psk(keys, 0).len > 0 ||
           tt_keys_has_premasters(keys);
}

static void listen_to(struct tt_handshake *handshake, struct tt_span raw)
{
    if (!handshake->listening)
        return;
    bool taken = handshake->digest == NULL
                     ? tt_buf_append(&handshake->transcript, raw) == TT_OK
                     : EVP_DigestUpdate(handshake->digest, raw.data, raw.len) == 1;
    if (!taken)
        stop_listening(handshake);
}

/* The suite is known: the hash can begin. */
static void begin_digest(struct tt_opener *opener, struct tt_handshake *handshake)
{
    if (!handshake->listening || handshake->suite == NULL || !handshake->extended_master_secret) {
        stop_listening(handshake);
        return;
    }
    enum tt_hash hash = tt_suite_schedule_hash(handshake->suite, handshake->version);
    handshake->digest = EVP_MD_CTX_new();
    if (handshake->digest == NULL ||
        EVP_DigestInit_ex2(handshake->digest, tt_crypto_digest(opener->crypto, hash), NULL) != 1) {
        stop_listening(handshake);
        return;
    }
    struct tt_buf before = handshake->transcript;
    handshake->transcript = tt_buf_make(0);
    listen_to(handshake, tt_buf_span(&before));
    tt_buf_free(&before);
}

/* The client's key exchange was the last message that counts: RFC 7627, section 3. */
static void end_digest(struct tt_handshake *handshake)
{
    unsigned len = 0;
    if (handshake->digest != NULL &&
        EVP_DigestFinal_ex(handshake->digest, handshake->session_hash, &len) == 1)
        handshake->session_hash_len = (uint8_t)len;
    stop_listening(handshake);
}

/* ---- messages ---- */

static void take_digest(struct tt_opener *opener, struct tt_span bytes, uint8_t out[TT_SHA256_LEN],
                        bool *ret_has)
{
    *ret_has = bytes.len > 0 && tt_crypto_hash(opener->crypto, TT_HASH_SHA256, &bytes, 1, out);
}

static void take_client_hello(struct tt_opener *opener, struct tt_handshake *handshake,
                              struct tt_span raw, const struct tt_hello *hello)
{
    /* Overtaken by the server's hello, which belongs to it (datagrams). */
    if (handshake->has_client && handshake->has_server &&
        tt_span_eq(hello->random, tt_span_of(handshake->client, TT_RANDOM_LEN))) {
        stop_listening(handshake);
        return;
    }
    tt_handshake_clear(handshake);
    /* A shorter challenge of SSL 2.0 stands at the end: RFC 5246, appendix E.2. */
    memcpy(handshake->client + TT_RANDOM_LEN - hello->random.len, hello->random.data,
           hello->random.len);
    handshake->has_client = true;
    handshake->offered = hello->legacy;
    handshake->early_data = hello->early_data;
    take_digest(opener, hello->ticket, handshake->ticket, &handshake->has_ticket);
    struct tt_reader reader = tt_reader_of(hello->suites);
    while (tt_reader_left(&reader) >= 2) {
        unsigned at = (unsigned)tt_read_u16(&reader) - FIRST_SUITE_OF_TLS13;
        if (at < SUITES_OF_TLS13)
            handshake->suites13 |= (uint8_t)(1U << at);
    }
    handshake->transcript = tt_buf_make(TT_TLS_MESSAGE_MAX);
    handshake->listening = needs_transcript(opener->keys);
    listen_to(handshake, raw);
}

static void take_server_hello(struct tt_opener *opener, struct tt_handshake *handshake,
                              struct tt_span raw, const struct tt_hello *hello)
{
    handshake->version = hello->version;
    handshake->draft = hello->draft;
    if (hello->retry)
        return;
    memcpy(handshake->server, hello->random.data, TT_RANDOM_LEN);
    handshake->has_server = true;
    handshake->suite_number = hello->suite;
    handshake->suite = tt_suite_find(hello->suite);
    handshake->compression = hello->compression;
    handshake->extended_master_secret = hello->extended_master_secret;
    handshake->encrypt_then_mac = hello->encrypt_then_mac;
    size_t len = hello->session_id.len;
    if (len <= TT_SESSION_ID_MAX) {
        handshake->session_id_len = (uint8_t)len;
        if (len > 0)
            memcpy(handshake->session_id, hello->session_id.data, len);
    }
    begin_digest(opener, handshake);
    listen_to(handshake, raw);
}

/* RFC 5246, section 7.4.7.1; in SSL 3.0 the secret stands without a length. */
static void take_encrypted(struct tt_opener *opener, struct tt_handshake *handshake,
                           struct tt_reader *reader)
{
    struct tt_span encrypted = handshake->version == TT_SSL_3_0
                                   ? tt_read_rest(reader)
                                   : tt_read_span(reader, tt_read_u16(reader));
    if (reader->failed || encrypted.len < TT_RSA_ID_LEN)
        return;
    memcpy(handshake->premaster_id, encrypted.data, TT_RSA_ID_LEN);
    handshake->has_premaster_id = true;
    handshake->has_premaster = tt_keys_decrypt(opener->keys, encrypted, handshake->offered,
                                               handshake->version, handshake->premaster);
}

static void take_client_key_exchange(struct tt_opener *opener, struct tt_handshake *handshake,
                                     struct tt_span message, struct tt_span raw)
{
    listen_to(handshake, raw);
    end_digest(handshake);
    /* One such message for each handshake: decrypting is dear. */
    if (handshake->suite == NULL || handshake->has_premaster_id)
        return;
    struct tt_reader reader = tt_reader_of(tt_span_from(message, TT_HANDSHAKE_HEADER));
    if (handshake->suite->exchange == TT_EXCHANGE_RSA_PSK)
        tt_read_skip(&reader, tt_read_u16(&reader)); /* the identity of the key */
    if (handshake->suite->exchange == TT_EXCHANGE_RSA ||
        handshake->suite->exchange == TT_EXCHANGE_RSA_PSK)
        take_encrypted(opener, handshake, &reader);
}

static void put_session(struct tt_opener *opener, char kind, struct tt_span id,
                        const struct tt_master *master)
{
    struct tt_session session = {.source = master->source};
    memcpy(session.master, master->bytes, sizeof(session.master));
    /* Without memory or place the session cannot be resumed here: its keys are missing then. */
    enum tt_err err = tt_session_put(opener, kind, id, &session);
    (void)err;
    tt_wipe(&session, sizeof(session));
}

/* RFC 5077, section 3.3. */
static void take_ticket(struct tt_opener *opener, struct tt_handshake *handshake,
                        struct tt_span message)
{
    struct tt_reader reader = tt_reader_of(tt_span_from(message, TT_HANDSHAKE_HEADER));
    tt_read_skip(&reader, 4); /* lifetime */
    struct tt_span ticket = tt_read_span(&reader, tt_read_u16(&reader));
    take_digest(opener, ticket, handshake->new_ticket, &handshake->has_new_ticket);
    if (handshake->has_new_ticket && handshake->settled)
        put_session(opener, TICKET, tt_span_of(handshake->new_ticket, TT_SHA256_LEN),
                    &handshake->master);
}

void tt_handshake_take(struct tt_opener *opener, struct tt_handshake *handshake,
                       struct tt_span message, struct tt_span raw, const struct tt_hello *hello)
{
    if (message.len < TT_HANDSHAKE_HEADER)
        return;
    switch (message.data[0]) {
    case TT_HELLO_REQUEST:
    case TT_HELLO_VERIFY_REQUEST:
        break; /* they do not count in the hash */
    case TT_CLIENT_HELLO:
        if (hello != NULL)
            take_client_hello(opener, handshake, raw, hello);
        break;
    case TT_SERVER_HELLO:
        if (hello != NULL)
            take_server_hello(opener, handshake, raw, hello);
        break;
    case TT_CLIENT_KEY_EXCHANGE:
        take_client_key_exchange(opener, handshake, message, raw);
        break;
    case TT_NEW_SESSION_TICKET:
        if (handshake->version != TT_TLS_1_3)
            take_ticket(opener, handshake, message);
        listen_to(handshake, raw);
        break;
    default:
        listen_to(handshake, raw);
        break;
    }
}

/* ---- secrets ---- */

static bool master_of(const struct tt_key *key, struct tt_master *master)
{
    if (key == NULL || key->len != TT_MASTER_LEN)
        return false;
    memcpy(master->bytes, key->secret, TT_MASTER_LEN);
    master->source = key->source;
    return true;
}

static bool master_of_session(const struct tt_session *session, struct tt_master *master)
{
    if (session == NULL)
        return false;
    memcpy(master->bytes, session->master, TT_MASTER_LEN);
    master->source = session->source;
    return true;
}

static struct tt_schedule schedule_of(const struct tt_opener *opener,
                                      const struct tt_handshake *handshake)
{
    return (struct tt_schedule){.crypto = opener->crypto,
                                .suite = handshake->suite,
                                .version = handshake->version,
                                .client = handshake->client,
                                .server = handshake->server};
}

static bool master_of_premaster(const struct tt_opener *opener,
                                const struct tt_handshake *handshake, struct tt_span premaster,
                                enum tt_key_source source, struct tt_master *master)
{
    struct tt_span hash = {0};
    if (handshake->extended_master_secret) {
        hash = tt_span_of(handshake->session_hash, handshake->session_hash_len);
        if (hash.len == 0)
            return false; /* a message of the handshake is missing */
    }
    struct tt_schedule schedule = schedule_of(opener, handshake);
    master->source = source;
    return tt_schedule_master(&schedule, premaster, hash, master->bytes);
}

static bool master_of_premaster_key(const struct tt_opener *opener,
                                    const struct tt_handshake *handshake, const struct tt_key *key,
                                    struct tt_master *master)
{
    return key != NULL && master_of_premaster(opener, handshake, tt_span_of(key->secret, key->len),
                                              key->source, master);
}

static bool master_of_psk(const struct tt_opener *opener, const struct tt_handshake *handshake,
                          struct tt_span psk, struct tt_master *master)
{
    uint8_t premaster[TT_PSK_PREMASTER_MAX];
    struct tt_span other = {0};
    if (handshake->suite->exchange == TT_EXCHANGE_RSA_PSK) {
        if (!handshake->has_premaster)
            return false;
        other = tt_span_of(handshake->premaster, TT_PREMASTER_LEN);
    } else if (handshake->suite->exchange != TT_EXCHANGE_PSK) {
        return false;
    }
    size_t len = tt_psk_premaster(psk, other, premaster);
    bool made = len > 0 && master_of_premaster(opener, handshake, tt_span_of(premaster, len),
                                               TT_KEY_FROM_PSK, master);
    tt_wipe(premaster, sizeof(premaster));
    return made;
}

/* Secret number `at` of a place, from 0. */
static const struct tt_key *rival_at(const struct tt_key *key, unsigned at)
{
    for (; key != NULL && at > 0; at--)
        key = key->rival;
    return key;
}

/* The order of the candidates: each of the store's counts TT_KEY_RIVALS_MAX of them. */
enum candidate {
    BY_CLIENT_RANDOM,
    BY_SESSION_ID,
    BY_LEARNED_SESSION_ID,
    BY_LEARNED_TICKET,
    BY_CLIENT_PREMASTER,
    BY_RSA_PREMASTER,
    BY_PRIVATE_KEY,
    BY_PSK
};

/* From this number on each one is a pre-shared key. */
enum { PSK_FIRST = BY_PSK * TT_KEY_RIVALS_MAX };

static bool make_candidate(struct tt_opener *opener, const struct tt_handshake *handshake,
                           unsigned number, struct tt_master *master)
{
    unsigned candidate = number / TT_KEY_RIVALS_MAX;
    unsigned at = number % TT_KEY_RIVALS_MAX;
    const struct tt_keys *keys = opener->keys;
    struct tt_span random = tt_span_of(handshake->client, TT_RANDOM_LEN);
    struct tt_span id = tt_span_of(handshake->session_id, handshake->session_id_len);
    struct tt_span rsa = tt_span_of(handshake->premaster_id, TT_RSA_ID_LEN);
    switch ((enum candidate)candidate) {
    case BY_CLIENT_RANDOM:
        return master_of(rival_at(tt_keys_find(keys, TT_KEY_MASTER, 0, random), at), master);
    case BY_SESSION_ID:
        return master_of(rival_at(tt_keys_find(keys, TT_KEY_SESSION_MASTER, 0, id), at), master);
    case BY_LEARNED_SESSION_ID:
        return at == 0 && master_of_session(tt_session_find(opener, SESSION_ID, id), master);
    case BY_LEARNED_TICKET:
        return at == 0 && handshake->has_ticket &&
               master_of_session(
                   tt_session_find(opener, TICKET, tt_span_of(handshake->ticket, TT_SHA256_LEN)),
                   master);
    case BY_CLIENT_PREMASTER:
        return master_of_premaster_key(
            opener, handshake, rival_at(tt_keys_find(keys, TT_KEY_PREMASTER, 0, random), at),
            master);
    case BY_RSA_PREMASTER:
        return handshake->has_premaster_id &&
               master_of_premaster_key(
                   opener, handshake,
                   rival_at(tt_keys_find(keys, TT_KEY_RSA_PREMASTER, 0, rsa), at), master);
    case BY_PRIVATE_KEY:
        return at == 0 && handshake->has_premaster &&
               handshake->suite->exchange == TT_EXCHANGE_RSA &&
               master_of_premaster(opener, handshake,
                                   tt_span_of(handshake->premaster, TT_PREMASTER_LEN),
                                   TT_KEY_FROM_PRIVATE_KEY, master);
    case BY_PSK:
        break;
    }
    return master_of_psk(opener, handshake, tt_keys_psk(keys, number - PSK_FIRST), master);
}

bool tt_handshake_next(struct tt_opener *opener, const struct tt_handshake *handshake,
                       unsigned *cursor, struct tt_master *ret_master)
{
    if (!handshake->has_client || !handshake->has_server || handshake->suite == NULL)
        return false;
    while (*cursor < PSK_FIRST || tt_keys_psk(opener->keys, *cursor - PSK_FIRST).len > 0) {
        unsigned candidate = (*cursor)++;
        if (make_candidate(opener, handshake, candidate, ret_master))
            return true;
    }
    return false;
}

void tt_handshake_settle(struct tt_opener *opener, struct tt_handshake *handshake,
                         const struct tt_master *master)
{
    handshake->master = *master;
    handshake->settled = true;
    put_session(opener, SESSION_ID, tt_span_of(handshake->session_id, handshake->session_id_len),
                master);
    if (handshake->has_new_ticket)
        put_session(opener, TICKET, tt_span_of(handshake->new_ticket, TT_SHA256_LEN), master);
}

bool tt_handshake_keys(struct tt_opener *opener, const struct tt_handshake *handshake,
                       const struct tt_master *master, struct tt_direction_keys ret_keys[2])
{
    struct tt_schedule schedule = schedule_of(opener, handshake);
    return tt_schedule_keys(&schedule, master->bytes, ret_keys);
}
