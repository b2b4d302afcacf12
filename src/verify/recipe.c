#include "verify/recipe.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "base/yaml.h"
#include "model/limits.h"
#include "verify/decode.h"

enum { FILES_MAX = 64, DEPTH_MAX = 16, KEY_MAX = 256, WORK_MAX = 1 << 20, BLOCK_MAX = 16 };

struct tt_verify_recipes {
    struct tt_yaml *files[FILES_MAX];
    size_t count;
};

struct tt_verify_recipes *tt_verify_recipes_new(void)
{
    return calloc(1, sizeof(struct tt_verify_recipes));
}

void tt_verify_recipes_free(struct tt_verify_recipes *recipes)
{
    for (size_t i = 0; recipes != NULL && i < recipes->count; i++)
        tt_yaml_free(recipes->files[i]);
    free(recipes);
}

enum tt_err tt_verify_recipes_add(struct tt_verify_recipes *recipes, struct tt_span text,
                                  const char *name, struct tt_error *error)
{
    const struct tt_yaml_config config = {
        .name = name, .nodes_max = TT_RECIPE_NODES_MAX, .depth_max = DEPTH_MAX};
    if (recipes->count == FILES_MAX)
        return tt_error_set(error, TT_ERR_LIMIT, "%s: too many recipe files", name);
    enum tt_err err = tt_yaml_parse(text, &config, &recipes->files[recipes->count], error);
    if (err == TT_OK)
        recipes->count++;
    return err;
}

static bool is(const struct tt_yaml_node *node, const char *text)
{
    return node != NULL && strcmp(tt_yaml_text(node), text) == 0;
}

/* The recipe of the step "recipe:NAME". */
static const struct tt_yaml_node *find(const struct tt_verify_recipes *recipes, const char *step)
{
    static const char prefix[] = "recipe:";
    if (recipes == NULL || strncmp(step, prefix, sizeof(prefix) - 1) != 0)
        return NULL;
    for (size_t i = 0; i < recipes->count; i++) {
        const struct tt_yaml_node *list = tt_yaml_get(tt_yaml_root(recipes->files[i]), "recipes");
        const struct tt_yaml_node *at = list == NULL ? NULL : list->first;
        for (; at != NULL; at = at->next)
            if (is(tt_yaml_get(at, "name"), step + sizeof(prefix) - 1))
                return at;
    }
    return NULL;
}

bool tt_verify_recipe_known(const struct tt_verify_recipes *recipes, const char *step)
{
    return find(recipes, step) != NULL;
}

/* ---- keys ---- */

static bool digest_key(const char *digest, struct tt_buf *key)
{
    uint8_t bytes[EVP_MAX_MD_SIZE];
    size_t len = 0;
    char name[16] = "";
    size_t name_len = strcspn(digest, "-");
    bool hex = digest[name_len] == '-';
    if (name_len >= sizeof(name))
        return false;
    memcpy(name, digest, name_len);
    if (EVP_Q_digest(NULL, name, NULL, key->data, key->len, bytes, &len) != 1)
        return false;
    tt_buf_clear(key);
    struct tt_span made = tt_span_of(bytes, len);
    return (hex ? tt_verify_write_hex(made, false, key) : tt_buf_append(key, made)) == TT_OK;
}

/* The bytes of a KEY. */
static bool read_key(const struct tt_yaml_node *node, struct tt_span field, struct tt_buf *key)
{
    const struct tt_yaml_node *text = tt_yaml_get(node, "text");
    const struct tt_yaml_node *hex = tt_yaml_get(node, "hex");
    const struct tt_yaml_node *from = tt_yaml_get(node, "field");
    const struct tt_yaml_node *digest = tt_yaml_get(node, "digest");
    const struct tt_yaml_node *take = tt_yaml_get(node, "take");
    enum tt_err err = TT_OK;
    if (text != NULL)
        err = tt_buf_append(key, text->text);
    else if (hex != NULL)
        (void)tt_verify_decode("hex", hex->text, key, &err);
    else if (is(from, "any-hex"))
        (void)tt_verify_decode("hex", field, key, &err);
    else
        err = tt_buf_append(key, field);
    if (err != TT_OK || (digest != NULL && !digest_key(tt_yaml_text(digest), key)))
        return false;
    size_t len = take == NULL ? key->len : (size_t)strtoul(tt_yaml_text(take), NULL, 10);
    if (len < key->len)
        key->len = len;
    return key->len > 0;
}

/* ---- steps ---- */

