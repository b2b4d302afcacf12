#include "identify/recipe_xor.h"

#include "model/limits.h"

static bool is_text(uint8_t c)
{
    return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\r' || c == '\n';
}

/* Text was searched as it stands. */
static bool claims(struct tt_span token)
{
    for (size_t i = 0; i < token.len; i++) {
        if (!is_text(token.data[i]))
            return true;
    }
    return false;
}

/* Is it text, with this key? The first bytes refuse nearly all of them. */
static bool apply(struct tt_span token, struct tt_span key, uint8_t *out)
{
    for (size_t i = 0; i < token.len; i++) {
        out[i] = token.data[i] ^ key.data[i % key.len];
        if (!is_text(out[i]))
            return false;
    }
    return true;
}

static void try_key(const struct tt_recipe_try *attempt, struct tt_span key)
{
    uint8_t out[TT_RECIPE_TOKEN_MAX];
    if (key.len == 0 || !apply(attempt->token, key, out))
        return;
    struct tt_recipe_found found = {.step = "xor-field",
                                    .bytes = tt_span_of(out, attempt->token.len)};
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

static enum tt_err run(struct tt_recipe_try *attempt)
{
    for (size_t i = 0; i < attempt->beside->count; i++) {
        struct tt_span field = attempt->beside->fields[i];
        uint8_t bytes[TT_RECIPE_FIELD_LEN_MAX];
        if (field.len > TT_RECIPE_FIELD_LEN_MAX)
            continue;
        try_key(attempt, field);
        try_key(attempt, tt_span_of(bytes, read_hex(field, bytes)));
    }
    return TT_OK;
}

const struct tt_recipe tt_recipe_xor = {
    .name = "xor with a field",
    .spec = "MITRE ATT&CK T1573.001; CWE-321",
    .claims = claims,
    .run = run,
};
