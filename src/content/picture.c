#include "content/picture.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/reader.h"
#include "content/coding.h"
#include "content/exif.h"
#include "content/heif.h"

enum {
    MARKER_LEN = 4, /* and its length */
    BOX_HEAD = 8,
    BOX_HEAD_LONG = 16,
    MARK_APP1 = 0xe1,
    MARK_SCAN = 0xda,
    HEIF_START = 4 /* in front of an item of Exif: the offset of its TIFF header */
};

enum where {
    AT_HEAD, /* of a JPEG segment or of a box: gathering */
    IN_DATA, /* what is not looked into: `left` bytes */
    IN_EXIF, /* gathering a block of Exif, or what may be one */
    IN_META, /* gathering the "meta" box */
    IN_REST  /* the scan, or a box up to the end */
};

struct picture {
    const struct tt_body *body;
    const struct tt_content_sink *sink;
    struct tt_outlet out; /* the inner body that gets the bytes now */
    const char *step;     /* of all that is not looked into */
    bool is_heif;
    enum where where;
    uint64_t next;
    uint64_t frame;
    uint64_t left;            /* of what `where` says */
    uint64_t box_left;        /* of the box that an item lies in, behind the item */
    struct tt_heif_item item; /* of Exif; len 0: not known, or read */
    struct tt_buf held;       /* what is gathered */
    uint64_t held_at;
};

/* ---- recognition ---- */

static bool jpeg_claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    (void)body;
    (void)whole;
    return head.len >= 4 && head.data[0] == 0xff && head.data[1] == 0xd8 && head.data[2] == 0xff &&
           head.data[3] >= 0xc0 && head.data[3] != 0xff;
}

static bool heif_claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    static const char *const brands[] = {"heic", "heix", "heim", "heis", "hevc",
                                         "mif1", "msf1", "avif", "avis"};
    (void)body;
    (void)whole;
    if (head.len < BOX_HEAD_LONG || head.data[0] != 0 || head.data[1] != 0 ||
        memcmp(head.data + 4, "ftyp", 4) != 0)
        return false;
    for (size_t i = 0; i < TT_ARRAY_LEN(brands); i++)
        if (memcmp(head.data + BOX_HEAD, brands[i], 4) == 0)
            return true;
    return false;
}

/* ---- inner bodies ---- */

static void open_inner(struct picture *picture, const char *step, uint64_t at)
{
    struct tt_body inner = {.kind = TT_STEP_SLICE, .step = step, .at = at};
    (void)tt_outlet_open(&picture->out, &inner, NULL, 0);
}

/* What begins as the picture does is the picture again. */
static void open_rest(struct picture *picture, uint64_t at)
{
    struct tt_body inner = {
        .kind = TT_STEP_SLICE, .step = picture->step, .at = at, .format = TT_FORMAT_REST};
    (void)tt_outlet_open(&picture->out, &inner, NULL, 0);
}

/* Bytes that are not looked into. */
static void give(struct picture *picture, struct tt_span bytes, uint64_t at)
{
    if (bytes.len == 0)
        return;
    if (picture->out.state == TT_OUTLET_IDLE)
        open_rest(picture, at);
    (void)tt_outlet_slice(&picture->out, bytes, at);
}

static void end_inner(struct picture *picture, uint64_t at)
{
    if (picture->out.state != TT_OUTLET_IDLE)
        tt_outlet_close(&picture->out, TT_BODY_COMPLETE, at);
}

static void give_own(struct picture *picture, const char *step, struct tt_span bytes, uint64_t at)
{
    end_inner(picture, at);
    open_inner(picture, step, at);
    (void)tt_outlet_slice(&picture->out, bytes, at);
    end_inner(picture, at + bytes.len);
}

/* Made from the whole block, of `len` bytes at `at`: the values alone do not tell how they are
 * written. */
static void give_position(struct picture *picture, const struct tt_exif *exif, uint64_t at,
                          uint64_t len)
{
    struct tt_span text = tt_span_str(exif->position);
    if (text.len == 0)
        return;
    struct tt_body inner = {.kind = TT_STEP_CODING, .step = "exif:GPSPosition", .at = at};
    void *opened = picture->sink->open(picture->sink->context, &inner, NULL, 0);
    if (opened == NULL)
        return;
    bool taken = picture->sink->data(picture->sink->context, opened, text, at, len);
    picture->sink->close(picture->sink->context, opened, taken ? TT_BODY_COMPLETE : TT_BODY_BROKEN,
                         at + len);
}

/* The gathered block: `tiff` is where its TIFF header stands in it. */
static void give_exif(struct picture *picture, size_t tiff)
{
    struct tt_span held = tt_buf_span(&picture->held);
    struct tt_span block = tt_span_from(held, tiff);
    struct tt_exif exif;
    tt_exif_read(block, &exif);
    size_t done = 0;
    for (size_t i = 0; i < exif.count; i++) {
        size_t at = tiff + exif.fields[i].at;
        give(picture, tt_span_sub(held, done, at - done), picture->held_at + done);
        done = at + exif.fields[i].len;
        give_own(picture, exif.fields[i].step, tt_span_sub(held, at, exif.fields[i].len),
                 picture->held_at + at);
    }
    give(picture, tt_span_from(held, done), picture->held_at + done);
    end_inner(picture, picture->held_at + held.len);
    give_position(picture, &exif, picture->held_at + tiff, block.len);
}

