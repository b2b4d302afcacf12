/* What is hashed: the usual writings of each kind, and what the hashes look like.
 *
 * Advertising networks prescribe for e-mail addresses: lower case, without spaces around; some for
 * Gmail without dots and without the tag behind "+". For telephone numbers: E.164 with or without
 * "+". For names: lower case, without punctuation, first and last name apart. */
#include "base/compiler.h"
#include "identify/digest_set.h"
#include "identify/forms.h"
#include "identify/murmur3.h"
#include "identify/transform.h"
#include "model/limits.h"

#include <inttypes.h>
#include <stdio.h>

#define BITS_CHECKSUM 29.0 /* under TT_WEAK_BITS: 32 bits prove nothing */

enum { UUID_ROOM = 40, UUID_LEN = 36, NUMBER_ROOM = 16, PART_MIN = 3 };

/* A failure of the set or of the memory, told through forms->err. */
static void fail(struct tt_forms *forms, enum tt_err err)
{
    if (forms->err == TT_OK)
        forms->err = err;
}

/* The writings that most programs hash. A far contact has no others. */
static bool is_usual(const char *name)
{
    static const char *const usual[] = {"text",
                                        "lower",
                                        "digits",
                                        "e164",
                                        "national",
                                        "national, short",
                                        "lower, plain",
                                        "lower, colons",
                                        "upper, plain",
                                        "upper, colons",
                                        NULL};
    for (size_t i = 0; usual[i] != NULL; i++) {
        if (strcmp(usual[i], name) == 0)
            return true;
    }
    return false;
}

/* ---- digests as literals: where no token tells that they are there ---- */

static void add_literal(struct tt_forms *forms, const struct tt_writing *like,
                        const char *const *transform, const void *bytes, size_t len)
{
    struct tt_writing writing = *like;
    char *copy = tt_arena_dup(&forms->arena, tt_span_of(bytes, len));
    writing.transform = transform[0];
    writing.then = transform[1];
    writing.last = transform[1] == NULL ? NULL : transform[2];
    writing.bytes = tt_span_of(copy, copy == NULL ? 0 : len);
    tt_forms_add(forms, &writing);
}

static void add_uuid(struct tt_forms *forms, const struct tt_writing *like,
                     const char *const *transform, const uint8_t *b)
{
    char text[UUID_ROOM];
    (void)snprintf(text, sizeof(text),
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                   b[14], b[15]);
    add_literal(forms, like, transform, text, UUID_LEN);
}

/* MD5 written with dashes: as a UUID, as it is and with the version in it. */
static void add_dashed(struct tt_forms *forms, const struct tt_writing *like,
                       const struct tt_digest_method *method, const uint8_t *digest)
{
    static const char *const dashed[] = {"md5", "dashed", NULL};
    struct tt_writing text = *like;
    text.caseless = true;
    if (strcmp(method->steps[0], "md5") != 0)
        return;
    if (method->steps[1] == NULL)
        add_uuid(forms, &text, dashed, digest);
    else if (strcmp(method->steps[1], "uuid") == 0)
        add_uuid(forms, &text, method->steps, digest);
}

/* The first 8 or 10 bytes in base64: shorter than a token that would be decoded. */
static void add_short_base64(struct tt_forms *forms, const struct tt_writing *like,
                             const struct tt_digest_method *method, const uint8_t *digest)
{
    static const uint8_t lengths[] = {8, 10};
    const char *const transform[] = {method->steps[0], "truncated", "base64"};
    struct tt_writing writing = *like;
    writing.left = TT_EDGE_WORD;
    writing.right = TT_EDGE_WORD;
    for (size_t i = 0; i < TT_ARRAY_LEN(lengths) && method->reach == TT_DIGEST_FOR_ALL; i++) {
        struct tt_span text = tt_write_base64_whole(&forms->arena, tt_span_of(digest, lengths[i]));
        if (text.data == NULL)
            fail(forms, TT_ERR_MEMORY);
        else
            add_literal(forms, &writing, transform, text.data, text.len);
    }
}

/* Raw bytes at any offset: a field of a binary message. */
static void add_digest_literals(struct tt_forms *forms, const struct tt_writing *like,
                                const struct tt_digest_source *source)
{
    const struct tt_digest_method *method = NULL;
    for (size_t i = 0; (method = tt_digest_method_at(i)) != NULL; i++) {
        uint8_t digest[TT_DIGEST_LEN_MAX];
        if (!tt_digest_set_run(forms->digests, i, source->bytes, digest))
            continue;
        add_dashed(forms, like, method, digest);
        if (is_usual(source->name))
            add_short_base64(forms, like, method, digest);
        if (tt_digest_has_pattern(source, i))
            add_literal(forms, like, method->steps, digest, method->len);
    }
}

