#include "identify/forms.h"
#include "identify/forms_number.h"

#include "base/buf.h"
#include "identify/digest_set.h"
#include "identify/transform.h"
#include "model/limits.h"

#include <stdlib.h>

typedef void maker(struct tt_forms *forms, struct tt_span value);

/* One line a kind. */
static maker *const makers[TT_KIND_COUNT] = {
    [TT_KIND_IMEI] = tt_forms_of_imei,
    [TT_KIND_IMEISV] = tt_forms_of_imeisv,
    [TT_KIND_IMSI] = tt_forms_of_imsi,
    [TT_KIND_ICCID] = tt_forms_of_iccid,
    [TT_KIND_PHONE_NUMBER] = tt_forms_of_phone,
    [TT_KIND_CARRIER] = tt_forms_of_text,
    [TT_KIND_SERIAL] = tt_forms_of_exact,
    [TT_KIND_ANDROID_ID] = tt_forms_of_android_id,
    [TT_KIND_ADVERTISING_ID] = tt_forms_of_exact,
    [TT_KIND_MAC_ADDRESS] = tt_forms_of_mac,
    [TT_KIND_BLUETOOTH_ADDRESS] = tt_forms_of_mac,
    [TT_KIND_SSID] = tt_forms_of_text,
    [TT_KIND_BSSID] = tt_forms_of_mac,
    [TT_KIND_HOSTNAME] = tt_forms_of_hostname,
    [TT_KIND_EMAIL] = tt_forms_of_email,
    [TT_KIND_USERNAME] = tt_forms_of_text,
    [TT_KIND_PASSWORD] = tt_forms_of_exact,
    [TT_KIND_ACCOUNT_ID] = tt_forms_of_exact,
    [TT_KIND_DEVICE_MODEL] = tt_forms_of_model,
    [TT_KIND_NAME] = tt_forms_of_name,
    [TT_KIND_ADDRESS] = tt_forms_of_text,
    [TT_KIND_LOCATION] = tt_forms_of_location,
    [TT_KIND_CUSTOM] = tt_forms_of_exact,
    [TT_KIND_CONTACT_NAME] = tt_forms_of_name,
    [TT_KIND_CONTACT_NUMBER] = tt_forms_of_phone,
    [TT_KIND_CONTACT_EMAIL] = tt_forms_of_email,
    [TT_KIND_MESSAGE_NUMBER] = tt_forms_of_phone,
    [TT_KIND_MESSAGE_TEXT] = tt_forms_of_message,
    [TT_KIND_INSTALLED_APP] = tt_forms_of_exact,
};

static void fail(struct tt_forms *forms, enum tt_err err)
{
    if (forms->err == TT_OK)
        forms->err = err;
}

/* Room for one more element; the array doubles. */
static bool make_room(struct tt_forms *forms, void **array, size_t *room, size_t count, size_t size)
{
    if (count >= forms->max) {
        fail(forms, TT_ERR_LIMIT);
        return false;
    }
    if (count < *room)
        return true;
    size_t more = *room == 0 ? 64 : *room * 2;
    void *grown = realloc(*array, more * size);
    if (grown == NULL) {
        fail(forms, TT_ERR_MEMORY);
        return false;
    }
    *array = grown;
    *room = more;
    return true;
}

static struct tt_form_class *current_class(struct tt_forms *forms)
{
    return &forms->classes[forms->class_count - 1];
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The position of the form in its class; patterns of one name and strength share one, most often
 * the last. */
static bool find_form(struct tt_forms *forms, const struct tt_form *wanted, uint32_t *ret_at)
{
    struct tt_form_class *class = current_class(forms);
    for (size_t i = class->form_count; i-- > 0;) {
        struct tt_form *form = &forms->forms[class->first_form + i];
        if (!same_text(form->name, wanted->name) || form->weak != wanted->weak ||
            !same_text(form->transform[0], wanted->transform[0]) ||
            !same_text(form->transform[1], wanted->transform[1]) ||
            !same_text(form->transform[2], wanted->transform[2]) ||
            form->reversal_cost != wanted->reversal_cost)
            continue;
        /* The luckiest of its patterns stands for all. */
        form->bits = wanted->bits < form->bits ? wanted->bits : form->bits;
        form->noise = wanted->noise < form->noise ? wanted->noise : form->noise;
        form->len = wanted->len < form->len ? wanted->len : form->len;
        form->digits = wanted->digits < form->digits ? wanted->digits : form->digits;
        *ret_at = (uint32_t)i;
        return true;
    }
    void *array = forms->forms;
    if (!make_room(forms, &array, &forms->form_room, forms->form_count, sizeof(*forms->forms)))
        return false;
    forms->forms = array;
    forms->forms[forms->form_count++] = *wanted;
    *ret_at = (uint32_t) class->form_count++;
    return true;
}

static bool has_letter(struct tt_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (tt_is_alpha(bytes.data[i]))
            return true;
    }
    return false;
}