/* ---- state ---- */

static void begin_gathering(struct picture *picture, enum where where, uint64_t len, uint64_t at)
{
    picture->where = where;
    picture->left = len;
    picture->held_at = at;
    tt_buf_clear(&picture->held);
}

static void begin_head(struct picture *picture, uint64_t at)
{
    begin_gathering(picture, AT_HEAD, picture->is_heif ? BOX_HEAD : MARKER_LEN, at);
}

static void begin_data(struct picture *picture, uint64_t len, uint64_t at)
{
    picture->where = IN_DATA;
    picture->left = len;
    if (len == 0)
        begin_head(picture, at);
}

static struct picture *make(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct picture *picture = malloc(sizeof(*picture));
    if (picture == NULL)
        return NULL;
    tt_coding_note_lie(body, sink);
    *picture = (struct picture){
        .body = body, .sink = sink, .held = tt_buf_make(TT_EXIF_MAX), .where = AT_HEAD};
    tt_outlet_init(&picture->out, sink, NULL, 0);
    return picture;
}

static void *jpeg_open(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct picture *picture = make(body, sink);
    if (picture == NULL)
        return NULL;
    picture->step = "jpeg.data";
    picture->left = MARKER_LEN - 2; /* the first marker has no length */
    return picture;
}

static void *heif_open(const struct tt_body *body, const struct tt_content_sink *sink)
{
    struct picture *picture = make(body, sink);
    if (picture == NULL)
        return NULL;
    picture->step = "heif.data";
    picture->is_heif = true;
    picture->left = BOX_HEAD;
    return picture;
}

static void note_long(const struct picture *picture)
{
    struct tt_note note = {.layer = "content",
                           .code = "content.exif",
                           .flow = picture->body->flow,
                           .frame = picture->frame,
                           .offset = picture->next,
                           .text = "a block of Exif is longer than the limit: not looked into"};
    tt_note_put(&picture->sink->notes, &note);
}

/* ---- JPEG: a segment's head is there. `at`: behind it ---- */

static void read_marker(struct picture *picture, uint64_t at)
{
    struct tt_reader reader = tt_reader_of(tt_buf_span(&picture->held));
    give(picture, tt_buf_span(&picture->held), picture->held_at);
    if (picture->held.len < MARKER_LEN) { /* the first one */
        begin_head(picture, at);
        return;
    }
    uint8_t fill = tt_read_u8(&reader);
    uint8_t mark = tt_read_u8(&reader);
    uint16_t len = tt_read_u16(&reader);
    if (fill != 0xff || len < 2 || mark == MARK_SCAN || mark < 0xc0) {
        picture->where = IN_REST;
        return;
    }
    len = (uint16_t)(len - 2);
    if (mark == MARK_APP1 && len > 0)
        begin_gathering(picture, IN_EXIF, len, at);
    else
        begin_data(picture, len, at);
}

static const char exif_start[] = "Exif\0";
static const char xmp_start[] = "http://ns.adobe.com/xap/1.0/";

/* A whole APP1 segment. */
static void read_app1(struct picture *picture, uint64_t at)
{
    struct tt_span held = tt_buf_span(&picture->held);
    if (tt_span_starts(held, tt_span_of(exif_start, sizeof(exif_start)))) {
        give_exif(picture, sizeof(exif_start));
    } else if (tt_span_starts(held, tt_span_of(xmp_start, sizeof(xmp_start)))) {
        give(picture, tt_span_sub(held, 0, sizeof(xmp_start)), picture->held_at);
        give_own(picture, "jpeg:xmp", tt_span_from(held, sizeof(xmp_start)),
                 picture->held_at + sizeof(xmp_start));
    } else {
        give(picture, held, picture->held_at);
    }
    begin_head(picture, at);
}

/* ---- HEIF: a box's head is there ---- */

static void read_box(struct picture *picture, uint64_t at)
{
    struct tt_reader reader = tt_reader_of(tt_buf_span(&picture->held));
    uint64_t size = tt_read_u32(&reader);
    struct tt_span type = tt_read_span(&reader, 4);
    uint64_t head = picture->held.len;
    if (size == 1 && head == BOX_HEAD) {
        picture->left = BOX_HEAD_LONG - BOX_HEAD;
        return;
    }
    give(picture, tt_buf_span(&picture->held), picture->held_at);
    if (size == 1)
        size = tt_read_u64(&reader);
    if (size < head) { /* 0: up to the end of the file */
        bool has_item = size == 0 && picture->item.len > 0;
        picture->where = has_item ? IN_DATA : IN_REST;
        picture->left = UINT64_MAX - at;
        return;
    }
    if (tt_span_eq(type, tt_span_str("meta")) && size - head > 0 && size - head <= TT_EXIF_MAX)
        begin_gathering(picture, IN_META, size - head, at);
    else
        begin_data(picture, size - head, at);
}

