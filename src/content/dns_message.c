#include "content/dns_message.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/reader.h"
#include "content/outlet.h"
#include "content/place.h"

enum {
    HEADER_LEN = 12,
    MESSAGE_MAX = 65535,
    LABEL_MAX = 63,
    NAME_MAX_LEN = 255,
    NAMES_MAX = 32, /* whose places are remembered */
    QUESTION_TAIL = 4,
    RECORD_TAIL = 10
};

struct range {
    uint64_t from;
    uint64_t to;
};

struct dns_message {
    const struct tt_content_sink *sink;
    struct tt_buf bytes;
    size_t at; /* the next question or record */
    unsigned questions;
    unsigned records;
    bool begun; /* the header was read */
    bool over;  /* nothing more is read */
    size_t name_count;
    struct range names[NAMES_MAX];
};

/* ---- names ---- */

struct name {
    size_t end; /* offset behind it */
    size_t len; /* as text */
    bool whole; /* no pointer in it */
};

/* RFC 1035, sections 3.1 and 4.1.4. False: malformed, or not all there. */
static bool read_name(struct tt_span in, size_t at, uint8_t text[NAME_MAX_LEN],
                      struct name *ret_name)
{
    struct name name = {.whole = true};
    while (at < in.len && in.data[at] != 0 && in.data[at] <= LABEL_MAX) {
        size_t len = in.data[at];
        if (at + 1 + len >= in.len || name.len + len + 1 > NAME_MAX_LEN)
            return false;
        if (name.len > 0)
            text[name.len++] = '.';
        memcpy(text + name.len, in.data + at + 1, len);
        name.len += len;
        at += len + 1;
    }
    if (at >= in.len)
        return false;
    name.whole = in.data[at] == 0;
    name.end = at + (name.whole ? 1 : 2);
    if (name.end > in.len || (!name.whole && in.data[at] < 0xc0))
        return false;
    *ret_name = name;
    return true;
}

static void put_name(struct dns_message *dns, size_t at, const struct name *name,
                     const uint8_t *text)
{
    struct tt_outlet out;
    const struct tt_body inner = {.kind = TT_STEP_CODING, .step = "dns-name", .at = at};
    uint8_t room[NAME_MAX_LEN];
    if (!name->whole || name->len == 0)
        return;
    if (dns->name_count < NAMES_MAX)
        dns->names[dns->name_count++] = (struct range){at, name->end};
    tt_outlet_init(&out, dns->sink, room, sizeof(room));
    if (tt_outlet_open(&out, &inner, NULL, 0)) {
        memcpy(room, text, name->len);
        out.len = name->len;
        (void)tt_outlet_flush(&out, name->end);
    }
    tt_outlet_close(&out, TT_BODY_COMPLETE, name->end);
}

/* ---- recognition ---- */

/* A query that is nothing but one question, as a browser puts it into a URL (RFC 8484,
 * section 4.1).
 */
static bool is_query(struct tt_span in)
{
    struct tt_reader reader = tt_reader_of(in);
    (void)tt_read_u16(&reader);
    unsigned flags = tt_read_u16(&reader);
    unsigned questions = tt_read_u16(&reader);
    unsigned answers = tt_read_u16(&reader);
    unsigned authorities = tt_read_u16(&reader);
    unsigned additional = tt_read_u16(&reader);
    if (reader.failed || (flags & ~0x0130U) != 0 || questions != 1 || answers != 0 ||
        authorities != 0 || additional > 1)
        return false;
    uint8_t text[NAME_MAX_LEN];
    struct name name;
    if (!read_name(in, HEADER_LEN, text, &name) || !name.whole || name.len < 3)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (text[i] <= ' ' || text[i] >= 0x7f)
            return false;
    struct tt_span tail = tt_span_sub(in, name.end, QUESTION_TAIL);
    bool internet = tail.len == QUESTION_TAIL && tail.data[2] == 0 && tail.data[3] == 1;
    /* RFC 6891: the OPT record begins with the name of the root and its type. */
    static const uint8_t opt[] = {0, 0, 41};
    struct tt_span more = tt_span_from(in, name.end + QUESTION_TAIL);
    return internet &&
           (additional == 0 ? more.len == 0 : tt_span_starts(more, tt_span_of(opt, sizeof(opt))));
}