static bool same_sextet(struct tt_sextet a, struct tt_sextet b)
{
    return a.mask == b.mask && a.bits == b.bits;
}

uint32_t tt_forms_hash(struct tt_span bytes)
{
    uint32_t hash = (uint32_t)bytes.len;
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ tt_lower(bytes.data[i])) * 16777619U;
    return hash;
}

static bool has_pattern(const struct tt_forms *forms, const struct tt_form_class *class,
                        const struct tt_pattern *wanted, uint32_t hash)
{
    const uint32_t *hashes = forms->hashes;
    for (size_t i = 0; i < class->pattern_count; i++) {
        if (hashes[i] != hash)
            continue; /* as nearly always */
        const struct tt_pattern *pattern = &forms->patterns[class->first_pattern + i];
        if (tt_span_eq(pattern->bytes, wanted->bytes) && pattern->caseless == wanted->caseless &&
            same_sextet(pattern->left_sextet, wanted->left_sextet) &&
            same_sextet(pattern->right_sextet, wanted->right_sextet))
            return true;
        if (pattern->caseless && tt_span_ieq(pattern->bytes, wanted->bytes))
            return true;
    }
    return false;
}

static uint8_t stricter(enum tt_edge a, enum tt_edge b)
{
    return (uint8_t)(a > b ? a : b);
}

/* What stands around names and addresses without being a part of them is no letter. Of encodings
 * and raw bytes nothing is known of the neighbours. */
static enum tt_edge edge_of_kind(const struct tt_forms *forms, const struct tt_writing *writing,
                                 enum tt_edge edge)
{
    enum tt_kind kind = forms->current->kind;
    if (edge != TT_EDGE_ANY || writing->transform != NULL || !writing->caseless || writing->whole)
        return edge;
    if (kind == TT_KIND_EMAIL || kind == TT_KIND_CONTACT_EMAIL)
        return TT_EDGE_MAIL;
    if (kind == TT_KIND_NAME || kind == TT_KIND_CONTACT_NAME)
        return TT_EDGE_LETTER;
    return tt_forms_edge(forms, writing->bytes);
}

/* Signs that people and programs write inside a number; judge/traffic.h counts such numbers. */
#define NUMBER_SIGNS " -./()+"

/* Digits of a number that is written in decimal digits and the signs that numbers have; else 0. */
static uint8_t digits_of(const struct tt_writing *writing)
{
    static const char signs[] = NUMBER_SIGNS;
    size_t digits = 0;
    if (writing->unit != TT_UNIT_BYTE || writing->transform != NULL)
        return 0;
    for (size_t i = 0; i < writing->bytes.len; i++) {
        if (tt_is_digit(writing->bytes.data[i]))
            digits++;
        else if (memchr(signs, writing->bytes.data[i], sizeof(signs) - 1) == NULL)
            return 0;
    }
    return (uint8_t)(digits < UINT8_MAX ? digits : UINT8_MAX);
}

/* Luck in random bytes: 8 bits a byte, one less where a letter may be of either case. */
static double noise_of(const struct tt_writing *writing)
{
    double bits = 0;
    for (size_t i = 0; i < writing->bytes.len; i++)
        bits += writing->caseless && tt_is_alpha(writing->bytes.data[i]) ? 7 : 8;
    return bits;
}

