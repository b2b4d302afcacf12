/* The transforms: undone from the outermost on, until a digest stands; a digest is made anew from
 * every usual writing of the value that the form allows. */
#include <openssl/evp.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "verify/decode.h"
#include "verify/escapes.h"
#include "verify/forms.h"
#include "verify/keys.h"
#include "verify/recipe.h"

enum { WORK_MAX = 1 << 20, WRITINGS_MAX = 128, WRITING_MAX = 65536, DIGEST_MIN = 8 };

/* ---- digests ---- */

static const struct {
    const char *name;
    const char *library_name;
} algorithms[] = {{"md5", "MD5"},           {"sha1", "SHA1"},          {"sha224", "SHA224"},
                  {"sha256", "SHA256"},     {"sha384", "SHA384"},      {"sha512", "SHA512"},
                  {"sha3-224", "SHA3-224"}, {"sha3-256", "SHA3-256"},  {"sha3-384", "SHA3-384"},
                  {"sha3-512", "SHA3-512"}, {"ripemd160", "RIPEMD160"}};

static uint64_t turn64(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

static uint32_t turn32(uint32_t x, unsigned by)
{
    return x << by | x >> (32 - by);
}

static uint64_t little(struct tt_span in, size_t at, size_t len)
{
    struct tt_reader reader = tt_reader_of(tt_span_from(in, at));
    return tt_read_le(&reader, len);
}

/* MurmurHash3_x86_32 with seed 0; https://github.com/aappleby/smhasher/wiki/MurmurHash3 */
static uint32_t murmur32(struct tt_span in)
{
    uint32_t hash = 0;
    size_t whole = in.len / 4 * 4;
    for (size_t at = 0; at < in.len; at += 4) {
        size_t len = at < whole ? 4 : in.len - at;
        uint32_t k = (uint32_t)little(in, at, len) * 0xcc9e2d51U;
        hash ^= turn32(k, 15) * 0x1b873593U;
        if (len == 4)
            hash = turn32(hash, 13) * 5 + 0xe6546b64U;
    }
    hash ^= (uint32_t)in.len;
    hash = (hash ^ hash >> 16) * 0x85ebca6bU;
    hash = (hash ^ hash >> 13) * 0xc2b2ae35U;
    return hash ^ hash >> 16;
}

static uint64_t mix64(uint64_t k)
{
    k = (k ^ k >> 33) * UINT64_C(0xff51afd7ed558ccd);
    k = (k ^ k >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return k ^ k >> 33;
}

/* MurmurHash3_x64_128 with seed 0. */
static void murmur128(struct tt_span in, uint64_t out[2])
{
    const uint64_t c1 = UINT64_C(0x87c37b91114253d5);
    const uint64_t c2 = UINT64_C(0x4cf5ad432745937f);
    uint64_t h1 = 0;
    uint64_t h2 = 0;
    for (size_t at = 0; at < in.len; at += 16) {
        struct tt_span block = tt_span_sub(in, at, 16);
        uint64_t k1 = little(block, 0, block.len < 8 ? block.len : 8);
        uint64_t k2 = block.len > 8 ? little(block, 8, block.len - 8) : 0;
        h1 ^= turn64(k1 * c1, 31) * c2;
        if (block.len == 16)
            h1 = (turn64(h1, 27) + h2) * 5 + 0x52dce729U;
        h2 ^= turn64(k2 * c2, 33) * c1;
        if (block.len == 16)
            h2 = (turn64(h2, 31) + h1) * 5 + 0x38495ab5U;
    }
    h1 ^= in.len;
    h2 ^= in.len;
    h1 += h2;
    h2 += h1;
    h1 = mix64(h1);
    h2 = mix64(h2);
    out[0] = h1 + h2;
    out[1] = h2 + out[0];
}

static enum tt_err put_murmur128(struct tt_span in, bool big, struct tt_buf *out)
{
    uint64_t hash[2];
    enum tt_err err = TT_OK;
    murmur128(in, hash);
    for (unsigned i = 0; i < 16 && err == TT_OK; i++) {
        unsigned shift = big ? 56 - i % 8 * 8 : i % 8 * 8;
        err = tt_buf_append_u8(out, (uint8_t)(hash[i / 8] >> shift));
    }
    return err;
}

static uint32_t crc32_of(struct tt_span in)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < in.len; i++) {
        crc ^= in.data[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = (crc & 1U) != 0 ? crc >> 1 ^ 0xedb88320U : crc >> 1;
    }
    return ~crc;
}

static enum tt_err put_word(uint32_t word, struct tt_buf *out)
{
    const uint8_t bytes[4] = {(uint8_t)(word >> 24), (uint8_t)(word >> 16), (uint8_t)(word >> 8),
                              (uint8_t)word};
    return tt_buf_append(out, tt_span_of(bytes, 4));
}

static bool is_algorithm(const char *name, const char **ret_library_name)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(algorithms); i++) {
        if (strcmp(algorithms[i].name, name) == 0) {
            *ret_library_name = algorithms[i].library_name;
            return true;
        }
    }
    return false;
}