static bool claims(const struct tt_body *body, struct tt_span head, bool whole)
{
    if (head.len <= HEADER_LEN)
        return false;
    if (body->media_type != NULL)
        return strcmp(body->media_type, "application/dns-message") == 0;
    return whole && body->parent != NULL && body->kind == TT_STEP_CODING && is_query(head);
}

static void *open_state(const struct tt_body *body, const struct tt_content_sink *sink)
{
    (void)body;
    struct dns_message *dns = calloc(1, sizeof(*dns));
    if (dns == NULL)
        return NULL;
    dns->sink = sink;
    dns->bytes = tt_buf_make(MESSAGE_MAX);
    return dns;
}

/* ---- reading ---- */

static void begin(struct dns_message *dns)
{
    struct tt_reader reader = tt_reader_of(tt_buf_span(&dns->bytes));
    tt_read_skip(&reader, 4);
    dns->questions = tt_read_u16(&reader);
    dns->records = tt_read_u16(&reader);
    dns->records += tt_read_u16(&reader);
    dns->records += tt_read_u16(&reader);
    dns->begun = !reader.failed;
    dns->at = HEADER_LEN;
}

/* The next question or record, if all of it is there. */
static bool read_entry(struct dns_message *dns)
{
    struct tt_span in = tt_buf_span(&dns->bytes);
    uint8_t text[NAME_MAX_LEN];
    struct name name;
    bool question = dns->questions > 0;
    if (!question && dns->records == 0)
        return false;
    if (!read_name(in, dns->at, text, &name))
        return false;
    size_t end = name.end + (question ? QUESTION_TAIL : RECORD_TAIL);
    if (end > in.len)
        return false;
    if (!question)
        end += (size_t)in.data[end - 2] << 8 | in.data[end - 1];
    if (end > in.len)
        return false;
    put_name(dns, dns->at, &name, text);
    dns->at = end;
    dns->questions -= question;
    dns->records -= !question;
    return true;
}

/* Bytes of a name that went out as a body of its own are not wanted as they stand. */
static bool in_name(const struct dns_message *dns, uint64_t at)
{
    for (size_t i = 0; i < dns->name_count; i++)
        if (at >= dns->names[i].from && at < dns->names[i].to)
            return true;
    return false;
}

static size_t feed(void *state, const struct tt_piece *piece, const uint64_t *marks,
                   size_t mark_count)
{
    struct dns_message *dns = state;
    struct tt_marks left = {.at = marks, .count = mark_count};
    dns->over = dns->over || tt_buf_append(&dns->bytes, piece->bytes) != TT_OK;
    if (!dns->over && !dns->begun)
        begin(dns);
    while (!dns->over && dns->begun && read_entry(dns)) {
    }
    while (left.next < left.count) {
        uint64_t at = left.at[left.next];
        tt_marks_answer(&left, dns->sink, at + 1, NULL, 0, in_name(dns, at));
    }
    return piece->bytes.len;
}

static void close_state(void *state, enum tt_body_end end)
{
    (void)end;
    struct dns_message *dns = state;
    tt_buf_free(&dns->bytes);
    free(dns);
}

const struct tt_decoder tt_decoder_dns_message = {.name = "dns-message",
                                                  .title = "DNS message, as over HTTPS",
                                                  .spec = "RFC 8484, RFC 1035",
                                                  .sort = TT_FORMAT,
                                                  .claims = claims,
                                                  .open = open_state,
                                                  .feed = feed,
                                                  .close = close_state};