/* 32 bits: too few to prove anything, and too short for a token that would be decoded. */
static void add_checksum(struct tt_forms *forms, const struct tt_writing *like, const char *name,
                         uint32_t sum)
{
    char text[NUMBER_ROOM];
    struct tt_writing writing = *like;
    writing.bits = like->bits < BITS_CHECKSUM ? like->bits : BITS_CHECKSUM;
    writing.token = true;
    writing.caseless = true;
    int len = snprintf(text, sizeof(text), "%08" PRIx32, sum);
    add_literal(forms, &writing, (const char *const[]){name, "hex", NULL}, text, (size_t)len);
    len = snprintf(text, sizeof(text), "%" PRIu32, sum);
    add_literal(forms, &writing, (const char *const[]){name, "decimal", NULL}, text, (size_t)len);
}

static void add_literals(struct tt_forms *forms, const struct tt_digest_source *source)
{
    struct tt_span value = source->bytes;
    struct tt_writing like = {.name = source->name,
                              .bits = source->bits,
                              .reversal_cost = tt_reversal_cost(source->unknown),
                              .lone = true};
    add_digest_literals(forms, &like, source);
    if (!is_usual(source->name))
        return;
    add_checksum(forms, &like, "crc32", tt_crc32(value));
    add_checksum(forms, &like, "murmur3-32", tt_murmur3_32(value));
}

/* ---- the set ---- */

static enum tt_digest_reach reach_of(enum tt_tier tier)
{
    switch (tier) {
    case TT_TIER_OWN:
        return TT_DIGEST_FOR_OWNER;
    case TT_TIER_NEAR:
        return TT_DIGEST_FOR_FIRST;
    case TT_TIER_FAR:
        return TT_DIGEST_FOR_ALL;
    }
    return TT_DIGEST_FOR_ALL;
}

void tt_forms_digests(struct tt_forms *forms, const char *name, struct tt_span value, double bits,
                      double unknown)
{
    if (value.data == NULL)
        fail(forms, TT_ERR_MEMORY);
    if (forms->err != TT_OK || value.len < TT_FORM_MIN ||
        (forms->tier == TT_TIER_FAR && !is_usual(name)))
        return;
    struct tt_digest_source source = {
        .bytes = value,
        .name = name,
        .bits = bits,
        .unknown = unknown,
        .owner_class = (uint32_t)(forms->class_count - 1),
        .reach = reach_of(forms->tier),
        .near = forms->tier == TT_TIER_NEAR && bits >= TT_WEAK_BITS && is_usual(name),
        .literals = forms->tier == TT_TIER_OWN && bits >= TT_WEAK_BITS,
        .all_literals = is_usual(name)};
    bool is_new = false;
    enum tt_err result = tt_digest_set_add(forms->digests, &source, &is_new);
    if (result != TT_OK)
        fail(forms, result);
    else if (is_new && source.literals)
        add_literals(forms, &source);
}

/* ---- two values of the owner, one behind the other ---- */

/* How they are joined. The names stand in findings. */
struct joint {
    const char *behind; /* for the first value */
    const char *before; /* for the second one */
    const char *sign;
};

static const struct joint joints[] = {{"append-value", "prepend-value", ""},
                                      {"append-value:colon", "prepend-value:colon", ":"},
                                      {"append-value:bar", "prepend-value:bar", "|"},
                                      {"append-value:dash", "prepend-value:dash", "-"},
                                      {"append-value:underscore", "prepend-value:underscore", "_"}};

/* The writings that come first to mind. */
static bool is_paired(const struct tt_digest_source *source)
{
    static const char *const names[] = {"text", "lower", "digits", "e164", "lower, colons"};
    for (size_t i = 0; i < TT_ARRAY_LEN(names); i++) {
        if (strcmp(source->name, names[i]) == 0)
            return true;
    }
    return false;
}

static void add_half(struct tt_forms *forms, const struct tt_digest_source *of,
                     struct tt_span joined, double unknown, const char *salt)
{
    struct tt_digest_source source = {.bytes = joined,
                                      .name = of->name,
                                      .bits = of->bits,
                                      .unknown = unknown,
                                      .salt = salt,
                                      .owner_class = of->owner_class,
                                      .reach = TT_DIGEST_FOR_ALL};
    bool is_new = false;
    enum tt_err result = tt_digest_set_add(forms->digests, &source, &is_new);
    if (result != TT_OK)
        fail(forms, result);
}