enum salt { SALT_NONE, SALT_BEHIND, SALT_BEFORE, SALT_HMAC };

/* "append-value": the salt is another value of the owner, no field of the message. */
static bool is_of_value(const char *step)
{
    return strncmp(step, "append-value", 12) == 0 || strncmp(step, "prepend-value", 13) == 0;
}

/* "append-field:colon" */
static enum salt salt_of(const char *step, char *ret_separator)
{
    static const struct {
        const char *step;
        enum salt salt;
    } salts[] = {{"append-field", SALT_BEHIND},
                 {"prepend-field", SALT_BEFORE},
                 {"hmac-field", SALT_HMAC},
                 {"append-value", SALT_BEHIND},
                 {"prepend-value", SALT_BEFORE}};
    static const struct {
        const char *name;
        char sign;
    } signs[] = {{"", 0},        {":colon", ':'},      {":bar", '|'},
                 {":dash", '-'}, {":underscore", '_'}, {":ampersand", '&'},
                 {":space", ' '}};
    for (size_t i = 0; i < TT_ARRAY_LEN(salts); i++) {
        size_t len = strlen(salts[i].step);
        if (strncmp(step, salts[i].step, len) != 0)
            continue;
        for (size_t j = 0; j < TT_ARRAY_LEN(signs); j++) {
            if (strcmp(step + len, signs[j].name) == 0) {
                *ret_separator = signs[j].sign;
                return salts[i].salt;
            }
        }
    }
    return SALT_NONE;
}

