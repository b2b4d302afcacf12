#include "decrypt/quic_state.h"

#include "base/compiler.h"
#include "base/secret.h"

enum { SUITE_AES_128_GCM = 0x1301 };

/* ---- making seals ---- */

static void drop_opening(struct tt_quic_opening *opening)
{
    tt_quic_seal_free(opening->seal);
    /* Bytes that wait may still be handed out under it: `security` stays. */
    opening->seal = NULL;
    opening->news = 0;
    opening->failed = false;
}

void tt_quic_keys_drop(struct tt_quic *quic, enum tt_quic_level level)
{
    for (size_t i = 0; i < 2; i++)
        drop_opening(&quic->openings[level][i]);
}

void tt_quic_keys_set_initial(struct tt_quic *quic, const struct tt_quic_version *version,
                              struct tt_span dcid)
{
    tt_quic_keys_drop(quic, TT_QUIC_INITIAL);
    quic->initial_version = version;
    quic->dcid_len = (uint8_t)dcid.len;
    if (dcid.len > 0)
        memmove(quic->dcid, dcid.data, dcid.len);
}

static struct tt_quic_seal *initial_seal(struct tt_quic_table *table,
                                         const struct tt_quic_version *version, struct tt_span dcid,
                                         uint8_t sender)
{
    uint8_t secret[TT_QUIC_INITIAL_SECRET];
    if (!tt_quic_initial_secret(table->quic_crypto, version, dcid, sender == TT_QUIC_SERVER,
                                secret))
        return NULL;
    return tt_quic_seal_new(table->quic_crypto, tt_suite_find(SUITE_AES_128_GCM), version,
                            tt_span_of(secret, sizeof(secret)));
}

static const enum tt_key_label labels[TT_QUIC_LEVEL_COUNT][2] = {
    [TT_QUIC_EARLY] = {TT_KEY_CLIENT_EARLY, TT_KEY_CLIENT_EARLY},
    [TT_QUIC_HANDSHAKE] = {TT_KEY_CLIENT_HANDSHAKE, TT_KEY_SERVER_HANDSHAKE},
    [TT_QUIC_TRAFFIC] = {TT_KEY_CLIENT_TRAFFIC, TT_KEY_SERVER_TRAFFIC}};

static const struct tt_key *find_secret(const struct tt_quic *quic, enum tt_quic_level level,
                                        uint8_t sender)
{
    if (level == TT_QUIC_INITIAL || (level == TT_QUIC_EARLY && sender == TT_QUIC_SERVER))
        return NULL;
    return tt_keys_find(quic->table->keys, labels[level][sender], 0,
                        tt_span_of(quic->random, sizeof(quic->random)));
}

/* ---- packet numbers ---- */

static size_t space_of(enum tt_quic_level level)
{
    switch (level) {
    case TT_QUIC_INITIAL:
        return 0;
    case TT_QUIC_HANDSHAKE:
        return 1;
    case TT_QUIC_EARLY:
    case TT_QUIC_TRAFFIC:
    case TT_QUIC_LEVEL_COUNT:
        break;
    }
    return 2;
}

/* Remembers a number; false when it was there before. Of very old ones nothing is known. */
static bool remember(struct tt_quic_numbers *numbers, uint64_t number)
{
    if (number >= numbers->next) {
        uint64_t shift = number - numbers->next + 1;
        numbers->seen = shift >= 64 ? 1 : numbers->seen << shift | 1;
        numbers->next = number + 1;
        return true;
    }
    uint64_t back = numbers->next - 1 - number;
    if (back >= 64)
        return true;
    uint64_t bit = (uint64_t)1 << back;
    bool fresh = (numbers->seen & bit) == 0;
    numbers->seen |= bit;
    return fresh;
}

/* ---- opening ---- */

/* A packet and what is known of it. */
struct attempt {
    struct tt_quic_turn *turn;
    const struct tt_quic_packet *packet;
    struct tt_quic_header header;
    struct tt_span text;
    uint64_t number;
};

