#include "decrypt/ja4.h"

#include "base/buf.h"
#include "base/reader.h"
#include "decrypt/opener_state.h"
#include "model/limits.h"

#include <stdio.h>
#include <stdlib.h>

enum { HASH_LEN = 12, COUNT_MAX = 99 };

/* Numbers of a list, without GREASE. */
struct numbers {
    uint16_t items[TT_JA4_ITEMS_MAX];
    size_t count;
};

static void add(struct numbers *numbers, uint16_t value)
{
    if (!tt_is_grease(value) && numbers->count < TT_JA4_ITEMS_MAX)
        numbers->items[numbers->count++] = value;
}

static int compare(const void *left, const void *right)
{
    const uint16_t *a = left;
    const uint16_t *b = right;
    return (*a > *b) - (*a < *b);
}

static void read_suites(const struct tt_hello *hello, struct numbers *suites)
{
    struct tt_reader reader = tt_reader_of(hello->suites);
    while (tt_reader_left(&reader) >= 2)
        add(suites, tt_read_u16(&reader));
}

/* What the extensions say: their types, and the signature algorithms as they stand. */
static void read_extensions(const struct tt_hello *hello, struct numbers *types,
                            struct numbers *algorithms)
{
    struct tt_span rest = hello->extensions;
    struct tt_span data;
    uint16_t type;
    while (tt_hello_extension(&rest, &type, &data)) {
        add(types, type);
        if (type != TT_EXTENSION_SIGNATURE_ALGORITHMS)
            continue;
        struct tt_reader reader = tt_reader_of(tt_span_from(data, 2));
        while (tt_reader_left(&reader) >= 2)
            add(algorithms, tt_read_u16(&reader));
    }
}

static bool put_list(struct tt_buf *buf, const struct numbers *numbers)
{
    bool ok = true;
    for (size_t i = 0; i < numbers->count; i++)
        ok = ok && tt_buf_printf(buf, "%s%04x", i == 0 ? "" : ",", numbers->items[i]) == TT_OK;
    return ok;
}

/* The first 12 digits of the digest; zeros for an empty list. */
static bool put_hash(const struct tt_crypto *crypto, struct tt_span text, bool empty, char *out)
{
    uint8_t digest[TT_HASH_LEN_MAX] = {0};
    if (!empty && !tt_crypto_hash(crypto, TT_HASH_SHA256, &text, 1, digest))
        return false;
    for (size_t i = 0; i < HASH_LEN / 2; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return true;
}

static const char *version_text(const struct tt_hello *hello)
{
    switch (hello->version) {
    case TT_TLS_1_3:
        return "13";
    case TT_TLS_1_2:
        return "12";
    case TT_TLS_1_1:
        return "11";
    case TT_TLS_1_0:
        return "10";
    case TT_SSL_3_0:
        return "s3";
    case TT_DTLS_1_0:
        return "d1";
    case TT_DTLS_1_2:
        return "d2";
    case TT_DTLS_1_3:
        return "d3";
    default:
        return "00";
    }
}

/* First and last character of the first protocol name; of names that do not begin and end with a
 * letter or digit, of their hexadecimal form. */
static void put_alpn(const struct tt_hello *hello, char out[2])
{
    static const char digits[] = "0123456789abcdef";
    struct tt_span list = hello->alpn;
    struct tt_span name;
    out[0] = '0';
    out[1] = '0';
    if (!tt_hello_alpn(&list, &name) || name.len == 0)
        return;
    uint8_t first = name.data[0];
    uint8_t last = name.data[name.len - 1];
    bool plain = tt_is_alnum(first) && tt_is_alnum(last);
    out[0] = plain ? (char)first : digits[first >> 4];
    out[1] = plain ? (char)last : digits[last & 0xfU];
}

static size_t shown(size_t count)
{
    return count < COUNT_MAX ? count : COUNT_MAX;
}

/* Extensions without server name and ALPN, sorted, then the signature algorithms. */
static bool put_extensions(struct tt_buf *buf, const struct numbers *types,
                           const struct numbers *algorithms)
{
    struct numbers sorted = {.count = 0};
    for (size_t i = 0; i < types->count; i++)
        if (types->items[i] != TT_EXTENSION_SERVER_NAME && types->items[i] != TT_EXTENSION_ALPN)
            add(&sorted, types->items[i]);
    qsort(sorted.items, sorted.count, sizeof(sorted.items[0]), compare);
    if (!put_list(buf, &sorted))
        return false;
    if (algorithms->count == 0)
        return true;
    return tt_buf_append_str(buf, "_") == TT_OK && put_list(buf, algorithms);
}

bool tt_ja4(const struct tt_crypto *crypto, const struct tt_hello *hello,
            enum tt_ja4_transport transport, char ret_ja4[TT_JA4_LEN + 1])
{
    struct numbers suites = {.count = 0};
    struct numbers types = {.count = 0};
    struct numbers algorithms = {.count = 0};
    if (hello->server)
        return false;
    read_suites(hello, &suites);
    read_extensions(hello, &types, &algorithms);
    qsort(suites.items, suites.count, sizeof(suites.items[0]), compare);
    bool named = false;
    for (size_t i = 0; i < types.count; i++)
        named = named || types.items[i] == TT_EXTENSION_SERVER_NAME;
    char alpn[2];
    put_alpn(hello, alpn);
    char hashes[2][HASH_LEN + 1];
    struct tt_buf text = tt_buf_make((size_t)TT_JA4_ITEMS_MAX * 16);
    bool ok = put_list(&text, &suites) &&
              put_hash(crypto, tt_buf_span(&text), suites.count == 0, hashes[0]);
    tt_buf_clear(&text);
    ok = ok && put_extensions(&text, &types, &algorithms) &&
         put_hash(crypto, tt_buf_span(&text), types.count == 0, hashes[1]);
    tt_buf_free(&text);
    if (!ok)
        return false;
    (void)snprintf(ret_ja4, TT_JA4_LEN + 1, "%c%s%c%02zu%02zu%c%c_%s_%s", (char)transport,
                   version_text(hello), named ? 'd' : 'i', shown(suites.count), shown(types.count),
                   alpn[0], alpn[1], hashes[0], hashes[1]);
    return true;
}

bool tt_opener_ja4(const struct tt_opener *opener, const struct tt_hello *hello,
                   enum tt_ja4_transport transport, char ret_ja4[TT_JA4_LEN + 1])
{
    return tt_ja4(opener->crypto, hello, transport, ret_ja4);
}
