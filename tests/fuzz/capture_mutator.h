/* Mutations of whole captures for libFuzzer: packets cut, flipped, swapped, duplicated, removed and
 * re-timed, headers changed, and lengths that lie, while the rest of the file stays readable. So a
 * mutant gets past the file reader, which blind changes of bytes seldom do. */
#ifndef TEST_FUZZ_CAPTURE_MUTATOR_H
#define TEST_FUZZ_CAPTURE_MUTATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_out, unsigned int seed);

enum { MUTANT_RECORDS = 2048, MUTANT_CHANGES = 4 };

/* One packet: a record of pcap, or an enhanced packet block of pcapng. */
struct mutant_record {
    size_t at;
    size_t len;      /* all of it */
    size_t data;     /* where the packet's bytes begin */
    size_t captured; /* how many they are */
    size_t time;     /* of the timestamp: two words */
    size_t lengths;  /* of captured and original length: two words */
};

struct mutant {
    uint8_t *bytes;
    size_t size;
    size_t max;
    bool pcapng;
    bool big;
    size_t head; /* bytes before the first packet */
    struct mutant_record records[MUTANT_RECORDS];
    size_t count;
    uint64_t random;
};

static inline uint32_t mutant_random(struct mutant *mutant)
{
    /* xorshift64: the same seed gives the same mutant. */
    mutant->random ^= mutant->random << 13;
    mutant->random ^= mutant->random >> 7;
    mutant->random ^= mutant->random << 17;
    return (uint32_t)(mutant->random >> 16);
}

static inline size_t mutant_below(struct mutant *mutant, size_t limit)
{
    return limit == 0 ? 0 : mutant_random(mutant) % limit;
}

