#include "decrypt/connection.h"

#include "base/reader.h"
#include "base/secret.h"
#include "decrypt/traffic.h"
#include "decrypt/unpack.h"
#include "model/limits.h"

#include <stdlib.h>

/* What a try costs beside the bytes, in bytes: keys and contexts are made. */
enum { TRY_COST = 32768 };

void tt_connection_init(struct tt_connection *connection, struct tt_opener *opener,
                        const struct tt_opener_sink *sink, bool dtls)
{
    *connection = (struct tt_connection){.opener = opener, .sink = sink, .dtls = dtls};
}

static void drop_keys(struct tt_connection *connection, struct tt_half *half)
{
    tt_protection_free(half->protection);
    tt_traffic_free(half->traffic);
    tt_unpacker_free(connection->opener, half->unpacker);
    half->protection = NULL;
    half->traffic = NULL;
    half->unpacker = NULL;
    half->sequence = 0;
}

static void drop_handshake(struct tt_connection *connection)
{
    if (connection->handshake == NULL)
        return;
    tt_handshake_clear(connection->handshake);
    free(connection->handshake);
    connection->handshake = NULL;
}

void tt_connection_clear(struct tt_connection *connection)
{
    drop_handshake(connection);
    for (size_t i = 0; i < 2; i++)
        drop_keys(connection, &connection->halves[i]);
}

/* ---- what is to be done with a record ---- */

bool tt_connection_is_sealed(const struct tt_connection *connection, enum tt_direction direction,
                             uint8_t type)
{
    const struct tt_half *half = &connection->halves[direction];
    if (half->sealed)
        return true;
    return type == TT_TYPE_APPLICATION_DATA;
}

/* Both directions are either open or given up: what the handshake told is not needed any more. */
static void forget_handshake(struct tt_connection *connection)
{
    for (size_t i = 0; i < 2; i++) {
        const struct tt_half *half = &connection->halves[i];
        if (!half->hopeless && !half->done)
            return;
    }
    drop_handshake(connection);
}

static void give_up(struct tt_connection *connection, struct tt_half *half, enum tt_closed reason)
{
    half->hopeless = true;
    half->reason = (uint8_t)reason;
    drop_keys(connection, half);
    forget_handshake(connection);
}

static bool is_null_suite(const struct tt_suite *suite)
{
    return tt_suite_cipher(suite)->mode == TT_TLS_MODE_NULL;
}

/* Is it known, and does libcrypto have its cipher (IDEA is often left out)? */
static bool can_open(const struct tt_opener *opener, const struct tt_suite *suite)
{
    return suite != NULL &&
           (is_null_suite(suite) ||
            tt_crypto_cipher(opener->crypto, (enum tt_tls_cipher)suite->cipher) != NULL);
}

/* Before anything was opened: can the keys of TLS 1.2 and before be found at all? */
static bool may_begin(struct tt_connection *connection, enum tt_closed *ret_reason)
{
    struct tt_handshake *handshake = connection->handshake;
    *ret_reason = TT_CLOSED_NO_HELLO;
    if (handshake == NULL || !handshake->has_server)
        return false;
    *ret_reason = TT_CLOSED_NO_SUITE;
    if (!can_open(connection->opener, handshake->suite))
        return false;
    if (handshake->settled || is_null_suite(handshake->suite))
        return true;
    *ret_reason = TT_CLOSED_NO_HELLO;
    if (!handshake->has_client)
        return false;
    unsigned cursor = 0;
    struct tt_master master;
    bool any = tt_handshake_next(connection->opener, handshake, &cursor, &master);
    tt_wipe(&master, sizeof(master));
    *ret_reason = TT_CLOSED_NO_KEY;
    return any;
}

/* TLS 1.3, as far as it can be told: records may come before the server's hello. */
static bool is_tls13(const struct tt_connection *connection)
{
    return connection->version == TT_TLS_1_3 ||
           (connection->version == 0 && connection->handshake != NULL && !connection->dtls);
}

bool tt_connection_wants(struct tt_connection *connection, enum tt_direction direction,
                         enum tt_closed *ret_reason)
{
    struct tt_half *half = &connection->halves[direction];
    enum tt_closed reason = (enum tt_closed)half->reason;
    if (half->hopeless) {
        *ret_reason = reason;
        return false;
    }
    if (half->protection != NULL)
        return true;
    bool may;
    if (is_tls13(connection)) {
        may = tt_traffic_any(connection, direction);
        reason = TT_CLOSED_NO_KEY;
        const struct tt_handshake *handshake = connection->handshake;
        if (handshake == NULL || !handshake->has_client ||
            (connection->version == 0 && !handshake->early_data))
            reason = TT_CLOSED_NO_HELLO;
        else if (handshake->has_server && !can_open(connection->opener, handshake->suite))
            reason = TT_CLOSED_NO_SUITE;
    } else {
        may = may_begin(connection, &reason);
    }
    if (!may) {
        give_up(connection, half, reason);
        *ret_reason = reason;
    }
    return may;
}

