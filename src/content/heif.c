#include "content/heif.h"

#include "base/reader.h"

enum { BOX_HEAD = 8, ITEMS_MAX = 4096 };

/* The content of the first box of `type` at this level; empty when there is none. */
static struct tt_span find_box(struct tt_span in, const char *type)
{
    struct tt_reader reader = tt_reader_of(in);
    while (tt_reader_left(&reader) >= BOX_HEAD) {
        uint32_t size = tt_read_u32(&reader);
        struct tt_span name = tt_read_span(&reader, 4);
        if (size < BOX_HEAD)
            break;
        struct tt_span content = tt_read_span(&reader, size - BOX_HEAD);
        if (!reader.failed && tt_span_eq(name, tt_span_str(type)))
            return content;
    }
    return tt_span_sub(in, 0, 0);
}

/* Item information entry, 14496-12, section 8.11.6, versions 2 and 3. */
static bool is_exif(struct tt_span entry, uint32_t *ret_id)
{
    struct tt_reader reader = tt_reader_of(entry);
    uint8_t version = tt_read_u8(&reader);
    tt_read_skip(&reader, 3);
    uint32_t id = version >= 3 ? tt_read_u32(&reader) : tt_read_u16(&reader);
    tt_read_skip(&reader, 2);
    struct tt_span type = tt_read_span(&reader, 4);
    if (reader.failed || version < 2 || !tt_span_eq(type, tt_span_str("Exif")))
        return false;
    *ret_id = id;
    return true;
}

static bool find_id(struct tt_span iinf, uint32_t *ret_id)
{
    struct tt_reader reader = tt_reader_of(iinf);
    uint8_t version = tt_read_u8(&reader);
    tt_read_skip(&reader, 3);
    uint32_t count = version == 0 ? tt_read_u16(&reader) : tt_read_u32(&reader);
    for (uint32_t i = 0; i < count && i < ITEMS_MAX && !reader.failed; i++) {
        uint32_t size = tt_read_u32(&reader);
        tt_read_skip(&reader, 4);
        if (size < BOX_HEAD)
            return false;
        struct tt_span entry = tt_read_span(&reader, size - BOX_HEAD);
        if (is_exif(entry, ret_id))
            return true;
    }
    return false;
}

/* Item locations, 14496-12, section 8.11.3. */
static bool find_location(struct tt_span iloc, uint32_t id, struct tt_heif_item *ret_item)
{
    struct tt_reader reader = tt_reader_of(iloc);
    uint8_t version = tt_read_u8(&reader);
    tt_read_skip(&reader, 3);
    uint16_t sizes = tt_read_u16(&reader);
    size_t offset_len = sizes >> 12;
    size_t length_len = sizes >> 8 & 15;
    size_t base_len = sizes >> 4 & 15;
    size_t index_len = version > 0 ? sizes & 15 : 0;
    uint32_t count = version < 2 ? tt_read_u16(&reader) : tt_read_u32(&reader);
    if (offset_len > 8 || length_len > 8 || base_len > 8 || index_len > 8)
        return false;
    for (uint32_t i = 0; i < count && i < ITEMS_MAX && !reader.failed; i++) {
        uint32_t item = version < 2 ? tt_read_u16(&reader) : tt_read_u32(&reader);
        unsigned method = version > 0 ? tt_read_u16(&reader) & 15U : 0;
        tt_read_skip(&reader, 2);
        uint64_t base = tt_read_be(&reader, base_len);
        uint16_t extents = tt_read_u16(&reader);
        struct tt_span all = tt_read_span(&reader, extents * (index_len + offset_len + length_len));
        struct tt_reader extent = tt_reader_of(all);
        tt_read_skip(&extent, index_len);
        ret_item->at = base + tt_read_be(&extent, offset_len);
        ret_item->len = tt_read_be(&extent, length_len);
        /* Method 0: an offset in the file. */
        if (item == id)
            return !reader.failed && method == 0 && extents == 1;
    }
    return false;
}

bool tt_heif_find_exif(struct tt_span meta, struct tt_heif_item *ret_item)
{
    struct tt_span boxes = tt_span_from(meta, 4); /* version and flags */
    struct tt_heif_item item = {0};
    uint32_t id = 0;
    if (!find_id(find_box(boxes, "iinf"), &id) ||
        !find_location(find_box(boxes, "iloc"), id, &item))
        return false;
    *ret_item = item;
    return true;
}
