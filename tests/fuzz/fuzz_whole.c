/* A capture through everything: reading, testing, judging, the case, and both reports; and the
 * message listing. The input is a capture file, changed packet by packet (capture_mutator.h).
 *
 * Checks, besides memory: a capture that is read gives a report, one that is refused says why; and
 * every captured byte ends in one bucket of the ledger (run/ says so in a note where it does not).
 */
#define _GNU_SOURCE

#include <telltale/telltale.h>

#include "capture_mutator.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char sheet[] = "device: {name: Telephone, addresses: [192.0.2.1]}\n"
                            "identifiers:\n"
                            "  imei: ['001014001234566']\n"
                            "  email: [owner@mail.example]\n"
                            "  android_id: [3f2a9c4b7d1e6058]\n"
                            "  ssid: [Home of the owner]\n"
                            "  hostname: [android-3f2a9c4b7d1e6058]\n";

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* Bytes as a file that can be opened again by name. */
static int file_of(const void *bytes, size_t size, char path[32])
{
    int fd = memfd_create("fuzz", 0);
    require(fd >= 0);
    size_t at = 0;
    while (at < size) {
        ssize_t written = write(fd, (const char *)bytes + at, size - at);
        require(written > 0);
        at += (size_t)written;
    }
    (void)snprintf(path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

struct text {
    char bytes[65536]; /* the end of what was written */
    size_t len;
};

static enum tt_err keep_end(void *context, const char *bytes, size_t len)
{
    struct text *text = context;
    if (len > sizeof(text->bytes) - 1) {
        bytes += len - (sizeof(text->bytes) - 1);
        len = sizeof(text->bytes) - 1;
    }
    if (text->len + len > sizeof(text->bytes) - 1) {
        size_t keep = sizeof(text->bytes) - 1 - len;
        memmove(text->bytes, text->bytes + text->len - keep, keep);
        text->len = keep;
    }
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
    text->bytes[text->len] = '\0';
    return TT_OK;
}

static void check_test(const struct tt_test_config *config)
{
    struct tt_error error = {.code = TT_OK};
    struct tt_case *result = NULL;
    enum tt_err err = tt_test(config, &result, &error);
    if (err != TT_OK) {
        require(err == TT_ERR_FORMAT || err == TT_ERR_IO);
        require(error.text[0] != '\0');
        return;
    }
    struct text *text = malloc(sizeof(*text));
    require(text != NULL);
    const char *const formats[] = {"json", "text"};
    for (size_t i = 0; i < 2; i++) {
        text->len = 0;
        text->bytes[0] = '\0';
        const struct tt_output output = {.write = keep_end, .context = text};
        require(tt_report(result, formats[i], &output, &error) == TT_OK);
        require(text->len > 0);
        require(strstr(text->bytes, "run.coverage") == NULL);
    }
    free(text);
    tt_case_close(result);
}

static void check_messages(const struct tt_test_config *config)
{
    struct tt_case *result = NULL;
    if (tt_messages(config, &result, NULL) != TT_OK)
        return;
    struct text *text = malloc(sizeof(*text));
    require(text != NULL);
    text->len = 0;
    const struct tt_output output = {.write = keep_end, .context = text};
    require(tt_report_message_list(result, true, true, &output, NULL) == TT_OK);
    free(text);
    tt_case_close(result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char capture_path[32];
    char sheet_path[32];
    int capture = file_of(data, size, capture_path);
    int subject = file_of(sheet, sizeof(sheet) - 1, sheet_path);
    const char *const captures[] = {capture_path};
    const struct tt_test_config config = {
        .captures = captures, .capture_count = 1, .subject = sheet_path};
    check_test(&config);
    check_messages(&config);
    (void)close(capture);
    (void)close(subject);
    return 0;
}
