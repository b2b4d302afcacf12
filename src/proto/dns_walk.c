#include "proto/dns_walk.h"

#include "base/host.h"
#include "model/limits.h"
#include "proto/dns_message.h"

enum {
    MESSAGE_MAX = 65535,
    ALIASES_MAX = 16 /* names of one CNAME chain, its question included */
};

struct walk {
    const struct tt_stream *stream;
    const struct tt_extent *extent;
    size_t base; /* offset of the message in the extent */
    struct tt_span message;
    struct tt_dns_header header;
    struct tt_msg msg;
    char name[TT_DNS_TEXT_MAX]; /* of the question, else of the first record */
    size_t at;
    size_t handed_out; /* bytes of slices and unclaimed bytes */
    size_t alias_count;
    struct tt_dns_name aliases[ALIASES_MAX]; /* the question, and what stands for it */
    uint8_t seen[MESSAGE_MAX / 8 + 1];       /* a bit for each offset whose name went out */
};

static void put_note(const struct walk *walk, const char *code, size_t at, const char *text)
{
    tt_stream_note(walk->stream, code, walk->extent->offset + walk->base + at,
                   walk->message.len - at, text);
}

static void put_unclaimed(struct walk *walk, size_t at)
{
    size_t len = walk->message.len - at;
    tt_stream_unclaimed(walk->stream, walk->extent, walk->base + at, len);
    walk->handed_out += len;
    walk->msg.complete = false;
}

static void put_slice(struct walk *walk, const char *step, enum tt_format format, size_t at,
                      size_t len)
{
    if (len == 0)
        return;
    struct tt_body body = {.kind = TT_STEP_SLICE, .format = format, .step = step};
    tt_stream_body(walk->stream, &body, &walk->msg, walk->extent, walk->base + at, len);
    walk->handed_out += len;
}

/* A name that is only a pointer to one that went out is not another one. */
static bool is_new_name(struct walk *walk, const struct tt_dns_name *name)
{
    uint8_t bit = (uint8_t)(1U << (name->start & 7U));
    bool seen = (walk->seen[name->start / 8] & bit) != 0;
    walk->seen[name->start / 8] |= bit;
    return !seen;
}

static void put_plain(struct walk *walk, const char *step, const struct tt_dns_name *name,
                      size_t at, struct tt_span plain)
{
    const struct tt_proto_sink *sink = walk->stream->sink;
    uint64_t message_at = walk->extent->offset + walk->base;
    struct tt_body body = {.flow = walk->stream->flow,
                           .direction = walk->stream->direction,
                           .kind = TT_STEP_CODING,
                           .step = step,
                           .at = message_at + at};
    void *handle = sink->calls->body_open(sink->context, &body, NULL, &walk->msg);
    if (handle == NULL)
        return;
    struct tt_piece piece = {
        .bytes = plain,
        .origin = tt_extent_origin(walk->extent, walk->base + name->low, name->high - name->low)};
    sink->calls->body_data(sink->context, handle, &piece);
    sink->calls->body_close(sink->context, handle, TT_BODY_COMPLETE, message_at + name->end);
}

/* What is carried out in a name is cut into labels; what was cut is searched in one piece too. */
static void put_name(struct walk *walk, const char *step, const struct tt_dns_name *name, size_t at)
{
    if (name->len == 0 || !is_new_name(walk, name))
        return;
    uint8_t plain[TT_DNS_WIRE_MAX];
    size_t len = tt_dns_name_plain(name, plain);
    put_plain(walk, step, name, at, tt_span_of(plain, len));
    size_t ends[TT_DNS_ENDS_MAX];
    size_t count = tt_dns_name_joined(name, plain, ends);
    for (size_t i = 0; i < count; i++)
        put_plain(walk, step, name, at, tt_span_of(plain, ends[i]));
}

/* ---- addresses ---- */