/* What cannot be undone, or only makes sense of what cannot. */
static bool is_one_way(const char *name)
{
    static const char *const names[] = {"uuid",        "middle",     "truncated",
                                        "murmur3-128", "murmur3-32", "murmur3-128-le",
                                        "crc32",       "decimal",    "dashed"};
    const char *library = NULL;
    char separator = 0;
    for (size_t i = 0; i < TT_ARRAY_LEN(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return is_algorithm(name, &library) || salt_of(name, &separator) != SALT_NONE;
}

/* ---- one step forwards ---- */

static enum tt_err put_uuid(struct tt_span in, bool dashed, struct tt_buf *out)
{
    uint8_t bytes[16];
    if (in.len < sizeof(bytes))
        return TT_ERR_FORMAT;
    memcpy(bytes, in.data, sizeof(bytes));
    if (!dashed) {
        bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x30);
        bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
        return tt_buf_append(out, tt_span_of(bytes, sizeof(bytes)));
    }
    static const uint8_t groups[] = {4, 2, 2, 2, 6};
    enum tt_err err = TT_OK;
    size_t at = 0;
    for (size_t i = 0; i < TT_ARRAY_LEN(groups) && err == TT_OK; at += groups[i++]) {
        if (i > 0)
            err = tt_buf_append_u8(out, '-');
        if (err == TT_OK)
            err = tt_verify_write_hex(tt_span_of(bytes + at, groups[i]), false, out);
    }
    return err;
}

static enum tt_err forwards(const char *name, struct tt_span in, struct tt_buf *out)
{
    const char *library = NULL;
    if (is_algorithm(name, &library)) {
        uint8_t digest[EVP_MAX_MD_SIZE];
        size_t len = 0;
        if (EVP_Q_digest(NULL, library, NULL, in.data, in.len, digest, &len) != 1)
            return TT_ERR_UNSUPPORTED;
        return tt_buf_append(out, tt_span_of(digest, len));
    }
    if (strcmp(name, "hex") == 0 || strcmp(name, "hex-upper") == 0)
        return tt_verify_write_hex(in, name[3] != '\0', out);
    if (strcmp(name, "middle") == 0)
        return tt_buf_append(out, tt_span_sub(in, 4, 8));
    if (strcmp(name, "uuid") == 0 || strcmp(name, "dashed") == 0)
        return put_uuid(in, name[0] == 'd', out);
    if (strncmp(name, "murmur3-128", 11) == 0)
        return put_murmur128(in, name[11] == '\0', out);
    if (strcmp(name, "murmur3-32") == 0)
        return put_word(murmur32(in), out);
    if (strcmp(name, "crc32") == 0)
        return put_word(crc32_of(in), out);
    if (strcmp(name, "decimal") == 0) {
        struct tt_reader reader = tt_reader_of(in);
        return tt_buf_printf(out, "%lu", (unsigned long)tt_read_u32(&reader));
    }
    if (strcmp(name, "truncated") == 0)
        return tt_buf_append(out, in);
    return TT_ERR_UNSUPPORTED;
}

/* All of them, from the innermost on. `out` gets the result. */
static enum tt_err all_forwards(const char *const *steps, size_t count, struct tt_span in,
                                struct tt_buf *out)
{
    struct tt_buf rooms[2] = {tt_buf_make(WORK_MAX), tt_buf_make(WORK_MAX)};
    enum tt_err err = tt_buf_append(&rooms[0], in);
    unsigned from = 0;
    for (size_t i = 0; i < count && err == TT_OK; i++, from ^= 1) {
        tt_buf_clear(&rooms[from ^ 1]);
        err = forwards(steps[i], tt_buf_span(&rooms[from]), &rooms[from ^ 1]);
    }
    if (err == TT_OK)
        err = tt_buf_append(out, tt_buf_span(&rooms[from]));
    tt_buf_wipe(&rooms[0]);
    tt_buf_wipe(&rooms[1]);
    return err;
}

/* ---- writings of the value ---- */

struct writings {
    const struct tt_verify_form *form;
    struct tt_buf texts; /* one behind the other */
    size_t ends[WRITINGS_MAX];
    size_t count;
};

static struct tt_span writing_at(const struct writings *w, size_t at)
{
    size_t from = at == 0 ? 0 : w->ends[at - 1];
    return tt_span_sub(tt_buf_span(&w->texts), from, w->ends[at] - from);
}

/* Adds what the form allows. */
static void add(struct writings *w, struct tt_span text)
{
    if (w->count == WRITINGS_MAX || text.len == 0 ||
        tt_verify_form_says(w->form, text) != TT_VERIFY_YES ||
        tt_buf_append(&w->texts, text) != TT_OK)
        return;
    w->ends[w->count++] = w->texts.len;
}

enum keep { KEEP_ALL, KEEP_WORDS, KEEP_LETTERS, KEEP_FIRST, KEEP_LAST };

/* The value in lower case; whole, without signs, or one word of it. */
static void add_lower(struct writings *w, enum keep keep)
{
    struct tt_buf text = tt_buf_make(WRITING_MAX);
    struct tt_span value = w->form->value;
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < value.len && err == TT_OK; i++) {
        uint8_t c = value.data[i];
        bool sign = !tt_is_alnum(c) && c < 0x80;
        if (sign && keep == KEEP_FIRST && text.len > 0)
            break;
        if (sign && keep == KEEP_LAST)
            tt_buf_clear(&text);
        if (!sign || keep == KEEP_ALL || (keep == KEEP_WORDS && c == ' '))
            err = tt_buf_append_u8(&text, tt_lower(c));
    }
    add(w, tt_buf_span(&text));
    tt_buf_wipe(&text);
}