/* ---- TLS 1.2 and before: keys ---- */

/* Whoever opens has seen to it that there is one. */
static uint8_t *scratch_of(struct tt_opener *opener)
{
    return tt_opener_scratch(opener)->out;
}

/* Tries one secret (NULL: a null cipher, read without a key). The protection stays with the half
 * when it opens the record. */
static bool try_master(struct tt_connection *connection, enum tt_direction direction,
                       const struct tt_master *master, const struct tt_record *record,
                       uint64_t first, uint64_t tries, struct tt_opened *ret_opened)
{
    struct tt_opener *opener = connection->opener;
    const struct tt_handshake *handshake = connection->handshake;
    struct tt_direction_keys keys[2];
    if (master != NULL && !tt_handshake_keys(opener, handshake, master, keys))
        return false;
    struct tt_protection_setup setup = {.suite = handshake->suite,
                                        .version = handshake->version,
                                        .encrypt_then_mac = handshake->encrypt_then_mac};
    if (master != NULL)
        setup.keys = &keys[direction == (enum tt_direction)connection->client ? 0 : 1];
    struct tt_protection *protection = NULL;
    bool opened =
        tt_protection_new(opener->crypto, &setup, &protection) == TT_OK &&
        tt_protection_open(protection, record, first, tries, scratch_of(opener), ret_opened);
    tt_wipe(keys, sizeof(keys));
    if (opened)
        connection->halves[direction].protection = protection;
    else
        tt_protection_free(protection);
    return opened;
}

static bool find_master(struct tt_connection *connection, enum tt_direction direction,
                        const struct tt_record *record, uint64_t first, uint64_t tries,
                        struct tt_opened *ret_opened, enum tt_closed *ret_reason)
{
    struct tt_half *half = &connection->halves[direction];
    struct tt_handshake *handshake = connection->handshake;
    *ret_reason = TT_CLOSED_NO_KEY;
    if (handshake->settled) {
        *ret_reason = TT_CLOSED_BAD_KEY;
        half->tried += TRY_COST + tries * record->bytes.len;
        return try_master(connection, direction, &handshake->master, record, first, tries,
                          ret_opened);
    }
    struct tt_master master;
    unsigned cursor = 0;
    bool opened = false;
    while (!opened && tt_handshake_next(connection->opener, handshake, &cursor, &master)) {
        *ret_reason = TT_CLOSED_BAD_KEY;
        half->tried += TRY_COST + tries * record->bytes.len;
        opened = try_master(connection, direction, &master, record, first, tries, ret_opened);
    }
    if (opened)
        tt_handshake_settle(connection->opener, handshake, &master);
    tt_wipe(&master, sizeof(master));
    return opened;
}

/* The first record under new keys. */
static bool open_first(struct tt_connection *connection, enum tt_direction direction,
                       const struct tt_record *record, uint64_t first, uint64_t tries,
                       struct tt_opened *ret_opened, enum tt_closed *ret_reason)
{
    struct tt_half *half = &connection->halves[direction];
    struct tt_handshake *handshake = connection->handshake;
    if (!may_begin(connection, ret_reason)) {
        give_up(connection, half, *ret_reason);
        return false;
    }
    bool keyed = find_master(connection, direction, record, first, tries, ret_opened, ret_reason);
    bool opened = keyed;
    if (!keyed && is_null_suite(handshake->suite))
        opened = try_master(connection, direction, NULL, record, first, 1, ret_opened);
    if (!opened) {
        if (half->window == 0)
            give_up(connection, half, *ret_reason);
        return false;
    }
    connection->security = (struct tt_security){.version = handshake->version,
                                                .suite = handshake->suite,
                                                .source = handshake->master.source,
                                                .keyed = keyed};
    half->tried = 0;
    half->done = true;
    if (handshake->compression != TT_COMPRESSION_NONE &&
        tt_unpacker_new(connection->opener, handshake->compression, &half->unpacker) != TT_OK) {
        *ret_reason = TT_CLOSED_LIMIT;
        give_up(connection, half, *ret_reason);
        return false;
    }
    forget_handshake(connection);
    return true;
}

