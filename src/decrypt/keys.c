#include "decrypt/keys.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/secret.h"
#include "decrypt/private_key.h"
#include "model/limits.h"

#include <stdlib.h>

struct psk {
    uint16_t len;
    uint8_t bytes[TT_PSK_MAX];
};

/* A secret, and those of the same place that came before it. */
struct held {
    struct tt_key key;
    struct held *rival;
};

struct tt_keys {
    struct tt_map *map; /* from label, generation and id to struct held */
    struct tt_arena arena;
    struct psk psks[TT_PSKS_MAX];
    size_t psk_count;
    struct tt_private_keys *private_keys;
    uint64_t news;
    size_t secrets; /* rivals, too */
    bool premasters;
};

const char *tt_key_source_name(enum tt_key_source source)
{
    static const char *const names[] = {[TT_KEY_FROM_KEYLOG] = "keylog",
                                        [TT_KEY_FROM_CAPTURE] = "capture",
                                        [TT_KEY_FROM_PRIVATE_KEY] = "private_key",
                                        [TT_KEY_FROM_PSK] = "psk"};
    return names[source];
}

enum tt_err tt_keys_new(struct tt_keys **ret_keys)
{
    struct tt_keys *keys = calloc(1, sizeof(*keys));
    if (keys == NULL)
        return TT_ERR_MEMORY;
    keys->map = tt_map_new(TT_KEYS_MAX);
    keys->arena = tt_arena_make(SIZE_MAX);
    enum tt_err err = tt_private_keys_new(&keys->private_keys);
    if (err == TT_OK && keys->map == NULL)
        err = TT_ERR_MEMORY;
    if (err != TT_OK) {
        tt_keys_free(keys);
        return err;
    }
    *ret_keys = keys;
    return TT_OK;
}

void tt_keys_free(struct tt_keys *keys)
{
    if (keys == NULL)
        return;
    tt_map_free(keys->map, NULL);
    tt_arena_wipe(&keys->arena);
    tt_private_keys_free(keys->private_keys);
    tt_wipe(keys, sizeof(*keys));
    free(keys);
}

enum {
    KEY_LABEL_AT = 0,
    KEY_GENERATION_AT = 1,
    KEY_ID_AT = 3,
    KEY_MAX = KEY_ID_AT + TT_KEY_ID_MAX
};

static struct tt_span map_key(uint8_t out[KEY_MAX], enum tt_key_label label, unsigned generation,
                              struct tt_span id)
{
    out[KEY_LABEL_AT] = (uint8_t)label;
    out[KEY_GENERATION_AT] = (uint8_t)(generation >> 8);
    out[KEY_GENERATION_AT + 1] = (uint8_t)generation;
    if (id.len > 0)
        memcpy(out + KEY_ID_AT, id.data, id.len);
    return tt_span_of(out, KEY_ID_AT + id.len);
}

static void fill(struct held *held, struct tt_span secret, enum tt_key_source source)
{
    held->key.source = source;
    held->key.len = (uint8_t)secret.len;
    memcpy(held->key.secret, secret.data, secret.len);
}

static void link_rival(struct held *held, struct held *rival)
{
    held->rival = rival;
    held->key.rival = rival == NULL ? NULL : &rival->key;
}

static void copy_secret(struct held *held, const struct held *from)
{
    fill(held, tt_span_of(from->key.secret, from->key.len), from->key.source);
}

/* Puts the secret first, at a place that has one: it takes the room of the same one, or of the
 * oldest where there is no more room. */
static enum tt_err add_rival(struct tt_keys *keys, struct held *first, struct tt_span secret,
                             enum tt_key_source source)
{
    struct held *room = first;
    size_t count = 1;
    while (!tt_span_eq(tt_span_of(room->key.secret, room->key.len), secret)) {
        if (room->rival != NULL) {
            room = room->rival;
            count++;
            continue;
        }
        if (count >= TT_KEY_RIVALS_MAX || keys->secrets >= TT_KEYS_MAX)
            break;
        struct held *made = tt_arena_alloc(&keys->arena, sizeof(*made));
        if (made == NULL)
            return TT_ERR_MEMORY;
        link_rival(made, NULL);
        link_rival(room, made);
        room = made;
        keys->secrets++;
        break;
    }
    /* The others move back by one, up to that room. */
    struct held before = *first;
    struct held kept = *first;
    fill(first, secret, source);
    for (struct held *at = first; at != room; at = at->rival) {
        kept = *at->rival;
        copy_secret(at->rival, &before);
        before = kept;
    }
    tt_wipe(&kept, sizeof(kept));
    tt_wipe(&before, sizeof(before));
    return TT_OK;
}

