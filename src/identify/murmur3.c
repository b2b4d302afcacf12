#include "identify/murmur3.h"

static uint32_t rotate_32(uint32_t word, unsigned by)
{
    return word << by | word >> (32 - by);
}

static uint64_t rotate_64(uint64_t word, unsigned by)
{
    return word << by | word >> (64 - by);
}

/* Up to 8 bytes, the least significant first. */
static uint64_t read_little(const uint8_t *at, size_t len)
{
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++)
        word |= (uint64_t)at[i] << 8 * i;
    return word;
}

static uint32_t mix_32(uint32_t word)
{
    return rotate_32(word * 0xcc9e2d51U, 15) * 0x1b873593U;
}

uint32_t tt_murmur3_32(struct tt_span bytes)
{
    uint32_t hash = 0;
    size_t whole = bytes.len - bytes.len % 4;
    for (size_t at = 0; at < whole; at += 4) {
        hash ^= mix_32((uint32_t)read_little(bytes.data + at, 4));
        hash = rotate_32(hash, 13) * 5 + 0xe6546b64U;
    }
    if (whole < bytes.len)
        hash ^= mix_32((uint32_t)read_little(bytes.data + whole, bytes.len - whole));
    hash ^= (uint32_t)bytes.len;
    hash = (hash ^ hash >> 16) * 0x85ebca6bU;
    hash = (hash ^ hash >> 13) * 0xc2b2ae35U;
    return hash ^ hash >> 16;
}

static const uint64_t first_factor = 0x87c37b91114253d5U;
static const uint64_t second_factor = 0x4cf5ad432745937fU;

static uint64_t mix_first(uint64_t word)
{
    return rotate_64(word * first_factor, 31) * second_factor;
}

static uint64_t mix_second(uint64_t word)
{
    return rotate_64(word * second_factor, 33) * first_factor;
}

static uint64_t finish(uint64_t word)
{
    word = (word ^ word >> 33) * 0xff51afd7ed558ccdU;
    word = (word ^ word >> 33) * 0xc4ceb9fe1a85ec53U;
    return word ^ word >> 33;
}

static void write_word(uint8_t *out, uint64_t word, bool big_endian)
{
    for (unsigned i = 0; i < 8; i++)
        out[big_endian ? 7 - i : i] = (uint8_t)(word >> 8 * i);
}

void tt_murmur3_128(struct tt_span bytes, bool big_endian, uint8_t ret_hash[TT_MURMUR3_128_LEN])
{
    uint64_t first = 0;
    uint64_t second = 0;
    size_t at = 0;
    for (; bytes.len - at >= 16; at += 16) {
        first ^= mix_first(read_little(bytes.data + at, 8));
        first = (rotate_64(first, 27) + second) * 5 + 0x52dce729;
        second ^= mix_second(read_little(bytes.data + at + 8, 8));
        second = (rotate_64(second, 31) + first) * 5 + 0x38495ab5;
    }
    size_t left = bytes.len - at;
    if (left > 8)
        second ^= mix_second(read_little(bytes.data + at + 8, left - 8));
    if (left > 0)
        first ^= mix_first(read_little(bytes.data + at, left < 8 ? left : 8));
    first ^= bytes.len;
    second ^= bytes.len;
    first += second;
    second += first;
    first = finish(first);
    second = finish(second);
    first += second;
    second += first;
    write_word(ret_hash, first, big_endian);
    write_word(ret_hash + 8, second, big_endian);
}
