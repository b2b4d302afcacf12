#include "capture/pcapdroid.h"

#include "base/reader.h"

enum {
    TRAILER = 32,
    NAME_AT = 8,
    NAME = 20,
    ETHERNET_HEADER = 14,
    LINKTYPE_ETHERNET = 1,
    NO_UID = -1, /* the app could not be told */
    VERSION = 1,
    UID_MAPPING = 1
};

static const uint8_t magic[] = {0x01, 0x07, 0x20, 0x21};

/* Where the IP packet of an Ethernet frame ends; SIZE_MAX where it does not tell. */
static size_t end_of_ip(struct tt_span bytes)
{
    enum { IPV4 = 0x0800, IPV6 = 0x86dd, IPV6_HEADER = 40 };
    struct tt_reader reader = tt_reader_of(bytes);
    tt_read_skip(&reader, ETHERNET_HEADER - 2);
    uint16_t type = tt_read_u16(&reader);
    tt_read_skip(&reader, type == IPV6 ? 4 : 2);
    size_t len = tt_read_u16(&reader);
    if (reader.failed || (type != IPV4 && type != IPV6))
        return SIZE_MAX;
    return ETHERNET_HEADER + (type == IPV6 ? IPV6_HEADER + len : len);
}

/* Whether both addresses of the Ethernet header are zero. */
static bool has_no_addresses(struct tt_span bytes)
{
    static const uint8_t none[ETHERNET_HEADER - 2];
    return memcmp(bytes.data, none, sizeof(none)) == 0;
}

static bool is_trailer(struct tt_pcapdroid *state, const struct tt_frame *frame)
{
    enum { PADDING_MAX = 3 };
    size_t at = frame->bytes.len - TRAILER;
    size_t end = end_of_ip(frame->bytes);
    if (end <= at && at - end <= PADDING_MAX) {
        state->trailers = true;
        return true;
    }
    return state->trailers && end != SIZE_MAX && has_no_addresses(frame->bytes);
}

enum tt_err tt_pcapdroid_trailer(struct tt_pcapdroid *state, struct tt_apps *apps,
                                 struct tt_frame *frame)
{
    if (frame->link != LINKTYPE_ETHERNET || frame->bytes.len < ETHERNET_HEADER + TRAILER)
        return TT_OK;
    struct tt_span trailer = tt_span_from(frame->bytes, frame->bytes.len - TRAILER);
    if (TT_LIKELY(memcmp(trailer.data, magic, sizeof(magic)) != 0) || !is_trailer(state, frame))
        return TT_OK;
    struct tt_reader reader = tt_reader_of(trailer);
    tt_read_skip(&reader, sizeof(magic));
    uint32_t uid = tt_read_u32(&reader);
    const char *app = NULL;
    enum tt_err err = uid == (uint32_t)NO_UID
                          ? TT_OK
                          : tt_apps_keep(apps, tt_span_sub(trailer, NAME_AT, NAME), &app);
    if (err == TT_ERR_MEMORY)
        return err;
    frame->app = app;
    frame->flags |= TT_FRAME_MADE_UP;
    frame->trailer_len = TRAILER;
    return TT_OK;
}

enum tt_err tt_pcapdroid_block(struct tt_apps *apps, struct tt_span block, bool big,
                               bool *ret_known)
{
    struct tt_reader reader = tt_reader_of(block);
    uint64_t version = big ? tt_read_be(&reader, 2) : tt_read_le(&reader, 2);
    uint8_t type = tt_read_u8(&reader);
    tt_read_skip(&reader, 1);
    uint32_t uid = (uint32_t)(big ? tt_read_be(&reader, 4) : tt_read_le(&reader, 4));
    size_t package_len = tt_read_u8(&reader);
    size_t name_len = tt_read_u8(&reader);
    struct tt_span package = tt_read_span(&reader, package_len);
    struct tt_span name = tt_read_span(&reader, name_len);
    *ret_known = !reader.failed && version == VERSION && type == UID_MAPPING;
    if (!*ret_known)
        return TT_OK;
    return tt_apps_number(apps, uid, name.len > 0 ? name : package);
}

bool tt_pcapdroid_comment(struct tt_span comment, uint32_t *ret_uid)
{
    enum { DIGITS_MAX = 10 };
    if (!tt_span_starts(comment, tt_span_str("u-")))
        return false;
    struct tt_span digits = tt_span_from(comment, 2);
    if (tt_span_is(digits, "-1")) {
        *ret_uid = (uint32_t)NO_UID;
        return true;
    }
    uint64_t uid = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (!tt_is_digit(digits.data[i]) || i == DIGITS_MAX)
            return false;
        uid = uid * 10 + (uint64_t)(digits.data[i] - '0');
    }
    if (digits.len == 0 || uid > UINT32_MAX)
        return false;
    *ret_uid = (uint32_t)uid;
    return true;
}

enum { LINK_RAW = 101, IPV4_HEADER = 20, IPV4_SOURCE = 12, IPV4_DESTINATION = 16 };

bool tt_pcapdroid_address(const struct tt_frame *frame)
{
    static const uint8_t phone[] = {10, 215, 173, 1};
    const uint8_t *bytes = frame->bytes.data;
    if (frame->link != LINK_RAW || frame->bytes.len < IPV4_HEADER || bytes[0] >> 4 != 4)
        return false;
    return memcmp(bytes + IPV4_SOURCE, phone, sizeof(phone)) == 0 ||
           memcmp(bytes + IPV4_DESTINATION, phone, sizeof(phone)) == 0;
}
