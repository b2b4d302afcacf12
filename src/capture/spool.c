#include "capture/spool.h"

#include "capture/digest.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    PIECE_BYTES = 65536, /* read from the pipe, and written, at a time */
    KEY_BYTES = 32,      /* AES-256 in counter mode: NIST SP 800-38A, section 6.5 */
    COUNTER_BYTES = 16
};

struct tt_spool {
    struct tt_spool_config config;
    char *name;
    int pipe;
    bool owned;
    bool ended;   /* the pipe has no more */
    bool stopped; /* nobody wants to read on */
    int file;     /* -1: none */
    uint64_t written;
    uint8_t key[KEY_BYTES];
    uint8_t counter[COUNTER_BYTES];
    uint8_t piece[PIECE_BYTES];  /* read from the pipe, but not in the file */
    uint8_t sealed[PIECE_BYTES]; /* the same, as it is written */
    size_t held;                 /* bytes of `piece` */
};

/* ---- the pipe ---- */

/* One read; a signal is no failure: `*ret_len` stays as it is, and `*ret_again` is set. */
static enum tt_err read_pipe(struct tt_spool *spool, uint8_t *out, size_t room, size_t *ret_len,
                             bool *ret_again, struct tt_error *error)
{
    ssize_t got = read(spool->pipe, out, room);
    if (got < 0 && errno == EINTR) {
        *ret_again = true;
        return TT_OK;
    }
    if (got < 0)
        return tt_error_errno(error, errno, "cannot read %s at offset %llu", spool->name,
                              (unsigned long long)(spool->written + spool->held));
    spool->ended = got == 0;
    *ret_len = (size_t)got;
    return TT_OK;
}

static bool is_full(const struct tt_spool *spool)
{
    return spool->written + spool->held >= spool->config.max;
}

/* Puts what comes next behind what is held, as far as the cap allows. */
static enum tt_err hold_more(struct tt_spool *spool, struct tt_error *error)
{
    size_t got = 0;
    bool again = false;
    uint64_t left = spool->config.max - spool->written - spool->held;
    size_t room = PIECE_BYTES - spool->held;
    enum tt_err err = read_pipe(spool, spool->piece + spool->held,
                                left < room ? (size_t)left : room, &got, &again, error);
    spool->held += got;
    return err;
}

enum tt_err tt_spool_head(struct tt_spool *spool, size_t n, struct tt_span *ret_head,
                          struct tt_error *error)
{
    enum tt_err err = TT_OK;
    while (err == TT_OK && spool->held < n && !spool->ended && !is_full(spool))
        err = hold_more(spool, error);
    if (err == TT_OK)
        *ret_head = tt_span_of(spool->piece, spool->held);
    return err;
}

/* ---- the file ---- */

/* A new context that turns bytes from the first one on into what stands in the file, or back. */
static EVP_CIPHER_CTX *new_cipher(const struct tt_spool *spool)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    if (cipher != NULL &&
        EVP_EncryptInit_ex(cipher, EVP_aes_256_ctr(), NULL, spool->key, spool->counter) == 1)
        return cipher;
    EVP_CIPHER_CTX_free(cipher);
    return NULL;
}

static bool encipher(EVP_CIPHER_CTX *cipher, uint8_t *to, const uint8_t *from, size_t len)
{
    int done = 0;
    return EVP_EncryptUpdate(cipher, to, &done, from, (int)len) == 1 && (size_t)done == len;
}

/* -1 where none can be made: then nothing is kept. */
static int make_file(void)
{
    const char *folder = getenv("TMPDIR");
    char path[4096];
    int len = snprintf(path, sizeof(path), "%s/telltale-XXXXXX",
                       folder == NULL || folder[0] == '\0' ? "/tmp" : folder);
    if (len < 0 || (size_t)len >= sizeof(path))
        return -1;
    int file = mkstemp(path);             /* of mode 0600 */
    if (file >= 0 && unlink(path) != 0) { /* it would stay */
        (void)close(file);
        return -1;
    }
    return file;
}