static void add_upper(struct writings *w)
{
    struct tt_buf text = tt_buf_make(WRITING_MAX);
    struct tt_span value = w->form->value;
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < value.len && err == TT_OK; i++) {
        uint8_t c = value.data[i];
        err = tt_buf_append_u8(&text, c >= 'a' && c <= 'z' ? (uint8_t)(c - 32) : c);
    }
    add(w, tt_buf_span(&text));
    tt_buf_wipe(&text);
}

static void add_numbers(struct writings *w)
{
    static const char *const fronts[] = {"", "+", "00", "0", "1", "8"};
    char digits[TT_VERIFY_DIGITS_MAX];
    char text[TT_VERIFY_DIGITS_MAX + 4];
    size_t len = tt_verify_digits(w->form->value, digits);
    for (size_t skip = 0; skip < len && skip < 6; skip++) {
        for (size_t i = 0; i < TT_ARRAY_LEN(fronts); i++) {
            int made = snprintf(text, sizeof(text), "%s%s", fronts[i], digits + skip);
            add(w, tt_span_of(text, (size_t)made));
        }
    }
    if (len > 1)
        add(w, tt_span_of(digits, len - 1));
    add(w, tt_span_sub(tt_span_of(digits, len), 0, 14));
}

static void add_hardware(struct writings *w)
{
    char text[96];
    for (unsigned i = 0; i < 8; i++) {
        const char *digits = (i & 1U) != 0 ? "0123456789ABCDEF" : "0123456789abcdef";
        static const char signs[] = {':', '-', 0, '.'};
        size_t len = 0;
        size_t count = 0;
        for (size_t at = 0; at < w->form->value.len && len + 2 < sizeof(text); at++) {
            int digit = tt_hex_value(w->form->value.data[at]);
            if (digit < 0)
                continue;
            if (count > 0 && count % 2 == 0 && signs[i / 2] != 0)
                text[len++] = signs[i / 2];
            text[len++] = digits[digit];
            count++;
        }
        add(w, tt_span_of(text, len));
    }
}

/* An address without the tag, the dots, or both. */
static void add_mailboxes(struct writings *w)
{
    struct tt_span value = w->form->value;
    size_t at_sign = tt_span_find(value, '@');
    for (unsigned i = 1; i < 4 && at_sign < value.len; i++) {
        struct tt_buf text = tt_buf_make(WRITING_MAX);
        enum tt_err err = TT_OK;
        bool tag = false;
        for (size_t at = 0; at < value.len && err == TT_OK; at++) {
            uint8_t c = value.data[at];
            bool local = at < at_sign;
            tag = local && (tag || (c == '+' && (i & 1U) != 0));
            if (!tag && !(local && c == '.' && (i & 2U) != 0))
                err = tt_buf_append_u8(&text, tt_lower(c));
        }
        add(w, tt_buf_span(&text));
        tt_buf_wipe(&text);
    }
}

/* The bytes that hexadecimal digits stand for. */
static void add_bytes(struct writings *w)
{
    uint8_t bytes[TT_VERIFY_DIGITS_MAX];
    size_t count = 0;
    struct tt_span value = w->form->value;
    for (size_t at = 0; at < value.len && count / 2 < sizeof(bytes); at++) {
        int digit = tt_hex_value(value.data[at]);
        if (digit < 0)
            continue;
        uint8_t *byte = &bytes[count++ / 2];
        *byte = (uint8_t)((count % 2 == 0 ? *byte << 4 : 0) | digit);
    }
    add(w, tt_span_of(bytes, count / 2));
}

static void make_writings(struct writings *w, const struct tt_verify_form *form)
{
    *w = (struct writings){.form = form, .texts = tt_buf_make(WORK_MAX)};
    add(w, form->value);
    add_lower(w, KEEP_ALL);
    add_lower(w, KEEP_WORDS);
    add_lower(w, KEEP_LETTERS);
    add_lower(w, KEEP_FIRST);
    add_lower(w, KEEP_LAST);
    add_upper(w);
    add_numbers(w);
    add_hardware(w);
    add_bytes(w);
    add_mailboxes(w);
}

