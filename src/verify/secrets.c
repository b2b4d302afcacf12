#include "verify/secrets.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "base/map.h"
#include "base/secret.h"

struct secret {
    struct secret *rival; /* of the same place, told before it; or NULL */
    size_t len;
    uint8_t bytes[TT_VERIFY_SECRET_MAX];
};

struct key {
    uint8_t which;
    uint8_t random[TT_VERIFY_RANDOM];
};

struct tt_verify_secrets {
    struct tt_map *secrets; /* key -> secret */
    EVP_PKEY *privates[TT_PRIVATE_KEYS_MAX];
    size_t private_count;
    struct secret psks[TT_PRIVATE_KEYS_MAX];
    size_t psk_count;
};

struct tt_verify_secrets *tt_verify_secrets_new(void)
{
    struct tt_verify_secrets *keys = calloc(1, sizeof(*keys));
    if (keys == NULL)
        return NULL;
    keys->secrets = tt_map_new(TT_KEYS_MAX);
    if (keys->secrets != NULL)
        return keys;
    free(keys);
    return NULL;
}

static void free_secret(void *opaque)
{
    struct secret *secret = opaque;
    while (secret != NULL) {
        struct secret *rival = secret->rival;
        tt_wipe(secret, sizeof(*secret));
        free(secret);
        secret = rival;
    }
}

void tt_verify_secrets_free(struct tt_verify_secrets *keys)
{
    if (keys == NULL)
        return;
    tt_map_free(keys->secrets, free_secret);
    for (size_t i = 0; i < keys->private_count; i++)
        EVP_PKEY_free(keys->privates[i]);
    tt_wipe(keys->psks, sizeof(keys->psks));
    free(keys);
}

/* ---- key logs ---- */

static unsigned digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = tt_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10U : 16U;
}

/* The hexadecimal digits that `text` begins with, to at most `room` bytes; what stands behind them
 * is somebody's comment, or the backslash of a script. 0 when they are none, or too many. */
static size_t unhex(struct tt_span text, uint8_t *out, size_t room)
{
    size_t digits = 0;
    while (digits < text.len && digit_of(text.data[digits]) < 16)
        digits++;
    if (digits % 2 != 0 || digits / 2 > room)
        return 0;
    for (size_t i = 0; i < digits / 2; i++)
        out[i] = (uint8_t)(digit_of(text.data[2 * i]) << 4 | digit_of(text.data[2 * i + 1]));
    return digits / 2;
}

static struct tt_span take_word(struct tt_span *rest)
{
    struct tt_span line = tt_span_trim(*rest);
    size_t len = tt_span_find(line, ' ');
    *rest = tt_span_from(line, len);
    return tt_span_sub(line, 0, len);
}

static enum tt_err put_secret(struct tt_verify_secrets *keys, const struct key *key,
                              const struct secret *secret)
{
    struct tt_span name = tt_span_of(key, sizeof(*key));
    struct secret *held = tt_map_get(keys->secrets, name);
    struct secret *last = NULL;
    size_t count = 0;
    for (; held != NULL; held = held->rival, count++) {
        if (tt_span_eq(tt_span_of(held->bytes, held->len), tt_span_of(secret->bytes, secret->len)))
            return TT_OK;
        last = held;
    }
    if (count == TT_KEY_RIVALS_MAX) { /* it takes the room of the last one */
        memcpy(last->bytes, secret->bytes, secret->len);
        last->len = secret->len;
        return TT_OK;
    }
    held = malloc(sizeof(*held));
    if (held == NULL)
        return TT_ERR_MEMORY;
    *held = *secret;
    if (last != NULL) {
        last->rival = held;
        return TT_OK;
    }
    enum tt_err err = tt_map_put(keys->secrets, name, held);
    if (err != TT_OK)
        free_secret(held);
    return err == TT_ERR_LIMIT ? TT_OK : err; /* what does not fit opens nothing */
}