static bool is_alias(const struct walk *walk, const struct tt_dns_name *name)
{
    for (size_t i = 0; i < walk->alias_count; i++)
        if (tt_dns_name_eq(&walk->aliases[i], name))
            return true;
    return false;
}

static void add_alias(struct walk *walk, const struct tt_dns_name *name)
{
    if (walk->alias_count < ALIASES_MAX)
        walk->aliases[walk->alias_count++] = *name;
}

static void tell_address(const struct walk *walk, enum tt_name_source source,
                         const struct tt_dns_name *name, struct tt_addr addr)
{
    char text[TT_DNS_TEXT_MAX];
    tt_dns_name_text(name, text);
    for (char *c = text; *c != '\0'; c++)
        *c = (char)tt_lower((uint8_t)*c);
    const struct tt_name_record found = {.source = source,
                                         .frame = walk->msg.origin.last_frame,
                                         .time = walk->msg.origin.time,
                                         .addr = addr,
                                         .name = text};
    walk->stream->sink->calls->name(walk->stream->sink->context, &found);
}

static void learn_address(struct walk *walk, const struct tt_dns_record *record)
{
    if (!walk->header.response || walk->header.rcode != 0)
        return;
    /* The owner of the address may be what a CNAME made of the name that was asked for; the device
     * goes on to use the latter. */
    bool aliased = is_alias(walk, &record->owner);
    const struct tt_dns_name *name = aliased ? &walk->aliases[0] : &record->owner;
    if (name->len == 0)
        return;
    enum tt_addr_family family = record->type == TT_DNS_A ? TT_ADDR_IPV4 : TT_ADDR_IPV6;
    struct tt_addr addr = tt_addr_make(family, walk->message.data + record->rdata_at);
    tell_address(walk, TT_NAME_DNS, name, addr);
    for (size_t i = 1; aliased && i < walk->alias_count; i++)
        tell_address(walk, TT_NAME_ALIAS, &walk->aliases[i], addr);
}

/* ---- records ---- */

/* Character strings (RFC 1035, section 3.3), one after the other. False when they do not fit. */
static bool put_strings(struct walk *walk, const struct tt_dns_record *record)
{
    size_t at = record->rdata_at;
    while (at < record->end) {
        size_t len = walk->message.data[at];
        if (len > record->end - at - 1) {
            put_slice(walk, "dns.rdata", TT_FORMAT_OPAQUE, at, record->end - at);
            return false;
        }
        put_slice(walk, "dns.txt", TT_FORMAT_UNKNOWN, at + 1, len);
        at += len + 1;
    }
    return true;
}

/* Rdata that may hold names. False when they are malformed: then it went out as it stands. */
static bool put_rdata(struct walk *walk, enum tt_dns_section section,
                      const struct tt_dns_record *record)
{
    struct tt_dns_rdata rdata;
    bool read = tt_dns_rdata_read(walk->message, record, &rdata);
    if (!read)
        rdata = (struct tt_dns_rdata){.end = record->rdata_at};
    for (size_t i = 0; i < rdata.name_count; i++)
        put_name(walk, "dns.rdata.name", &rdata.names[i], rdata.names_at[i]);
    put_slice(walk, "dns.rdata", TT_FORMAT_OPAQUE, rdata.end, record->end - rdata.end);
    if (rdata.name_count > 0 && record->type == TT_DNS_CNAME && section == TT_DNS_ANSWER &&
        is_alias(walk, &record->owner))
        add_alias(walk, &rdata.names[0]);
    return read;
}

