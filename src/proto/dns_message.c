#include "proto/dns_message.h"

#include "base/reader.h"
#include "base/utf.h"
#include "model/limits.h"

#include <stdio.h>

bool tt_dns_header_read(struct tt_span message, struct tt_dns_header *ret_header)
{
    struct tt_reader reader = tt_reader_of(message);
    tt_read_skip(&reader, 2);
    uint16_t flags = tt_read_u16(&reader);
    struct tt_dns_header header = {
        .response = (flags & 0x8000U) != 0, .opcode = flags >> 11 & 15U, .rcode = flags & 15U};
    for (size_t i = 0; i < TT_DNS_SECTIONS; i++)
        header.counts[i] = tt_read_u16(&reader);
    /* Opcodes 0 to 6 but for 3 are assigned; bit 0x40 must be zero. */
    if (reader.failed || header.opcode > 6 || header.opcode == 3 || (flags & 0x40U) != 0)
        return false;
    *ret_header = header;
    return true;
}

size_t tt_dns_least_len(const struct tt_dns_header *header)
{
    /* A root name, type and class; a record has a time to live and a length besides. */
    enum { QUESTION_MIN = 5, RECORD_MIN = 11 };
    size_t records = (size_t)header->counts[TT_DNS_ANSWER] + header->counts[TT_DNS_AUTHORITY] +
                     header->counts[TT_DNS_ADDITIONAL];
    return TT_DNS_HEADER_LEN + header->counts[TT_DNS_QUESTION] * (size_t)QUESTION_MIN +
           records * RECORD_MIN;
}

/* ---- names ---- */

static void touch(struct tt_dns_name *name, size_t from, size_t to)
{
    if (from < name->low)
        name->low = from;
    if (to > name->high)
        name->high = to;
}

/* Follows a pointer at `at`; false when it does not point backwards. */
static bool follow(struct tt_span message, size_t at, size_t *ret_at)
{
    if (message.len - at < 2)
        return false;
    size_t to = (message.data[at] & 0x3fU) << 8 | message.data[at + 1];
    if (to >= at)
        return false;
    *ret_at = to;
    return true;
}

bool tt_dns_name_read(struct tt_span message, size_t at, struct tt_dns_name *ret_name)
{
    struct tt_dns_name name = {.start = at, .low = at};
    unsigned jumps = 0;
    bool jumped = false;
    while (at < message.len && message.data[at] != 0) {
        size_t len = message.data[at];
        if (len >= 0xc0) {
            size_t to = 0;
            if (++jumps > TT_DNS_NAME_JUMPS_MAX || !follow(message, at, &to))
                return false;
            touch(&name, at, at + 2);
            if (!jumped)
                name.end = at + 2;
            jumped = true;
            at = to;
            if (name.len == 0)
                name.start = at;
            continue;
        }
        /* 0x40 and 0x80: label types that were never used; and the root takes one byte more. */
        if (len >= 0x40 || len >= message.len - at || name.len + len + 2 > TT_DNS_WIRE_MAX)
            return false;
        memcpy(name.wire + name.len, message.data + at, len + 1);
        name.len += len + 1;
        touch(&name, at, at + len + 1);
        at += len + 1;
    }
    if (at >= message.len)
        return false;
    touch(&name, at, at + 1);
    if (!jumped)
        name.end = at + 1;
    *ret_name = name;
    return true;
}

size_t tt_dns_name_plain(const struct tt_dns_name *name, uint8_t plain[TT_DNS_WIRE_MAX])
{
    if (name->len == 0)
        return 0;
    /* Each length byte but the first becomes the dot before its label. */
    memcpy(plain, name->wire + 1, name->len - 1);
    for (size_t at = 0; at < name->len; at += name->wire[at] + 1U)
        if (at > 0)
            plain[at - 1] = '.';
    return name->len - 1;
}

static size_t put_label(struct tt_span label, char *text)
{
    bool utf8 = tt_utf8_valid(label);
    size_t len = 0;
    for (size_t i = 0; i < label.len; i++) {
        uint8_t c = label.data[i];
        if (c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8)) {
            text[len++] = '\\';
            text[len++] = (char)('0' + c / 100);
            text[len++] = (char)('0' + c / 10 % 10);
            text[len++] = (char)('0' + c % 10);
            continue;
        }
        if (c == '.' || c == '\\')
            text[len++] = '\\';
        text[len++] = (char)c;
    }
    return len;
}

void tt_dns_name_text(const struct tt_dns_name *name, char text[TT_DNS_TEXT_MAX])
{
    size_t len = 0;
    for (size_t at = 0; at < name->len; at += name->wire[at] + 1U) {
        if (at > 0)
            text[len++] = '.';
        len += put_label(tt_span_of(name->wire + at + 1, name->wire[at]), text + len);
    }
    text[len] = '\0';
}