/* ---- opening ---- */

uint64_t tt_half_tries(const struct tt_half *half, size_t len)
{
    uint64_t left = half->tried < TT_TLS_TRIES_BYTES_MAX ? TT_TLS_TRIES_BYTES_MAX - half->tried : 0;
    /* One record that is none (found behind a gap) must not use it all up. */
    uint64_t share = TT_TLS_TRIES_BYTES_MAX / 16;
    uint64_t most = 1 + (left < share ? left : share) / (len + 1);
    uint64_t want = 1 + (uint64_t)half->window;
    return want < most ? want : most;
}

static bool unpack(struct tt_connection *connection, struct tt_half *half, struct tt_opened *opened,
                   enum tt_closed *ret_reason)
{
    if (half->unpacker == NULL ||
        tt_unpack(connection->opener, half->unpacker, opened->bytes, &opened->bytes))
        return true;
    /* What follows leans upon it. */
    *ret_reason = TT_CLOSED_DAMAGED;
    give_up(connection, half, *ret_reason);
    return false;
}

/* Of a direction that has been opened before. */
static bool open_next(struct tt_connection *connection, struct tt_half *half,
                      const struct tt_record *record, uint64_t first, uint64_t tries,
                      struct tt_opened *ret_opened, enum tt_closed *ret_reason)
{
    if (tt_protection_open(half->protection, record, first, tries, scratch_of(connection->opener),
                           ret_opened))
        return true;
    half->tried += tries * record->bytes.len;
    *ret_reason = TT_CLOSED_DAMAGED;
    if (!tt_protection_usable(half->protection) || half->tried >= TT_TLS_TRIES_BYTES_MAX)
        give_up(connection, half, *ret_reason);
    return false;
}

static bool open_legacy(struct tt_connection *connection, enum tt_direction direction,
                        const struct tt_record *record, uint64_t first, uint64_t tries,
                        struct tt_opened *ret_opened, enum tt_closed *ret_reason)
{
    struct tt_half *half = &connection->halves[direction];
    bool opened =
        half->protection != NULL
            ? open_next(connection, half, record, first, tries, ret_opened, ret_reason)
            : open_first(connection, direction, record, first, tries, ret_opened, ret_reason);
    return opened && unpack(connection, half, ret_opened, ret_reason);
}

static bool may_open(struct tt_connection *connection, const struct tt_half *half,
                     enum tt_closed *ret_reason)
{
    *ret_reason = half->hopeless ? (enum tt_closed)half->reason : TT_CLOSED_LIMIT;
    return !half->hopeless && tt_opener_scratch(connection->opener) != NULL;
}

bool tt_connection_open(struct tt_connection *connection, enum tt_direction direction,
                        const struct tt_record *record, struct tt_opened *ret_opened,
                        enum tt_closed *ret_reason)
{
    struct tt_half *half = &connection->halves[direction];
    if (!may_open(connection, half, ret_reason))
        return false;
    if (is_tls13(connection)) {
        bool opened = tt_traffic_open(connection, direction, record, ret_opened, ret_reason);
        forget_handshake(connection);
        return opened;
    }
    half->sealed = true;
    uint64_t tries = tt_half_tries(half, record->bytes.len);
    if (open_legacy(connection, direction, record, half->sequence, tries, ret_opened, ret_reason)) {
        half->sequence = ret_opened->sequence + 1;
        half->window = 0;
        return true;
    }
    /* It counted, unless it was none: then the next one has its number. */
    half->window = half->window < TT_TLS_TRIES_MAX ? half->window + 1 : half->window;
    return false;
}

bool tt_connection_open_at(struct tt_connection *connection, enum tt_direction direction,
                           const struct tt_record *record, uint64_t number,
                           struct tt_opened *ret_opened, enum tt_closed *ret_reason)
{
    struct tt_half *half = &connection->halves[direction];
    if (!may_open(connection, half, ret_reason))
        return false;
    half->sealed = true;
    /* Datagrams come in any order, and some are made up: one that does not open means little. */
    half->window = 1;
    if (half->tried >= TT_TLS_TRIES_BYTES_MAX)
        give_up(connection, half, TT_CLOSED_BAD_KEY);
    return !half->hopeless &&
           open_legacy(connection, direction, record, number, 1, ret_opened, ret_reason);
}

/* In TLS 1.3 the type of a record stands at its end. Does this begin as a message that is sent
 * after the handshake? */
