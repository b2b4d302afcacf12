#include "identify/recipe_salt.h"

#include "identify/engine.h"

enum { NO_METHOD = -1 };

/* The number of the usual digest of that length. */
static int method_for(size_t len)
{
    const struct tt_digest_method *method = NULL;
    for (int i = 0; (method = tt_digest_method_at((size_t)i)) != NULL; i++) {
        if (method->len == len && method->reach == TT_DIGEST_FOR_ALL)
            return i;
    }
    return NO_METHOD;
}

static bool claims(struct tt_span token)
{
    return method_for(token.len) != NO_METHOD;
}

static enum tt_err tell(const struct tt_recipe_try *attempt, const struct tt_digest_found *digest)
{
    const struct tt_matcher *matcher = attempt->matcher;
    uint32_t identifier = matcher->forms.classes[digest->source->owner_class].first_identifier;
    while (identifier != UINT32_MAX) {
        const struct tt_form *form = tt_digest_set_form(matcher->forms.digests, digest, identifier);
        if (form == NULL)
            return TT_ERR_MEMORY;
        struct tt_recipe_found found = {.form = form};
        attempt->found(attempt->context, &found);
        identifier = matcher->next_in_class[identifier];
    }
    return TT_OK;
}

/* The token against one value with one field. */
static bool fits(struct tt_recipe_try *attempt, struct tt_hasher *hasher, struct tt_span field,
                 struct tt_digest_found *digest)
{
    uint8_t out[TT_DIGEST_LEN_MAX];
    struct tt_span value = digest->source->bytes;
    static const enum tt_digest_salt salts[] = {TT_SALT_BEHIND, TT_SALT_BEFORE};
    for (size_t i = 0; i < 2 && attempt->tries > 0; i++) {
        bool behind = salts[i] == TT_SALT_BEHIND;
        attempt->tries--;
        if (tt_hasher_run_pair(hasher, digest->method, behind ? value : field,
                               behind ? field : value, out) &&
            memcmp(out, attempt->token.data, attempt->token.len) == 0) {
            digest->salt = salts[i];
            return true;
        }
    }
    return false;
}

static enum tt_err run(struct tt_recipe_try *attempt)
{
    const struct tt_digest_set *set = attempt->matcher->forms.digests;
    struct tt_hasher *hasher = tt_digest_set_take(set);
    if (hasher == NULL)
        return TT_ERR_MEMORY;
    enum tt_err result = TT_OK;
    struct tt_digest_found digest = {.method = (size_t)method_for(attempt->token.len),
                                     .len = attempt->token.len};
    bool done = false;
    for (size_t i = 0; i < attempt->beside->count && !done; i++) {
        for (size_t j = 0; (digest.source = tt_digest_set_own(set, j)) != NULL; j++) {
            done =
                attempt->tries == 0 || fits(attempt, hasher, attempt->beside->fields[i], &digest);
            if (done)
                break;
        }
    }
    tt_digest_set_give(set, hasher);
    if (digest.salt != TT_SALT_NONE)
        result = tell(attempt, &digest);
    return result;
}

const struct tt_recipe tt_recipe_salt = {
    .name = "salted digest",
    .spec = "OWASP Mobile Top 10 (2024) M10; NIST SP 800-63B section 5.1.1.2",
    .claims = claims,
    .run = run,
};
