#define ZLIB_CONST
#include "verify/decode.h"

#include <brotli/decode.h>
#include <lz4frame.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "base/compiler.h"
#include "verify/escapes.h"
#include "verify/socket.h"

enum { PIECE = 16384 };

/* ---- compressions ---- */

static enum tt_err inflate_as(struct tt_span in, int window_bits, struct tt_buf *out)
{
    z_stream z = {0};
    if (inflateInit2(&z, window_bits) != Z_OK)
        return TT_ERR_MEMORY;
    enum tt_err err = TT_OK;
    uint8_t room[PIECE];
    z.next_in = in.data;
    z.avail_in = in.len > UINT32_MAX ? UINT32_MAX : (uInt)in.len;
    int code = Z_OK;
    while (err == TT_OK && (code == Z_OK || code == Z_BUF_ERROR)) {
        z.next_out = room;
        z.avail_out = PIECE;
        code = inflate(&z, Z_SYNC_FLUSH);
        size_t made = PIECE - z.avail_out;
        err = tt_buf_append(out, tt_span_of(room, made));
        if (code == Z_STREAM_END && window_bits == 31 && z.avail_in > 0) {
            /* A member behind another one. */
            code = inflateReset(&z);
        } else if (made == 0) {
            break;
        }
    }
    (void)inflateEnd(&z);
    return err;
}

static enum tt_err read_gzip(struct tt_span in, struct tt_buf *out)
{
    return inflate_as(in, 31, out);
}

static enum tt_err read_zlib(struct tt_span in, struct tt_buf *out)
{
    return inflate_as(in, 15, out);
}

static enum tt_err read_deflate(struct tt_span in, struct tt_buf *out)
{
    return inflate_as(in, -15, out);
}

static enum tt_err read_brotli(struct tt_span in, struct tt_buf *out)
{
    BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    if (state == NULL)
        return TT_ERR_MEMORY;
    enum tt_err err = TT_OK;
    uint8_t room[PIECE];
    size_t left = in.len;
    const uint8_t *next = in.data;
    BrotliDecoderResult code = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    while (err == TT_OK && code == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
        size_t free_room = PIECE;
        uint8_t *at = room;
        code = BrotliDecoderDecompressStream(state, &left, &next, &free_room, &at, NULL);
        err = tt_buf_append(out, tt_span_of(room, PIECE - free_room));
    }
    BrotliDecoderDestroyInstance(state);
    return err;
}

static enum tt_err read_zstd(struct tt_span in, struct tt_buf *out)
{
    ZSTD_DStream *state = ZSTD_createDStream();
    if (state == NULL)
        return TT_ERR_MEMORY;
    enum tt_err err = TT_OK;
    uint8_t room[PIECE];
    ZSTD_inBuffer from = {.src = in.data, .size = in.len};
    for (bool more = true; err == TT_OK && more;) {
        ZSTD_outBuffer to = {.dst = room, .size = PIECE};
        size_t code = ZSTD_decompressStream(state, &to, &from);
        err = tt_buf_append(out, tt_span_of(room, to.pos));
        more = ZSTD_isError(code) == 0 && (to.pos == PIECE || from.pos < from.size);
    }
    (void)ZSTD_freeDStream(state);
    return err;
}

static enum tt_err read_lz4(struct tt_span in, struct tt_buf *out)
{
    LZ4F_dctx *state = NULL;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&state, LZ4F_VERSION)) != 0)
        return TT_ERR_MEMORY;
    enum tt_err err = TT_OK;
    uint8_t room[PIECE];
    for (bool more = true; err == TT_OK && more;) {
        size_t made = PIECE;
        size_t used = in.len;
        size_t code = LZ4F_decompress(state, room, &made, in.data, &used, NULL);
        in = tt_span_from(in, used);
        more = LZ4F_isError(code) == 0 && (made > 0 || used > 0);
        if (LZ4F_isError(code) == 0)
            err = tt_buf_append(out, tt_span_of(room, made));
    }
    (void)LZ4F_freeDecompressionContext(state);
    return err;
}

/* ---- alphabets ---- */

/* The value of a character, -1 for none. */
static int digit_of(const char *alphabet, uint8_t c)
{
    const char *at = c == 0 ? NULL : strchr(alphabet, c);
    return at == NULL ? -1 : (int)(at - alphabet);
}