enum tt_err tt_keys_add(struct tt_keys *keys, enum tt_key_label label, unsigned generation,
                        struct tt_span id, struct tt_span secret, enum tt_key_source source)
{
    if (id.len == 0 || id.len > TT_KEY_ID_MAX || secret.len == 0 ||
        secret.len > TT_KEY_SECRET_MAX || generation > UINT16_MAX)
        return TT_ERR_FORMAT;
    uint8_t bytes[KEY_MAX];
    struct tt_span at = map_key(bytes, label, generation, id);
    struct held *held = tt_map_get(keys->map, at);
    enum tt_err err = TT_OK;
    if (held != NULL) {
        err = add_rival(keys, held, secret, source);
    } else {
        if (keys->secrets >= TT_KEYS_MAX)
            return TT_ERR_LIMIT;
        held = tt_arena_alloc(&keys->arena, sizeof(*held));
        if (held == NULL)
            return TT_ERR_MEMORY;
        link_rival(held, NULL);
        fill(held, secret, source);
        err = tt_map_put(keys->map, at, held);
        keys->secrets += err == TT_OK;
    }
    if (err != TT_OK)
        return err;
    if (label == TT_KEY_PREMASTER || label == TT_KEY_RSA_PREMASTER)
        keys->premasters = true;
    keys->news++;
    return TT_OK;
}

const struct tt_key *tt_keys_find(const struct tt_keys *keys, enum tt_key_label label,
                                  unsigned generation, struct tt_span id)
{
    if (id.len == 0 || id.len > TT_KEY_ID_MAX || generation > UINT16_MAX)
        return NULL;
    uint8_t bytes[KEY_MAX];
    const struct held *held = tt_map_get(keys->map, map_key(bytes, label, generation, id));
    return held == NULL ? NULL : &held->key;
}

const struct tt_key *tt_keys_at(const struct tt_keys *keys, size_t at, enum tt_key_label *ret_label,
                                unsigned *ret_generation, struct tt_span *ret_id)
{
    struct tt_span bytes;
    const struct held *held = tt_map_at(keys->map, at, &bytes);
    if (held == NULL)
        return NULL;
    *ret_label = (enum tt_key_label)bytes.data[KEY_LABEL_AT];
    *ret_generation =
        (unsigned)bytes.data[KEY_GENERATION_AT] << 8 | bytes.data[KEY_GENERATION_AT + 1];
    *ret_id = tt_span_from(bytes, KEY_ID_AT);
    return &held->key;
}

bool tt_keys_has_premasters(const struct tt_keys *keys)
{
    return keys->premasters;
}

size_t tt_keys_count(const struct tt_keys *keys)
{
    return tt_map_count(keys->map);
}

uint64_t tt_keys_news(const struct tt_keys *keys)
{
    return keys->news;
}

enum tt_err tt_keys_add_psk(struct tt_keys *keys, const char *hex, struct tt_error *error)
{
    struct tt_span text = tt_span_trim(tt_span_str(hex));
    if (text.len == 0 || text.len % 2 != 0 || text.len > (size_t)2 * TT_PSK_MAX)
        return tt_error_set(error, TT_ERR_FORMAT,
                            "a pre-shared key is 1 to %d bytes in hexadecimal: give an even number "
                            "of digits",
                            TT_PSK_MAX);
    for (size_t i = 0; i < text.len; i++)
        if (tt_hex_value(text.data[i]) < 0)
            return tt_error_set(error, TT_ERR_FORMAT,
                                "character %zu of the pre-shared key is no hexadecimal digit",
                                i + 1);
    if (keys->psk_count == TT_PSKS_MAX)
        return tt_error_set(error, TT_ERR_LIMIT, "at most %d pre-shared keys can be given",
                            TT_PSKS_MAX);
    struct psk *psk = &keys->psks[keys->psk_count++];
    psk->len = (uint16_t)(text.len / 2);
    for (size_t i = 0; i < psk->len; i++)
        psk->bytes[i] =
            (uint8_t)(tt_hex_value(text.data[2 * i]) << 4 | tt_hex_value(text.data[2 * i + 1]));
    keys->news++;
    return TT_OK;
}

struct tt_span tt_keys_psk(const struct tt_keys *keys, size_t at)
{
    if (at >= keys->psk_count)
        return (struct tt_span){0};
    return tt_span_of(keys->psks[at].bytes, keys->psks[at].len);
}

enum tt_err tt_keys_add_private(struct tt_keys *keys, struct tt_span bytes, struct tt_error *error)
{
    keys->news++;
    return tt_private_keys_add(keys->private_keys, bytes, error);
}

bool tt_keys_is_private(struct tt_span bytes)
{
    return tt_private_key_looks(bytes);
}

size_t tt_keys_private_count(const struct tt_keys *keys)
{
    return tt_private_keys_count(keys->private_keys);
}

bool tt_keys_decrypt(const struct tt_keys *keys, struct tt_span encrypted, uint16_t offered,
                     uint16_t agreed, uint8_t ret_premaster[TT_PREMASTER_LEN])
{
    return tt_private_keys_decrypt(keys->private_keys, encrypted, offered, agreed, ret_premaster);
}
