#include "store/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>
#include <unistd.h>

#include "base/span.h"

enum { PIECE = 65536, RANDOM_BYTES = TT_SEAL_LEN / 2, NOWHERE = -1 };

static void write_hex(const unsigned char *bytes, char room[TT_SEAL_LEN + 1])
{
    for (size_t i = 0; i < RANDOM_BYTES; i++) {
        room[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        room[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    room[TT_SEAL_LEN] = '\0';
}

bool tt_seal_blank(char room[TT_SEAL_LEN + 1])
{
    unsigned char bytes[RANDOM_BYTES];
    if (RAND_bytes(bytes, RANDOM_BYTES) != 1)
        return false;
    write_hex(bytes, room);
    return true;
}

/* Where `text` stands in the file; NOWHERE when it does not, or more than once. */
static off_t find(int fd, const char *text)
{
    char room[TT_SEAL_LEN + PIECE];
    size_t kept = 0;
    off_t at = 0; /* of room[0] */
    off_t found = NOWHERE;
    for (;;) {
        ssize_t got = pread(fd, room + kept, PIECE, at + (off_t)kept);
        if (got <= 0)
            return got == 0 ? found : NOWHERE;
        struct tt_span rest = tt_span_of(room, kept + (size_t)got);
        for (size_t from = 0;;) {
            size_t next = tt_span_search(tt_span_from(rest, from), tt_span_str(text));
            if (next == SIZE_MAX)
                break;
            if (found != NOWHERE)
                return NOWHERE;
            found = at + (off_t)(from + next);
            from += next + 1;
        }
        kept = rest.len < TT_SEAL_LEN - 1 ? rest.len : TT_SEAL_LEN - 1;
        at += (off_t)(rest.len - kept);
        memmove(room, room + rest.len - kept, kept);
    }
}

/* The digest of the file with zeros for the characters at `seal_at`. */
static bool digest(int fd, off_t seal_at, char ret_text[TT_SEAL_LEN + 1])
{
    char room[PIECE];
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    ssize_t got = 0;
    for (off_t at = 0; ok && (got = pread(fd, room, PIECE, at)) > 0; at += got) {
        for (off_t i = seal_at; i < seal_at + TT_SEAL_LEN; i++)
            if (i >= at && i < at + got)
                room[i - at] = '0';
        ok = EVP_DigestUpdate(context, room, (size_t)got) == 1;
    }
    ok = ok && got == 0 && EVP_DigestFinal_ex(context, bytes, &len) == 1;
    EVP_MD_CTX_free(context);
    if (ok)
        write_hex(bytes, ret_text);
    return ok;
}

enum tt_err tt_seal_write(const char *path, const char *blank, const char *shown,
                          struct tt_error *error)
{
    char text[TT_SEAL_LEN + 1];
    enum tt_err err = TT_OK;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    off_t at = fd < 0 ? NOWHERE : find(fd, blank);
    if (fd < 0)
        err = tt_error_errno(error, errno, "cannot seal the case file %s", shown);
    else if (at == NOWHERE || !digest(fd, at, text))
        err = tt_error_set(error, TT_ERR_INTERNAL, "cannot seal the case file %s", shown);
    else if (pwrite(fd, text, TT_SEAL_LEN, at) != TT_SEAL_LEN)
        err = tt_error_errno(error, errno, "cannot seal the case file %s", shown);
    if (fd >= 0 && close(fd) != 0 && err == TT_OK)
        err = tt_error_errno(error, errno, "cannot seal the case file %s", shown);
    return err;
}

enum tt_err tt_seal_check(const char *path, const char *seal, const char *shown,
                          struct tt_error *error)
{
    char text[TT_SEAL_LEN + 1] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return tt_error_errno(error, errno, "cannot read the case file %s", shown);
    off_t at = strlen(seal) == TT_SEAL_LEN ? find(fd, seal) : NOWHERE;
    bool same = at != NOWHERE && digest(fd, at, text) && strcmp(text, seal) == 0;
    (void)close(fd);
    if (same)
        return TT_OK;
    return tt_error_set(error, TT_ERR_FORMAT,
                        "the case file %s was changed after the test: its seal does not fit",
                        shown);
}