/* ---- digests against the bytes ---- */

struct digest_try {
    const struct writings *writings;
    const char *const *steps; /* behind the one about a field */
    size_t count;
    struct tt_span bytes;
    bool truncated;
    enum salt salt;
    char separator; /* 0: none */
};

static bool same_digest(const struct digest_try *t, struct tt_span in)
{
    struct tt_buf out = tt_buf_make(WORK_MAX);
    bool same = false;
    if (all_forwards(t->steps, t->count, in, &out) == TT_OK) {
        struct tt_span digest = tt_buf_span(&out);
        same = tt_span_ieq(digest, t->bytes) && digest.len == t->bytes.len;
        if (!same && t->truncated)
            same = t->bytes.len >= DIGEST_MIN && tt_span_starts(digest, t->bytes);
        /* Letters are hexadecimal digits only where a step wrote them. */
        const char *last = t->steps[t->count - 1];
        bool text = strcmp(last, "dashed") == 0 || strcmp(last, "hex") == 0;
        same = same && (text || tt_span_eq(tt_span_sub(digest, 0, t->bytes.len), t->bytes));
    }
    tt_buf_wipe(&out);
    return same;
}

/* HMAC (RFC 2104) with the field as key; steps after the digest follow. */
static bool same_hmac(const struct digest_try *t, struct tt_span key, struct tt_span value)
{
    const char *library = NULL;
    uint8_t mac[EVP_MAX_MD_SIZE];
    size_t len = 0;
    if (!is_algorithm(t->steps[0], &library) ||
        EVP_Q_mac(NULL, "HMAC", NULL, library, NULL, key.data, key.len, value.data, value.len, mac,
                  sizeof(mac), &len) == NULL)
        return false;
    struct digest_try rest = *t;
    rest.steps++;
    rest.count--;
    return rest.count == 0 ? tt_span_eq(tt_span_of(mac, len), t->bytes)
                           : same_digest(&rest, tt_span_of(mac, len));
}

static bool same_salted(const struct digest_try *t, struct tt_span field, struct tt_span value)
{
    struct tt_buf salted = tt_buf_make(WORK_MAX);
    enum tt_err err = tt_buf_append(&salted, t->salt == SALT_BEHIND ? value : field);
    if (err == TT_OK && t->separator != 0)
        err = tt_buf_append_u8(&salted, (uint8_t)t->separator);
    if (err == TT_OK)
        err = tt_buf_append(&salted, t->salt == SALT_BEHIND ? field : value);
    bool same = err == TT_OK && same_digest(t, tt_buf_span(&salted));
    tt_buf_wipe(&salted);
    return same;
}

static bool try_salt(void *context, struct tt_span field)
{
    const struct digest_try *t = context;
    for (size_t i = 0; i < t->writings->count; i++) {
        struct tt_span value = writing_at(t->writings, i);
        if (t->salt == SALT_HMAC ? same_hmac(t, field, value) : same_salted(t, field, value))
            return true;
    }
    return false;
}

/* The salt is another of the owner's values, in one of its usual writings. */
static bool try_values(struct digest_try *t)
{
    static const char *const names[] = {"text", "lower", "digits", "e164", "lower, colons"};
    const struct tt_verify_form *form = t->writings->form;
    size_t count = form->subject == NULL ? 0 : form->subject->identifier_count;
    bool same = false;
    for (size_t i = 0; i < count * TT_ARRAY_LEN(names) && !same; i++) {
        const struct tt_identifier *other = &form->subject->identifiers[i / TT_ARRAY_LEN(names)];
        if (other->owner != TT_OWNER_DEVICE)
            continue;
        struct tt_verify_form written = {.kind = other->kind,
                                         .value = tt_span_trim(tt_span_str(other->value)),
                                         .name = names[i % TT_ARRAY_LEN(names)]};
        struct writings writings;
        make_writings(&writings, &written);
        for (size_t j = 0; j < writings.count && !same; j++)
            same = try_salt(t, writing_at(&writings, j));
        tt_buf_wipe(&writings.texts);
    }
    return same;
}