/* The digest tells of both. */
static void add_pair(struct tt_forms *forms, const struct tt_digest_source *first,
                     const struct tt_digest_source *second)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(joints) && forms->err == TT_OK; i++) {
        struct tt_span sign = tt_span_str(joints[i].sign);
        size_t len = first->bytes.len + sign.len + second->bytes.len;
        uint8_t *joined = tt_arena_bytes(&forms->arena, len);
        if (joined == NULL) {
            fail(forms, TT_ERR_MEMORY);
            return;
        }
        memcpy(joined, first->bytes.data, first->bytes.len);
        memcpy(joined + first->bytes.len, sign.data, sign.len);
        memcpy(joined + first->bytes.len + sign.len, second->bytes.data, second->bytes.len);
        double unknown = first->unknown + second->unknown;
        add_half(forms, first, tt_span_of(joined, len), unknown, joints[i].behind);
        add_half(forms, second, tt_span_of(joined, len), unknown, joints[i].before);
    }
}

void tt_forms_paired_digests(struct tt_forms *forms)
{
    struct tt_digest_source paired[TT_DIGEST_PAIRED_MAX];
    const struct tt_digest_source *own = NULL;
    size_t count = 0;
    for (size_t i = 0; (own = tt_digest_set_own(forms->digests, i)) != NULL; i++) {
        if (count < TT_DIGEST_PAIRED_MAX && is_paired(own))
            paired[count++] = *own;
    }
    for (size_t i = 0; i < count * count && forms->err == TT_OK; i++) {
        const struct tt_digest_source *first = &paired[i / count];
        const struct tt_digest_source *second = &paired[i % count];
        if (first->owner_class != second->owner_class)
            add_pair(forms, first, second);
    }
}

/* ---- more writings, of some kinds ---- */

/* The letters and digits of the text, in lower case; bytes beyond ASCII stay. */
static struct tt_span write_bare(struct tt_forms *forms, struct tt_span text)
{
    uint8_t *out = tt_arena_bytes(&forms->arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; out != NULL && i < text.len; i++) {
        if (tt_is_alnum(text.data[i]) || text.data[i] >= 0x80)
            out[len++] = tt_lower(text.data[i]);
    }
    return tt_span_of(out, len);
}

/* The address in lower case, without the tag behind "+" or the dots of its local part. */
static struct tt_span write_mailbox(struct tt_forms *forms, struct tt_span address, size_t at_sign,
                                    bool dots, bool tag)
{
    uint8_t *out = tt_arena_bytes(&forms->arena, address.len + 1);
    size_t len = 0;
    bool in_tag = false;
    for (size_t i = 0; out != NULL && i < address.len; i++) {
        uint8_t c = tt_lower(address.data[i]);
        in_tag = i < at_sign && (in_tag || (c == '+' && !tag));
        if (!in_tag && (c != '.' || dots || i > at_sign))
            out[len++] = c;
    }
    return tt_span_of(out, len);
}

static void add_email(struct tt_forms *forms, struct tt_span address)
{
    size_t at_sign = tt_span_find(address, '@');
    struct tt_span domain = tt_span_from(address, at_sign + 1);
    bool gmail = tt_span_is(domain, "gmail.com") || tt_span_is(domain, "googlemail.com");
    double bits = tt_bits_of_text(address);
    if (domain.len == 0)
        return;
    tt_forms_digests(forms, "without tag", write_mailbox(forms, address, at_sign, true, false),
                     bits, bits);
    if (!gmail)
        return;
    tt_forms_digests(forms, "without dots", write_mailbox(forms, address, at_sign, false, true),
                     bits, bits);
    tt_forms_digests(forms, "without dots and tag",
                     write_mailbox(forms, address, at_sign, false, false), bits, bits);
}

/* Parts prove little: somebody else has the same first name. */
static void add_name(struct tt_forms *forms, struct tt_span name)
{
    double bits = tt_bits_of_name(name);
    tt_forms_digests(forms, "joined", write_bare(forms, name), bits, bits);
    for (size_t at = 0; at < name.len;) {
        size_t len = tt_span_find(tt_span_from(name, at), ' ');
        struct tt_span part = write_bare(forms, tt_span_sub(name, at, len));
        bits = tt_bits_of_text(part);
        bits = bits < TT_WEAK_BITS ? bits : TT_WEAK_BITS - 1;
        if (part.data == NULL || part.len >= PART_MIN)
            tt_forms_digests(forms, at == 0 ? "first name" : "last name", part, bits, bits);
        at += len + 1;
    }
}

void tt_forms_more_digests(struct tt_forms *forms, enum tt_kind kind, struct tt_span value)
{
    if (kind == TT_KIND_EMAIL || kind == TT_KIND_CONTACT_EMAIL)
        add_email(forms, value);
    else if (kind == TT_KIND_NAME && tt_span_find(value, ' ') < value.len)
        add_name(forms, value);
    else if (kind == TT_KIND_CONTACT_NAME || kind == TT_KIND_ADDRESS) {
        double bits = kind == TT_KIND_ADDRESS ? tt_bits_of_text(value) : tt_bits_of_name(value);
        tt_forms_digests(forms, "joined", write_bare(forms, value), bits, bits);
    }
}