/* What the writing proves: never more than its bytes hold. */
static struct tt_form form_of(const struct tt_forms *forms, const struct tt_writing *writing)
{
    double noise = noise_of(writing);
    double bits = writing->bits < noise ? writing->bits : noise;
    return (struct tt_form){
        .identifier = forms->classes[forms->class_count - 1].first_identifier,
        .weak = bits < TT_WEAK_BITS,
        .name = writing->name,
        .transform = {writing->transform, writing->then, writing->last},
        .bits = bits,
        .reversal_cost = writing->reversal_cost,
        .noise = noise,
        .len = (uint16_t)writing->bytes.len,
        .digits = digits_of(writing),
    };
}

void tt_forms_add(struct tt_forms *forms, const struct tt_writing *writing)
{
    struct tt_form_class *class = current_class(forms);
    size_t unit = writing->unit == TT_UNIT_BYTE ? 1 : 2;
    if (writing->bytes.data == NULL)
        fail(forms, TT_ERR_MEMORY);
    if (forms->err != TT_OK || writing->bytes.len < TT_FORM_MIN * unit)
        return;
    const struct tt_form form = form_of(forms, writing);
    struct tt_pattern pattern = {
        .bytes = tt_span_sub(writing->bytes, 0, TT_FORM_MAX),
        .caseless = writing->caseless && has_letter(writing->bytes),
        .lone = writing->lone,
        .mirrored = writing->mirrored,
        .left = (uint8_t)edge_of_kind(forms, writing, writing->left),
        .right = (uint8_t)edge_of_kind(forms, writing, writing->right),
        .unit = (uint8_t)writing->unit,
        .letters = writing->letters,
        .inner_left = (uint8_t)writing->inner_left,
        .inner_right = (uint8_t)writing->inner_right,
        .inner = writing->inner,
        .left_sextet = writing->left_sextet,
        .right_sextet = writing->right_sextet,
        .owner_class = (uint32_t)(forms->class_count - 1),
    };
    uint32_t hash = tt_forms_hash(pattern.bytes);
    if ((form.weak && writing->transform != NULL && !writing->token) ||
        has_pattern(forms, class, &pattern, hash))
        return;
    if (form.weak && !writing->whole) {
        pattern.left = stricter(writing->left, TT_EDGE_WORD);
        pattern.right = stricter(writing->right, TT_EDGE_WORD);
    }
    void *array = forms->patterns;
    if (!make_room(forms, &array, &forms->pattern_room, forms->pattern_count,
                   sizeof(*forms->patterns)))
        return;
    forms->patterns = array;
    array = forms->hashes;
    if (!make_room(forms, &array, &forms->hash_room, class->pattern_count, sizeof(*forms->hashes)))
        return;
    forms->hashes = array;
    if (!find_form(forms, &form, &pattern.form))
        return;
    forms->patterns[forms->pattern_count++] = pattern;
    forms->hashes[class->pattern_count++] = hash;
    if (pattern.bytes.len > class->longest)
        class->longest = pattern.bytes.len;
    tt_forms_rare(forms, writing);
}

void tt_forms_text(struct tt_forms *forms, const char *name, struct tt_span bytes, double bits,
                   bool caseless)
{
    struct tt_writing writing = {.name = name, .bytes = bytes, .bits = bits, .caseless = caseless};
    tt_forms_add(forms, &writing);
}

void tt_forms_raw(struct tt_forms *forms, const char *name, struct tt_span bytes, double bits)
{
    struct tt_writing writing = {.name = name, .bytes = bytes, .bits = bits};
    if (bytes.data == NULL || bits >= TT_WEAK_BITS)
        tt_forms_add(forms, &writing);
}

void tt_forms_utf16(struct tt_forms *forms, const struct tt_writing *like, const char *name_le,
                    const char *name_be)
{
    bool ascii = true;
    for (size_t i = 0; i < like->bytes.len; i++)
        ascii = ascii && like->bytes.data[i] < 0x80;
    struct tt_writing writing = *like;
    writing.left = edge_of_kind(forms, like, like->left);
    writing.right = edge_of_kind(forms, like, like->right);
    /* Halves of other characters may look like letters. */
    writing.caseless = like->caseless && ascii;
    writing.name = name_le;
    writing.unit = TT_UNIT_16LE;
    writing.bytes = tt_write_utf16(&forms->arena, like->bytes, false);
    tt_forms_add(forms, &writing);
    writing.name = name_be;
    writing.unit = TT_UNIT_16BE;
    writing.bytes = tt_write_utf16(&forms->arena, like->bytes, true);
    tt_forms_add(forms, &writing);
}