static bool run_alphabet(struct tt_span alphabet, struct tt_span in, struct tt_buf *out)
{
    uint32_t held = 0;
    unsigned bits = 0;
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < in.len && err == TT_OK; i++) {
        size_t digit = tt_span_find(alphabet, in.data[i]);
        if (digit >= alphabet.len)
            continue;
        held = held << 6 | (uint32_t)digit;
        bits += 6;
        if (bits < 8)
            continue;
        bits -= 8;
        err = tt_buf_append_u8(out, (uint8_t)(held >> bits));
        held &= (1U << bits) - 1U;
    }
    return err == TT_OK;
}

static bool run_xor(struct tt_span key, struct tt_span in, struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    for (size_t i = 0; i < in.len && err == TT_OK; i++)
        err = tt_buf_append_u8(out, in.data[i] ^ key.data[i % key.len]);
    return err == TT_OK;
}

/* As published in RFC 6229. */
static bool run_rc4(struct tt_span key, struct tt_span in, struct tt_buf *out)
{
    uint8_t state[256];
    uint8_t j = 0;
    enum tt_err err = TT_OK;
    for (unsigned i = 0; i < 256; i++)
        state[i] = (uint8_t)i;
    for (unsigned i = 0; i < 256; i++) {
        j = (uint8_t)(j + state[i] + key.data[i % key.len]);
        uint8_t kept = state[i];
        state[i] = state[j];
        state[j] = kept;
    }
    j = 0;
    for (size_t at = 0; at < in.len && err == TT_OK; at++) {
        uint8_t i = (uint8_t)(at + 1);
        uint8_t kept = state[i];
        j = (uint8_t)(j + kept);
        state[i] = state[j];
        state[j] = kept;
        err = tt_buf_append_u8(out, in.data[at] ^ state[(uint8_t)(state[i] + kept)]);
    }
    return err == TT_OK;
}

/* "aes-cbc" and a key to the library's name; a key of DES is one of Triple DES three times. */
static bool name_cipher(const char *step, struct tt_buf *key, char name[32])
{
    const char *mode = strrchr(step, '-');
    if (mode == NULL)
        return false;
    if (strncmp(step, "aes-", 4) == 0) {
        (void)snprintf(name, 32, "AES-%u%s", (unsigned)(key->len * 8), mode);
        return key->len == 16 || key->len == 24 || key->len == 32;
    }
    uint8_t first[8];
    (void)snprintf(name, 32, "DES-EDE3%s", strcmp(mode, "-ecb") == 0 ? "" : mode);
    while (key->len < 24 && key->len >= 8 && key->len % 8 == 0) {
        memcpy(first, key->data + key->len % 16, 8);
        if (tt_buf_append(key, tt_span_of(first, 8)) != TT_OK)
            return false;
    }
    return key->len == 24;
}

static void strip_padding(struct tt_buf *out, size_t block)
{
    size_t pad = out->len == 0 ? 0 : out->data[out->len - 1];
    if (pad == 0 || pad > block || pad > out->len)
        return;
    for (size_t i = 1; i <= pad; i++)
        if (out->data[out->len - i] != pad)
            return;
    out->len -= pad;
}

/* Decrypts whole blocks. */
static bool run_cipher(const char *step, struct tt_buf *key, struct tt_span iv, struct tt_span in,
                       bool padded, struct tt_buf *out)
{
    char name[32];
    uint8_t first[BLOCK_MAX] = {0};
    if (!name_cipher(step, key, name))
        return false;
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    EVP_CIPHER_CTX *context = cipher == NULL ? NULL : EVP_CIPHER_CTX_new();
    size_t block = cipher == NULL ? 1 : (size_t)EVP_CIPHER_get_block_size(cipher);
    if (iv.len > 0)
        memcpy(first, iv.data, iv.len < BLOCK_MAX ? iv.len : BLOCK_MAX);
    in.len -= in.len % block;
    int made = 0;
    bool ok = context != NULL && tt_buf_reserve(out, in.len + BLOCK_MAX) == TT_OK &&
              EVP_DecryptInit_ex2(context, cipher, key->data, first, NULL) == 1 &&
              EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
              EVP_DecryptUpdate(context, out->data + out->len, &made, in.data, (int)in.len) == 1;
    if (ok)
        out->len += (size_t)made;
    if (ok && padded && block > 1)
        strip_padding(out, block);
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
    return ok;
}

static bool run_block(const struct tt_yaml_node *step, struct tt_buf *key, struct tt_span field,
                      struct tt_span in, struct tt_buf *out)
{
    const char *name = tt_yaml_text(step->key);
    const struct tt_yaml_node *iv = tt_yaml_get(step, "iv");
    struct tt_buf first = tt_buf_make(KEY_MAX);
    size_t block = strncmp(name, "aes", 3) == 0 ? 16 : 8;
    bool ok = true;
    if (is(iv, "first-block")) {
        ok = tt_buf_append(&first, tt_span_sub(in, 0, block)) == TT_OK;
        in = tt_span_from(in, block);
    } else if (is(iv, "key")) {
        ok = tt_buf_append(&first, tt_span_sub(tt_buf_span(key), 0, block)) == TT_OK;
    } else if (iv != NULL && !is(iv, "zero")) {
        ok = read_key(iv, field, &first);
    }
    ok = ok && run_cipher(name, key, tt_buf_span(&first), in,
                          !is(tt_yaml_get(step, "padding"), "none"), out);
    tt_buf_wipe(&first);
    return ok;
}

