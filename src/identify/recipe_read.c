#include "identify/recipe_read.h"

#include "base/compiler.h"

#include <stdio.h>

enum { ALPHABET = 64, SKIP_MAX = 65536, NAME_MAX_BYTES = 32 };

typedef const struct tt_yaml_node node;

struct reading {
    struct tt_yaml *doc;
    struct tt_arena *arena;
    struct tt_error *error;
};

static enum tt_err no_memory(const struct reading *r)
{
    return tt_error_set(r->error, TT_ERR_MEMORY, "no memory for the recipes");
}

/* A map whose keys are all known. */
static enum tt_err expect_map(const struct reading *r, node *map, const char *const *keys,
                              size_t count)
{
    enum tt_err result = tt_yaml_expect(r->doc, map, TT_YAML_MAP, r->error);
    return result == TT_OK ? tt_yaml_check_keys(r->doc, map, keys, count, r->error) : result;
}

static enum tt_err need(const struct reading *r, node *map, const char *key, enum tt_yaml_kind kind,
                        node **ret_value)
{
    node *value = tt_yaml_get(map, key);
    if (value == NULL)
        return tt_yaml_error(r->doc, map, r->error, "\"%s\" is missing", key);
    enum tt_err result = tt_yaml_expect(r->doc, value, kind, r->error);
    if (result == TT_OK)
        *ret_value = value;
    return result;
}

/* The position of a scalar among `words`. */
static enum tt_err read_word(const struct reading *r, node *value, const char *const *words,
                             size_t count, size_t *ret_at)
{
    enum tt_err result = tt_yaml_expect(r->doc, value, TT_YAML_SCALAR, r->error);
    if (result != TT_OK)
        return result;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], tt_yaml_text(value)) == 0) {
            *ret_at = i;
            return TT_OK;
        }
    }
    const char *meant = tt_yaml_suggest(value->text, words, count);
    return tt_yaml_error(r->doc, value, r->error, "unknown word \"%s\"; %s \"%s\"",
                         tt_yaml_text(value), meant == NULL ? "one of them is" : "did you mean",
                         meant == NULL ? words[0] : meant);
}

static enum tt_err read_number(const struct reading *r, node *value, size_t max, size_t *ret_number)
{
    enum tt_err result = tt_yaml_expect(r->doc, value, TT_YAML_SCALAR, r->error);
    size_t number = 0;
    for (size_t i = 0; result == TT_OK && i < value->text.len; i++) {
        uint8_t c = value->text.data[i];
        number = number * 10 + (size_t)(c - '0');
        if (!tt_is_digit(c) || number > max)
            result = tt_yaml_error(r->doc, value, r->error, "expected a number from 1 to %zu", max);
    }
    if (result == TT_OK && number == 0)
        result = tt_yaml_error(r->doc, value, r->error, "expected a number from 1 to %zu", max);
    if (result == TT_OK)
        *ret_number = number;
    return result;
}

/* ---- keys ---- */