/* May another try be made? Those beyond the first are counted. */
static bool may_try(struct attempt *attempt)
{
    struct tt_quic *quic = attempt->turn->quic;
    if (quic->tried >= TT_QUIC_TRIES_BYTES_MAX)
        return false;
    quic->tried += attempt->packet->bytes.len;
    return true;
}

static bool open_phase(struct attempt *attempt, struct tt_quic_seal *seal, uint64_t number)
{
    struct tt_quic_table *table = attempt->turn->quic->table;
    const struct tt_quic_packet *packet = attempt->packet;
    const struct tt_quic_header *header = &attempt->header;
    bool is_short = packet->type == TT_QUIC_TYPE_SHORT;
    if (!is_short || header->phase == ((tt_quic_seal_generation(seal) & 1U) != 0)) {
        if (tt_quic_seal_open(seal, packet, header, number, table->text, &attempt->text))
            return true;
        /* Two updates may have been missed. */
        return is_short && may_try(attempt) &&
               tt_quic_seal_open_next(seal, 2, packet, header, number, table->text, &attempt->text);
    }
    if (tt_quic_seal_open_before(seal, packet, header, number, table->text, &attempt->text))
        return true;
    return may_try(attempt) &&
           tt_quic_seal_open_next(seal, 1, packet, header, number, table->text, &attempt->text);
}

/* Tries the packet numbers that may be meant: after many lost packets it may be a later one than
 * RFC 9000, appendix A.3, gives. */
static bool open_numbered(struct attempt *attempt, struct tt_quic_seal *seal)
{
    struct tt_quic_turn *turn = attempt->turn;
    struct tt_quic_table *table = turn->quic->table;
    if (!tt_quic_seal_unmask(seal, attempt->packet, table->header, &attempt->header))
        return false;
    const struct tt_quic_numbers *numbers =
        &turn->quic->numbers[space_of(turn->level)][turn->sender];
    unsigned bits = 8U * attempt->header.number_len;
    attempt->number = tt_quic_number(attempt->header.truncated, bits, numbers->next);
    for (unsigned i = 0;; i++) {
        if (open_phase(attempt, seal, attempt->number))
            return true;
        if (bits > 16 || i + 1 >= TT_QUIC_NUMBERS_TRIED_MAX || !may_try(attempt))
            return false;
        attempt->number += (uint64_t)1 << bits;
    }
}

static void use(struct tt_quic_turn *turn, struct tt_quic_seal *seal, enum tt_key_source source,
                bool keyed)
{
    struct tt_quic_opening *opening = &turn->quic->openings[turn->level][turn->sender];
    drop_opening(opening);
    opening->seal = seal;
    opening->security = (struct tt_security){
        .version = TT_TLS_1_3, .suite = tt_quic_seal_suite(seal), .source = source, .keyed = keyed};
}

/* Initial packets: the keys come from the version and the client's first connection id. */
static bool open_initial(struct attempt *attempt)
{
    struct tt_quic_turn *turn = attempt->turn;
    struct tt_quic *quic = turn->quic;
    struct tt_quic_opening *opening = &quic->openings[TT_QUIC_INITIAL][turn->sender];
    struct tt_span known = tt_span_of(quic->dcid, quic->dcid_len);
    const struct tt_quic_version *version = attempt->packet->version;
    if (opening->seal != NULL && quic->initial_version == version &&
        open_numbered(attempt, opening->seal))
        return true;
    /* The other version that was agreed upon (RFC 9368), or the first packet; then: a client that
     * began anew behind a Retry that was not seen. */
    const struct tt_span dcids[2] = {known, attempt->packet->dcid};
    for (size_t i = 0; i < (turn->sender == TT_QUIC_CLIENT ? 2U : 1U); i++) {
        bool same = tt_span_eq(dcids[i], known);
        if ((i == 1 && same) || (i == 0 && quic->initial_version == NULL))
            continue;
        if (opening->seal != NULL && same && quic->initial_version == version)
            continue;
        if (quic->tried >= TT_QUIC_TRIES_BYTES_MAX)
            return false;
        struct tt_quic_seal *seal = initial_seal(quic->table, version, dcids[i], turn->sender);
        if (seal != NULL && open_numbered(attempt, seal)) {
            if (!same || quic->initial_version != version)
                tt_quic_keys_set_initial(quic, version, dcids[i]);
            use(turn, seal, TT_KEY_FROM_KEYLOG, false);
            return true;
        }
        tt_quic_seal_free(seal);
        (void)may_try(attempt);
    }
    return false;
}

