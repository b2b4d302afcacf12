#include "identify/recipe_xor.h"

#include "base/compiler.h"
#include "identify/recipe_xor_value.h"
#include "model/limits.h"

enum { /* bytes */
       INNER_MIN = TT_RECIPE_TOKEN_MIN,
       FIELD_KEY_MIN = 4, /* under a shorter one too much looks like text */
       FRONT_KEY_MAX = 64,
       HEADER_MAX = 16,
       JSON_MIN = 8,
       VALUE_MIN = 10,
       ZEROS_MAX = 8
};

static bool is_text(uint8_t c)
{
    return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\r' || c == '\n';
}

/* Text was searched as it stands. */
static bool claims(const struct tt_matcher *matcher, struct tt_span token)
{
    (void)matcher;
    for (size_t i = 0; i < token.len; i++) {
        if (!is_text(token.data[i]))
            return true;
    }
    return false;
}

/* Is it text, with this key? The first bytes refuse nearly all of them. */
static bool gives_text(struct tt_span in, struct tt_span key)
{
    for (size_t i = 0; i < in.len; i++) {
        if (!is_text(in.data[i] ^ key.data[i % key.len]))
            return false;
    }
    return true;
}

/* What has a format is no text: that costs more, and is tried as often as other rare ways. */
static bool gives_format(struct tt_recipe_try *attempt, struct tt_span bytes)
{
    if (attempt->reads == NULL || attempt->rare_tries == 0)
        return false;
    attempt->rare_tries--;
    return attempt->reads(bytes);
}

/* Where the token is zero, what comes out is the key: a word that stands in the message anyway. And
 * a key of zeros changes nothing. */
static bool says_key(struct tt_span in, struct tt_span key)
{
    size_t zeros = 0;
    for (size_t i = 0; i < in.len && zeros < key.len && zeros < ZEROS_MAX; i++)
        zeros = in.data[i] == 0 ? zeros + 1 : 0;
    bool counts = false;
    for (size_t i = 0; i < key.len; i++)
        counts = counts || key.data[i] != 0;
    return zeros == key.len || zeros == ZEROS_MAX || !counts;
}

static void try_key(struct tt_recipe_try *attempt, const char *step, struct tt_span in,
                    struct tt_span key)
{
    uint8_t out[TT_RECIPE_TOKEN_MAX];
    if (key.len == 0 || in.len < INNER_MIN)
        return;
    bool text = gives_text(in, key);
    if (!text && (attempt->reads == NULL || attempt->rare_tries == 0))
        return;
    for (size_t i = 0, at = 0; i < in.len; i++, at = at + 1 < key.len ? at + 1 : 0)
        out[i] = in.data[i] ^ key.data[at];
    struct tt_recipe_found found = {.step = step, .bytes = tt_span_of(out, in.len)};
    if ((text || gives_format(attempt, found.bytes)) && !says_key(in, key))
        attempt->found(attempt->context, &found);
}

