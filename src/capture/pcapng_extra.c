#include "capture/pcapng.h"

#include "base/time.h"
#include "capture/pcapdroid.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- secrets ---- */

enum tt_err tt_pcapng_secrets(struct tt_pcapng *pcapng, const struct tt_block *block)
{
    struct tt_reader reader = tt_reader_of(block->body);
    uint32_t type = (uint32_t)tt_pcapng_uint(pcapng, &reader, 4);
    size_t len = (size_t)tt_pcapng_uint(pcapng, &reader, 4);
    if (reader.failed) {
        tt_block_note(pcapng, block, "pcapng.block", "a secrets block is too short");
        return TT_OK;
    }
    if (len > tt_reader_left(&reader)) {
        tt_block_note(pcapng, block, "pcapng.block", "a secrets block claims more than it holds");
        len = tt_reader_left(&reader);
    }
    struct tt_span data = tt_read_span(&reader, len);
    size_t padding = -len & 3U;
    size_t left = tt_reader_left(&reader);
    tt_read_skip(&reader, padding < left ? padding : left);
    uint16_t code = 0;
    struct tt_span value = {0};
    while (tt_next_option(pcapng, block, 0, 0, &reader, &code, &value))
        continue;
    enum tt_err err = tt_secrets_add(&pcapng->reading->secrets, type, data);
    if (err != TT_ERR_LIMIT)
        return err;
    tt_block_note(pcapng, block, "pcapng.secrets",
                  "more secrets than the limit: some were left out");
    return TT_OK;
}

/* ---- custom blocks ---- */

static bool is_told(struct tt_pcapng *pcapng, uint32_t enterprise)
{
    for (size_t i = 0; i < pcapng->enterprise_count; i++)
        if (pcapng->enterprises[i] == enterprise)
            return true;
    if (pcapng->enterprise_count == TT_ENTERPRISES_MAX)
        return true;
    pcapng->enterprises[pcapng->enterprise_count++] = enterprise;
    return false;
}

/* The note counts all of them, an event tells each number once. */
static void tell_custom(struct tt_pcapng *pcapng, const struct tt_block *block, uint32_t enterprise)
{
    (void)snprintf(pcapng->custom_text, sizeof(pcapng->custom_text),
                   "custom blocks that are not read (private enterprise number %lu)",
                   (unsigned long)enterprise);
    tt_block_note(pcapng, block, "pcapng.custom", pcapng->custom_text);
    if (!is_told(pcapng, enterprise))
        tt_reading_event(pcapng->reading, "custom", pcapng->reading->number + 1, 0,
                         tt_span_str(pcapng->custom_text), block->offset);
}

enum tt_err tt_pcapng_custom(struct tt_pcapng *pcapng, const struct tt_block *block)
{
    struct tt_reader reader = tt_reader_of(block->body);
    uint32_t enterprise = (uint32_t)tt_pcapng_uint(pcapng, &reader, 4);
    if (reader.failed) {
        tt_block_note(pcapng, block, "pcapng.block", "a custom block is too short");
        return TT_OK;
    }
    if (enterprise != TT_PCAPDROID_ENTERPRISE) {
        tell_custom(pcapng, block, enterprise);
        return TT_OK;
    }
    bool known = false;
    pcapng->pcapdroid = true;
    enum tt_err err =
        tt_pcapdroid_block(pcapng->reading->apps, tt_read_rest(&reader), pcapng->big, &known);
    if (err == TT_ERR_LIMIT)
        tt_block_note(pcapng, block, "pcapng.apps", "more apps than the limit: some have no name");
    else if (err == TT_OK && !known)
        tell_custom(pcapng, block, enterprise);
    return err == TT_ERR_MEMORY ? err : TT_OK;
}

/* ---- journal ---- */

/* The value of a field of the Journal Export Format: "NAME=value" on a line of its own. */
static struct tt_span find_field(struct tt_span entry, const char *name)
{
    struct tt_span key = tt_span_str(name);
    while (entry.len > 0) {
        size_t end = tt_span_find(entry, '\n');
        struct tt_span line = tt_span_sub(entry, 0, end);
        if (tt_span_starts(line, key))
            return tt_span_from(line, key.len);
        entry = tt_span_from(entry, end + 1);
    }
    return (struct tt_span){0};
}

/* Decimal microseconds as nanoseconds, 0 for what is none. */
static uint64_t read_microseconds(struct tt_span digits)
{
    enum { DIGITS_MAX = 16, NS = 1000 };
    uint64_t time = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (!tt_is_digit(digits.data[i]) || i == DIGITS_MAX)
            return 0;
        time = time * 10 + (uint64_t)(digits.data[i] - '0');
    }
    return time * NS;
}

void tt_pcapng_journal(struct tt_pcapng *pcapng, const struct tt_block *block)
{
    struct tt_span message = find_field(block->body, "MESSAGE=");
    uint64_t time = read_microseconds(find_field(block->body, "__REALTIME_TIMESTAMP="));
    /* A message of more than one line is written as binary: then the whole entry is told. */
    tt_reading_event(pcapng->reading, "journal", pcapng->reading->number + 1, time,
                     message.len > 0 ? message : block->body, block->offset);
}

/* ---- Apple's processes ---- */

static enum tt_err add_process(struct tt_pcapng *pcapng, const char *name)
{
    if (pcapng->process_count == pcapng->process_room) {
        size_t room = pcapng->process_room == 0 ? 16 : pcapng->process_room * 2;
        const char **more = realloc(pcapng->processes, room * sizeof(*more));
        if (more == NULL)
            return TT_ERR_MEMORY;
        pcapng->processes = more;
        pcapng->process_room = room;
    }
    pcapng->processes[pcapng->process_count++] = name;
    return TT_OK;
}

enum tt_err tt_pcapng_process(struct tt_pcapng *pcapng, const struct tt_block *block)
{
    enum { OPTION_NAME = 2, OPTION_PATH = 3 };
    if (pcapng->process_count == TT_PROCESSES_MAX) {
        tt_block_note(pcapng, block, "pcapng.apps", "more apps than the limit: some have no name");
        return TT_OK;
    }
    struct tt_reader reader = tt_reader_of(block->body);
    tt_read_skip(&reader, 4);
    if (reader.failed)
        tt_block_note(pcapng, block, "pcapng.block", "a process block is too short");
    struct tt_span name = {0};
    struct tt_span path = {0};
    uint16_t code = 0;
    struct tt_span value = {0};
    while (tt_next_option(pcapng, block, 0, 0, &reader, &code, &value)) {
        if (code == OPTION_NAME)
            name = value;
        else if (code == OPTION_PATH)
            path = value;
    }
    const char *kept = NULL;
    enum tt_err err = tt_apps_keep(pcapng->reading->apps, name.len > 0 ? name : path, &kept);
    if (err == TT_ERR_LIMIT)
        tt_block_note(pcapng, block, "pcapng.apps", "more apps than the limit: some have no name");
    return err == TT_ERR_MEMORY ? err : add_process(pcapng, kept);
}