/* The suites that a secret of that length may be for; what the server chose comes first. */
static bool open_with_secret(struct attempt *attempt, const struct tt_key *key)
{
    static const uint16_t numbers[] = {0x1301, 0x1302, 0x1303, 0x1304};
    struct tt_quic_turn *turn = attempt->turn;
    struct tt_quic *quic = turn->quic;
    const struct tt_quic_version *version =
        attempt->packet->version != NULL ? attempt->packet->version : quic->version;
    struct tt_span secret = tt_span_of(key->secret, key->len);
    if (version == NULL || !may_try(attempt))
        return false;
    for (size_t i = 0; i <= TT_ARRAY_LEN(numbers); i++) {
        const struct tt_suite *suite = i == 0 ? quic->suite : tt_suite_find(numbers[i - 1]);
        if (suite == NULL || (i > 0 && suite == quic->suite) || (i > 0 && !may_try(attempt)))
            continue;
        struct tt_quic_seal *seal =
            tt_quic_seal_new(quic->table->quic_crypto, suite, version, secret);
        if (seal != NULL && open_numbered(attempt, seal)) {
            use(turn, seal, key->source, true);
            return true;
        }
        tt_quic_seal_free(seal);
        /* Early data may be under another suite than the one that the server chose (RFC 8446,
         * section 4.2.11: it must not, but who knows). */
        if (i == 0 && suite != NULL && turn->level != TT_QUIC_EARLY)
            return false;
    }
    return false;
}

/* Does the secret open the packet, under any suite of its length? */
static bool fits(struct attempt *attempt, const struct tt_key *key)
{
    static const uint16_t numbers[] = {SUITE_AES_128_GCM, 0x1302, 0x1303};
    struct tt_quic *quic = attempt->turn->quic;
    struct tt_quic_table *table = quic->table;
    const struct tt_quic_version *version =
        attempt->packet->version != NULL ? attempt->packet->version : quic->version;
    uint64_t expected = quic->numbers[space_of(attempt->turn->level)][attempt->turn->sender].next;
    for (size_t i = 0; i < TT_ARRAY_LEN(numbers); i++) {
        const struct tt_suite *suite = tt_suite_find(numbers[i]);
        if (suite == NULL || version == NULL || (quic->suite != NULL && suite != quic->suite))
            continue;
        struct tt_quic_seal *seal =
            tt_quic_seal_new(table->quic_crypto, suite, version, tt_span_of(key->secret, key->len));
        struct tt_quic_header header;
        /* Most wrong keys show in the reserved bits. */
        bool opens =
            seal != NULL && tt_quic_seal_unmask(seal, attempt->packet, table->header, &header) &&
            !header.reserved &&
            tt_quic_seal_open(seal, attempt->packet, &header,
                              tt_quic_number(header.truncated, 8U * header.number_len, expected),
                              table->text, &attempt->text);
        tt_quic_seal_free(seal);
        if (opens)
            return true;
    }
    return false;
}

/* The client hello was not seen whole: perhaps one of the secrets opens the packet all the same. */
static bool guess_random(struct attempt *attempt)
{
    struct tt_quic_turn *turn = attempt->turn;
    struct tt_quic *quic = turn->quic;
    struct tt_quic_table *table = quic->table;
    enum tt_key_label label;
    unsigned generation;
    struct tt_span id;
    const struct tt_key *key;
    if (quic->guessed >= TT_QUIC_GUESSED_PACKETS_MAX || tt_keys_count(table->keys) == 0)
        return false;
    quic->guessed++;
    for (size_t at = 0; table->guesses < TT_QUIC_GUESSES_MAX &&
                        (key = tt_keys_at(table->keys, at, &label, &generation, &id)) != NULL;
         at++) {
        if (label != labels[turn->level][turn->sender] || generation != 0 ||
            id.len != TT_RANDOM_LEN)
            continue;
        bool found = false;
        for (; key != NULL && !found; key = key->rival) {
            table->guesses++;
            found = fits(attempt, key);
        }
        if (!found)
            continue;
        memcpy(quic->random, id.data, id.len);
        quic->has_random = true;
        return true;
    }
    return false;
}