/* Writes what is held; what the disk does not take stays held. */
static bool write_held(struct tt_spool *spool, EVP_CIPHER_CTX *cipher)
{
    size_t done = 0;
    if (!encipher(cipher, spool->sealed, spool->piece, spool->held))
        return false;
    while (done < spool->held) {
        ssize_t put = write(spool->file, spool->sealed + done, spool->held - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            break;
        done += (size_t)put;
    }
    spool->written += done;
    spool->held -= done;
    memmove(spool->piece, spool->piece + done, spool->held);
    return spool->held == 0;
}

static bool goes_on(const struct tt_spool *spool)
{
    const struct tt_spool_config *config = &spool->config;
    return config->goes_on == NULL || config->goes_on(config->context, spool->written);
}

enum tt_err tt_spool_fill(struct tt_spool *spool, struct tt_error *error)
{
    enum tt_err err = TT_OK;
    EVP_CIPHER_CTX *cipher = new_cipher(spool);
    if (cipher == NULL)
        return tt_error_set(error, TT_ERR_MEMORY, "no memory to read %s", spool->name);
    spool->file = make_file();
    while (err == TT_OK && spool->file >= 0) {
        if (spool->held > 0 && !write_held(spool, cipher))
            break;
        spool->stopped = !spool->ended && !goes_on(spool);
        if (spool->ended || spool->stopped || is_full(spool))
            break;
        err = hold_more(spool, error);
    }
    EVP_CIPHER_CTX_free(cipher);
    return err;
}

/* ---- a reading ---- */

struct spool_source {
    struct tt_source source; /* first: the source is cast back */
    struct tt_spool *spool;
    bool whole;
    struct tt_digest *digest;
    EVP_CIPHER_CTX *cipher;
    uint64_t at;
};

static enum tt_err pull_file(struct spool_source *from, uint8_t *out, size_t room, size_t *ret_len,
                             struct tt_error *error)
{
    const struct tt_spool *spool = from->spool;
    uint64_t left = spool->written - from->at;
    ssize_t got = 0;
    if (room > PIECE_BYTES)
        room = PIECE_BYTES;
    do {
        got = pread(spool->file, out, room < left ? room : (size_t)left, (off_t)from->at);
    } while (got < 0 && errno == EINTR);
    if (got <= 0)
        return tt_error_errno(error, got < 0 ? errno : EIO,
                              "cannot read the temporary file of %s at offset %llu", spool->name,
                              (unsigned long long)from->at);
    if (!encipher(from->cipher, out, out, (size_t)got))
        return tt_error_set(error, TT_ERR_MEMORY, "no memory to read %s", spool->name);
    *ret_len = (size_t)got;
    return TT_OK;
}

static enum tt_err pull_pipe(struct spool_source *from, uint8_t *out, size_t room, size_t *ret_len,
                             struct tt_error *error)
{
    struct tt_spool *spool = from->spool;
    size_t got = 0;
    bool again = true;
    enum tt_err err = TT_OK;
    while (err == TT_OK && again && !spool->ended && !spool->stopped) {
        again = false;
        err = read_pipe(spool, out, room, &got, &again, error);
    }
    *ret_len = got;
    return err;
}

static enum tt_err pull_spool(struct tt_source *source, uint8_t *out, size_t room, size_t *ret_len,
                              struct tt_error *error)
{
    struct spool_source *from = (struct spool_source *)source;
    const struct tt_spool *spool = from->spool;
    uint64_t known = spool->written + spool->held;
    size_t got = 0;
    enum tt_err err = TT_OK;
    if (from->at < spool->written) {
        err = pull_file(from, out, room, &got, error);
    } else if (from->at < known) {
        size_t done = (size_t)(from->at - spool->written);
        got = spool->held - done < room ? spool->held - done : room;
        memcpy(out, spool->piece + done, got);
    } else if (from->whole) {
        err = pull_pipe(from, out, room, &got, error);
    }
    if (err != TT_OK)
        return err;
    tt_digest_add(from->digest, tt_span_of(out, got));
    from->at += got;
    *ret_len = got;
    return TT_OK;
}

static void free_source(struct tt_source *source)
{
    struct spool_source *from = (struct spool_source *)source;
    EVP_CIPHER_CTX_free(from->cipher);
    free(from);
}

struct tt_source *tt_source_of_spool(struct tt_spool *spool, bool whole, struct tt_digest *digest)
{
    struct spool_source *from = calloc(1, sizeof(*from));
    if (from == NULL)
        return NULL;
    *from = (struct spool_source){.source = {.pull = pull_spool, .free = free_source},
                                  .spool = spool,
                                  .whole = whole,
                                  .digest = digest,
                                  .cipher = new_cipher(spool)};
    if (from->cipher != NULL)
        return &from->source;
    free(from);
    return NULL;
}

/* ---- the whole ---- */

enum tt_err tt_spool_new(int fd, bool owned, const char *name, const struct tt_spool_config *config,
                         struct tt_spool **ret_spool, struct tt_error *error)
{
    struct tt_spool *spool = calloc(1, sizeof(*spool));
    char *copy = strdup(name);
    if (spool == NULL || copy == NULL || RAND_bytes(spool->key, KEY_BYTES) != 1 ||
        RAND_bytes(spool->counter, COUNTER_BYTES) != 1) {
        if (owned)
            (void)close(fd);
        free(spool);
        free(copy);
        return tt_error_set(error, TT_ERR_MEMORY, "no memory to read %s", name);
    }
    spool->config = *config;
    spool->name = copy;
    spool->pipe = fd;
    spool->owned = owned;
    spool->file = -1;
    *ret_spool = spool;
    return TT_OK;
}

const char *tt_spool_name(const struct tt_spool *spool)
{
    return spool->name;
}

uint64_t tt_spool_kept(const struct tt_spool *spool)
{
    return spool->written + spool->held;
}

bool tt_spool_stopped(const struct tt_spool *spool)
{
    return spool->stopped;
}

void tt_spool_free(struct tt_spool *spool)
{
    if (spool == NULL)
        return;
    if (spool->owned)
        (void)close(spool->pipe);
    if (spool->file >= 0)
        (void)close(spool->file);
    free(spool->name);
    OPENSSL_cleanse(spool, sizeof(*spool));
    free(spool);
}
