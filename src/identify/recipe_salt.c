#include "identify/recipe_salt.h"

#include "base/compiler.h"
#include "identify/engine.h"
#include "identify/salt_table.h"
#include "model/limits.h"

enum { NO_METHOD = -1, GROUPS = 5, STYLES = 3, NO_SEPARATOR = 0, JOINED_MAX = 1024 };

/* How value and field are put together. The names stand in findings. */
struct style {
    const char *step;
    enum tt_card_salt order;
    char separator;
};

/* The likely ones first: a group is tried with all fields before the next one is. */
static const struct style styles[GROUPS][STYLES] = {
    {{"append-field", TT_CARD_SALT_BEHIND, NO_SEPARATOR},
     {"prepend-field", TT_CARD_SALT_BEFORE, NO_SEPARATOR},
     {"hmac-field", TT_CARD_HMAC, NO_SEPARATOR}},
    {{"append-field:colon", TT_CARD_SALT_BEHIND, ':'},
     {"prepend-field:colon", TT_CARD_SALT_BEFORE, ':'},
     {"append-field:bar", TT_CARD_SALT_BEHIND, '|'}},
    {{"prepend-field:bar", TT_CARD_SALT_BEFORE, '|'},
     {"append-field:dash", TT_CARD_SALT_BEHIND, '-'},
     {"prepend-field:dash", TT_CARD_SALT_BEFORE, '-'}},
    {{"append-field:underscore", TT_CARD_SALT_BEHIND, '_'},
     {"prepend-field:underscore", TT_CARD_SALT_BEFORE, '_'},
     {"append-field:ampersand", TT_CARD_SALT_BEHIND, '&'}},
    {{"prepend-field:ampersand", TT_CARD_SALT_BEFORE, '&'},
     {"append-field:space", TT_CARD_SALT_BEHIND, ' '},
     {"prepend-field:space", TT_CARD_SALT_BEFORE, ' '}},
};

/* What a token is tried with. */
struct attempt {
    const struct tt_digest_set *set;
    struct tt_hasher *hasher;
    struct tt_salt_table *table;
    size_t method;
    bool near;      /* with the values of contacts and messages, not with the owner's */
    size_t row_len; /* digests of one group with one field */
    size_t group;
    const struct tt_card *card; /* whose salt the field is; or NULL */
};

/* The number of the usual digest of that length. */
static int method_for(size_t len)
{
    const struct tt_digest_method *method = NULL;
    for (int i = 0; (method = tt_digest_method_at((size_t)i)) != NULL; i++) {
        bool usual = method->reach == TT_DIGEST_FOR_ALL ||
                     (len == TT_DIGEST_LEN_MAX && strcmp(method->steps[0], "sha512") == 0);
        if (method->len == len && usual)
            return i;
    }
    return NO_METHOD;
}

