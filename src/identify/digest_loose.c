#include "identify/digest_loose.h"

#include "base/compiler.h"
#include "identify/engine.h"

enum { SHORTEST = 16 }; /* bytes; less may be luck where nothing frames it */

static enum tt_err tell(const struct tt_matcher *matcher, const struct tt_digest_found *found,
                        size_t at, tt_match_fn *match, void *context)
{
    uint32_t identifier = matcher->forms.classes[found->source->owner_class].first_identifier;
    while (identifier != UINT32_MAX) {
        const struct tt_form *form = tt_digest_set_form(matcher->forms.digests, found, identifier);
        if (form == NULL)
            return TT_ERR_MEMORY;
        struct tt_match told = {.form = form, .at = at, .len = found->len};
        match(context, &told);
        identifier = matcher->next_in_class[identifier];
    }
    return TT_OK;
}

/* The digests that begin at `at`, of the usual lengths. */
static enum tt_err look_at(const struct tt_matcher *matcher, struct tt_span bytes, size_t at,
                           tt_match_fn *match, void *context)
{
    static const uint8_t lengths[] = {64, 48, 32, 28, 20, SHORTEST};
    enum tt_err result = TT_OK;
    for (size_t i = 0; i < TT_ARRAY_LEN(lengths); i++) {
        struct tt_span digest = tt_span_sub(bytes, at, lengths[i]);
        struct tt_digest_found found = {.at = 0};
        if (digest.len < lengths[i] || digest.len == bytes.len)
            continue;
        while (result == TT_OK && tt_digest_set_find(matcher->forms.digests, digest, &found)) {
            if (tt_digest_method_at(found.method)->len == digest.len &&
                !tt_digest_is_literal(&found))
                result = tell(matcher, &found, at, match, context);
        }
    }
    return result;
}

enum tt_err tt_digest_loose(const struct tt_matcher *matcher, struct tt_span bytes,
                            tt_match_fn *match, void *context)
{
    enum tt_err result = TT_OK;
    if (bytes.len <= SHORTEST || tt_span_is_ascii(bytes))
        return TT_OK;
    for (size_t at = 0; at + SHORTEST <= bytes.len && result == TT_OK; at++) {
        if (tt_digest_set_may(matcher->forms.digests, tt_span_from(bytes, at)))
            result = look_at(matcher, bytes, at, match, context);
    }
    return result;
}