static enum tt_err add_line(struct tt_verify_secrets *keys, struct tt_span line)
{
    static const struct {
        const char *label;
        enum tt_verify_secret which;
    } labels[] = {
        {"CLIENT_RANDOM", TT_VERIFY_MASTER},
        {"CLIENT_EARLY_TRAFFIC_SECRET", TT_VERIFY_EARLY},
        {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", TT_VERIFY_HANDSHAKE_CLIENT},
        {"SERVER_HANDSHAKE_TRAFFIC_SECRET", TT_VERIFY_HANDSHAKE_SERVER},
        {"CLIENT_TRAFFIC_SECRET_0", TT_VERIFY_TRAFFIC_CLIENT},
        {"SERVER_TRAFFIC_SECRET_0", TT_VERIFY_TRAFFIC_SERVER},
    };
    struct tt_span label = take_word(&line);
    struct key key = {0};
    struct secret secret = {0};
    for (size_t i = 0; i < TT_ARRAY_LEN(labels); i++) {
        if (!tt_span_eq(label, tt_span_str(labels[i].label)))
            continue;
        key.which = (uint8_t)labels[i].which;
        size_t len = unhex(take_word(&line), key.random, sizeof(key.random));
        secret.len = unhex(take_word(&line), secret.bytes, sizeof(secret.bytes));
        enum tt_err err = TT_OK;
        if (len == sizeof(key.random) && secret.len > 0)
            err = put_secret(keys, &key, &secret);
        tt_wipe(&secret, sizeof(secret));
        return err;
    }
    return TT_OK;
}

/* ---- private keys ---- */

/* Nobody is asked for a password. */
static int no_password(char *room, int size, int writing, void *context)
{
    (void)room;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static void add_private(struct tt_verify_secrets *keys, struct tt_span text)
{
    BIO *bio = BIO_new_mem_buf(text.data, (int)text.len);
    bool more = bio != NULL;
    while (more && keys->private_count < TT_PRIVATE_KEYS_MAX) {
        EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
        more = key != NULL;
        if (more)
            keys->privates[keys->private_count++] = key;
    }
    BIO_free(bio);
}

enum tt_err tt_verify_secrets_add(struct tt_verify_secrets *keys, struct tt_span text)
{
    enum tt_err err = TT_OK;
    if (text.len > TT_KEY_FILE_MAX)
        return TT_ERR_LIMIT;
    if (tt_span_search(text, tt_span_str("PRIVATE KEY-----")) != SIZE_MAX) {
        add_private(keys, text);
        return TT_OK;
    }
    while (text.len > 0 && err == TT_OK) {
        size_t len = tt_span_find(text, '\n');
        err = add_line(keys, tt_span_sub(text, 0, len));
        text = tt_span_from(text, len + 1);
    }
    return err;
}

enum tt_err tt_verify_secrets_add_psk(struct tt_verify_secrets *keys, const char *hex)
{
    if (keys->psk_count == TT_ARRAY_LEN(keys->psks))
        return TT_ERR_LIMIT;
    struct secret *psk = &keys->psks[keys->psk_count];
    psk->len = unhex(tt_span_str(hex), psk->bytes, sizeof(psk->bytes));
    keys->psk_count += psk->len > 0 ? 1 : 0;
    return TT_OK;
}

/* ---- asking ---- */

bool tt_verify_secrets_find(const struct tt_verify_secrets *keys, enum tt_verify_secret which,
                            struct tt_span random, size_t at, struct tt_span *ret_secret)
{
    struct key key = {.which = (uint8_t)which};
    if (random.len != sizeof(key.random))
        return false;
    memcpy(key.random, random.data, random.len);
    const struct secret *secret = tt_map_get(keys->secrets, tt_span_of(&key, sizeof(key)));
    for (; secret != NULL && at > 0; at--)
        secret = secret->rival;
    if (secret == NULL)
        return false;
    *ret_secret = tt_span_of(secret->bytes, secret->len);
    return true;
}

EVP_PKEY *tt_verify_secrets_private(const struct tt_verify_secrets *keys, size_t at)
{
    return at < keys->private_count ? keys->privates[at] : NULL;
}

struct tt_span tt_verify_secrets_psk(const struct tt_verify_secrets *keys, size_t at)
{
    if (at >= keys->psk_count)
        return (struct tt_span){0};
    return tt_span_of(keys->psks[at].bytes, keys->psks[at].len);
}

bool tt_verify_secrets_any(const struct tt_verify_secrets *keys)
{
    return tt_map_count(keys->secrets) > 0 || keys->private_count > 0 || keys->psk_count > 0;
}
