/* Connections whose handshake was not seen, or not whole: which secret opens a packet with a short
 * header, and how long is the ID in front of it. */
#include "decrypt/quic_state.h"

#include "base/compiler.h"

enum { SAMPLE_MIN = 1 + TT_QUIC_NUMBER_MAX + TT_QUIC_TAG_LEN };

/* What is tried, and on what. */
struct attempt {
    struct tt_quic_table *table;
    struct tt_span datagram;
    const struct tt_quic_version *version;
};

/* Most wrong keys show in the reserved bits. A number of one byte may be of a later one. */
static bool opens_at(const struct attempt *attempt, struct tt_quic_seal *seal, size_t cid_len)
{
    struct tt_quic_table *table = attempt->table;
    struct tt_quic_packet packet;
    struct tt_quic_header header;
    if (!tt_quic_packet_read(attempt->datagram, cid_len, &packet) ||
        !tt_quic_seal_unmask(seal, &packet, table->header, &header) || header.reserved)
        return false;
    size_t numbers = header.number_len == 1 ? TT_QUIC_NUMBERS_TRIED_MAX : 1;
    for (size_t i = 0; i < numbers && table->guesses < TT_QUIC_GUESSES_MAX; i++) {
        struct tt_span text;
        table->guesses++;
        if (tt_quic_seal_open(seal, &packet, &header, header.truncated + ((uint64_t)i << 8),
                              table->text, &text))
            return true;
    }
    return false;
}

/* IDs as they are long with the common programs come first. */
static bool opens(const struct attempt *attempt, const struct tt_key *key, size_t *ret_cid_len)
{
    static const uint16_t suites[] = {0x1301, 0x1302, 0x1303};
    static const uint8_t lens[] = {8,  0,  20, 4, 16, 18, 5,  10, 12, 17, 9,
                                   14, 19, 15, 6, 7,  11, 13, 3,  2,  1};
    for (size_t s = 0; s < TT_ARRAY_LEN(suites); s++) {
        const struct tt_suite *suite = tt_suite_find(suites[s]);
        struct tt_quic_seal *seal =
            suite == NULL ? NULL
                          : tt_quic_seal_new(attempt->table->quic_crypto, suite, attempt->version,
                                             tt_span_of(key->secret, key->len));
        size_t at = 0;
        while (seal != NULL && at < TT_ARRAY_LEN(lens) && !opens_at(attempt, seal, lens[at]))
            at++;
        bool found = seal != NULL && at < TT_ARRAY_LEN(lens);
        tt_quic_seal_free(seal);
        if (found) {
            *ret_cid_len = lens[at];
            return true;
        }
    }
    return false;
}

bool tt_quic_guess_length(struct tt_quic *quic, uint8_t sender, struct tt_span datagram,
                          size_t *ret_cid_len)
{
    const struct attempt attempt = {
        .table = quic->table, .datagram = datagram, .version = quic->version};
    if (!quic->has_random || quic->version == NULL || datagram.len < SAMPLE_MIN ||
        quic->guessed >= TT_QUIC_GUESSED_PACKETS_MAX)
        return false;
    quic->guessed++;
    const struct tt_key *key = tt_keys_find(
        quic->table->keys, sender == TT_QUIC_CLIENT ? TT_KEY_CLIENT_TRAFFIC : TT_KEY_SERVER_TRAFFIC,
        0, tt_span_of(quic->random, sizeof(quic->random)));
    bool opened = false;
    for (; key != NULL && !opened; key = key->rival)
        opened = opens(&attempt, key, ret_cid_len);
    return opened;
}

bool tt_quic_guess_late(struct tt_quic_table *table, uint8_t sender, struct tt_span datagram,
                        struct tt_quic_late *ret_late)
{
    const struct attempt attempt = {
        .table = table, .datagram = datagram, .version = tt_quic_version_find(1)};
    enum tt_key_label label;
    unsigned generation;
    struct tt_span id;
    const struct tt_key *key;
    if (datagram.len < SAMPLE_MIN)
        return false;
    for (size_t at = 0; table->guesses < TT_QUIC_GUESSES_MAX &&
                        (key = tt_keys_at(table->keys, at, &label, &generation, &id)) != NULL;
         at++) {
        enum tt_key_label wanted =
            sender == TT_QUIC_CLIENT ? TT_KEY_CLIENT_TRAFFIC : TT_KEY_SERVER_TRAFFIC;
        bool found = false;
        if (label != wanted || generation != 0 || id.len != TT_RANDOM_LEN)
            continue;
        for (; key != NULL && !found; key = key->rival)
            found = opens(&attempt, key, &ret_late->cid_len);
        if (!found)
            continue;
        ret_late->version = attempt.version;
        memcpy(ret_late->random, id.data, id.len);
        return true;
    }
    return false;
}
