#include "content/ntlmssp.h"

#include "base/compiler.h"
#include "base/reader.h"
#include "content/outlet.h"
#include "content/step.h"
#include "content/utf16.h"
#include "model/limits.h"

enum {
    TYPE_AT = 8,
    TYPE_END = 12,
    FIELD_LEN = 8, /* length, length of the room, offset */
    UNICODE = 1,   /* NTLMSSP_NEGOTIATE_UNICODE */
    PAIR_HEADER = 4,
    PAIRS_MAX = 32,     /* there are ten sorts */
    RESPONSE_V1 = 24,   /* bytes of an NTLM version 1 response, which holds no names */
    RESPONSE_PAIRS = 44 /* in front of the AV pairs of a version 2 response: section 2.2.2.8 */
};

enum content {
    OEM,
    BY_FLAGS, /* UTF-16 or OEM */
    PAIRS,
    RESPONSE /* a version 2 response, with AV pairs at its end */
};

struct field {
    const char *name;
    size_t at; /* of the field, in the message */
    enum content content;
};

struct layout {
    const struct field *fields;
    size_t field_count;
    size_t header;   /* bytes up to the version, which need not be there */
    size_t least;    /* bytes of the shortest header, of old clients: values stand behind it */
    size_t flags_at; /* 0: none that matter */
};

static const struct field negotiate[] = {
    {"negotiate.domain", 16, OEM},
    {"negotiate.callingworkstation", 24, OEM},
};

static const struct field challenge[] = {
    {"challenge.target_name", 12, BY_FLAGS},
    {"challenge.target_info.", 40, PAIRS},
};

static const struct field authenticate[] = {
    {"auth.ntlmv2_response.", 20, RESPONSE},
    {"auth.domain", 28, BY_FLAGS},
    {"auth.username", 36, BY_FLAGS},
    {"auth.hostname", 44, BY_FLAGS},
};

/* The layout of the message whose first TYPE_END bytes are there, or NULL. */
static const struct layout *layout_of(struct tt_span message)
{
    static const struct layout layouts[] = {
        {negotiate, TT_ARRAY_LEN(negotiate), 32, 32, 0},
        {challenge, TT_ARRAY_LEN(challenge), 48, 32, 20},
        {authenticate, TT_ARRAY_LEN(authenticate), 64, 52, 60},
    };
    struct tt_reader reader = tt_reader_of(tt_span_from(message, TYPE_AT));
    uint64_t type = tt_read_le(&reader, 4);
    return type >= 1 && type <= TT_ARRAY_LEN(layouts) ? &layouts[type - 1] : NULL;
}

/* What a field refers to; empty where that cannot be. */
struct range {
    size_t at;
    size_t len;
};

static struct range range_of(const struct layout *layout, const struct field *field,
                             struct tt_span message)
{
    struct range none = {0};
    struct tt_reader reader = tt_reader_of(tt_span_sub(message, field->at, FIELD_LEN));
    size_t len = (size_t)tt_read_le(&reader, 2);
    tt_read_skip(&reader, 2);
    size_t at = (size_t)tt_read_le(&reader, 4);
    if (reader.failed || len == 0 || at < layout->least || at > TT_EMBEDDED_MAX)
        return none;
    return (struct range){.at = at, .len = len};
}

static size_t measure(struct tt_span head)
{
    if (head.len < TYPE_END)
        return TYPE_END;
    const struct layout *layout = layout_of(head);
    if (layout == NULL)
        return 0;
    size_t end = layout->header;
    for (size_t i = 0; i < layout->field_count && head.len >= layout->header; i++) {
        struct range range = range_of(layout, &layout->fields[i], head);
        end = range.at + range.len > end ? range.at + range.len : end;
    }
    return end;
}

/* ---- values ---- */

/* A message being told. */
struct telling {
    const struct tt_content_sink *sink;
    struct tt_span message;
    uint64_t at;
};

static void tell(const struct telling *telling, const char *name, const char *more,
                 struct range range, bool wide)
{
    uint8_t room[256];
    struct tt_step_text text;
    struct tt_outlet out;
    uint64_t at = telling->at + range.at;
    tt_step_start(&text, "ntlmssp:");
    tt_step_put(&text, tt_span_str(name));
    tt_step_put(&text, tt_span_str(more));
    struct tt_place_step place = {.step = text.bytes, .at = at, .len = range.len};
    struct tt_body inner = {.kind = wide ? TT_STEP_CODING : TT_STEP_SLICE,
                            .step = wide ? tt_utf16_name(TT_UTF16_LITTLE) : "",
                            .format = TT_FORMAT_OPAQUE,
                            .at = at};
    tt_outlet_init(&out, telling->sink, room, sizeof(room));
    (void)tt_outlet_open(&out, &inner, &place, 1);
    struct tt_span bytes = tt_span_sub(telling->message, range.at, range.len);
    if (wide)
        tt_utf16_put(&out, bytes, TT_UTF16_LITTLE, at);
    else
        (void)tt_outlet_slice(&out, bytes, at);
    tt_outlet_close(&out, TT_BODY_COMPLETE, at + range.len);
}

