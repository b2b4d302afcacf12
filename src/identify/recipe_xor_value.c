#include "identify/recipe_xor_value.h"

#include <stdio.h>

#include "identify/engine.h"
#include "identify/xor_values.h"

void tt_recipe_xor_byte(struct tt_recipe_try *attempt, uint8_t key)
{
    uint8_t out[TT_RECIPE_TOKEN_MAX];
    char step[] = "xor:00";
    struct tt_span token = attempt->token;
    for (size_t i = 0; i < token.len; i++)
        out[i] = token.data[i] ^ key;
    (void)snprintf(step, sizeof(step), "xor:%02x", key);
    struct tt_recipe_found found = {.step = step, .bytes = tt_span_of(out, token.len)};
    attempt->found(attempt->context, &found);
}

static bool claims(const struct tt_matcher *matcher, struct tt_span token)
{
    return tt_xor_values_key(matcher->xor_values, token) != 0;
}

static enum tt_err run(struct tt_recipe_try *attempt)
{
    tt_recipe_xor_byte(attempt, tt_xor_values_key(attempt->matcher->xor_values, attempt->token));
    return TT_OK;
}

const struct tt_recipe tt_recipe_xor_value = {
    .name = "a value under XOR with one byte",
    .spec = "MITRE ATT&CK T1027; CWE-327",
    .claims = claims,
    .run = run,
};