/* Groups of `bits` bits, the first in front; other characters are stepped over. */
static enum tt_err read_bits(const char *alphabet, unsigned bits, struct tt_span in,
                             struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    uint32_t held = 0;
    unsigned count = 0;
    for (size_t i = 0; i < in.len && err == TT_OK; i++) {
        int digit = digit_of(alphabet, in.data[i]);
        if (digit < 0)
            continue;
        held = held << bits | (uint32_t)digit;
        count += bits;
        if (count < 8)
            continue;
        count -= 8;
        err = tt_buf_append_u8(out, (uint8_t)(held >> count));
        held &= (1U << count) - 1U;
    }
    return err;
}

static enum tt_err read_base64(struct tt_span in, struct tt_buf *out)
{
    static const char standard[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    bool is_url = tt_span_find(in, '-') < in.len || tt_span_find(in, '_') < in.len;
    /* Padding ends a group; what follows it begins another one. */
    enum tt_err err = TT_OK;
    while (in.len > 0 && err == TT_OK) {
        size_t end = tt_span_find(in, '=');
        err = read_bits(is_url ? url : standard, 6, tt_span_sub(in, 0, end), out);
        while (end < in.len && in.data[end] == '=')
            end++;
        in = tt_span_from(in, end);
    }
    return err;
}

/* The same 64 characters in other orders. Where one of two characters may stand, the second one is
 * given as `twins`: what it stands for, and itself. */
static const struct {
    const char *name;
    const char *order;
    const char *twins;
} orders[] = {
    {"lower-first", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/", "+-/_"},
    {"digits-first", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/", "+-/_"},
    {"digits-lower-first", "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/",
     "+-/_"},
    {"rot13", "NOPQRSTUVWXYZABCDEFGHIJKLMnopqrstuvwxyzabcdefghijklm0123456789+/", ""},
    {"sorted", "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz", ""},
    {"crypt", "+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "-/"},
    {"bcrypt", "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", ""}};

static enum tt_err read_ordered(size_t which, struct tt_span in, struct tt_buf *out)
{
    struct tt_buf plain = tt_buf_make(in.len);
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < in.len && in.data[i] != '=' && err == TT_OK; i++) {
        uint8_t c = in.data[i];
        for (const char *twin = orders[which].twins; *twin != 0; twin += 2)
            c = c == (uint8_t)twin[1] ? (uint8_t)twin[0] : c;
        err = tt_buf_append_u8(&plain, c);
    }
    if (err == TT_OK)
        err = read_bits(orders[which].order, 6, tt_buf_span(&plain), out);
    tt_buf_free(&plain);
    return err;
}

static enum tt_err read_folded(const char *alphabet, unsigned bits, struct tt_span in,
                               struct tt_buf *out)
{
    struct tt_buf upper = tt_buf_make(in.len);
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < in.len && err == TT_OK; i++) {
        uint8_t c = in.data[i];
        err = tt_buf_append_u8(&upper, c >= 'a' && c <= 'z' ? (uint8_t)(c - 32) : c);
    }
    if (err == TT_OK)
        err = read_bits(alphabet, bits, tt_buf_span(&upper), out);
    tt_buf_free(&upper);
    return err;
}

static enum tt_err read_base32(struct tt_span in, struct tt_buf *out)
{
    return read_folded("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5, in, out);
}

static enum tt_err read_base32hex(struct tt_span in, struct tt_buf *out)
{
    return read_folded("0123456789ABCDEFGHIJKLMNOPQRSTUV", 5, in, out);
}

static enum tt_err read_hex(struct tt_span in, struct tt_buf *out)
{
    if (in.len > 1 && in.data[0] == '0' && tt_lower(in.data[1]) == 'x')
        in = tt_span_from(in, 2);
    return read_folded("0123456789ABCDEF", 4, in, out);
}

/* "[51, 53]" */
static enum tt_err read_byte_list(struct tt_span in, struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < in.len && err == TT_OK;) {
        unsigned value = 0;
        size_t from = i;
        for (; i < in.len && i - from < 3 && tt_is_digit(in.data[i]); i++)
            value = value * 10 + (unsigned)(in.data[i] - '0');
        if (i > from)
            err = tt_buf_append_u8(out, (uint8_t)value);
        else
            i++;
    }
    return err;
}

/* https://datatracker.ietf.org/doc/html/draft-msporny-base58-03 */
static enum tt_err read_base58(struct tt_span in, struct tt_buf *out)
{
    enum { MAX = 1024 };
    uint8_t number[MAX] = {0};
    size_t len = 0;
    size_t zeros = 0;
    while (zeros < in.len && in.data[zeros] == '1')
        zeros++;
    for (size_t i = 0; i < in.len && i < MAX; i++) {
        int digit =
            digit_of("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", in.data[i]);
        if (digit < 0)
            continue;
        unsigned carry = (unsigned)digit;
        for (size_t j = 0; j < len; j++) {
            carry += number[j] * 58U;
            number[j] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry > 0 && len < MAX)
            number[len++] = (uint8_t)carry;
    }
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < zeros && err == TT_OK; i++)
        err = tt_buf_append_u8(out, 0);
    while (len > 0 && err == TT_OK)
        err = tt_buf_append_u8(out, number[--len]);
    return err;
}

/* Groups of five digits; `zero` stands for four bytes of zero. */
static enum tt_err read_groups(const char *alphabet, char zero, struct tt_span in,
                               struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    uint64_t value = 0;
    unsigned count = 0;
    for (size_t i = 0; i <= in.len && err == TT_OK; i++) {
        bool ends = i == in.len;
        if (ends && count < 2)
            break;
        if (!ends && zero != 0 && in.data[i] == (uint8_t)zero && count == 0) {
            err = tt_buf_append(out, tt_span_of("\0\0\0\0", 4));
            continue;
        }
        int digit = ends ? 84 : digit_of(alphabet, in.data[i]);
        if (digit < 0)
            continue;
        unsigned bytes = ends ? count - 1 : 4;
        do {
            value = value * 85 + (unsigned)digit;
            count++;
        } while (ends && count < 5);
        if (count < 5)
            continue;
        for (unsigned j = 0; j < bytes && err == TT_OK; j++)
            err = tt_buf_append_u8(out, (uint8_t)(value >> (24 - 8 * j)));
        value = 0;
        count = 0;
    }
    return err;
}

static enum tt_err read_base85(struct tt_span in, struct tt_buf *out)
{
    return read_groups("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                       "!#$%&()*+-;<=>?@^_`{|}~",
                       0, in, out);
}

static enum tt_err read_ascii85(struct tt_span in, struct tt_buf *out)
{
    char alphabet[86];
    for (int i = 0; i < 85; i++)
        alphabet[i] = (char)('!' + i);
    alphabet[85] = '\0';
    if (tt_span_starts(in, tt_span_str("<~")))
        in = tt_span_from(in, 2);
    size_t end = tt_span_search(in, tt_span_str("~>"));
    return read_groups(alphabet, 'z', end == SIZE_MAX ? in : tt_span_sub(in, 0, end), out);
}

static enum tt_err read_z85(struct tt_span in, struct tt_buf *out)
{
    return read_groups("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                       ".-:+=^!/*?&<>()[]{}@%$#",
                       0, in, out);
}

/* ---- simple ones ---- */

/* RFC 1001, section 14.1: two letters a byte; without the filling and the byte for the sort. */
static enum tt_err read_netbios(struct tt_span in, struct tt_buf *out)
{
    enum { TEXT = 15 };
    uint8_t name[TEXT];
    size_t len = 0;
    for (; len < TEXT && 2 * len + 1 < in.len; len++)
        name[len] = (uint8_t)((in.data[2 * len] - 'A') << 4 | ((in.data[2 * len + 1] - 'A') & 15));
    while (len > 0 && (name[len - 1] == ' ' || name[len - 1] == 0))
        len--;
    return tt_buf_append(out, tt_span_of(name, len));
}

static enum tt_err read_reversed(struct tt_span in, struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    for (size_t end = in.len; end > 0 && err == TT_OK;) {
        size_t at = end - 1;
        while (at > 0 && (in.data[at] & 0xc0) == 0x80)
            at--;
        err = tt_buf_append(out, tt_span_sub(in, at, end - at));
        end = at;
    }
    return err;
}

static enum tt_err read_rot13(struct tt_span in, struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < in.len && err == TT_OK; i++) {
        uint8_t c = in.data[i];
        if (tt_is_alpha(c))
            c = (uint8_t)(c + (tt_lower(c) < 'n' ? 13 : -13));
        err = tt_buf_append_u8(out, c);
    }
    return err;
}

static enum tt_err read_same(struct tt_span in, struct tt_buf *out)
{
    return tt_buf_append(out, in);
}

/* "xor:5a" */
static enum tt_err read_xor(const char *key, struct tt_span in, struct tt_buf *out)
{
    char *end = NULL;
    unsigned long byte = strtoul(key, &end, 16);
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < in.len && err == TT_OK; i++)
        err = tt_buf_append_u8(out, (uint8_t)(in.data[i] ^ byte));
    return err;
}

/* RFC 1035, section 3.1: the labels of a name, with dots between them. */
static enum tt_err read_labels(struct tt_span in, struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    for (size_t at = 0; at < in.len && in.data[at] != 0 && err == TT_OK; at += 1 + in.data[at]) {
        if (out->len > 0)
            err = tt_buf_append_u8(out, '.');
        if (err == TT_OK)
            err = tt_buf_append(out, tt_span_sub(in, at + 1, in.data[at]));
    }
    return err;
}

/* "xor-front:4": with the 4 bytes in front; "xor-front:counted": with those that one byte, or two
 * of which the first is 0, count. Nothing where there are none. */
static enum tt_err read_xor_front(const char *key, struct tt_span in, struct tt_buf *out)
{
    bool counted = strcmp(key, "counted") == 0;
    size_t from = !counted ? 0 : in.len > 0 && in.data[0] == 0 ? 2 : 1;
    size_t len = 0;
    if (counted)
        len = from <= in.len ? in.data[from - 1] : 0;
    else
        for (size_t i = 0; tt_is_digit((uint8_t)key[i]) && len < in.len; i++)
            len = 10 * len + (size_t)(key[i] - '0');
    enum tt_err err = TT_OK;
    for (size_t i = from + len; len > 0 && i < in.len && err == TT_OK; i++)
        err = tt_buf_append_u8(out, in.data[i] ^ in.data[from + (i - from) % len]);
    return err;
}

static const struct {
    const char *name;
    enum tt_err (*read)(struct tt_span in, struct tt_buf *out);
} decoders[] = {{"gzip", read_gzip},
                {"zlib", read_zlib},
                {"deflate", read_deflate},
                {"br", read_brotli},
                {"zstd", read_zstd},
                {"lz4", read_lz4},
                {"base64", read_base64},
                {"base32", read_base32},
                {"base32hex", read_base32hex},
                {"hex", read_hex},
                {"hex-upper", read_hex},
                {"byte-list", read_byte_list},
                {"base58", read_base58},
                {"base85", read_base85},
                {"ascii85", read_ascii85},
                {"z85", read_z85},
                {"reversed", read_reversed},
                {"rot13", read_rot13},
                {"upper", read_same},
                {"lower", read_same},
                {"chunked", tt_verify_unchunk},
                {"dot-stuffing", tt_verify_undot},
                {"websocket", tt_verify_unframe},
                {"event-stream", tt_verify_unstream},
                {"percent", tt_verify_unpercent},
                {"percent-u", tt_verify_unpercent_u},
                {"json-string", tt_verify_unbackslash},
                {"backslash", tt_verify_unescape},
                {"char-ref", tt_verify_unreference},
                {"quoted-printable", tt_verify_unquote},
                {"vcard-text", tt_verify_unfold},
                {"utf-16be", tt_verify_utf16be},
                {"utf-16le", tt_verify_utf16le},
                {"netbios", read_netbios},
                {"dns-name", read_labels},
                {"exif:GPSPosition", tt_verify_position},
                {"cdata", read_same}};

bool tt_verify_decode(const char *name, struct tt_span bytes, struct tt_buf *out,
                      enum tt_err *ret_err)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(decoders); i++) {
        if (strcmp(decoders[i].name, name) == 0) {
            *ret_err = decoders[i].read(bytes, out);
            return true;
        }
    }
    for (size_t i = 0; strncmp(name, "base64:", 7) == 0 && i < TT_ARRAY_LEN(orders); i++) {
        if (strcmp(orders[i].name, name + 7) == 0) {
            *ret_err = read_ordered(i, bytes, out);
            return true;
        }
    }
    if (strncmp(name, "xor-front:", 10) == 0) {
        *ret_err = read_xor_front(name + 10, bytes, out);
        return true;
    }
    if (strncmp(name, "xor:", 4) != 0)
        return false;
    *ret_err = read_xor(name + 4, bytes, out);
    return true;
}

enum tt_err tt_verify_write_hex(struct tt_span bytes, bool upper, struct tt_buf *out)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < bytes.len && err == TT_OK; i++) {
        err = tt_buf_append_u8(out, (uint8_t)digits[bytes.data[i] >> 4]);
        if (err == TT_OK)
            err = tt_buf_append_u8(out, (uint8_t)digits[bytes.data[i] & 15]);
    }
    return err;
}
