#include "decrypt/traffic.h"

#include "base/secret.h"
#include "model/limits.h"

#include <stdlib.h>

enum {
    FIRST_SUITE = 0x1301,
    SUITES = 5,
    TRY_COST = 32768 /* of a try beside the bytes, in bytes: keys and contexts are made */
};

static bool is_client(const struct tt_connection *connection, enum tt_direction direction)
{
    return direction == (enum tt_direction)connection->client;
}

static const struct tt_key *find_key(const struct tt_connection *connection,
                                     enum tt_direction direction, enum tt_epoch epoch)
{
    const struct tt_handshake *handshake = connection->handshake;
    if (handshake == NULL || !handshake->has_client)
        return NULL;
    bool client = is_client(connection, direction);
    enum tt_key_label label = TT_KEY_LABEL_COUNT;
    switch (epoch) {
    case TT_EPOCH_CLEAR:
        return NULL;
    case TT_EPOCH_EARLY:
        if (!client || !handshake->early_data)
            return NULL;
        label = TT_KEY_CLIENT_EARLY;
        break;
    case TT_EPOCH_HANDSHAKE:
        label = client ? TT_KEY_CLIENT_HANDSHAKE : TT_KEY_SERVER_HANDSHAKE;
        break;
    case TT_EPOCH_TRAFFIC:
        label = client ? TT_KEY_CLIENT_TRAFFIC : TT_KEY_SERVER_TRAFFIC;
        break;
    }
    return tt_keys_find(connection->opener->keys, label, 0,
                        tt_span_of(handshake->client, TT_RANDOM_LEN));
}

bool tt_traffic_any(const struct tt_connection *connection, enum tt_direction direction)
{
    unsigned epoch = connection->halves[direction].epoch;
    for (unsigned next = epoch; next <= TT_EPOCH_TRAFFIC; next++)
        if (find_key(connection, direction, (enum tt_epoch)next) != NULL)
            return true;
    return false;
}

void tt_traffic_free(struct tt_traffic_secret *secret)
{
    if (secret == NULL)
        return;
    tt_wipe(secret, sizeof(*secret));
    free(secret);
}

/* The protection and the secret go to the half when they open the record. */
static bool try_secret(struct tt_connection *connection, struct tt_half *half,
                       const struct tt_traffic_secret *secret, const struct tt_record *record,
                       uint64_t tries, struct tt_opened *ret_opened)
{
    struct tt_opener *opener = connection->opener;
    struct tt_direction_keys keys;
    struct tt_protection *protection = NULL;
    half->tried += TRY_COST + tries * record->bytes.len;
    if (!tt_traffic_keys(opener->crypto, secret->suite, secret->draft,
                         tt_span_of(secret->bytes, secret->len), &keys))
        return false;
    struct tt_protection_setup setup = {
        .suite = secret->suite, .version = TT_TLS_1_3, .draft = secret->draft, .keys = &keys};
    struct tt_traffic_secret *copy = NULL;
    bool opened = tt_protection_new(opener->crypto, &setup, &protection) == TT_OK &&
                  tt_protection_open(protection, record, 0, tries, tt_opener_scratch(opener)->out,
                                     ret_opened);
    tt_wipe(&keys, sizeof(keys));
    if (opened)
        copy = malloc(sizeof(*copy));
    if (copy == NULL) {
        tt_protection_free(protection);
        return false;
    }
    *copy = *secret;
    tt_protection_free(half->protection);
    tt_traffic_free(half->traffic);
    half->protection = protection;
    half->traffic = copy;
    half->tried = 0;
    connection->version = TT_TLS_1_3; /* the server's hello may not have been seen */
    connection->security = (struct tt_security){
        .version = TT_TLS_1_3, .suite = secret->suite, .source = secret->source, .keyed = true};
    return true;
}

/* With the suite that was chosen; before the server's hello is seen, with each that was offered
 * and has secrets of this length. */
static bool try_key(struct tt_connection *connection, struct tt_half *half,
                    const struct tt_key *key, enum tt_epoch epoch, const struct tt_record *record,
                    uint64_t tries, struct tt_opened *ret_opened)
{
    const struct tt_handshake *handshake = connection->handshake;
    struct tt_traffic_secret secret = {
        .source = key->source, .draft = handshake->draft, .len = key->len};
    if (key->len > sizeof(secret.bytes))
        return false;
    memcpy(secret.bytes, key->secret, key->len);
    bool chosen = handshake->has_server && epoch != TT_EPOCH_EARLY;
    bool opened = false;
    for (uint16_t i = 0; i < SUITES && !opened; i++) {
        secret.suite = tt_suite_find((uint16_t)(FIRST_SUITE + i));
        if (secret.suite == NULL ||
            (chosen ? secret.suite != handshake->suite : (handshake->suites13 >> i & 1U) == 0) ||
            tt_hash_len(tt_suite_schedule_hash(secret.suite, TT_TLS_1_3)) != secret.len)
            continue;
        opened = try_secret(connection, half, &secret, record, tries, ret_opened);
    }
    tt_wipe(&secret, sizeof(secret));
    return opened;
}