/* Handshake, 0-RTT and 1-RTT packets. */
static bool open_keyed(struct attempt *attempt, enum tt_closed *ret_reason)
{
    struct tt_quic_turn *turn = attempt->turn;
    struct tt_quic *quic = turn->quic;
    struct tt_quic_opening *opening = &quic->openings[turn->level][turn->sender];
    if (opening->seal != NULL) {
        *ret_reason = TT_CLOSED_BAD_KEY;
        return open_numbered(attempt, opening->seal);
    }
    if (!quic->has_random && !guess_random(attempt)) {
        *ret_reason = TT_CLOSED_NO_HELLO;
        return false;
    }
    uint64_t news = tt_keys_news(quic->table->keys);
    bool hopeless = quic->tried >= TT_QUIC_TRIES_BYTES_MAX;
    if (opening->news == news + 1 && (!opening->failed || hopeless)) {
        *ret_reason = opening->failed ? TT_CLOSED_BAD_KEY : TT_CLOSED_NO_KEY;
        return false;
    }
    opening->news = news + 1;
    const struct tt_key *key = find_secret(quic, turn->level, turn->sender);
    opening->failed = key != NULL;
    *ret_reason = key == NULL ? TT_CLOSED_NO_KEY : TT_CLOSED_BAD_KEY;
    bool opened = false;
    for (; key != NULL && !opened; key = key->rival)
        opened = open_with_secret(attempt, key);
    return opened;
}

bool tt_quic_keys_open(struct tt_quic_turn *turn, const struct tt_quic_packet *packet,
                       struct tt_quic_opened *ret_opened, enum tt_closed *ret_reason)
{
    struct attempt attempt = {.turn = turn, .packet = packet};
    if (packet->cut || packet->bytes.len > TT_QUIC_DATAGRAM_MAX) {
        *ret_reason = TT_CLOSED_DAMAGED;
        return false;
    }
    turn->level = (enum tt_quic_level)packet->type;
    if (turn->level == TT_QUIC_INITIAL) {
        *ret_reason = turn->quic->has_random ? TT_CLOSED_BAD_KEY : TT_CLOSED_NO_HELLO;
        if (!open_initial(&attempt))
            return false;
    } else if (!open_keyed(&attempt, ret_reason)) {
        return false;
    }
    /* Who sends rubbish in between must not bring the tries to an end. */
    uint64_t back = packet->bytes.len;
    turn->quic->tried -= turn->quic->tried < back ? turn->quic->tried : back;
    struct tt_quic_numbers *numbers = &turn->quic->numbers[space_of(turn->level)][turn->sender];
    *ret_opened = (struct tt_quic_opened){.text = attempt.text,
                                          .number = attempt.number,
                                          .repeated = !remember(numbers, attempt.number)};
    return true;
}

bool tt_quic_keys_is_first(struct tt_quic_table *table, const struct tt_quic_packet *packet,
                           uint64_t *ret_number)
{
    struct tt_quic_seal *seal = initial_seal(table, packet->version, packet->dcid, TT_QUIC_CLIENT);
    struct tt_quic_header header;
    struct tt_span text;
    bool opens = seal != NULL && packet->bytes.len <= TT_QUIC_DATAGRAM_MAX &&
                 tt_quic_seal_unmask(seal, packet, table->header, &header) &&
                 tt_quic_seal_open(seal, packet, &header, header.truncated, table->text, &text);
    tt_quic_seal_free(seal);
    if (opens)
        *ret_number = header.truncated;
    return opens;
}