/* MsvAvNbComputerName and so on; NULL where the value is no name. */
static const char *name_of_pair(unsigned id)
{
    switch (id) {
    case 1:
        return "nb_computer_name";
    case 2:
        return "nb_domain_name";
    case 3:
        return "dns_computer_name";
    case 4:
        return "dns_domain_name";
    case 5:
        return "dns_tree_name";
    case 9:
        return "target_name";
    default:
        return NULL;
    }
}

/* Section 2.2.2.1: the one with the identifier 0 ends them. */
static void tell_pairs(const struct telling *telling, const char *name, struct range range)
{
    struct tt_reader reader = tt_reader_of(tt_span_sub(telling->message, range.at, range.len));
    for (size_t i = 0; i < PAIRS_MAX && tt_reader_left(&reader) >= PAIR_HEADER; i++) {
        unsigned id = (unsigned)tt_read_le(&reader, 2);
        size_t len = (size_t)tt_read_le(&reader, 2);
        size_t at = range.at + reader.at;
        tt_read_skip(&reader, len);
        if (id == 0 || reader.failed)
            return;
        const char *more = name_of_pair(id);
        if (more != NULL && len > 0)
            tell(telling, name, more, (struct range){.at = at, .len = len}, true);
    }
}

/* The flags say; where there are none (old clients), the second byte of a name does. */
static bool is_wide(const struct telling *telling, const struct layout *layout, size_t header,
                    struct range range)
{
    struct tt_reader reader = tt_reader_of(tt_span_sub(telling->message, 0, header));
    tt_read_skip(&reader, layout->flags_at);
    uint64_t flags = tt_read_le(&reader, 4);
    if (range.len % 2 != 0)
        return false;
    return reader.failed ? telling->message.data[range.at + 1] == 0 : (flags & UNICODE) != 0;
}

static void tell_field(const struct telling *telling, const struct layout *layout,
                       const struct field *field, size_t header)
{
    struct range range = range_of(layout, field, telling->message);
    if (range.at >= telling->message.len)
        return;
    size_t left = telling->message.len - range.at;
    range.len = range.len < left ? range.len : left;
    if (range.len == 0)
        return;
    switch (field->content) {
    case OEM:
        tell(telling, field->name, "", range, false);
        break;
    case BY_FLAGS:
        tell(telling, field->name, "", range, is_wide(telling, layout, header, range));
        break;
    case PAIRS:
        tell_pairs(telling, field->name, range);
        break;
    case RESPONSE:
        if (range.len <= RESPONSE_V1 || range.len < RESPONSE_PAIRS)
            break;
        range.at += RESPONSE_PAIRS;
        range.len -= RESPONSE_PAIRS;
        tell_pairs(telling, field->name, range);
        break;
    }
}

/* Where the first value stands, the header must have ended. */
static size_t header_len(const struct layout *layout, struct tt_span message)
{
    size_t end = message.len;
    for (size_t i = 0; i < layout->field_count; i++) {
        struct range range = range_of(layout, &layout->fields[i], message);
        end = range.len > 0 && range.at < end ? range.at : end;
    }
    return end;
}

static void read_message(struct tt_span message, uint64_t at, const struct tt_content_sink *sink)
{
    if (message.len < TYPE_END)
        return;
    const struct layout *layout = layout_of(message);
    if (layout == NULL)
        return;
    const struct telling telling = {.sink = sink, .message = message, .at = at};
    size_t header = header_len(layout, message);
    for (size_t i = 0; i < layout->field_count; i++)
        tell_field(&telling, layout, &layout->fields[i], header);
}

const struct tt_embedded_format tt_embedded_ntlmssp = {
    .name = "ntlmssp",
    .title = "NTLM authentication messages",
    .spec = "MS-NLMP, section 2.2.1",
    .signature = "NTLMSSP",
    .signature_len = 8, /* its terminator included */
    .measure = measure,
    .read = read_message,
};