static bool may_be_message(struct tt_span bytes, size_t len)
{
    if (bytes.len < TT_HANDSHAKE_HEADER)
        return true;
    size_t message = (size_t)bytes.data[1] << 16 | (size_t)bytes.data[2] << 8 | bytes.data[3];
    return (bytes.data[0] == TT_NEW_SESSION_TICKET || bytes.data[0] == TT_KEY_UPDATE ||
            bytes.data[0] == TT_CERTIFICATE_REQUEST) &&
           message < len;
}

bool tt_connection_peek(struct tt_connection *connection, enum tt_direction direction,
                        const struct tt_record *record, size_t len, struct tt_opened *ret_opened)
{
    struct tt_half *half = &connection->halves[direction];
    bool data = record->type == TT_TYPE_APPLICATION_DATA &&
                (connection->version != TT_TLS_1_3 || half->epoch == TT_EPOCH_TRAFFIC);
    return data && !half->hopeless && half->protection != NULL && half->unpacker == NULL &&
           half->window == 0 && tt_opener_scratch(connection->opener) != NULL &&
           tt_protection_peek(half->protection, record, len, half->sequence,
                              scratch_of(connection->opener), ret_opened) &&
           (connection->version != TT_TLS_1_3 || !may_be_message(ret_opened->bytes, len));
}

void tt_connection_pass(struct tt_connection *connection, enum tt_direction direction, uint8_t type,
                        size_t len, struct tt_span tail)
{
    struct tt_half *half = &connection->halves[direction];
    (void)type;
    if (half->hopeless)
        return;
    if (half->protection == NULL) {
        tt_connection_miss(connection, direction, 1, 0);
        return;
    }
    if (half->unpacker != NULL) {
        give_up(connection, half, TT_CLOSED_DAMAGED);
        return;
    }
    tt_protection_skip(half->protection, len, tail);
    /* Where its number is not sure, it is not sure either that it was a record. */
    if (half->window == 0)
        half->sequence++;
    else if (half->window < TT_TLS_TRIES_MAX)
        half->window++;
}

void tt_connection_miss(struct tt_connection *connection, enum tt_direction direction,
                        uint64_t records, uint64_t bytes)
{
    struct tt_half *half = &connection->halves[direction];
    half->plain_gap += bytes;
    if (half->hopeless)
        return;
    if (half->unpacker != NULL) {
        give_up(connection, half, TT_CLOSED_DAMAGED);
        return;
    }
    uint64_t room = TT_TLS_TRIES_MAX - half->window;
    half->window += (uint32_t)(records < room ? records : room);
    if (half->protection == NULL)
        return;
    /* The place in a stream cipher is lost, and the IV of a chained block cipher not known. */
    tt_protection_skip(half->protection, SIZE_MAX, (struct tt_span){0});
    if (!tt_protection_usable(half->protection))
        give_up(connection, half, TT_CLOSED_DAMAGED);
}

void tt_connection_miss_message(struct tt_connection *connection)
{
    if (connection->handshake != NULL)
        tt_handshake_miss(connection->handshake);
}

/* ---- messages ---- */

void tt_connection_change_cipher(struct tt_connection *connection, enum tt_direction direction)
{
    struct tt_half *half = &connection->halves[direction];
    /* In TLS 1.3 it means nothing: RFC 8446, appendix D.4. Where the version is not known, the
     * server's hello may still say so. */
    if (connection->version == TT_TLS_1_3)
        return;
    /* Without a handshake under way it is out of place, or its hello was not seen. */
    if (half->done && connection->handshake == NULL)
        return;
    drop_keys(connection, half);
    half->sealed = true;
    half->done = false;
    half->window = 0;
}

static void tell_certificates(const struct tt_connection *connection, struct tt_span message,
                              const struct tt_place *place)
{
    struct tt_span list;
    struct tt_span der;
    if (connection->sink->certificate == NULL ||
        !tt_hello_certificates(message, connection->version, &list))
        return;
    for (size_t at = 0; tt_hello_next_certificate(&list, connection->version, &der); at++)
        connection->sink->certificate(connection->sink->context, place, at, der);
}

/* Of the list that a server sends, which holds one name. */
static void tell_protocol(const struct tt_connection *connection, struct tt_span alpn,
                          const struct tt_place *place)
{
    struct tt_span name;
    if (connection->sink->protocol != NULL && tt_hello_alpn(&alpn, &name) && name.len > 0)
        connection->sink->protocol(connection->sink->context, place, name);
}

