#include "support/hard.h"

#include <lz4frame.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

enum { LAYERS = 10000, BOMB = 1 << 26, LONG_TEXT = 600 };

void hard_put(struct hard_text *out, const void *bytes, size_t len)
{
    size_t left = out->room - out->len;
    len = len < left ? len : left;
    if (len > 0)
        memcpy(out->bytes + out->len, bytes, len);
    out->len += len;
}

static void put_text(struct hard_text *out, const char *text)
{
    hard_put(out, text, strlen(text));
}

/* As often as it fits. */
static void repeat(struct hard_text *out, const char *text)
{
    size_t len = strlen(text);
    while (out->room - out->len >= len)
        hard_put(out, text, len);
}

void hard_put_base64(struct hard_text *out, struct tt_span in)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < in.len; i += 3) {
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (i + j < in.len ? in.data[i + j] : 0U);
        for (size_t j = 0; j < 4; j++) {
            char c = i + j > in.len ? '=' : digits[bits >> (18 - 6 * j) & 63];
            hard_put(out, &c, 1);
        }
    }
}

/* A generator of numbers that everybody has: xorshift. */
static uint64_t next_number(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void put_letters(struct hard_text *out, uint64_t *state, const char *letters, size_t count)
{
    size_t len = strlen(letters);
    for (size_t i = 0; i < count; i++)
        hard_put(out, &letters[next_number(state) % len], 1);
}

/* ---- text ---- */

static void make_plain(struct hard_text *out)
{
    repeat(out, "the quick brown fox jumps over the lazy dog, and then it waits a while.\n");
}

static void make_words(struct hard_text *out, const char *letters, size_t len, const char *between)
{
    uint64_t state = 88172645463325252U;
    while (out->len + len + strlen(between) <= out->room) {
        put_letters(out, &state, letters, len);
        put_text(out, between);
    }
}

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static void make_tokens(struct hard_text *out)
{
    make_words(out, LETTERS, 16, " ");
}

static void make_hex_tokens(struct hard_text *out)
{
    make_words(out, "0123456789abcdef", 32, " ");
}

static void make_base58(struct hard_text *out)
{
    make_words(out, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 128, " ");
}

static void make_base32(struct hard_text *out)
{
    make_words(out, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32, " ");
}

static void make_slugs(struct hard_text *out)
{
    make_words(out, LETTERS, 16, "/");
}

static void make_mixed(struct hard_text *out)
{
    make_words(out, LETTERS "+-/_", 255, " ");
}

static void make_parts(struct hard_text *out)
{
    make_words(out, LETTERS "/-", 200, ".");
}

static void make_wrapped(struct hard_text *out)
{
    make_words(out, LETTERS, 76, "\n-");
}

static void make_percent(struct hard_text *out)
{
    repeat(out, "%41 ");
}

static void make_percent_run(struct hard_text *out)
{
    repeat(out, "%41%42%2");
}

static void make_references(struct hard_text *out)
{
    repeat(out, "&#65;<");
}

static void make_backslashes(struct hard_text *out)
{
    repeat(out, "\\u0041\"");
}

static void make_ampersands(struct hard_text *out)
{
    repeat(out, "&%\\&%\\");
}

/* ---- formats ---- */

static void make_json_strings(struct hard_text *out)
{
    put_text(out, "[\"a\"");
    repeat(out, ",\"\\u0041\"");
}

static void make_json_deep(struct hard_text *out)
{
    repeat(out, "{\"a\":");
}

static void make_json_in_json(struct hard_text *out)
{
    /* Each layer escapes the quotes and backslashes of the one in it: twice the length. */
    size_t marks = 1;
    for (size_t at = 0; out->room - out->len > 2 * marks + 8; at++) {
        put_text(out, at == 0 ? "{\"a\":" : "{");
        for (size_t i = 1; i < marks; i++)
            put_text(out, "\\");
        put_text(out, at == 0 ? "\"" : "\"a");
        marks *= 2;
    }
}

static void make_form(struct hard_text *out)
{
    repeat(out, "a=%41&");
}

static void make_xml_deep(struct hard_text *out)
{
    put_text(out, "<?xml version=\"1.0\"?>");
    repeat(out, "<a>");
}

static void make_xml_references(struct hard_text *out)
{
    put_text(out, "<?xml version=\"1.0\"?><a>");
    repeat(out, "<b>&#65;</b>");
}

static void make_multipart(struct hard_text *out)
{
    repeat(out, "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n");
}

static void make_multipart_deep(struct hard_text *out)
{
    for (int i = 0; i < LAYERS && out->room - out->len > 128; i++) {
        char part[128];
        (void)snprintf(part, sizeof(part),
                       "--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n", i, i + 1);
        put_text(out, part);
    }
}

/* A text of LONG_TEXT bytes: what is deep in the first bytes is taken for no format at all. */
static void put_long_text(struct hard_text *out)
{
    for (int i = 0; i < LONG_TEXT / 10; i++)
        put_text(out, "ten bytes ");
}

static void make_msgpack_deep(struct hard_text *out)
{
    put_text(out, "\x92\xda\x02\x58");
    put_long_text(out);
    repeat(out, "\x81\xa4name");
}

static void make_cbor_deep(struct hard_text *out)
{
    put_text(out, "\xd9\xd9\xf7\x82\x79\x02\x58");
    put_long_text(out);
    repeat(out, "\x81");
}

static void make_cbor_digests(struct hard_text *out)
{
    uint64_t state = 1;
    put_text(out, "\xd9\xd9\xf7\x9f");
    while (out->room - out->len > 17) {
        put_text(out, "\x50");
        for (int i = 0; i < 2; i++) {
            uint64_t number = next_number(&state);
            hard_put(out, &number, sizeof(number));
        }
    }
}

static void make_protobuf_groups(struct hard_text *out)
{
    put_text(out, "\x0a\xd8\x04");
    put_long_text(out);
    repeat(out, "\x0b");
}

static void make_random(struct hard_text *out)
{
    uint64_t state = 1;
    while (out->room - out->len >= 8) {
        uint64_t number = next_number(&state);
        hard_put(out, &number, sizeof(number));
    }
}

static void make_xored(struct hard_text *out)
{
    make_plain(out);
    for (size_t i = 0; i < out->len; i++)
        out->bytes[i] ^= 0x5a;
}

/* ---- layers and bombs ---- */

/* A gzip member of one stored block or more around `in` (RFC 1952; RFC 1951, section 3.2.4). */
static void put_stored(struct hard_text *out, struct tt_span in)
{
    static const uint8_t head[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
    hard_put(out, head, sizeof(head));
    for (size_t at = 0; at == 0 || at < in.len;) {
        size_t len = in.len - at < 65535 ? in.len - at : 65535;
        uint8_t block[5] = {at + len == in.len, (uint8_t)len, (uint8_t)(len >> 8), (uint8_t)~len,
                            (uint8_t)(~len >> 8)};
        hard_put(out, block, sizeof(block));
        hard_put(out, in.data + at, len);
        at += len == 0 ? 1 : len;
    }
    uint32_t sum = (uint32_t)crc32(0, in.data, (uInt)in.len);
    uint32_t tail[2] = {sum, (uint32_t)in.len};
    hard_put(out, tail, sizeof(tail));
}

static void make_gzip_layers(struct hard_text *out)
{
    struct hard_text other = {.bytes = malloc(out->room), .room = out->room};
    put_text(out, "imei=");
    for (int i = 0; other.bytes != NULL && i < LAYERS && out->room - out->len > 64; i++) {
        other.len = 0;
        put_stored(&other, tt_span_of(out->bytes, out->len));
        memcpy(out->bytes, other.bytes, other.len);
        out->len = other.len;
    }
    free(other.bytes);
}

static void make_base64_layers(struct hard_text *out)
{
    struct hard_text other = {.bytes = malloc(out->room), .room = out->room};
    put_text(out, "a text that is wrapped again and again");
    while (other.bytes != NULL && out->len * 4 / 3 + 8 < out->room) {
        other.len = 0;
        hard_put_base64(&other, tt_span_of(out->bytes, out->len));
        memcpy(out->bytes, other.bytes, other.len);
        out->len = other.len;
    }
    free(other.bytes);
}

static void make_members(struct hard_text *out)
{
    while (out->room - out->len > 32)
        put_stored(out, tt_span_str("a"));
}

/* What `pack` makes of very many zeros, as often as it fits. */
static void put_bombs(struct hard_text *out, size_t (*pack)(uint8_t *, size_t, const uint8_t *))
{
    uint8_t *zeros = calloc(1, BOMB);
    uint8_t *packed = calloc(1, BOMB / 64);
    size_t len = zeros == NULL || packed == NULL ? 0 : pack(packed, BOMB / 64, zeros);
    do {
        hard_put(out, packed, len);
    } while (len > 0 && out->room - out->len >= len);
    free(zeros);
    free(packed);
}

static size_t pack_zlib(uint8_t *to, size_t room, const uint8_t *zeros)
{
    uLongf len = room;
    return compress2(to, &len, zeros, BOMB, 9) == Z_OK ? len : 0;
}

static size_t pack_zstd(uint8_t *to, size_t room, const uint8_t *zeros)
{
    size_t len = ZSTD_compress(to, room, zeros, BOMB, 3);
    return ZSTD_isError(len) ? 0 : len;
}

static size_t pack_lz4(uint8_t *to, size_t room, const uint8_t *zeros)
{
    /* The frame's bound is above the room. */
    size_t most = LZ4F_compressFrameBound(BOMB, NULL);
    uint8_t *bytes = malloc(most);
    size_t len = bytes == NULL ? 0 : LZ4F_compressFrame(bytes, most, zeros, BOMB, NULL);
    bool fits = !LZ4F_isError(len) && len > 0 && len <= room;
    if (fits)
        memcpy(to, bytes, len);
    free(bytes);
    return fits ? len : 0;
}

/* A member that is deflated from the same zeros, with its header (APPNOTE.TXT, section 4.3.7). */
static size_t pack_zip(uint8_t *to, size_t room, const uint8_t *zeros)
{
    enum { HEAD = 31, ZLIB_HEAD = 2, ZLIB_TAIL = 4 };
    static const uint8_t head[HEAD] = {'P', 'K', 3, 4, 20, 0, 0, 0, 8, 0};
    size_t len = pack_zlib(to + HEAD - ZLIB_HEAD, room - HEAD, zeros);
    if (len == 0)
        return 0;
    uint32_t sizes[3] = {(uint32_t)crc32(0, zeros, BOMB), (uint32_t)(len - ZLIB_HEAD - ZLIB_TAIL),
                         BOMB};
    memcpy(to, head, HEAD);
    memcpy(to + 14, sizes, sizeof(sizes));
    to[26] = 1; /* a name of one letter */
    to[30] = 'a';
    return HEAD + len - ZLIB_HEAD - ZLIB_TAIL;
}

/* Empty files: a header each, which a compression makes nearly nothing of. */
static size_t pack_tars(uint8_t *to, size_t room, const uint8_t *zeros)
{
    enum { BLOCK = 512, SUM_AT = 148, SUM_LEN = 8 };
    uint8_t block[BLOCK] = {'a'};
    memcpy(block + 124, "00000000000", 12);
    memcpy(block + 257, "ustar\00000", 8);
    memset(block + SUM_AT, ' ', SUM_LEN);
    unsigned sum = 0;
    for (size_t i = 0; i < BLOCK; i++)
        sum += block[i];
    (void)snprintf((char *)block + SUM_AT, SUM_LEN, "%06o", sum);
    uint8_t *tar = malloc(BOMB);
    for (size_t at = 0; tar != NULL && at < BOMB; at += BLOCK)
        memcpy(tar + at, block, BLOCK);
    size_t len = tar == NULL ? 0 : pack_zlib(to, room, tar);
    free(tar);
    (void)zeros;
    return len;
}

static void make_zlib_bomb(struct hard_text *out)
{
    put_bombs(out, pack_zlib);
}

static void make_bomb_in_bomb(struct hard_text *out)
{
    make_zlib_bomb(out);
    uLongf len = compressBound(out->len);
    uint8_t *packed = calloc(1, len);
    if (packed == NULL || compress2(packed, &len, out->bytes, out->len, 9) != Z_OK)
        len = 0;
    out->len = 0;
    hard_put(out, packed, len);
    free(packed);
}

static void make_zstd_bomb(struct hard_text *out)
{
    put_bombs(out, pack_zstd);
}

static void make_lz4_bomb(struct hard_text *out)
{
    put_bombs(out, pack_lz4);
}

static void make_zip_bomb(struct hard_text *out)
{
    put_bombs(out, pack_zip);
}

static void make_tar_bomb(struct hard_text *out)
{
    put_bombs(out, pack_tars);
}

static const struct hard_body bodies[] = {
    {"plain text", NULL, make_plain},
    {"base64 tokens", NULL, make_tokens},
    {"hexadecimal tokens", NULL, make_hex_tokens},
    {"base58 tokens, longest", NULL, make_base58},
    {"base32 tokens", NULL, make_base32},
    {"words of a path", NULL, make_slugs},
    {"tokens of two alphabets", NULL, make_mixed},
    {"tokens full of separators", NULL, make_parts},
    {"wrapped base64, broken", NULL, make_wrapped},
    {"percent escapes", NULL, make_percent},
    {"percent escapes, cut", NULL, make_percent_run},
    {"character references", NULL, make_references},
    {"backslash escapes", NULL, make_backslashes},
    {"what only begins an escape", NULL, make_ampersands},
    {"JSON strings with escapes", NULL, make_json_strings},
    {"JSON, deep", "content.json.depth", make_json_deep},
    {"JSON in JSON strings", NULL, make_json_in_json},
    {"form fields with escapes", NULL, make_form},
    {"XML, deep", "content.xml.depth", make_xml_deep},
    {"XML with references", NULL, make_xml_references},
    {"multipart, tiny parts", NULL, make_multipart},
    {"multipart in multipart", "run.depth", make_multipart_deep},
    {"MessagePack, deep", "content.binary.depth", make_msgpack_deep},
    {"CBOR, deep", "content.binary.depth", make_cbor_deep},
    {"CBOR, digests", NULL, make_cbor_digests},
    {"protobuf groups, deep", "content.binary.depth", make_protobuf_groups},
    {"random bytes", NULL, make_random},
    {"text under XOR", NULL, make_xored},
    {"gzip in gzip", "run.depth", make_gzip_layers},
    {"base64 in base64", "run.depth", make_base64_layers},
    {"gzip members", NULL, make_members},
    {"zlib bomb", NULL, make_zlib_bomb},
    {"zlib bomb in zlib", "run.expansion", make_bomb_in_bomb},
    {"zstd bomb", "run.expansion", make_zstd_bomb},
    {"LZ4 bomb", NULL, make_lz4_bomb},
    {"zip bomb", NULL, make_zip_bomb},
    {"tar in zlib", NULL, make_tar_bomb},
};

const struct hard_body *hard_body_at(size_t at)
{
    return at < sizeof(bodies) / sizeof(bodies[0]) ? &bodies[at] : NULL;
}

struct hard_text hard_make(const struct hard_body *body, size_t room)
{
    struct hard_text out = {.bytes = malloc(room), .room = room};
    if (out.bytes == NULL)
        abort();
    body->make(&out);
    return out;
}
