#include "capture/pcapng.h"

#include "capture/pcapdroid.h"

#include <stdio.h>

/* A custom text begins with the enterprise number of whoever defines it. */
static void tell_custom(const struct tt_pcapng *pcapng, const struct tt_block *block,
                        uint64_t frame, uint64_t time, struct tt_span value)
{
    char text[TT_EVENT_TEXT_MAX + 1];
    struct tt_reader reader = tt_reader_of(value);
    uint32_t enterprise = (uint32_t)tt_pcapng_uint(pcapng, &reader, 4);
    struct tt_span rest = tt_read_rest(&reader);
    if (reader.failed)
        return;
    /* Room for any text that is kept: a longer one is cut there all the same. */
    int len = snprintf(text, sizeof(text), "%lu: %.*s", (unsigned long)enterprise,
                       (int)tt_span_sub(rest, 0, TT_EVENT_TEXT_MAX).len, (const char *)rest.data);
    if (len > 0)
        tt_reading_event(pcapng->reading, "custom", frame, time, tt_span_str(text), block->offset);
}

/* Some programs write the key log of their TLS connections into a comment: keys are for decrypt/,
 * and not for people to read. */
static bool is_key_log(struct tt_span text)
{
    static const char *const labels[] = {
        "CLIENT_RANDOM ",           "CLIENT_HANDSHAKE_TRAFFIC_SECRET ",
        "CLIENT_TRAFFIC_SECRET_0 ", "SERVER_HANDSHAKE_TRAFFIC_SECRET ",
        "SERVER_TRAFFIC_SECRET_0 ", "CLIENT_EARLY_TRAFFIC_SECRET ",
        "EXPORTER_SECRET ",         "EARLY_EXPORTER_SECRET ",
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(labels); i++)
        if (tt_span_starts(text, tt_span_str(labels[i])))
            return true;
    return false;
}

static void tell_comment(const struct tt_pcapng *pcapng, const struct tt_block *block,
                         uint64_t frame, uint64_t time, struct tt_span text)
{
    enum { TLS_KEY_LOG = 0x544c534b };
    uint32_t uid = 0;
    if (pcapng->pcapdroid && frame != 0 && tt_pcapdroid_comment(text, &uid))
        return;
    if (!is_key_log(text)) {
        tt_reading_event(pcapng->reading, "comment", frame, time, text, block->offset);
        return;
    }
    if (tt_secrets_add(&pcapng->reading->secrets, TLS_KEY_LOG, text) != TT_OK)
        tt_block_note(pcapng, block, "pcapng.secrets",
                      "more secrets than the limit: some were left out");
    tt_reading_event(pcapng->reading, "comment", frame, time, tt_span_str("(a TLS key log)"),
                     block->offset);
}

/* What every block may say beside its own options. */
static void tell(const struct tt_pcapng *pcapng, const struct tt_block *block, uint64_t frame,
                 uint64_t time, uint16_t code, struct tt_span value)
{
    switch (code) {
    case TT_OPTION_COMMENT:
        tell_comment(pcapng, block, frame, time, value);
        break;
    case TT_OPTION_CUSTOM_TEXT:
    case TT_OPTION_CUSTOM_TEXT_NO_COPY:
        tell_custom(pcapng, block, frame, time, value);
        break;
    default:
        break;
    }
}

bool tt_next_option(const struct tt_pcapng *pcapng, const struct tt_block *block, uint64_t frame,
                    uint64_t time, struct tt_reader *reader, uint16_t *ret_code,
                    struct tt_span *ret_value)
{
    if (tt_reader_left(reader) == 0)
        return false;
    uint16_t code = (uint16_t)tt_pcapng_uint(pcapng, reader, 2);
    size_t len = (size_t)tt_pcapng_uint(pcapng, reader, 2);
    if (code == TT_OPTION_END && !reader->failed)
        return false;
    *ret_value = tt_read_span(reader, len);
    *ret_code = code;
    if (reader->failed) {
        tt_block_note(pcapng, block, "pcapng.option", "an option is longer than its block");
        return false;
    }
    size_t padding = -len & 3U;
    tt_read_skip(reader, padding < tt_reader_left(reader) ? padding : tt_reader_left(reader));
    tell(pcapng, block, frame, time, code, *ret_value);
    return true;
}

bool tt_option_uint(const struct tt_pcapng *pcapng, const struct tt_block *block,
                    struct tt_span value, size_t len, uint64_t *ret_number)
{
    if (value.len != len) {
        tt_block_note(pcapng, block, "pcapng.option", "an option has a wrong length");
        return false;
    }
    struct tt_reader reader = tt_reader_of(value);
    *ret_number = tt_pcapng_uint(pcapng, &reader, len);
    return true;
}