static inline uint32_t mutant_get(const struct mutant *mutant, size_t at)
{
    const uint8_t *p = mutant->bytes + at;
    if (mutant->big)
        return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static inline void mutant_set(struct mutant *mutant, size_t at, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        mutant->bytes[at + i] = (uint8_t)(value >> 8 * (mutant->big ? 3 - i : i));
}

static inline void mutant_add(struct mutant *mutant, struct mutant_record record)
{
    if (mutant->count == 0)
        mutant->head = record.at;
    if (mutant->count < MUTANT_RECORDS)
        mutant->records[mutant->count++] = record;
}

static inline void mutant_parse_pcap(struct mutant *mutant)
{
    enum { FILE_HEADER = 24, RECORD_HEADER = 16 };
    size_t at = FILE_HEADER;
    while (mutant->size - at >= RECORD_HEADER) {
        size_t captured = mutant_get(mutant, at + 8);
        if (captured > mutant->size - at - RECORD_HEADER)
            return;
        mutant_add(mutant, (struct mutant_record){.at = at,
                                                  .len = RECORD_HEADER + captured,
                                                  .data = at + RECORD_HEADER,
                                                  .captured = captured,
                                                  .time = at,
                                                  .lengths = at + 8});
        at += RECORD_HEADER + captured;
    }
}

static inline void mutant_parse_pcapng(struct mutant *mutant)
{
    enum { BLOCK_MIN = 12, PACKET = 6, PACKET_HEADER = 28 };
    size_t at = 0;
    while (mutant->size - at >= BLOCK_MIN) {
        size_t len = mutant_get(mutant, at + 4);
        if (len < BLOCK_MIN || len % 4 != 0 || len > mutant->size - at)
            return;
        if (mutant_get(mutant, at) == PACKET && len >= PACKET_HEADER + 4) {
            size_t captured = mutant_get(mutant, at + 20);
            if (captured <= len - PACKET_HEADER - 4)
                mutant_add(mutant, (struct mutant_record){.at = at,
                                                          .len = len,
                                                          .data = at + PACKET_HEADER,
                                                          .captured = captured,
                                                          .time = at + 12,
                                                          .lengths = at + 20});
        }
        at += len;
    }
}

/* False where the bytes are no capture that can be taken apart. */
static inline bool mutant_parse(struct mutant *mutant)
{
    static const uint8_t little[] = {0xd4, 0xc3, 0xb2, 0xa1};
    static const uint8_t big[] = {0xa1, 0xb2, 0xc3, 0xd4};
    static const uint8_t section[] = {0x0a, 0x0d, 0x0d, 0x0a};
    mutant->count = 0;
    mutant->head = mutant->size;
    if (mutant->size < 24)
        return false;
    mutant->pcapng = memcmp(mutant->bytes, section, 4) == 0;
    mutant->big = mutant->pcapng ? mutant->bytes[8] == 0x1a : memcmp(mutant->bytes, big, 4) == 0;
    if (mutant->pcapng)
        mutant_parse_pcapng(mutant);
    else if (mutant->big || memcmp(mutant->bytes, little, 4) == 0)
        mutant_parse_pcap(mutant);
    return mutant->count > 0;
}

/* Replaces `old` bytes at `at` by `new` ones (of any content where they grow). */
static inline bool mutant_resize(struct mutant *mutant, size_t at, size_t old, size_t new)
{
    if (mutant->size - old + new > mutant->max)
        return false;
    memmove(mutant->bytes + at + new, mutant->bytes + at + old, mutant->size - at - old);
    mutant->size = mutant->size - old + new;
    return true;
}

/* Gives the packet `captured` bytes: more are repeated from its end, fewer are cut off. The lengths
 * of its block follow; the length on the wire only if told. */
static inline void mutant_set_captured(struct mutant *mutant, const struct mutant_record *record,
                                       size_t captured, bool wire_too)
{
    size_t tail = record->at + record->len - record->data - record->captured;
    size_t padding = mutant->pcapng ? (4 - record->captured % 4) % 4 : 0;
    size_t new_padding = mutant->pcapng ? (4 - captured % 4) % 4 : 0;
    if (padding > tail || !mutant_resize(mutant, record->data + record->captured, padding, 0))
        return;
    if (!mutant_resize(mutant, record->data, record->captured, captured + new_padding))
        return;
    if (new_padding > 0)
        memset(mutant->bytes + record->data + captured, 0, new_padding);
    mutant_set(mutant, record->lengths, (uint32_t)captured);
    if (wire_too)
        mutant_set(mutant, record->lengths + 4, (uint32_t)captured);
    if (!mutant->pcapng)
        return;
    size_t len = record->len - record->captured - padding + captured + new_padding;
    mutant_set(mutant, record->at + 4, (uint32_t)len);
    mutant_set(mutant, record->at + len - 4, (uint32_t)len);
}

static inline void mutant_swap(struct mutant *mutant, const struct mutant_record *a,
                               const struct mutant_record *b)
{
    static uint8_t room[65536];
    if (a->at > b->at) {
        const struct mutant_record *other = a;
        a = b;
        b = other;
    }
    if (a == b || b->len > sizeof(room))
        return;
    /* The later one moves in front of the earlier one. */
    memcpy(room, mutant->bytes + b->at, b->len);
    memmove(mutant->bytes + a->at + b->len, mutant->bytes + a->at, b->at - a->at);
    memcpy(mutant->bytes + a->at, room, b->len);
}

static inline void mutant_duplicate(struct mutant *mutant, const struct mutant_record *from,
                                    const struct mutant_record *to)
{
    static uint8_t room[65536];
    size_t at = to->at;
    size_t len = from->len;
    if (len > sizeof(room))
        return;
    memcpy(room, mutant->bytes + from->at, len);
    if (mutant_resize(mutant, at, 0, len))
        memcpy(mutant->bytes + at, room, len);
}

static inline void mutant_lie(struct mutant *mutant, const struct mutant_record *record)
{
    static const uint32_t lies[] = {0,     1,      3,          28,         31,        32,
                                    65535, 262144, 0x7fffffff, 0xffffffff, 0xfffffffc};
    uint32_t lie = mutant_below(mutant, 2) == 0 ? lies[mutant_below(mutant, 11)]
                                                : (uint32_t)mutant_below(mutant, 4096);
    size_t places[] = {record->lengths, record->lengths + 4, record->at + 4,
                       record->at + record->len - 4};
    size_t place = places[mutant_below(mutant, mutant->pcapng ? 4 : 2)];
    mutant_set(mutant, place, lie);
}

static inline void mutant_flip(struct mutant *mutant, const struct mutant_record *record,
                               size_t within)
{
    size_t len = record->captured < within ? record->captured : within;
    for (size_t i = 1 + mutant_below(mutant, 4); len > 0 && i > 0; i--) {
        uint8_t *byte = &mutant->bytes[record->data + mutant_below(mutant, len)];
        if (mutant_below(mutant, 2) == 0)
            *byte ^= (uint8_t)(1U << mutant_below(mutant, 8));
        else
            *byte = (uint8_t)mutant_random(mutant);
    }
}

static inline void mutant_retime(struct mutant *mutant, const struct mutant_record *record)
{
    static const uint32_t steps[] = {1, 1000, 11, 31, 601, 86400, 0x80000000};
    uint32_t step = steps[mutant_below(mutant, 7)];
    size_t at = record->time + (mutant_below(mutant, 2) == 0 ? 0 : 4);
    uint32_t time = mutant_get(mutant, at);
    mutant_set(mutant, at, mutant_below(mutant, 2) == 0 ? time + step : time - step);
}

/* Lets libFuzzer change the bytes of one packet. */
static inline void mutant_rewrite(struct mutant *mutant, const struct mutant_record *record)
{
    static uint8_t room[8192];
    size_t len = record->captured < sizeof(room) / 2 ? record->captured : sizeof(room) / 2;
    if (len == 0)
        return;
    size_t from = mutant_below(mutant, record->captured - len + 1);
    memcpy(room, mutant->bytes + record->data + from, len);
    size_t new = LLVMFuzzerMutate(room, len, from == 0 ? sizeof(room) : len);
    if (new != len && record->captured == len &&from == 0) {
        mutant_set_captured(mutant, record, new, true);
        if (mutant->size < record->data + new)
            return;
    } else if (new > len) {
        new = len;
    }
    memcpy(mutant->bytes + record->data + from, room, new);
}

static inline void mutant_change(struct mutant *mutant)
{
    enum { HEADERS = 96 };
    const struct mutant_record *record = &mutant->records[mutant_below(mutant, mutant->count)];
    const struct mutant_record *other = &mutant->records[mutant_below(mutant, mutant->count)];
    switch (mutant_below(mutant, 12)) {
    case 0:
        mutant_set_captured(mutant, record, mutant_below(mutant, record->captured + 1), false);
        break;
    case 1:
        mutant_set_captured(mutant, record, mutant_below(mutant, record->captured + 1), true);
        break;
    case 2:
        mutant_swap(mutant, record, other);
        break;
    case 3:
        mutant_duplicate(mutant, record, other);
        break;
    case 4:
        (void)mutant_resize(mutant, record->at, record->len, 0);
        break;
    case 5:
        mutant_retime(mutant, record);
        break;
    case 6:
        mutant_lie(mutant, record);
        break;
    case 7:
    case 8:
        mutant_flip(mutant, record, HEADERS);
        break;
    case 9:
        mutant_flip(mutant, record, SIZE_MAX);
        break;
    case 10: /* the file's header, or the blocks before the first packet: link type, options */
        if (mutant->head > 0)
            mutant->bytes[mutant_below(mutant, mutant->head)] = (uint8_t)mutant_random(mutant);
        break;
    default:
        mutant_rewrite(mutant, record);
        break;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    static struct mutant mutant;
    mutant.bytes = data;
    mutant.size = size;
    mutant.max = max_size;
    mutant.random = (uint64_t)seed * 2654435769U + 1;
    if (!mutant_parse(&mutant) || mutant_below(&mutant, 50) == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    for (size_t i = 1 + mutant_below(&mutant, MUTANT_CHANGES); i > 0 && mutant.count > 0; i--) {
        mutant_change(&mutant);
        (void)mutant_parse(&mutant);
    }
    return mutant.size;
}

/* Packets of both, in turn; or one file behind the other. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_out, unsigned int seed)
{
    static struct mutant mutant;
    if (size1 + size2 > max_out)
        return 0;
    memcpy(out, data1, size1);
    memcpy(out + size1, data2, size2);
    mutant.bytes = out + size1;
    mutant.size = size2;
    mutant.random = (uint64_t)seed * 2654435769U + 1;
    if (!mutant_parse(&mutant) || mutant_below(&mutant, 4) == 0)
        return size1 + size2;
    /* The second one's packets alone, from somewhere on. */
    const struct mutant_record *from = &mutant.records[mutant_below(&mutant, mutant.count)];
    memmove(out + size1, mutant.bytes + from->at, size2 - from->at);
    return size1 + size2 - from->at;
}

#endif