static enum tt_err read_hex(const struct reading *r, node *value, struct tt_card_key *key)
{
    struct tt_span digits = value->text;
    if (digits.len % 2 != 0 || digits.len > 2 * sizeof(key->bytes))
        return tt_yaml_error(r->doc, value, r->error,
                             "expected pairs of hexadecimal digits, at most %d", TT_CIPHER_KEY_MAX);
    for (size_t i = 0; i < digits.len; i += 2) {
        int high = tt_hex_value(digits.data[i]);
        int low = tt_hex_value(digits.data[i + 1]);
        if (high < 0 || low < 0)
            return tt_yaml_error(r->doc, value, r->error, "expected hexadecimal digits");
        key->bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    key->len = digits.len / 2;
    return TT_OK;
}

static enum tt_err read_text(const struct reading *r, node *value, struct tt_card_key *key)
{
    if (value->text.len > sizeof(key->bytes))
        return tt_yaml_error(r->doc, value, r->error, "a key has at most %d bytes",
                             TT_CIPHER_KEY_MAX);
    memcpy(key->bytes, value->text.data, value->text.len);
    key->len = value->text.len;
    return TT_OK;
}

static enum tt_err read_digest(const struct reading *r, node *value, struct tt_card_key *key)
{
    static const char *const words[] = {"md5",     "sha1",     "sha256",
                                        "md5-hex", "sha1-hex", "sha256-hex"};
    static const char *const names[] = {"MD5", "SHA1", "SHA256"};
    size_t at = 0;
    enum tt_err result = read_word(r, value, words, TT_ARRAY_LEN(words), &at);
    if (result != TT_OK)
        return result;
    key->digest = names[at % TT_ARRAY_LEN(names)];
    key->digest_hex = at >= TT_ARRAY_LEN(names);
    return TT_OK;
}

static enum tt_err read_field(const struct reading *r, node *value, struct tt_card_key *key)
{
    static const char *const words[] = {"any", "any-hex"};
    size_t at = 0;
    enum tt_err result = read_word(r, value, words, TT_ARRAY_LEN(words), &at);
    key->from = TT_FROM_FIELD;
    key->hex = at == 1;
    return result;
}

/* {text: ...}, {hex: ...} or {field: any}, with digest and take. */
static enum tt_err read_key(const struct reading *r, node *map, struct tt_card_key *key)
{
    static const char *const keys[] = {"text", "hex", "field", "digest", "take"};
    enum tt_err result = expect_map(r, map, keys, TT_ARRAY_LEN(keys));
    if (result != TT_OK)
        return result;
    unsigned sources = 0;
    key->from = TT_FROM_CARD;
    for (node *value = map->first; value != NULL && result == TT_OK; value = value->next) {
        const char *name = tt_yaml_text(value->key);
        result = tt_yaml_expect(r->doc, value, TT_YAML_SCALAR, r->error);
        if (result != TT_OK)
            break;
        if (strcmp(name, "digest") == 0) {
            result = read_digest(r, value, key);
            continue;
        }
        if (strcmp(name, "take") == 0) {
            result = read_number(r, value, TT_CIPHER_KEY_MAX, &key->take);
            continue;
        }
        sources++;
        result = strcmp(name, "text") == 0  ? read_text(r, value, key)
                 : strcmp(name, "hex") == 0 ? read_hex(r, value, key)
                                            : read_field(r, value, key);
    }
    if (result == TT_OK && sources != 1)
        result = tt_yaml_error(r->doc, map, r->error, "expected one of text, hex and field");
    return result;
}

/* ---- ciphers ---- */

static const struct {
    const char *name;
    enum tt_cipher_algorithm algorithm;
    enum tt_cipher_mode mode;
    size_t key_min; /* 3DES: not the short key of DES */
    size_t key_max;
    size_t block;
} ciphers[] = {
    {"aes-ecb", TT_CIPHER_AES, TT_MODE_ECB, 16, 32, 16},
    {"aes-cbc", TT_CIPHER_AES, TT_MODE_CBC, 16, 32, 16},
    {"aes-ctr", TT_CIPHER_AES, TT_MODE_CTR, 16, 32, 16},
    {"des-ecb", TT_CIPHER_DES, TT_MODE_ECB, 8, 8, 8},
    {"des-cbc", TT_CIPHER_DES, TT_MODE_CBC, 8, 8, 8},
    {"3des-ecb", TT_CIPHER_DES, TT_MODE_ECB, 16, 24, 8},
    {"3des-cbc", TT_CIPHER_DES, TT_MODE_CBC, 16, 24, 8},
    {"rc4", TT_CIPHER_RC4, TT_MODE_ECB, 1, TT_CIPHER_KEY_MAX, 0},
    {"xor", TT_CIPHER_XOR, TT_MODE_ECB, 1, TT_CIPHER_KEY_MAX, 0},
};

static enum tt_err read_iv(const struct reading *r, node *value, size_t block,
                           struct tt_card_key *iv)
{
    static const char *const words[] = {"first-block", "key", "zero"};
    static const enum tt_card_from from[] = {TT_FROM_INPUT, TT_FROM_KEY, TT_FROM_NOTHING};
    enum tt_err result = TT_OK;
    if (value->kind == TT_YAML_SCALAR) {
        size_t at = 0;
        result = read_word(r, value, words, TT_ARRAY_LEN(words), &at);
        iv->from = from[at];
    } else {
        result = read_key(r, value, iv);
    }
    if (result == TT_OK && iv->from == TT_FROM_CARD && iv->digest == NULL && iv->take == 0 &&
        iv->len != block)
        result = tt_yaml_error(r->doc, value, r->error, "this initialization vector has %zu bytes",
                               block);
    return result;
}

/* The bytes that a key of the card comes to: digests are made when it is used. */
static enum tt_err ready_cipher(const struct reading *r, node *value, size_t at,
                                struct tt_card_step *step)
{
    struct tt_card_key *key = &step->key;
    step->cipher = tt_cipher_new(ciphers[at].algorithm, ciphers[at].mode);
    if (step->cipher == NULL)
        return no_memory(r);
    if (key->from != TT_FROM_CARD)
        return TT_OK;
    uint8_t bytes[TT_CIPHER_KEY_MAX];
    size_t len = tt_card_key_make(key, tt_span_of(NULL, 0), bytes);
    if (len < ciphers[at].key_min || len > ciphers[at].key_max ||
        !tt_cipher_key(step->cipher, tt_span_of(bytes, len)))
        return tt_yaml_error(r->doc, value, r->error, "a key of %zu bytes does not fit %s", len,
                             ciphers[at].name);
    return TT_OK;
}

/* "rc4: KEY", or a map with key, iv and padding. */
static enum tt_err read_cipher(const struct reading *r, node *value, size_t at,
                               struct tt_card_step *step)
{
    static const char *const keys[] = {"key", "padding", "iv"};
    static const char *const paddings[] = {"none", "pkcs7"};
    step->op = TT_CARD_CIPHER;
    if (ciphers[at].block == 0) {
        enum tt_err result = read_key(r, value, &step->key);
        return result == TT_OK ? ready_cipher(r, value, at, step) : result;
    }
    bool chained = ciphers[at].mode != TT_MODE_ECB;
    enum tt_err result = expect_map(r, value, keys, chained ? 3 : 2);
    node *key = NULL;
    node *iv = NULL;
    node *padding = tt_yaml_get(value, "padding");
    size_t padded = ciphers[at].mode != TT_MODE_CTR;
    if (result == TT_OK)
        result = need(r, value, "key", TT_YAML_MAP, &key);
    if (result == TT_OK)
        result = read_key(r, key, &step->key);
    if (result == TT_OK && chained) {
        iv = tt_yaml_get(value, "iv");
        result = iv == NULL ? tt_yaml_error(r->doc, value, r->error, "\"iv\" is missing")
                            : read_iv(r, iv, ciphers[at].block, &step->iv);
    }
    if (result == TT_OK && padding != NULL)
        result = read_word(r, padding, paddings, TT_ARRAY_LEN(paddings), &padded);
    step->padded = padded != 0;
    return result == TT_OK ? ready_cipher(r, key, at, step) : result;
}

/* ---- other steps ---- */

static enum tt_err read_alphabet(const struct reading *r, node *value, struct tt_card_step *step)
{
    enum tt_err result = tt_yaml_expect(r->doc, value, TT_YAML_SCALAR, r->error);
    if (result != TT_OK)
        return result;
    step->op = TT_CARD_ALPHABET;
    memset(step->values, -1, sizeof(step->values));
    if (value->text.len != ALPHABET)
        return tt_yaml_error(r->doc, value, r->error, "expected 64 characters, not %zu",
                             value->text.len);
    for (size_t i = 0; i < ALPHABET; i++) {
        uint8_t c = value->text.data[i];
        if (c <= ' ' || c >= 0x7f)
            return tt_yaml_error(r->doc, value, r->error, "expected printable ASCII");
        if (step->values[c] >= 0)
            return tt_yaml_error(r->doc, value, r->error, "\"%c\" stands in it twice", c);
        step->values[c] = (int8_t)i;
    }
    return TT_OK;
}

static enum tt_err read_step(const struct reading *r, node *map, struct tt_card_step *step)
{
    static const char *const ops[] = {"aes-ecb", "aes-cbc",  "aes-ctr",  "des-ecb",
                                      "des-cbc", "3des-ecb", "3des-cbc", "rc4",
                                      "xor",     "alphabet", "reverse",  "skip"};
    enum { CIPHERS = TT_ARRAY_LEN(ciphers) };
    enum tt_err result = expect_map(r, map, ops, TT_ARRAY_LEN(ops));
    if (result != TT_OK)
        return result;
    if (map->count != 1)
        return tt_yaml_error(r->doc, map, r->error, "expected one operation in each step");
    node *value = map->first;
    const char *name = tt_yaml_text(value->key);
    for (size_t i = 0; i < CIPHERS; i++) {
        if (strcmp(name, ciphers[i].name) == 0)
            return read_cipher(r, value, i, step);
    }
    if (strcmp(name, "alphabet") == 0)
        return read_alphabet(r, value, step);
    if (strcmp(name, "skip") == 0) {
        step->op = TT_CARD_SKIP;
        return read_number(r, value, SKIP_MAX, &step->count);
    }
    static const char *const reversed[] = {"bytes"};
    size_t at = 0;
    step->op = TT_CARD_REVERSE;
    return read_word(r, value, reversed, 1, &at);
}

static enum tt_err read_steps(const struct reading *r, node *list, struct tt_card *card)
{
    if (list->count == 0 || list->count > TT_RECIPE_STEPS_MAX)
        return tt_yaml_error(r->doc, list, r->error, "expected 1 to %d steps", TT_RECIPE_STEPS_MAX);
    card->steps = tt_arena_alloc(r->arena, list->count * sizeof(*card->steps));
    if (card->steps == NULL)
        return no_memory(r);
    enum tt_err result = TT_OK;
    for (node *step = list->first; step != NULL && result == TT_OK; step = step->next) {
        struct tt_card_step *to = &card->steps[card->step_count++];
        result = read_step(r, step, to);
        if (result == TT_OK && to->op == TT_CARD_ALPHABET && card->step_count > 1)
            result = tt_yaml_error(r->doc, step, r->error, "an alphabet is the first step");
        card->uses_field =
            card->uses_field || to->key.from == TT_FROM_FIELD || to->iv.from == TT_FROM_FIELD;
    }
    return result;
}

/* {digest: md5, behind: KEY}: or before, or hmac. */
static enum tt_err read_salted(const struct reading *r, node *map, struct tt_card *card)
{
    static const char *const keys[] = {"digest", "behind", "before", "hmac"};
    static const char *const digests[] = {"md5", "sha1", "sha256", "sha512"};
    enum tt_err result = expect_map(r, map, keys, TT_ARRAY_LEN(keys));
    if (result != TT_OK)
        return result;
    node *digest = tt_yaml_get(map, "digest");
    size_t at = 0;
    if (digest != NULL && (result = read_word(r, digest, digests, TT_ARRAY_LEN(digests), &at)) == 0)
        card->salt_digest = digests[at];
    for (size_t i = 1; i < TT_ARRAY_LEN(keys) && result == TT_OK; i++) {
        node *salt = tt_yaml_get(map, keys[i]);
        if (salt == NULL)
            continue;
        if (card->salt_order != TT_CARD_NO_SALT)
            return tt_yaml_error(r->doc, salt, r->error, "there is a salt already");
        card->salt_order = (enum tt_card_salt)i;
        result = read_key(r, salt, &card->salt);
        if (result == TT_OK && (card->salt.from != TT_FROM_CARD || card->salt.digest != NULL ||
                                card->salt.take != 0 || card->salt.len == 0))
            result = tt_yaml_error(r->doc, salt, r->error,
                                   "expected text or hex: fields are tried anyway");
    }
    if (result == TT_OK && card->salt_order == TT_CARD_NO_SALT)
        result = tt_yaml_error(r->doc, map, r->error, "expected one of behind, before and hmac");
    return result;
}

/* ---- a recipe ---- */

static enum tt_err read_hosts(const struct reading *r, node *list, struct tt_card *card)
{
    enum tt_err result = tt_yaml_expect(r->doc, list, TT_YAML_SEQUENCE, r->error);
    if (result != TT_OK)
        return result;
    const char **hosts = tt_arena_alloc(r->arena, (list->count + 1) * sizeof(*hosts));
    if (hosts == NULL)
        return no_memory(r);
    for (node *host = list->first; host != NULL && result == TT_OK; host = host->next) {
        result = tt_yaml_expect(r->doc, host, TT_YAML_SCALAR, r->error);
        if (result != TT_OK)
            break;
        size_t star = tt_span_find(host->text, '*');
        bool suffix = star == 0 && host->text.len > 2 && host->text.data[1] == '.';
        if (host->text.len == 0 || tt_span_find(tt_span_from(host->text, suffix ? 1 : 0), '*') <
                                       host->text.len - (suffix ? 1 : 0))
            return tt_yaml_error(r->doc, host, r->error,
                                 "expected a host, or *. and the end of one");
        hosts[card->host_count] = tt_arena_dup(r->arena, host->text);
        if (hosts[card->host_count++] == NULL)
            return no_memory(r);
    }
    card->hosts = hosts;
    return result;
}

/* Small letters, digits and hyphens: it stands in paths. */
static enum tt_err read_name(const struct reading *r, node *entry, struct tt_card *card)
{
    node *name = NULL;
    enum tt_err result = need(r, entry, "name", TT_YAML_SCALAR, &name);
    if (result != TT_OK)
        return result;
    bool good = name->text.len > 0 && name->text.len <= NAME_MAX_BYTES;
    for (size_t i = 0; i < name->text.len; i++) {
        uint8_t c = name->text.data[i];
        good = good && (tt_is_digit(c) || (c >= 'a' && c <= 'z') || c == '-');
    }
    if (!good)
        return tt_yaml_error(r->doc, name, r->error,
                             "expected at most %d small letters, digits and hyphens",
                             NAME_MAX_BYTES);
    char step[NAME_MAX_BYTES + sizeof("recipe:")];
    (void)snprintf(step, sizeof(step), "recipe:%s", tt_yaml_text(name));
    card->name = tt_arena_dup(r->arena, name->text);
    card->step = tt_arena_strdup(r->arena, step);
    return card->name == NULL || card->step == NULL ? no_memory(r) : TT_OK;
}

static enum tt_err read_recipe(const struct reading *r, node *entry, struct tt_card *card)
{
    static const char *const keys[] = {"name", "source", "hosts", "steps", "salted", "gives"};
    static const char *const gives[] = {"anything", "text", "gzip", "zlib"};
    enum tt_err result = expect_map(r, entry, keys, TT_ARRAY_LEN(keys));
    node *source = NULL;
    if (result == TT_OK)
        result = read_name(r, entry, card);
    if (result == TT_OK)
        result = need(r, entry, "source", TT_YAML_SCALAR, &source);
    if (result == TT_OK && (card->source = tt_arena_dup(r->arena, source->text)) == NULL)
        result = no_memory(r);
    node *hosts = tt_yaml_get(entry, "hosts");
    if (result == TT_OK && hosts != NULL)
        result = read_hosts(r, hosts, card);
    node *expected = tt_yaml_get(entry, "gives");
    size_t at = 0;
    if (result == TT_OK && expected != NULL)
        result = read_word(r, expected, gives, TT_ARRAY_LEN(gives), &at);
    card->gives = (enum tt_card_gives)at;
    node *salted = tt_yaml_get(entry, "salted");
    if (result == TT_OK && salted != NULL && tt_yaml_get(entry, "steps") == NULL)
        return read_salted(r, salted, card);
    if (result == TT_OK && salted != NULL)
        return tt_yaml_error(r->doc, salted, r->error, "a recipe has steps, or is salted");
    node *steps = NULL;
    if (result == TT_OK)
        result = need(r, entry, "steps", TT_YAML_SEQUENCE, &steps);
    return result == TT_OK ? read_steps(r, steps, card) : result;
}

static enum tt_err read_all(const struct reading *r, tt_card_take_fn *take, void *context)
{
    static const char *const keys[] = {"recipes"};
    node *root = tt_yaml_root(r->doc);
    node *list = NULL;
    enum tt_err result = expect_map(r, root, keys, TT_ARRAY_LEN(keys));
    if (result == TT_OK)
        result = need(r, root, "recipes", TT_YAML_SEQUENCE, &list);
    for (node *entry = list == NULL ? NULL : list->first; entry != NULL && result == TT_OK;
         entry = entry->next) {
        struct tt_card card = {.name = NULL};
        result = read_recipe(r, entry, &card);
        if (result == TT_OK)
            result = take(context, &card);
        else
            tt_card_clear(&card);
        if (result == TT_ERR_USAGE)
            result = tt_yaml_error(r->doc, entry, r->error, "there is a recipe \"%s\" already",
                                   card.name);
    }
    return result;
}

enum tt_err tt_recipe_read(struct tt_span text, const char *name, struct tt_arena *arena,
                           tt_card_take_fn *take, void *context, struct tt_error *error)
{
    const struct tt_yaml_config config = {
        .name = name, .nodes_max = TT_RECIPE_NODES_MAX, .depth_max = TT_YAML_DEPTH_MAX};
    struct reading r = {.arena = arena, .error = error};
    enum tt_err result = tt_yaml_parse(text, &config, &r.doc, error);
    if (result == TT_OK)
        result = read_all(&r, take, context);
    tt_yaml_free(r.doc);
    return result;
}