/* The salt stands in a recipe. */
static bool says_recipe(struct digest_try *t)
{
    static const enum salt orders[] = {[TT_VERIFY_SALT_BEHIND] = SALT_BEHIND,
                                       [TT_VERIFY_SALT_BEFORE] = SALT_BEFORE,
                                       [TT_VERIFY_SALT_HMAC] = SALT_HMAC};
    struct tt_buf salt = tt_buf_make(WORK_MAX);
    enum tt_verify_salt order = TT_VERIFY_SALT_BEHIND;
    bool same = false;
    if (tt_verify_recipe_salt(t->writings->form->recipes, t->steps[0], &order, &salt)) {
        t->salt = orders[order];
        t->steps++;
        t->count--;
        same = try_salt(t, tt_buf_span(&salt));
    }
    tt_buf_wipe(&salt);
    return same;
}

static bool says_digest(const struct tt_verify_form *form, const char *const *steps, size_t count,
                        struct tt_span bytes, struct tt_span beside)
{
    struct writings writings;
    make_writings(&writings, form);
    struct digest_try t = {.writings = &writings, .steps = steps, .count = count, .bytes = bytes};
    t.truncated = strcmp(steps[count - 1], "truncated") == 0;
    bool same = false;
    t.salt = salt_of(steps[0], &t.separator);
    if (t.salt != SALT_NONE && count > 1) {
        t.steps++;
        t.count--;
        same = is_of_value(steps[0]) ? try_values(&t) : tt_verify_any_field(beside, try_salt, &t);
    } else if (count > 1 && strncmp(steps[0], "recipe:", 7) == 0) {
        same = says_recipe(&t);
        t.salt = SALT_HMAC; /* whichever: no digest without a salt */
    }
    for (size_t i = 0; i < writings.count && t.salt == SALT_NONE && !same; i++)
        same = same_digest(&t, writing_at(&writings, i));
    tt_buf_wipe(&writings.texts);
    return same;
}

/* ---- base64 inside longer text ---- */