/* A weak value, encoded by itself. Tokens of TT_TOKEN_MIN characters are decoded by content/; these
 * are shorter. */
static void add_weak_tokens(struct tt_forms *forms, const char *name, struct tt_span value,
                            double bits)
{
    enum { TOKEN_MIN = 6, HEX_MIN = 8 }; /* fewer are too often a word or a number */
    struct tt_writing writing = {.name = name, .bits = bits, .token = true};
    writing.transform = "base64";
    writing.bytes = tt_write_base64_whole(&forms->arena, value);
    if (writing.bytes.data == NULL || writing.bytes.len >= TOKEN_MIN)
        tt_forms_add(forms, &writing);
    writing.transform = "hex";
    writing.caseless = true;
    writing.bytes = tt_write_hex(&forms->arena, value);
    if (writing.bytes.data == NULL || writing.bytes.len >= HEX_MIN)
        tt_forms_add(forms, &writing);
}

static bool is_number(struct tt_span value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (!tt_is_digit(value.data[i]))
            return false;
    }
    return true;
}

enum tt_edge tt_forms_edge(const struct tt_forms *forms, struct tt_span value)
{
    static const bool tokens[TT_KIND_COUNT] = {
        [TT_KIND_SERIAL] = true, [TT_KIND_ANDROID_ID] = true,    [TT_KIND_ADVERTISING_ID] = true,
        [TT_KIND_SSID] = true,   [TT_KIND_HOSTNAME] = true,      [TT_KIND_USERNAME] = true,
        [TT_KIND_CUSTOM] = true, [TT_KIND_INSTALLED_APP] = true, [TT_KIND_ACCOUNT_ID] = true,
    };
    /* A number has edges of its own; letters often stand before it. */
    return tokens[forms->current->kind] && !is_number(value) ? TT_EDGE_TOKEN : TT_EDGE_ANY;
}

void tt_forms_transforms(struct tt_forms *forms, const struct tt_writing *plain)
{
    enum {
        BASE64_OF = TT_FORM_MAX / 4 * 3 - 3
    }; /* bytes of a value whose base64 is searched for */
    if (forms->current->owner != TT_OWNER_DEVICE || plain->bytes.len == 0)
        return;
    if (plain->bits < TT_WEAK_BITS) {
        add_weak_tokens(forms, plain->name, plain->bytes, plain->bits);
        return;
    }
    struct tt_span value = tt_span_sub(plain->bytes, 0, BASE64_OF);
    bool is_cut = value.len < plain->bytes.len;
    struct tt_writing writing = {.name = plain->name,
                                 .transform = "base64",
                                 .bits = plain->bits,
                                 .letters = 6,
                                 .inner = value,
                                 .inner_left = edge_of_kind(forms, plain, plain->left),
                                 .inner_right = is_cut ? TT_EDGE_ANY
                                                       : edge_of_kind(forms, plain, plain->right)};
    for (unsigned at = 0; at < 6; at++) {
        writing.bytes = tt_write_base64(&forms->arena, value, at % 3, at >= 3);
        /* The characters at the ends hold bits of neighbours too. */
        writing.left_sextet = tt_base64_before(value, at % 3);
        writing.left = writing.left_sextet.mask != 0 ? TT_EDGE_SEXTET : TT_EDGE_ANY;
        writing.right_sextet = tt_base64_behind(value, at % 3);
        writing.right = writing.right_sextet.mask != 0 ? TT_EDGE_SEXTET : TT_EDGE_ANY;
        tt_forms_add(forms, &writing);
    }
    struct tt_writing hex = {.name = plain->name,
                             .transform = "hex",
                             .bytes = tt_write_hex(&forms->arena, value),
                             .bits = plain->bits,
                             .caseless = true,
                             .letters = 4,
                             .inner = value,
                             .inner_left = writing.inner_left,
                             .inner_right = writing.inner_right};
    tt_forms_add(forms, &hex);
    tt_forms_dumps(forms, plain);
}

