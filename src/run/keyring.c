#include "run/keyring.h"

#include "base/file.h"
#include "model/limits.h"

#include <stdio.h>
#include <sys/stat.h>

size_t tt_keyring_count(const struct tt_keys *keys)
{
    size_t psks = 0;
    while (tt_keys_psk(keys, psks).len > 0)
        psks++;
    return tt_keys_count(keys) + tt_keys_private_count(keys) + psks;
}

bool tt_keyring_any(const struct tt_keys *keys)
{
    return tt_keyring_count(keys) > 0;
}

/* ---- key files ---- */

static void warn_lines(const struct tt_test_config *config, const char *path,
                       const struct tt_keylog_counts *counts)
{
    char text[512];
    if (config->warning == NULL || counts->bad + counts->refused == 0)
        return;
    if (counts->refused > 0)
        (void)snprintf(text, sizeof(text), "%s: %llu keys were left out, more than the limit", path,
                       (unsigned long long)counts->refused);
    else
        (void)snprintf(text, sizeof(text),
                       "%s: %llu of %llu lines are no lines of a key log, the first is line %llu",
                       path, (unsigned long long)counts->bad, (unsigned long long)counts->lines,
                       (unsigned long long)counts->first_bad);
    config->warning(config->context, text);
}

static enum tt_err add_file(const struct tt_test_config *config, struct tt_keys *keys,
                            const char *path, struct tt_keylog_counts *all, struct tt_error *error)
{
    struct tt_buf content = {0};
    enum tt_err err = tt_file_read(path, TT_KEY_FILE_MAX, &content, error);
    if (err != TT_OK)
        return err;
    struct tt_error why = {0};
    struct tt_keylog_counts counts = {0};
    err = tt_keys_add_file(keys, tt_buf_span(&content), &counts, &why);
    if (err != TT_OK)
        err = tt_error_set(error, err, "%s: %s", path,
                           why.code == TT_OK ? tt_err_name(err) : why.text);
    else
        warn_lines(config, path, &counts);
    all->bad += counts.bad;
    all->refused += counts.refused;
    tt_buf_wipe(&content);
    return err;
}

void tt_keyring_note(const struct tt_keylog_counts *counts, const struct tt_note_sink *notes)
{
    struct tt_note note = {
        .layer = "decrypt",
        .code = "keys.bad_line",
        .text = "lines of the key logs given are damaged, or no lines of a key log: they open "
                "nothing"};
    for (uint64_t i = 0; i < counts->bad && i < TT_KEYS_MAX; i++)
        tt_note_put(notes, &note);
    note.code = "keys.limit";
    note.text = "keys of the key logs given were left out, more than the limit";
    if (counts->refused > 0)
        tt_note_put(notes, &note);
}

/* ---- captures ---- */

enum tt_err tt_keyring_follow(struct tt_keys *keys, const struct tt_capture *capture, size_t *at)
{
    uint32_t type = 0;
    struct tt_span data = {0};
    for (; tt_capture_secret(capture, *at, &type, &data); (*at)++) {
        enum tt_err err = type == TT_SECRETS_TLS_KEY_LOG
                              ? tt_keylog_read(keys, TT_KEY_FROM_CAPTURE, data, NULL)
                              : TT_OK;
        if (err != TT_OK)
            return err;
    }
    return TT_OK;
}

/* What is wrong with the capture is told when it is read for its packets. */
static enum tt_err add_capture(struct tt_keys *keys, const char *path)
{
    struct stat info;
    struct tt_capture *capture = NULL;
    if (strcmp(path, "-") == 0 || stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return TT_OK;
    if (tt_capture_open_for_secrets(path, &capture, NULL) != TT_OK)
        return TT_OK;
    size_t at = 0;
    enum tt_err err = tt_keyring_follow(keys, capture, &at);
    tt_capture_free(capture);
    return err;
}

enum tt_err tt_keyring_ahead(struct tt_keys *keys, struct tt_spool *spool, size_t *ret_count)
{
    struct tt_capture *capture = NULL;
    size_t at = 0;
    if (tt_capture_open_spool_for_secrets(spool, &capture, NULL) != TT_OK)
        return TT_OK;
    enum tt_err err = tt_keyring_follow(keys, capture, &at);
    tt_capture_free(capture);
    if (err == TT_OK)
        *ret_count = at;
    return err;
}

enum tt_err tt_keyring_make(const struct tt_test_config *config, struct tt_keys **ret_keys,
                            struct tt_keylog_counts *ret_counts, struct tt_error *error)
{
    struct tt_keylog_counts counts = {0};
    struct tt_keys *keys = NULL;
    enum tt_err err = tt_keys_new(&keys);
    for (size_t i = 0; err == TT_OK && i < config->key_count; i++)
        err = add_file(config, keys, config->keys[i], &counts, error);
    for (size_t i = 0; err == TT_OK && i < config->psk_count; i++)
        err = tt_keys_add_psk(keys, config->psks[i], error);
    for (size_t i = 0; err == TT_OK && i < config->capture_count; i++)
        err = add_capture(keys, config->captures[i]);
    if (err != TT_OK) {
        tt_keys_free(keys);
        return tt_error_set(error, err, "no memory for the keys");
    }
    *ret_counts = counts;
    *ret_keys = keys;
    return TT_OK;
}