static void read_meta(struct picture *picture, uint64_t at)
{
    give(picture, tt_buf_span(&picture->held), picture->held_at);
    struct tt_heif_item item = {0};
    if (tt_heif_find_exif(tt_buf_span(&picture->held), &item) && item.at >= at) {
        if (item.len <= TT_EXIF_MAX)
            picture->item = item;
        else
            note_long(picture);
    }
    begin_head(picture, at);
}

/* A whole item: the offset of the TIFF header counts from behind itself. */
static void read_item(struct picture *picture, uint64_t at)
{
    struct tt_reader reader = tt_reader_of(tt_buf_span(&picture->held));
    size_t tiff = tt_read_u32(&reader);
    bool fits = !reader.failed && tiff < picture->held.len - HEIF_START;
    if (fits)
        give_exif(picture, tiff + HEIF_START);
    else
        give(picture, tt_buf_span(&picture->held), picture->held_at);
    begin_data(picture, picture->box_left, at);
}

/* ---- feeding ---- */

/* What `where` says is all there. `at`: behind it. */
static void go_on(struct picture *picture, uint64_t at)
{
    switch (picture->where) {
    case AT_HEAD:
        if (picture->is_heif)
            read_box(picture, at);
        else
            read_marker(picture, at);
        break;
    case IN_EXIF:
        if (picture->is_heif)
            read_item(picture, at);
        else
            read_app1(picture, at);
        break;
    case IN_META:
        read_meta(picture, at);
        break;
    case IN_DATA:
        begin_head(picture, at);
        break;
    case IN_REST:
        break;
    }
}

/* An item of Exif that begins here, in a box that is not looked into. */
static void enter_item(struct picture *picture, uint64_t at)
{
    struct tt_heif_item *item = &picture->item;
    if (picture->where != IN_DATA || item->len == 0 || at != item->at || item->len > picture->left)
        return;
    picture->box_left = picture->left - item->len;
    begin_gathering(picture, IN_EXIF, item->len, at);
    item->len = 0;
}

static size_t read_some(struct picture *picture, struct tt_span in, uint64_t at)
{
    enter_item(picture, at);
    uint64_t want = picture->where == IN_REST ? in.len : picture->left;
    const struct tt_heif_item *item = &picture->item;
    if (picture->where == IN_DATA && item->len > 0 && item->at > at && item->at - at < want)
        want = item->at - at;
    struct tt_span part = tt_span_sub(in, 0, want < in.len ? (size_t)want : in.len);
    bool gathers =
        picture->where == AT_HEAD || picture->where == IN_EXIF || picture->where == IN_META;
    if (!gathers)
        give(picture, part, at);
    else if (tt_buf_append(&picture->held, part) != TT_OK)
        picture->where = IN_REST; /* without memory: the caps are kept above */
    picture->left -= picture->where == IN_REST ? 0 : part.len;
    if (picture->left == 0 && picture->where != IN_REST)
        go_on(picture, at + part.len);
    return part.len;
}

static size_t feed(void *opaque, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    (void)marks;
    (void)mark_count;
    struct picture *picture = opaque;
    picture->frame = piece->origin.last_frame;
    for (size_t at = 0; at < piece->bytes.len;) {
        at += read_some(picture, tt_span_from(piece->bytes, at), piece->at + at);
        picture->next = piece->at + at;
    }
    return piece->bytes.len;
}

static void close_state(void *opaque, enum tt_body_end end)
{
    struct picture *picture = opaque;
    bool gathers =
        picture->where == AT_HEAD || picture->where == IN_EXIF || picture->where == IN_META;
    if (gathers)
        give(picture, tt_buf_span(&picture->held), picture->held_at);
    if (picture->out.state != TT_OUTLET_IDLE)
        tt_outlet_close(&picture->out, end, picture->next);
    tt_buf_free(&picture->held);
    free(picture);
}

const struct tt_decoder tt_decoder_jpeg = {.name = "jpeg",
                                           .title = "JPEG picture with Exif and XMP",
                                           .spec = "ITU-T T.81; CIPA DC-008",
                                           .sort = TT_CODING,
                                           .claims = jpeg_claims,
                                           .open = jpeg_open,
                                           .feed = feed,
                                           .close = close_state};

const struct tt_decoder tt_decoder_heif = {.name = "heif",
                                           .title = "HEIF or AVIF picture with Exif",
                                           .spec = "ISO/IEC 23008-12; CIPA DC-008",
                                           .sort = TT_CODING,
                                           .claims = heif_claims,
                                           .open = heif_open,
                                           .feed = feed,
                                           .close = close_state};