/* The keys behind those in use: of the next epochs. */
static bool open_epochs(struct tt_connection *connection, enum tt_direction direction,
                        const struct tt_record *record, uint64_t tries,
                        struct tt_opened *ret_opened, enum tt_closed *ret_reason)
{
    struct tt_half *half = &connection->halves[direction];
    unsigned first = half->protection == NULL ? half->epoch : half->epoch + 1U;
    if (first == TT_EPOCH_CLEAR)
        first = TT_EPOCH_EARLY;
    bool missing = false;
    for (unsigned epoch = first; epoch <= TT_EPOCH_TRAFFIC; epoch++) {
        const struct tt_key *key = find_key(connection, direction, (enum tt_epoch)epoch);
        missing = missing || (key == NULL && epoch != TT_EPOCH_EARLY);
        for (; key != NULL; key = key->rival) {
            if (!try_key(connection, half, key, (enum tt_epoch)epoch, record, tries, ret_opened))
                continue;
            half->epoch = (uint8_t)epoch;
            return true;
        }
    }
    *ret_reason = missing ? TT_CLOSED_NO_KEY : TT_CLOSED_BAD_KEY;
    return false;
}

/* Behind a gap: an update of the keys may have been in it. */
static bool open_updated(struct tt_connection *connection, struct tt_half *half,
                         const struct tt_record *record, uint64_t tries,
                         struct tt_opened *ret_opened)
{
    struct tt_traffic_secret next = *half->traffic;
    next.generation++;
    bool opened = tt_traffic_update(connection->opener->crypto,
                                    tt_suite_schedule_hash(next.suite, TT_TLS_1_3), next.draft,
                                    next.bytes, next.len) &&
                  try_secret(connection, half, &next, record, tries, ret_opened);
    tt_wipe(&next, sizeof(next));
    return opened;
}

static bool open_any(struct tt_connection *connection, enum tt_direction direction,
                     const struct tt_record *record, struct tt_opened *ret_opened,
                     enum tt_closed *ret_reason)
{
    struct tt_half *half = &connection->halves[direction];
    uint64_t tries = tt_half_tries(half, record->bytes.len);
    *ret_reason = TT_CLOSED_DAMAGED;
    if (half->protection != NULL) {
        if (tt_protection_open(half->protection, record, half->sequence, tries,
                               tt_opener_scratch(connection->opener)->out, ret_opened))
            return true;
        half->tried += tries * record->bytes.len;
    }
    if (half->epoch != TT_EPOCH_TRAFFIC || half->protection == NULL)
        return open_epochs(connection, direction, record, tries, ret_opened, ret_reason);
    return half->window > 0 && open_updated(connection, half, record, tries, ret_opened);
}

bool tt_traffic_open(struct tt_connection *connection, enum tt_direction direction,
                     const struct tt_record *record, struct tt_opened *ret_opened,
                     enum tt_closed *ret_reason)
{
    struct tt_half *half = &connection->halves[direction];
    if (!open_any(connection, direction, record, ret_opened, ret_reason)) {
        if (half->window < TT_TLS_TRIES_MAX)
            half->window++;
        if (half->tried >= TT_TLS_TRIES_BYTES_MAX) {
            half->hopeless = true;
            half->reason = (uint8_t)*ret_reason;
        }
        return false;
    }
    half->sequence = ret_opened->sequence + 1;
    half->window = 0;
    half->done = half->epoch == TT_EPOCH_TRAFFIC;
    return true;
}

/* The next record of the direction is under the next keys. */
static void change_epoch(struct tt_half *half, enum tt_epoch epoch)
{
    if (half->epoch >= epoch)
        return;
    half->epoch = (uint8_t)epoch;
    tt_protection_free(half->protection);
    tt_traffic_free(half->traffic);
    half->protection = NULL;
    half->traffic = NULL;
    half->sequence = 0;
}

static void update_keys(struct tt_connection *connection, struct tt_half *half)
{
    struct tt_opener *opener = connection->opener;
    struct tt_traffic_secret *secret = half->traffic;
    struct tt_direction_keys keys;
    if (secret == NULL || half->epoch != TT_EPOCH_TRAFFIC)
        return;
    struct tt_protection_setup setup = {
        .suite = secret->suite, .version = TT_TLS_1_3, .draft = secret->draft, .keys = &keys};
    struct tt_protection *protection = NULL;
    bool made = tt_traffic_update(opener->crypto, tt_suite_schedule_hash(secret->suite, TT_TLS_1_3),
                                  secret->draft, secret->bytes, secret->len) &&
                tt_traffic_keys(opener->crypto, secret->suite, secret->draft,
                                tt_span_of(secret->bytes, secret->len), &keys) &&
                tt_protection_new(opener->crypto, &setup, &protection) == TT_OK;
    tt_wipe(&keys, sizeof(keys));
    if (!made)
        return;
    secret->generation++;
    tt_protection_free(half->protection);
    half->protection = protection;
    half->sequence = 0;
}

void tt_traffic_message(struct tt_connection *connection, enum tt_direction direction, uint8_t type)
{
    struct tt_half *half = &connection->halves[direction];
    switch (type) {
    case TT_FINISHED:
        change_epoch(half, TT_EPOCH_TRAFFIC);
        break;
    case TT_END_OF_EARLY_DATA:
        change_epoch(half, TT_EPOCH_HANDSHAKE);
        break;
    case TT_KEY_UPDATE:
        update_keys(connection, half);
        break;
    default:
        break;
    }
}