/* Without the characters that hold bits of the neighbours. */
static bool is_aligned(struct tt_span value, struct tt_span bytes, unsigned align)
{
    static const char standard[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t first_bit = 8U * align;
    size_t end_bit = first_bit + 8 * value.len;
    size_t from = (first_bit + 5) / 6;
    size_t to = end_bit / 6;
    if (bytes.len < 4 || bytes.len < to - from || bytes.len > to - from + 4)
        return false;
    for (size_t i = 0; i < to - from; i++) {
        unsigned sextet = 0;
        for (unsigned bit = 0; bit < 6; bit++) {
            size_t at = (from + i) * 6 + bit - first_bit;
            sextet = sextet << 1 | (value.data[at / 8] >> (7 - at % 8) & 1U);
        }
        uint8_t c = bytes.data[i] == '-' ? '+' : bytes.data[i] == '_' ? '/' : bytes.data[i];
        if (c != (uint8_t)standard[sextet])
            return false;
    }
    return true;
}

static bool is_base64_part(const struct tt_verify_form *form, struct tt_span bytes)
{
    struct writings writings;
    bool same = false;
    make_writings(&writings, form);
    for (size_t i = 0; i < writings.count && !same; i++)
        for (unsigned align = 0; align < 3 && !same; align++)
            same = is_aligned(writing_at(&writings, i), bytes, align);
    tt_buf_wipe(&writings.texts);
    return same;
}

/* ---- recipes ---- */

struct recipe_try {
    const struct tt_verify_recipes *recipes;
    const char *step;
    struct tt_span bytes;
    struct tt_buf *out;
};

static bool is_sensible(struct tt_span bytes)
{
    size_t odd = 0;
    for (size_t i = 0; i < bytes.len; i++)
        odd += bytes.data[i] < 0x20 && bytes.data[i] != '\n' && bytes.data[i] != '\r' &&
                       bytes.data[i] != '\t'
                   ? 1
                   : 0;
    return bytes.len > 0 &&
           (odd == 0 || tt_span_starts(bytes, tt_span_of("\x1f\x8b", 2)) || bytes.data[0] == 0x78);
}

static bool try_recipe(void *context, struct tt_span field)
{
    struct recipe_try *t = context;
    tt_buf_clear(t->out);
    return tt_verify_recipe_undo(t->recipes, t->step, t->bytes, field, t->out) &&
           is_sensible(tt_buf_span(t->out));
}

bool tt_verify_recipe(const struct tt_verify_recipes *recipes, const char *step,
                      struct tt_span bytes, struct tt_span beside, struct tt_buf *out)
{
    struct recipe_try t = {.recipes = recipes, .step = step, .bytes = bytes, .out = out};
    if (tt_verify_recipe_needs_field(recipes, step))
        return tt_verify_any_field(beside, try_recipe, &t);
    return tt_verify_recipe_undo(recipes, step, bytes, tt_span_str(""), out);
}

/* ---- all of it ---- */

static bool says_xored(const struct tt_verify_form *form, struct tt_span bytes,
                       struct tt_span beside)
{
    struct tt_verify_keys keys;
    bool same = false;
    tt_verify_keys_init(&keys);
    tt_verify_keys_add(&keys, beside);
    for (size_t i = 0; i < keys.count && !same; i++) {
        struct tt_buf plain = tt_buf_make(WORK_MAX);
        same = tt_verify_unxor(bytes, tt_verify_keys_at(&keys, i), &plain) == TT_OK &&
               tt_verify_form_says(form, tt_buf_span(&plain)) == TT_VERIFY_YES;
        tt_buf_wipe(&plain);
    }
    tt_verify_keys_wipe(&keys);
    return same;
}

static enum tt_verify_answer answer(bool same)
{
    return same ? TT_VERIFY_YES : TT_VERIFY_NO;
}

/* `plus`: under percent, "+" is a space. */
static enum tt_verify_answer says(const struct tt_verify_form *form, const char *const *transforms,
                                  size_t count, struct tt_span bytes, struct tt_span beside,
                                  bool plus)
{
    struct tt_buf rooms[2] = {tt_buf_make(WORK_MAX), tt_buf_make(WORK_MAX)};
    enum tt_verify_answer result = TT_VERIFY_NO;
    unsigned to = 0;
    for (; count > 0; count--, to ^= 1) {
        const char *name = transforms[count - 1];
        if (is_one_way(name)) {
            result = answer(says_digest(form, transforms, count, bytes, beside));
            goto out;
        }
        if (strcmp(name, "xor-field") == 0) {
            result = answer(count == 1 && says_xored(form, bytes, beside));
            goto out;
        }
        if (count == 1 && strcmp(name, "base64") == 0 && is_base64_part(form, bytes)) {
            result = TT_VERIFY_YES;
            goto out;
        }
        tt_buf_clear(&rooms[to]);
        enum tt_err err = TT_OK;
        if (plus && strcmp(name, "percent") == 0) {
            err = tt_verify_unpercent_plus(bytes, &rooms[to]);
        } else if (strncmp(name, "recipe:", 7) == 0) {
            if (!tt_verify_recipe(form->recipes, name, bytes, beside, &rooms[to]))
                goto out;
        } else if (!tt_verify_decode(name, bytes, &rooms[to], &err)) {
            result = TT_VERIFY_UNKNOWN;
            goto out;
        }
        if (err != TT_OK)
            goto out;
        bytes = tt_buf_span(&rooms[to]);
    }
    result = tt_verify_form_says(form, bytes);
out:
    tt_buf_wipe(&rooms[0]);
    tt_buf_wipe(&rooms[1]);
    return result;
}

enum tt_verify_answer tt_verify_says(const struct tt_verify_form *form,
                                     const char *const *transforms, size_t count,
                                     struct tt_span bytes, struct tt_span beside)
{
    enum tt_verify_answer result = says(form, transforms, count, bytes, beside, false);
    return result == TT_VERIFY_NO ? says(form, transforms, count, bytes, beside, true) : result;
}
