#include "verify/secrets.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/map.h"
#include "base/secret.h"

struct secret {
    struct secret *rival; /* of the same place, told behind it; or NULL */
    size_t len;
    uint8_t bytes[];
};

struct key {
    uint8_t which;
    uint8_t name[TT_VERIFY_RANDOM]; /* zeros behind a shorter one */
};

struct psk {
    size_t len;
    uint8_t bytes[TT_VERIFY_PSK_MAX];
};

struct tt_verify_secrets {
    struct tt_map *secrets; /* key -> secret */
    EVP_PKEY *privates[TT_PRIVATE_KEYS_MAX];
    size_t private_count;
    struct psk psks[TT_PSKS_MAX];
    size_t psk_count;
    struct tt_buf learned;
};

struct tt_verify_secrets *tt_verify_secrets_new(void)
{
    struct tt_verify_secrets *keys = calloc(1, sizeof(*keys));
    if (keys == NULL)
        return NULL;
    keys->secrets = tt_map_new(TT_KEYS_MAX);
    keys->learned = tt_buf_make((size_t)TT_VERIFY_SESSIONS_MAX * TT_VERIFY_MASTER_LEN);
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
        tt_wipe(secret->bytes, secret->len);
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
    tt_buf_wipe(&keys->learned);
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

static struct secret *new_secret(struct tt_span bytes)
{
    struct secret *secret = malloc(sizeof(*secret) + bytes.len);
    if (secret == NULL)
        return NULL;
    *secret = (struct secret){.len = bytes.len};
    memcpy(secret->bytes, bytes.data, bytes.len);
    return secret;
}

/* Behind those that are held for the place; where they are too many, in the place of the last. */
static enum tt_err put_secret(struct tt_verify_secrets *keys, const struct key *key,
                              struct tt_span bytes)
{
    struct tt_span name = tt_span_of(key, sizeof(*key));
    struct secret *first = tt_map_get(keys->secrets, name);
    struct secret **end = &first;
    size_t count = 0;
    for (; *end != NULL; end = &(*end)->rival, count++) {
        if (tt_span_eq(tt_span_of((*end)->bytes, (*end)->len), bytes))
            return TT_OK;
        if (count + 1 == TT_KEY_RIVALS_MAX) {
            free_secret(*end);
            *end = NULL;
            break;
        }
    }
    struct secret *made = new_secret(bytes);
    if (made == NULL)
        return TT_ERR_MEMORY;
    bool begins = first == NULL;
    *end = made;
    if (!begins)
        return TT_OK;
    enum tt_err err = tt_map_put(keys->secrets, name, made);
    if (err != TT_OK)
        free_secret(made);
    return err == TT_ERR_LIMIT ? TT_OK : err; /* what does not fit opens nothing */
}

struct label {
    const char *text;
    enum tt_verify_secret which;
    size_t name_len; /* of the bytes that name the secret; 0: any, up to TT_VERIFY_RANDOM */
};

/* "RSA Session-ID:<id> Master-Key:<secret>": without what stands in front of the digits. */
static struct tt_span without(struct tt_span word, const char *prefix)
{
    struct tt_span begin = tt_span_str(prefix);
    return tt_span_starts(word, begin) ? tt_span_from(word, begin.len) : word;
}

static enum tt_err add_secret(struct tt_verify_secrets *keys, const struct label *label,
                              struct tt_span name, struct tt_span digits)
{
    struct key key;
    uint8_t id[TT_VERIFY_SECRET_MAX];
    uint8_t secret[TT_VERIFY_SECRET_MAX];
    memset(&key, 0, sizeof(key));
    key.which = (uint8_t)label->which;
    size_t id_len = unhex(name, id, sizeof(id));
    size_t len = unhex(digits, secret, sizeof(secret));
    bool cut = label->which == TT_VERIFY_SEALED_PREMASTER && id_len >= label->name_len;
    if (cut) /* of all of it the beginning is enough */
        id_len = label->name_len;
    enum tt_err err = TT_OK;
    if (len > 0 && id_len > 0 && id_len <= sizeof(key.name) &&
        (label->name_len == 0 || id_len == label->name_len)) {
        memcpy(key.name, id, id_len);
        err = put_secret(keys, &key, tt_span_of(secret, len));
    }
    tt_wipe(secret, sizeof(secret));
    return err;
}

static enum tt_err add_line(struct tt_verify_secrets *keys, struct tt_span line)
{
    static const struct label labels[] = {
        {"CLIENT_RANDOM", TT_VERIFY_MASTER, TT_VERIFY_RANDOM},
        {"PMS_CLIENT_RANDOM", TT_VERIFY_PREMASTER, TT_VERIFY_RANDOM},
        {"RSA", TT_VERIFY_SEALED_PREMASTER, TT_VERIFY_RSA_ID},
        {"CLIENT_EARLY_TRAFFIC_SECRET", TT_VERIFY_EARLY, TT_VERIFY_RANDOM},
        {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", TT_VERIFY_HANDSHAKE_CLIENT, TT_VERIFY_RANDOM},
        {"SERVER_HANDSHAKE_TRAFFIC_SECRET", TT_VERIFY_HANDSHAKE_SERVER, TT_VERIFY_RANDOM},
        {"CLIENT_TRAFFIC_SECRET_0", TT_VERIFY_TRAFFIC_CLIENT, TT_VERIFY_RANDOM},
        {"SERVER_TRAFFIC_SECRET_0", TT_VERIFY_TRAFFIC_SERVER, TT_VERIFY_RANDOM},
    };
    static const struct label session = {"", TT_VERIFY_SESSION, 0};
    struct tt_span text = take_word(&line);
    struct tt_span name = take_word(&line);
    struct tt_span digits = take_word(&line);
    struct tt_span id = without(name, "Session-ID:");
    if (tt_span_eq(text, tt_span_str("RSA")) && id.len < name.len)
        return add_secret(keys, &session, id, without(digits, "Master-Key:"));
    text = without(text, "QUIC_"); /* of the drafts */
    for (size_t i = 0; i < TT_ARRAY_LEN(labels); i++)
        if (tt_span_eq(text, tt_span_str(labels[i].text)))
            return add_secret(keys, &labels[i], name, digits);
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
    struct psk *psk = &keys->psks[keys->psk_count];
    psk->len = unhex(tt_span_trim(tt_span_str(hex)), psk->bytes, sizeof(psk->bytes));
    keys->psk_count += psk->len > 0 ? 1 : 0;
    return TT_OK;
}

/* ---- sessions ---- */

bool tt_verify_secrets_learned_at(const struct tt_verify_secrets *keys, size_t at,
                                  uint8_t ret_master[TT_VERIFY_MASTER_LEN])
{
    if (at >= tt_verify_secrets_learned(keys))
        return false;
    memcpy(ret_master, keys->learned.data + at * TT_VERIFY_MASTER_LEN, TT_VERIFY_MASTER_LEN);
    return true;
}

size_t tt_verify_secrets_learned(const struct tt_verify_secrets *keys)
{
    return keys->learned.len / TT_VERIFY_MASTER_LEN;
}

void tt_verify_secrets_learn(struct tt_verify_secrets *keys,
                             const uint8_t master[TT_VERIFY_MASTER_LEN])
{
    for (size_t i = 0; i < tt_verify_secrets_learned(keys); i++)
        if (memcmp(keys->learned.data + i * TT_VERIFY_MASTER_LEN, master, TT_VERIFY_MASTER_LEN) ==
            0)
            return;
    /* What does not fit opens nothing. */
    enum tt_err err = tt_buf_append(&keys->learned, tt_span_of(master, TT_VERIFY_MASTER_LEN));
    (void)err;
}

/* ---- asking ---- */

bool tt_verify_secrets_find(const struct tt_verify_secrets *keys, enum tt_verify_secret which,
                            struct tt_span name, size_t at, struct tt_span *ret_secret)
{
    struct key key;
    memset(&key, 0, sizeof(key));
    key.which = (uint8_t)which;
    if (name.len > sizeof(key.name))
        return false;
    memcpy(key.name, name.data, name.len);
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

bool tt_verify_secrets_exchange(const struct tt_verify_secrets *keys)
{
    return keys->private_count > 0 || keys->psk_count > 0;
}