/* One step: a map with its name as the only key, or the value of that. */
static bool run_step(const struct tt_yaml_node *step, struct tt_span field, struct tt_span in,
                     struct tt_buf *out)
{
    const char *name = tt_yaml_text(step->key);
    if (strcmp(name, "alphabet") == 0)
        return run_alphabet(step->text, in, out);
    if (strcmp(name, "skip") == 0)
        return tt_buf_append(out, tt_span_from(in, strtoul(tt_yaml_text(step), NULL, 10))) == TT_OK;
    if (strcmp(name, "reverse") == 0) {
        enum tt_err err = TT_OK;
        for (size_t i = in.len; i > 0 && err == TT_OK; i--)
            err = tt_buf_append_u8(out, in.data[i - 1]);
        return err == TT_OK;
    }
    struct tt_buf key = tt_buf_make(KEY_MAX);
    const struct tt_yaml_node *inner = tt_yaml_get(step, "key");
    bool ok = read_key(inner == NULL ? step : inner, field, &key);
    if (ok && strcmp(name, "xor") == 0)
        ok = run_xor(tt_buf_span(&key), in, out);
    else if (ok && strcmp(name, "rc4") == 0)
        ok = run_rc4(tt_buf_span(&key), in, out);
    else if (ok)
        ok = run_block(step, &key, field, in, out);
    tt_buf_wipe(&key);
    return ok;
}

bool tt_verify_recipe_undo(const struct tt_verify_recipes *recipes, const char *step,
                           struct tt_span in, struct tt_span field, struct tt_buf *out)
{
    const struct tt_yaml_node *card = find(recipes, step);
    const struct tt_yaml_node *steps = card == NULL ? NULL : tt_yaml_get(card, "steps");
    if (steps == NULL)
        return false;
    struct tt_buf rooms[2] = {tt_buf_make(WORK_MAX), tt_buf_make(WORK_MAX)};
    bool ok = true;
    unsigned to = 0;
    for (const struct tt_yaml_node *at = steps->first; at != NULL && ok; at = at->next, to ^= 1) {
        tt_buf_clear(&rooms[to]);
        ok = at->first != NULL && run_step(at->first, field, in, &rooms[to]);
        in = tt_buf_span(&rooms[to]);
    }
    ok = ok && tt_buf_append(out, in) == TT_OK;
    tt_buf_wipe(&rooms[0]);
    tt_buf_wipe(&rooms[1]);
    return ok;
}

/* The map of a key, or one inside it. */
static bool has_field(const struct tt_yaml_node *key)
{
    return key != NULL && tt_yaml_get(key, "field") != NULL;
}

bool tt_verify_recipe_needs_field(const struct tt_verify_recipes *recipes, const char *step)
{
    const struct tt_yaml_node *card = find(recipes, step);
    const struct tt_yaml_node *steps = card == NULL ? NULL : tt_yaml_get(card, "steps");
    for (const struct tt_yaml_node *at = steps == NULL ? NULL : steps->first; at != NULL;
         at = at->next)
        if (at->first != NULL &&
            (has_field(at->first) || has_field(tt_yaml_get(at->first, "key")) ||
             has_field(tt_yaml_get(at->first, "iv"))))
            return true;
    return false;
}

bool tt_verify_recipe_salt(const struct tt_verify_recipes *recipes, const char *step,
                           enum tt_verify_salt *ret_order, struct tt_buf *salt)
{
    static const struct {
        const char *name;
        enum tt_verify_salt order;
    } orders[] = {{"behind", TT_VERIFY_SALT_BEHIND},
                  {"before", TT_VERIFY_SALT_BEFORE},
                  {"hmac", TT_VERIFY_SALT_HMAC}};
    const struct tt_yaml_node *card = find(recipes, step);
    const struct tt_yaml_node *salted = card == NULL ? NULL : tt_yaml_get(card, "salted");
    for (size_t i = 0; salted != NULL && i < TT_ARRAY_LEN(orders); i++) {
        const struct tt_yaml_node *key = tt_yaml_get(salted, orders[i].name);
        if (key == NULL)
            continue;
        *ret_order = orders[i].order;
        return read_key(key, tt_span_str(""), salt);
    }
    return false;
}