/* The class of an identifier seen before with this kind and value, else a new one. `key` is room
 * for what it is looked up by. */
static bool open_class(struct tt_forms *forms, struct tt_map *seen, uint32_t at,
                       const struct tt_identifier *identifier, struct tt_buf *key)
{
    struct tt_span value = tt_span_str(identifier->value);
    const uint8_t head[2] = {(uint8_t)identifier->kind, (uint8_t)identifier->owner};
    tt_buf_clear(key);
    if (tt_buf_append(key, tt_span_of(head, sizeof(head))) != TT_OK ||
        tt_buf_append(key, value) != TT_OK) {
        fail(forms, TT_ERR_MEMORY);
        return false;
    }
    const struct tt_form_class *earlier = tt_map_get(seen, tt_buf_span(key));
    if (earlier != NULL) {
        forms->class_of[at] = (uint32_t)(earlier - forms->classes);
        return false;
    }
    struct tt_form_class *class = &forms->classes[forms->class_count];
    *class = (struct tt_form_class){.first_identifier = at,
                                    .first_pattern = forms->pattern_count,
                                    .first_form = forms->form_count};
    forms->class_of[at] = (uint32_t)forms->class_count++;
    enum tt_err result = tt_map_put(seen, tt_buf_span(key), class);
    if (result != TT_OK)
        fail(forms, result);
    return result == TT_OK;
}

/* The number of a contact or message in the sheet. */
static size_t entry_of(const struct tt_identifier *identifier)
{
    struct tt_span label = tt_span_str(identifier->label);
    size_t number = 0;
    for (size_t i = tt_span_find(label, '[') + 1; i < label.len && tt_is_digit(label.data[i]); i++)
        number = number * 10 + (size_t)(label.data[i] - '0');
    return number;
}

enum tt_tier tt_tier_of(const struct tt_identifier *identifier)
{
    if (identifier->owner == TT_OWNER_DEVICE)
        return TT_TIER_OWN;
    return entry_of(identifier) < TT_FORMS_NEAR_MAX ? TT_TIER_NEAR : TT_TIER_FAR;
}

bool tt_forms_in_full(const struct tt_forms *forms)
{
    return forms->tier == TT_TIER_OWN || entry_of(forms->current) < TT_FORMS_FULL_MAX;
}

enum tt_err tt_forms_make(struct tt_forms *forms, const struct tt_subject *subject, size_t max)
{
    size_t count = subject->identifier_count;
    forms->max = max;
    forms->arena = tt_arena_make(SIZE_MAX);
    forms->classes = calloc(count + 1, sizeof(*forms->classes));
    forms->class_of = calloc(count + 1, sizeof(*forms->class_of));
    forms->digests = tt_digest_set_new(TT_DIGESTS_MAX);
    struct tt_map *seen = tt_map_new(count + 1);
    struct tt_buf key = tt_buf_make(SIZE_MAX);
    if (forms->classes == NULL || forms->class_of == NULL || forms->digests == NULL || seen == NULL)
        fail(forms, TT_ERR_MEMORY);
    for (size_t i = 0; i < count && forms->err == TT_OK; i++) {
        const struct tt_identifier *identifier = &subject->identifiers[i];
        struct tt_span value = tt_span_trim(tt_span_str(identifier->value));
        if (!open_class(forms, seen, (uint32_t)i, identifier, &key) || value.len == 0)
            continue;
        forms->current = identifier;
        forms->tier = tt_tier_of(identifier);
        makers[identifier->kind](forms, value);
        tt_forms_more_digests(forms, identifier->kind, value);
    }
    tt_map_free(seen, NULL);
    tt_buf_wipe(&key);
    free(forms->hashes);
    forms->hashes = NULL;
    forms->hash_room = 0;
    if (forms->err == TT_OK)
        tt_forms_paired_digests(forms);
    if (forms->err == TT_OK)
        forms->err = tt_digest_set_seal(forms->digests);
    return forms->err;
}

void tt_forms_free(struct tt_forms *forms)
{
    tt_digest_set_free(forms->digests);
    free(forms->class_of);
    free(forms->classes);
    free(forms->forms);
    free(forms->patterns);
    tt_arena_wipe(&forms->arena);
    *forms = (struct tt_forms){.err = TT_OK};
}
