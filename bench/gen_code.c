#include "gen_code.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { BLOCK = 64, BLOCKS_MAX = 4 };

static uint32_t rotate(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

/* The message with its padding, as both digests want it; the length in bits stands at the end, in
 * their byte order. Returns the number of blocks. */
static size_t pad(const char *string, bool big_endian, uint8_t padded[BLOCKS_MAX * BLOCK])
{
    size_t len = strlen(string);
    size_t blocks = (len + 8) / BLOCK + 1;
    if (blocks > BLOCKS_MAX)
        gen_die("a value of %zu bytes is too long for a digest", len);
    memset(padded, 0, blocks * BLOCK);
    memcpy(padded, string, len);
    padded[len] = 0x80;
    uint64_t bits = (uint64_t)len * 8;
    for (size_t i = 0; i < 8; i++)
        padded[blocks * BLOCK - 8 + i] = (uint8_t)(bits >> 8 * (big_endian ? 7 - i : i));
    return blocks;
}

static void md5_block(uint32_t state[4], const uint8_t *block)
{
    static const uint8_t turns[4][4] = {
        {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    for (unsigned i = 0; i < 64; i++) {
        uint32_t f = 0;
        unsigned word = 0;
        switch (i / 16) {
        case 0:
            f = (b & c) | (~b & d);
            word = i;
            break;
        case 1:
            f = (d & b) | (~d & c);
            word = (5 * i + 1) % 16;
            break;
        case 2:
            f = b ^ c ^ d;
            word = (3 * i + 5) % 16;
            break;
        default:
            f = c ^ (b | ~d);
            word = 7 * i % 16;
            break;
        }
        const uint8_t *at = block + (size_t)word * 4;
        uint32_t m =
            (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        /* The table of RFC 1321, section 3.4. */
        uint32_t t = (uint32_t)(int64_t)floor(fabs(sin((double)i + 1)) * 4294967296.0);
        uint32_t next = b + rotate(a + f + m + t, turns[i / 16][i % 4]);
        a = d;
        d = c;
        c = b;
        b = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

void gen_md5_hex(const char *string, char hex[GEN_HEX_MAX])
{
    uint8_t padded[BLOCKS_MAX * BLOCK];
    size_t blocks = pad(string, false, padded);
    uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    for (size_t i = 0; i < blocks; i++)
        md5_block(state, padded + i * BLOCK);
    for (size_t i = 0; i < 16; i++)
        (void)snprintf(hex + i * 2, 3, "%02x", (unsigned)(state[i / 4] >> 8 * (i % 4) & 0xff));
}

static void sha1_block(uint32_t state[5], const uint8_t *block)
{
    static const uint32_t k[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    uint32_t w[80];
    for (size_t i = 0; i < 80; i++)
        w[i] = i < 16 ? (uint32_t)block[i * 4] << 24 | (uint32_t)block[i * 4 + 1] << 16 |
                            (uint32_t)block[i * 4 + 2] << 8 | (uint32_t)block[i * 4 + 3]
                      : rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (size_t i = 0; i < 80; i++) {
        uint32_t f = i < 20              ? (b & c) | (~b & d)
                     : i >= 40 && i < 60 ? (b & c) | (b & d) | (c & d)
                                         : b ^ c ^ d;
        uint32_t next = rotate(a, 5) + f + e + w[i] + k[i / 20];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

void gen_sha1_hex(const char *string, char hex[GEN_HEX_MAX])
{
    uint8_t padded[BLOCKS_MAX * BLOCK];
    size_t blocks = pad(string, true, padded);
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    for (size_t i = 0; i < blocks; i++)
        sha1_block(state, padded + i * BLOCK);
    for (size_t i = 0; i < 5; i++)
        (void)snprintf(hex + i * 8, 9, "%08x", (unsigned)state[i]);
}

void gen_base64(struct gen_text *out, const void *bytes, size_t len)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *in = bytes;
    for (size_t at = 0; at < len; at += 3) {
        size_t have = len - at < 3 ? len - at : 3;
        uint32_t group = (uint32_t)in[at] << 16 | (have > 1 ? (uint32_t)in[at + 1] << 8 : 0) |
                         (have > 2 ? (uint32_t)in[at + 2] : 0);
        char quad[4];
        for (size_t i = 0; i < 4; i++)
            quad[i] = i <= have ? alphabet[group >> (18 - 6 * i) & 63] : '=';
        gen_text_put(out, quad, sizeof(quad));
    }
}

void gen_percent(struct gen_text *out, const char *string)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *string != '\0'; string++) {
        if (strchr(plain, *string) != NULL)
            gen_text_put(out, string, 1);
        else
            gen_text_printf(out, "%%%02X", (unsigned)(uint8_t)*string);
    }
}

void gen_gzip(struct gen_text *out, const void *bytes, size_t len)
{
    z_stream z = {0};
    if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        gen_die("zlib does not start");
    size_t room = deflateBound(&z, (uLong)len);
    uint8_t *packed = gen_resize(NULL, room);
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)len;
    z.next_out = packed;
    z.avail_out = (uInt)room;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        gen_die("zlib does not end");
    gen_text_put(out, packed, room - z.avail_out);
    free(packed);
    (void)deflateEnd(&z);
}

void gen_gzip_range(const struct gen_text *file, size_t from, size_t to, size_t *ret_first,
                    size_t *ret_last)
{
    z_stream z = {0};
    if (inflateInit2(&z, 15 + 16) != Z_OK)
        gen_die("zlib does not start");
    uint8_t scrap[4096]; /* one byte of input gives at most a few matches of 258 bytes */
    bool found = false;
    for (size_t at = 0; at < file->len; at++) {
        size_t before = z.total_out;
        z.next_in = file->data + at;
        z.avail_in = 1;
        z.next_out = scrap;
        z.avail_out = sizeof(scrap);
        int status = inflate(&z, Z_NO_FLUSH);
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
            gen_die("zlib cannot read what it wrote");
        if (z.total_out == before || before >= to || z.total_out <= from)
            continue;
        if (!found)
            *ret_first = at;
        *ret_last = at;
        found = true;
    }
    (void)inflateEnd(&z);
    if (!found)
        gen_die("a planted value is not in its gzip file");
}