/* The bytes that hexadecimal digits stand for; none where it is something else. */
static size_t read_hex(struct tt_span field, uint8_t *out)
{
    if (field.len % 2 != 0)
        return 0;
    for (size_t i = 0; i < field.len; i += 2) {
        int high = tt_hex_value(field.data[i]);
        int low = tt_hex_value(field.data[i + 1]);
        if (high < 0 || low < 0)
            return 0;
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    return field.len / 2;
}

/* The bytes that base64 stands for, its padding left out; none where it is something else. */
static size_t read_base64(struct tt_span field, uint8_t *out)
{
    uint32_t bits = 0;
    size_t len = 0;
    for (size_t i = 0; i < field.len; i++) {
        int value = tt_base64_digit(field.data[i]);
        if (value < 0)
            return 0;
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 != 0)
            out[len++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    bool ends = field.len % 4 == 0 || (field.len % 4 == 2 && (bits & 15) == 0) ||
                (field.len % 4 == 3 && (bits & 3) == 0);
    return ends ? len : 0;
}

/* Keys in front of what they hide: of a usual length, or behind their length in one or two bytes.
 */
static void try_front(struct tt_recipe_try *attempt)
{
    static const struct {
        const char *step;
        size_t len;
    } plain[] = {{"xor-front:4", 4}, {"xor-front:8", 8}, {"xor-front:16", 16}};
    struct tt_span token = attempt->token;
    for (size_t i = 0; i < TT_ARRAY_LEN(plain); i++)
        try_key(attempt, plain[i].step, tt_span_from(token, plain[i].len),
                tt_span_sub(token, 0, plain[i].len));
    size_t head = token.data[0] == 0 ? 2 : 1;
    size_t len = token.data[head - 1];
    if (len > 1 && len <= FRONT_KEY_MAX && head + len < token.len)
        try_key(attempt, "xor-front:counted", tt_span_from(token, head + len),
                tt_span_sub(token, head, len));
}

/* ---- one byte as the key ---- */

/* JSON behind a header of a few bytes, which is then XORed with it: the searched text is all there.
 */
static bool is_json_behind(struct tt_span token, size_t at, uint8_t key)
{
    return (token.data[at] ^ key) == '{' && (token.data[at + 1] ^ key) == '"' &&
           gives_text(tt_span_from(token, at), tt_span_of(&key, 1));
}

/* A number, or an e-mail address. */
static bool is_value(struct tt_span token, uint8_t key)
{
    size_t digits = 0;
    size_t signs = 0;
    bool at = false;
    for (size_t i = 0; i < token.len; i++) {
        uint8_t c = token.data[i] ^ key;
        bool is_sign = c == '.' || c == '_' || c == '-' || c == '+' || c == '@';
        if (!tt_is_alnum(c) && !is_sign)
            return false;
        digits += tt_is_digit(c);
        signs += is_sign;
        at = at || c == '@';
    }
    return digits == token.len || (at && signs > 1);
}

static bool is_packed(struct tt_span token, uint8_t key)
{
    uint8_t second = token.data[1] ^ key;
    if ((token.data[0] ^ key) == 0x1f)
        return second == 0x8b && (token.data[2] ^ key) == 8;
    return (token.data[0] ^ key) == 0x78 &&
           (second == 0x01 || second == 0x5e || second == 0x9c || second == 0xda);
}

/* Numbers and addresses are ASCII: under one byte, the highest bit of all is the same. */
static bool may_be_values(struct tt_span token)
{
    size_t at = 0;
    while (at < token.len && ((token.data[at] ^ token.data[0]) & 0x80) == 0)
        at++;
    return at == token.len && token.len >= VALUE_MIN;
}

static void try_bytes(struct tt_recipe_try *attempt)
{
    struct tt_span token = attempt->token;
    uint8_t packed[] = {token.data[0] ^ 0x1f, token.data[0] ^ 0x78};
    for (size_t at = 0; at < HEADER_MAX && at + JSON_MIN < token.len; at++) {
        uint8_t key = token.data[at] ^ '{';
        if (key != 0 && is_json_behind(token, at, key)) {
            tt_recipe_xor_byte(attempt, key);
            return;
        }
    }
    for (size_t i = 0; i < TT_ARRAY_LEN(packed); i++) {
        if (packed[i] != 0 && is_packed(token, packed[i]))
            tt_recipe_xor_byte(attempt, packed[i]);
    }
    for (unsigned key = may_be_values(token) ? 1 : UINT8_MAX + 1; key <= UINT8_MAX; key++) {
        if (is_value(token, (uint8_t)key))
            tt_recipe_xor_byte(attempt, (uint8_t)key);
    }
}

static enum tt_err run(struct tt_recipe_try *attempt)
{
    static const char step[] = "xor-field";
    struct tt_span token = attempt->token;
    for (size_t i = 0; i < attempt->beside->count; i++) {
        struct tt_span field = attempt->beside->fields[i];
        uint8_t bytes[TT_RECIPE_FIELD_LEN_MAX];
        if (field.len > TT_RECIPE_FIELD_LEN_MAX || field.len < FIELD_KEY_MIN)
            continue;
        try_key(attempt, step, token, field);
        try_key(attempt, step, token, tt_span_of(bytes, read_hex(field, bytes)));
        try_key(attempt, step, token, tt_span_of(bytes, read_base64(field, bytes)));
    }
    try_front(attempt);
    try_bytes(attempt);
    return TT_OK;
}

const struct tt_recipe tt_recipe_xor = {
    .name = "xor with a field",
    .spec = "MITRE ATT&CK T1573.001; CWE-321",
    .claims = claims,
    .run = run,
};