/* A new handshake begins, perhaps on a connection that is in use. */
static bool begin_handshake(struct tt_connection *connection, const struct tt_place *place)
{
    if (connection->handshake == NULL)
        connection->handshake = calloc(1, sizeof(*connection->handshake));
    if (connection->handshake == NULL)
        return false;
    for (size_t i = 0; i < 2; i++) {
        struct tt_half *half = &connection->halves[i];
        half->done = false;
        if (half->sealed)
            continue; /* renegotiation: the old keys hold until they are changed */
        half->hopeless = false;
        half->window = 0;
    }
    connection->client = (uint8_t)place->direction;
    connection->roles_known = true;
    return true;
}

static void take_hello(struct tt_connection *connection, const struct tt_hello *hello,
                       struct tt_span message, struct tt_span raw, const struct tt_place *place)
{
    const struct tt_opener_sink *sink = connection->sink;
    if (sink->hello != NULL)
        sink->hello(sink->context, place, hello, message);
    if (!hello->server) {
        if (!begin_handshake(connection, place))
            return;
    } else {
        if (connection->handshake == NULL)
            connection->handshake = calloc(1, sizeof(*connection->handshake));
        connection->version = hello->version;
        tell_protocol(connection, hello->alpn, place);
        for (size_t i = 0; i < 2; i++) {
            connection->halves[i].hopeless &= connection->halves[i].done;
            connection->halves[i].sealed &= hello->version != TT_TLS_1_3;
        }
        if (!connection->roles_known) {
            connection->client =
                place->direction == TT_FROM_INITIATOR ? TT_FROM_RESPONDER : TT_FROM_INITIATOR;
            connection->roles_known = true;
        }
    }
    if (connection->handshake != NULL)
        tt_handshake_take(connection->opener, connection->handshake, message, raw, hello);
}

void tt_connection_message(struct tt_connection *connection, struct tt_span message,
                           struct tt_span raw, const struct tt_place *place)
{
    if (message.len < TT_HANDSHAKE_HEADER)
        return;
    uint8_t type = message.data[0];
    if (type == TT_CLIENT_HELLO || type == TT_SERVER_HELLO) {
        struct tt_hello hello;
        if (tt_hello_read(message, connection->dtls, &hello))
            take_hello(connection, &hello, message, raw, place);
        return;
    }
    struct tt_span alpn;
    if (type == TT_CERTIFICATE)
        tell_certificates(connection, message, place);
    else if (type == TT_ENCRYPTED_EXTENSIONS && tt_hello_encrypted_alpn(message, &alpn))
        tell_protocol(connection, alpn, place);
    if (connection->handshake != NULL)
        tt_handshake_take(connection->opener, connection->handshake, message, raw, NULL);
    if (connection->version == TT_TLS_1_3)
        tt_traffic_message(connection, place->direction, type);
}

bool tt_connection_ssl2(struct tt_connection *connection, struct tt_span message,
                        const struct tt_place *place)
{
    struct tt_hello hello;
    if (!tt_hello_read_ssl2(message, &hello))
        return false;
    take_hello(connection, &hello, message, message, place);
    return true;
}

/* ---- telling ---- */

void tt_connection_tell(struct tt_connection *connection, const struct tt_place *place,
                        const struct tt_opened *opened)
{
    struct tt_half *half = &connection->halves[place->direction];
    struct tt_plain plain = {.place = *place,
                             .security = connection->security,
                             .cut = opened->cut,
                             .type = opened->type,
                             .bytes = opened->bytes,
                             .at = half->plain_at};
    /* What was missed before the first record under the keys of application data was of the
     * handshake; before TLS 1.3, Finished goes before the data under the same keys. */
    uint64_t first = connection->security.version == TT_TLS_1_3 ? 0 : 1;
    if (!half->opened_data && opened->sequence <= first)
        half->plain_gap = 0;
    if (opened->type == TT_TYPE_APPLICATION_DATA) {
        plain.gap = half->plain_gap;
        plain.at += plain.gap;
        half->plain_at = plain.at + opened->bytes.len;
        half->plain_gap = 0;
        half->opened_data = true;
        half->plain_cut = opened->cut ? (uint16_t)opened->bytes.len : 0;
    }
    connection->opener->depth++;
    if (connection->sink->plain != NULL)
        connection->sink->plain(connection->sink->context, &plain);
    connection->opener->depth--;
}

void tt_connection_tell_closed(struct tt_connection *connection, const struct tt_place *place,
                               uint8_t type, enum tt_closed reason)
{
    struct tt_half *half = &connection->halves[place->direction];
    if (type == TT_TYPE_APPLICATION_DATA)
        half->plain_gap += place->len - half->plain_cut;
    half->plain_cut = 0;
    if (connection->sink->closed != NULL)
        connection->sink->closed(connection->sink->context, place, reason);
}