bool tt_dns_name_eq(const struct tt_dns_name *a, const struct tt_dns_name *b)
{
    /* Length bytes are below 64 and therefore no letters. */
    return tt_span_ieq(tt_span_of(a->wire, a->len), tt_span_of(b->wire, b->len));
}

/* ---- records ---- */

bool tt_dns_record_read(struct tt_span message, size_t at, enum tt_dns_section section,
                        struct tt_dns_record *ret_record)
{
    struct tt_dns_record record;
    if (!tt_dns_name_read(message, at, &record.owner))
        return false;
    struct tt_reader reader = tt_reader_of(message);
    tt_read_skip(&reader, record.owner.end);
    record.type = tt_read_u16(&reader);
    record.class = tt_read_u16(&reader);
    record.rdata_len = 0;
    if (section != TT_DNS_QUESTION) {
        tt_read_skip(&reader, 4); /* time to live */
        record.rdata_len = tt_read_u16(&reader);
    }
    record.rdata_at = reader.at;
    tt_read_skip(&reader, record.rdata_len);
    record.end = reader.at;
    if (reader.failed)
        return false;
    *ret_record = record;
    return true;
}

/* Types whose rdata holds names: how many, and how many bytes stand before them. */
struct layout {
    uint16_t type;
    uint8_t skip;
    uint8_t names;
};

static const struct layout *find_layout(uint16_t type)
{
    static const struct layout layouts[] = {
        {2, 0, 1},  /* NS, RFC 1035 */
        {3, 0, 1},  /* MD */
        {4, 0, 1},  /* MF */
        {5, 0, 1},  /* CNAME */
        {6, 0, 2},  /* SOA: server, mailbox, five numbers */
        {7, 0, 1},  /* MB */
        {8, 0, 1},  /* MG */
        {9, 0, 1},  /* MR */
        {12, 0, 1}, /* PTR */
        {14, 0, 2}, /* MINFO */
        {15, 2, 1}, /* MX: preference, server */
        {17, 0, 2}, /* RP, RFC 1183 */
        {18, 2, 1}, /* AFSDB, RFC 1183 */
        {21, 2, 1}, /* RT, RFC 1183 */
        {33, 6, 1}, /* SRV, RFC 2782: priority, weight, port, target */
        {36, 2, 1}, /* KX, RFC 2230 */
        {39, 0, 1}, /* DNAME, RFC 6672 */
        {47, 0, 1}, /* NSEC, RFC 4034: next name, types */
        {64, 2, 1}, /* SVCB, RFC 9460: priority, target, parameters */
        {65, 2, 1}, /* HTTPS, RFC 9460 */
    };
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
        if (layouts[i].type == type)
            return &layouts[i];
    return NULL;
}

bool tt_dns_rdata_read(struct tt_span message, const struct tt_dns_record *record,
                       struct tt_dns_rdata *ret_rdata)
{
    const struct layout *layout = record->rdata_len > 0 ? find_layout(record->type) : NULL;
    ret_rdata->name_count = 0;
    ret_rdata->end = record->rdata_at;
    if (layout == NULL)
        return true;
    size_t at = record->rdata_at + layout->skip;
    /* A name may point back anywhere, but its own bytes must lie in the rdata. */
    for (size_t i = 0; i < layout->names; i++) {
        struct tt_dns_name *name = &ret_rdata->names[i];
        if (!tt_dns_name_read(message, at, name) || name->end > record->end)
            return false;
        ret_rdata->names_at[i] = at;
        at = name->end;
    }
    ret_rdata->name_count = layout->names;
    ret_rdata->end = at;
    return true;
}

/* Classes: IN, CH, HS, NONE, ANY; the highest bit has a meaning of its own in mDNS (RFC 6762). */
static bool is_class(uint16_t class)
{
    unsigned plain = class & 0x7fffU;
    return plain == 1 || plain == 3 || plain == 4 || plain == 254 || plain == 255;
}

bool tt_dns_is_perfect(struct tt_span message)
{
    struct tt_dns_header header = {0};
    if (!tt_dns_header_read(message, &header) || header.opcode != 0 ||
        header.counts[TT_DNS_QUESTION] > 1 ||
        (!header.response && header.counts[TT_DNS_QUESTION] == 0) ||
        tt_dns_least_len(&header) > message.len)
        return false;
    size_t at = TT_DNS_HEADER_LEN;
    size_t records = 0;
    for (unsigned section = 0; section < TT_DNS_SECTIONS; section++) {
        for (unsigned i = 0; i < header.counts[section]; i++) {
            struct tt_dns_record record;
            struct tt_dns_rdata rdata;
            if (++records > TT_DNS_RECORDS_MAX ||
                !tt_dns_record_read(message, at, (enum tt_dns_section)section, &record) ||
                !tt_dns_rdata_read(message, &record, &rdata) || record.type == 0)
                return false;
            /* An OPT record (RFC 6891) has a size in the place of the class. */
            if (record.type != TT_DNS_OPT && !is_class(record.class))
                return false;
            at = record.end;
        }
    }
    return records > 0 && at == message.len;
}