/* Of every token this is asked first: MD5, SHA-1, SHA-256, SHA-512. */
static bool claims(const struct tt_matcher *matcher, struct tt_span token)
{
    (void)matcher;
    return token.len == 16 || token.len == 20 || token.len == 32 || token.len == 64;
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

/* HMAC (RFC 2104) of the value; the field is at most a block long. */
static bool run_hmac(const struct attempt *at, struct tt_span key, struct tt_span value,
                     uint8_t *out)
{
    enum { BLOCK = 64, LONG_BLOCK = 128, INNER = 0x36, OUTER = 0x5c };
    uint8_t pad[LONG_BLOCK];
    uint8_t inner[TT_DIGEST_LEN_MAX];
    size_t len = tt_digest_method_at(at->method)->len;
    size_t block = len > BLOCK / 2 ? LONG_BLOCK : BLOCK;
    for (size_t i = 0; i < block; i++)
        pad[i] = INNER ^ (i < key.len ? key.data[i] : 0);
    if (key.len > block ||
        !tt_hasher_run_pair(at->hasher, at->method, tt_span_of(pad, block), value, inner))
        return false;
    for (size_t i = 0; i < block; i++)
        pad[i] ^= INNER ^ OUTER;
    return tt_hasher_run_pair(at->hasher, at->method, tt_span_of(pad, block),
                              tt_span_of(inner, len), out);
}

/* Beside a few digits or letters of the same sort the value is another one: a number with another
 * check digit is the number without it, and a flag of the message. */
static bool runs_on(struct tt_span first, struct tt_span second, size_t salt_len)
{
    enum { SHORT = 4 };
    if (salt_len >= SHORT || first.len == 0 || second.len == 0)
        return false;
    uint8_t left = first.data[first.len - 1];
    uint8_t right = second.data[0];
    return tt_is_alnum(left) && tt_is_alnum(right) && tt_is_digit(left) == tt_is_digit(right);
}

/* The salted digest of one value. */
static bool compute(const struct attempt *at, struct tt_span field, const struct style *style,
                    struct tt_span value, uint8_t *out)
{
    uint8_t joined[JOINED_MAX];
    bool behind = style->order == TT_CARD_SALT_BEHIND;
    if (style->order == TT_CARD_HMAC)
        return run_hmac(at, field, value, out);
    struct tt_span first = behind ? value : field;
    struct tt_span second = behind ? field : value;
    if (style->separator == NO_SEPARATOR)
        return !runs_on(first, second, field.len) &&
               tt_hasher_run_pair(at->hasher, at->method, first, second, out);
    if (first.len + 1 > sizeof(joined))
        return false;
    memcpy(joined, first.data, first.len);
    joined[first.len] = (uint8_t)style->separator;
    return tt_hasher_run_pair(at->hasher, at->method, tt_span_of(joined, first.len + 1), second,
                              out);
}

static const struct tt_digest_source *source_at(const struct attempt *at, size_t number)
{
    return at->near ? tt_digest_set_near(at->set, number) : tt_digest_set_own(at->set, number);
}

/* Entry number `entry` of a row: each value in each style of the group. NULL behind the last. */
static const struct style *read_entry(const struct attempt *at, size_t entry,
                                      const struct tt_digest_source **ret_source)
{
    *ret_source = source_at(at, entry / STYLES);
    return *ret_source == NULL ? NULL : &styles[at->group][entry % STYLES];
}

static uint64_t key_of(const uint8_t *digest)
{
    uint64_t key = 0;
    memcpy(&key, digest, sizeof(key));
    return key;
}

/* All digests of the group with one field. Those that the system forbids are no digest of anything.
 */
static void fill_row(const struct attempt *at, struct tt_span field, uint64_t *row)
{
    const struct tt_digest_source *source = NULL;
    const struct style *style = NULL;
    for (size_t i = 0; (style = read_entry(at, i, &source)) != NULL; i++) {
        uint8_t out[TT_DIGEST_LEN_MAX] = {0};
        row[i] = compute(at, field, style, source->bytes, out) ? key_of(out) : 0;
    }
}

/* The first group has tries of its own. */
static size_t *tries_of(struct tt_recipe_try *attempt, const struct attempt *at)
{
    if (at->near)
        return &attempt->near_tries;
    return at->group == 0 ? &attempt->tries : &attempt->rare_tries;
}

/* The token against all values with one field. */
static bool fits(struct tt_recipe_try *attempt, const struct attempt *at, struct tt_span field,
                 struct tt_digest_found *digest)
{
    enum { GROUP_STEP = 256 };
    bool known = false;
    uint64_t *row =
        tt_salt_table_row(at->table, at->group * GROUP_STEP + at->method, field, &known);
    if (!known) {
        fill_row(at, field, row);
        size_t *tries = tries_of(attempt, at);
        *tries -= at->row_len < *tries ? at->row_len : *tries;
    }
    uint64_t key = key_of(attempt->token.data);
    for (size_t i = 0; i < at->row_len; i++) {
        uint8_t out[TT_DIGEST_LEN_MAX];
        const struct style *style = row[i] == key ? read_entry(at, i, &digest->source) : NULL;
        if (style == NULL || (at->card != NULL && at->card->salt_order != style->order) ||
            !compute(at, field, style, digest->source->bytes, out) ||
            memcmp(out, attempt->token.data, attempt->token.len) != 0)
            continue;
        digest->salt = at->card != NULL ? at->card->step : style->step;
        return true;
    }
    return false;
}

/* Salts that are known: they stand in cards. */
static bool try_cards(struct tt_recipe_try *attempt, struct attempt *at,
                      struct tt_digest_found *digest)
{
    const char *method = tt_digest_method_at(at->method)->steps[0];
    for (size_t i = 0; i < tt_recipe_book_count(attempt->book); i++) {
        at->card = tt_recipe_book_card(attempt->book, i);
        if (at->card->salt_order == TT_CARD_NO_SALT || attempt->tries == 0 ||
            (at->card->salt_digest != NULL && strcmp(at->card->salt_digest, method) != 0) ||
            !tt_card_is_for(at->card, attempt->host))
            continue;
        if (fits(attempt, at, tt_span_of(at->card->salt.bytes, at->card->salt.len), digest))
            return true;
    }
    at->card = NULL;
    return false;
}

static bool try_fields(struct tt_recipe_try *attempt, struct attempt *at,
                       struct tt_digest_found *digest)
{
    size_t groups = at->near ? 1 : GROUPS;
    for (at->group = 0; at->group < groups; at->group++) {
        const size_t *tries = tries_of(attempt, at);
        for (size_t i = 0; i<attempt->beside->count && * tries> 0; i++) {
            struct tt_span field = attempt->beside->fields[i];
            if (field.len > 0 && field.len <= TT_RECIPE_FIELD_LEN_MAX &&
                fits(attempt, at, field, digest))
                return true;
        }
    }
    return false;
}

/* Whose values the salts of cards are for is not said: they are the owner's. */
static enum tt_err try_all(struct tt_recipe_try *attempt, struct attempt *at, bool *ret_found)
{
    struct tt_digest_found digest = {.method = at->method, .len = attempt->token.len};
    *ret_found = (attempt->book != NULL && !at->near && try_cards(attempt, at, &digest)) ||
                 try_fields(attempt, at, &digest);
    return *ret_found ? tell(attempt, &digest) : TT_OK;
}

static enum tt_err try_values(struct tt_recipe_try *attempt, bool near, bool *ret_found)
{
    const struct tt_digest_set *set = attempt->matcher->forms.digests;
    int method = method_for(attempt->token.len);
    struct attempt at = {.set = set, .near = near, .method = (size_t)method};
    if (method == NO_METHOD)
        return TT_OK;
    while (source_at(&at, at.row_len) != NULL)
        at.row_len++;
    if (at.row_len == 0)
        return TT_OK;
    at.row_len *= STYLES;
    at.hasher = tt_digest_set_take(set);
    at.table = tt_digest_set_take_salts(set, near, at.row_len);
    enum tt_err result =
        at.hasher != NULL && at.table != NULL ? try_all(attempt, &at, ret_found) : TT_ERR_MEMORY;
    tt_digest_set_give(set, at.hasher);
    tt_digest_set_give_salts(set, near, at.table);
    return result;
}

static enum tt_err run(struct tt_recipe_try *attempt)
{
    bool found = false;
    enum tt_err result = try_values(attempt, false, &found);
    if (result == TT_OK && !found && attempt->near_tries > 0)
        result = try_values(attempt, true, &found);
    return result;
}

const struct tt_recipe tt_recipe_salt = {
    .name = "salted digest",
    .spec = "OWASP Mobile Top 10 (2024) M10; NIST SP 800-63B section 5.1.1.2",
    .claims = claims,
    .run = run,
};