static void take_record(struct walk *walk, enum tt_dns_section section,
                        const struct tt_dns_record *record)
{
    static const char *const steps[] = {"dns.question.name", "dns.answer.name",
                                        "dns.authority.name", "dns.additional.name"};
    bool read = true;
    put_name(walk, steps[section], &record->owner, walk->at);
    if (section == TT_DNS_QUESTION && walk->alias_count == 0)
        add_alias(walk, &record->owner);
    switch (record->type) {
    case TT_DNS_A:
    case TT_DNS_AAAA:
        if (record->rdata_len == (record->type == TT_DNS_A ? 4U : 16U))
            learn_address(walk, record);
        else
            read = put_rdata(walk, section, record);
        break;
    case TT_DNS_TXT:
    case TT_DNS_SPF:
    case TT_DNS_HINFO:
        read = put_strings(walk, record);
        break;
    case TT_DNS_OPT:
        put_slice(walk, "dns.opt", TT_FORMAT_OPAQUE, record->rdata_at, record->rdata_len);
        break;
    default:
        read = put_rdata(walk, section, record);
        break;
    }
    if (read)
        return;
    walk->msg.complete = false;
    tt_stream_note(walk->stream, "dns.malformed",
                   walk->extent->offset + walk->base + record->rdata_at, record->rdata_len,
                   "the data of a DNS record is malformed: searched as it stands");
}

/* All records; false at the first that cannot be read, which is then at walk->at. */
static bool take_records(struct walk *walk)
{
    size_t records = 0;
    for (unsigned section = 0; section < TT_DNS_SECTIONS; section++) {
        for (unsigned i = 0; i < walk->header.counts[section]; i++) {
            struct tt_dns_record record;
            if (++records > TT_DNS_RECORDS_MAX ||
                !tt_dns_record_read(walk->message, walk->at, (enum tt_dns_section)section, &record))
                return false;
            take_record(walk, (enum tt_dns_section)section, &record);
            walk->at = record.end;
        }
    }
    return true;
}

/* The question, or the first record of a message without one, names the message: both stand behind
 * the header. */
static void name_message(struct walk *walk)
{
    struct tt_dns_name name;
    if (tt_dns_name_read(walk->message, TT_DNS_HEADER_LEN, &name)) {
        tt_dns_name_text(&name, walk->name);
        walk->msg.name = walk->name;
        bool asked = walk->header.opcode == 0 && strcmp(walk->msg.protocol, "dns") == 0;
        if (asked && tt_host_is_beyond(walk->name))
            walk->msg.relay = TT_RELAY_MESSAGE;
    }
}

void tt_dns_walk(const struct tt_stream *stream, const struct tt_extent *extent, size_t at,
                 const char *protocol, bool cut)
{
    struct walk walk;
    walk.stream = stream;
    walk.extent = extent;
    walk.base = at;
    walk.message = tt_span_sub(extent->bytes, at, MESSAGE_MAX);
    walk.at = TT_DNS_HEADER_LEN;
    walk.handed_out = 0;
    walk.alias_count = 0;
    memset(walk.seen, 0, walk.message.len / 8 + 1);
    struct tt_origin origin = tt_extent_origin(extent, at, walk.message.len);
    walk.msg = (struct tt_msg){.flow = stream->flow,
                               .direction = stream->direction,
                               .protocol = protocol,
                               .body_bytes = walk.message.len,
                               .origin = origin,
                               .complete = !cut};
    const char *code = cut ? "dns.cut" : "dns.malformed";
    if (!tt_dns_header_read(walk.message, &walk.header)) {
        put_note(&walk, code, 0, "bytes that are no DNS message: searched raw");
        put_unclaimed(&walk, 0);
        tt_stream_account(stream, TT_BUCKET_DECODED, at);
        return;
    }
    walk.msg.kind = walk.header.response ? "response" : "query";
    name_message(&walk);
    if (!take_records(&walk)) {
        put_note(&walk, code, walk.at,
                 "a DNS record is malformed or cut: the rest is searched raw");
        put_unclaimed(&walk, walk.at);
    } else if (walk.at < walk.message.len) {
        put_note(&walk, "dns.trailing", walk.at, "bytes behind a DNS message: searched raw");
        put_unclaimed(&walk, walk.at);
    }
    tt_stream_account(stream, TT_BUCKET_DECODED, extent->bytes.len - walk.handed_out);
    stream->sink->calls->message(stream->sink->context, &walk.msg);
}
