#include "identify/vcard.h"

#include "base/utf.h"
#include "identify/transform.h"
#include "model/limits.h"

enum { LINE_MAX_BYTES = 1048576 /* a photo may be longer: such lines are of no interest */ };

struct reader {
    struct tt_span text;
    size_t at;
    unsigned line; /* of the next physical line */
    struct tt_arena *arena;
    size_t skipped;
    enum tt_err err;
};

/* A property: NAME;PARAMETERS:VALUE. */
struct property {
    struct tt_span name;
    struct tt_span parameters;
    struct tt_span value;
};

static struct tt_span next_physical(struct reader *reader)
{
    struct tt_span rest = tt_span_from(reader->text, reader->at);
    size_t end = tt_span_find(rest, '\n');
    reader->at += end < rest.len ? end + 1 : end;
    reader->line++;
    struct tt_span line = tt_span_sub(rest, 0, end);
    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    return line;
}

static bool goes_on(const struct reader *reader)
{
    return reader->at < reader->text.len &&
           (reader->text.data[reader->at] == ' ' || reader->text.data[reader->at] == '\t');
}

static size_t header_end(struct tt_span line)
{
    bool quoted = false;
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] == '"')
            quoted = !quoted;
        if (line.data[i] == ':' && !quoted)
            return i;
    }
    return line.len;
}

/* One word among the parameters: alone, as a value, or as the name before "=". */
static bool has_parameter(struct tt_span parameters, const char *word)
{
    while (parameters.len > 0) {
        size_t end = 0;
        while (end < parameters.len && strchr(";=,", parameters.data[end]) == NULL)
            end++;
        if (tt_span_is(tt_span_sub(parameters, 0, end), word))
            return true;
        parameters = tt_span_from(parameters, end + 1);
    }
    return false;
}

static bool is_quoted_printable(struct tt_span line)
{
    return has_parameter(tt_span_sub(line, 0, header_end(line)), "QUOTED-PRINTABLE");
}

/* Unfolds (RFC 6350 section 3.2): a line that begins with a space goes on the one before; with
 * quoted-printable (2.1) a "=" at the end does the same. */
static struct tt_span next_logical(struct reader *reader)
{
    struct tt_span first = next_physical(reader);
    bool soft = is_quoted_printable(first) && first.len > 0 && first.data[first.len - 1] == '=';
    if (!goes_on(reader) && !soft)
        return first;
    /* The unfolded line is never longer than the lines that it is made of. */
    size_t from = reader->at;
    unsigned line = reader->line;
    size_t room = first.len;
    struct tt_span last = first;
    while (reader->at < reader->text.len && (soft || goes_on(reader))) {
        last = next_physical(reader);
        soft = soft && last.len > 0 && last.data[last.len - 1] == '=';
        room += last.len;
    }
    if (room > LINE_MAX_BYTES)
        return tt_span_of("", 0);
    uint8_t *out = tt_arena_alloc(reader->arena, room + 1);
    if (out == NULL) {
        reader->err = TT_ERR_MEMORY;
        return tt_span_of("", 0);
    }
    size_t end = reader->at;
    reader->at = from;
    reader->line = line;
    memcpy(out, first.data, first.len);
    size_t len = first.len;
    bool joined_soft = is_quoted_printable(first);
    while (reader->at < end) {
        bool folded = goes_on(reader);
        struct tt_span part = next_physical(reader);
        if (joined_soft && len > 0 && out[len - 1] == '=')
            len--;
        else if (folded)
            part = tt_span_from(part, 1);
        memcpy(out + len, part.data, part.len);
        len += part.len;
    }
    return tt_span_of(out, len);
}

static bool split(struct tt_span line, struct property *property)
{
    size_t colon = header_end(line);
    if (colon == line.len)
        return false;
    struct tt_span head = tt_span_sub(line, 0, colon);
    size_t semicolon = tt_span_find(head, ';');
    property->name = tt_span_sub(head, 0, semicolon);
    property->parameters = tt_span_from(head, semicolon + 1);
    property->value = tt_span_from(line, colon + 1);
    /* "item1.TEL": a group before the name. */
    size_t point = tt_span_find(property->name, '.');
    if (point < property->name.len)
        property->name = tt_span_from(property->name, point + 1);
    return true;
}

/* RFC 2045 section 6.7. */
static struct tt_span decode_quoted_printable(struct tt_arena *arena, struct tt_span text)
{
    uint8_t *out = tt_arena_alloc(arena, text.len + 1);
    size_t len = 0;
    if (out == NULL)
        return tt_span_of(NULL, 0);
    for (size_t i = 0; i < text.len; i++) {
        int high = i + 2 < text.len ? tt_hex_value(text.data[i + 1]) : -1;
        int low = i + 2 < text.len ? tt_hex_value(text.data[i + 2]) : -1;
        if (text.data[i] == '=' && high >= 0 && low >= 0) {
            out[len++] = (uint8_t)(high << 4 | low);
            i += 2;
        } else {
            out[len++] = text.data[i];
        }
    }
    return tt_span_of(out, len);
}

/* Backslashes of RFC 6350 section 3.4. */
static struct tt_span unescape(struct tt_arena *arena, struct tt_span text)
{
    uint8_t *out = tt_arena_alloc(arena, text.len + 1);
    size_t len = 0;
    if (out == NULL)
        return tt_span_of(NULL, 0);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (c == '\\' && i + 1 < text.len) {
            c = text.data[++i];
            if (c == 'n' || c == 'N')
                c = ' ';
        }
        out[len++] = c;
    }
    return tt_span_trim(tt_span_of(out, len));
}

/* Old phones write Latin-1 and do not say so. */
static struct tt_span latin1_to_utf8(struct tt_arena *arena, struct tt_span text)
{
    uint8_t *out = tt_arena_alloc(arena, text.len * 2 + 1);
    size_t len = 0;
    if (out == NULL)
        return tt_span_of(NULL, 0);
    for (size_t i = 0; i < text.len; i++)
        len += tt_utf8_write(text.data[i], out + len);
    return tt_span_of(out, len);
}

/* The value of a property without its coding, as UTF-8; backslashes are still there. Empty when it
 * cannot be read. */
static struct tt_span plain_value(struct reader *reader, const struct property *property)
{
    struct tt_span value = property->value;
    if (has_parameter(property->parameters, "BASE64") || has_parameter(property->parameters, "B"))
        return tt_span_of("", 0);
    if (has_parameter(property->parameters, "QUOTED-PRINTABLE"))
        value = decode_quoted_printable(reader->arena, value);
    if (value.data != NULL && !tt_utf8_valid(value))
        value = latin1_to_utf8(reader->arena, value);
    if (value.data == NULL)
        reader->err = TT_ERR_MEMORY;
    else if (tt_span_find(value, 0) < value.len)
        return tt_span_of("", 0);
    return value;
}

static struct tt_span text_value(struct reader *reader, const struct property *property)
{
    struct tt_span value = plain_value(reader, property);
    if (value.len > 0)
        value = unescape(reader->arena, value);
    if (value.data == NULL)
        reader->err = TT_ERR_MEMORY;
    return value;
}

/* "family;given;more;before;behind" -> "given family". */
static struct tt_span structured_name(struct reader *reader, const struct property *property)
{
    struct tt_span parts[2] = {{.data = NULL, .len = 0}, {.data = NULL, .len = 0}};
    struct tt_span rest = plain_value(reader, property);
    for (size_t i = 0; i < 2; i++) {
        size_t end = 0;
        while (end < rest.len && rest.data[end] != ';')
            end += rest.data[end] == '\\' ? 2 : 1;
        parts[i] = unescape(reader->arena, tt_span_sub(rest, 0, end));
        rest = tt_span_from(rest, end + 1);
    }
    uint8_t *out = tt_arena_alloc(reader->arena, parts[0].len + parts[1].len + 2);
    if (out == NULL || parts[0].data == NULL || parts[1].data == NULL) {
        reader->err = TT_ERR_MEMORY;
        return tt_span_of("", 0);
    }
    memcpy(out, parts[1].data, parts[1].len);
    out[parts[1].len] = ' ';
    memcpy(out + parts[1].len + 1, parts[0].data, parts[0].len);
    return tt_span_trim(tt_span_of(out, parts[0].len + parts[1].len + 1));
}

static struct tt_span without_scheme(struct tt_span value, const char *scheme)
{
    struct tt_span head = tt_span_str(scheme);
    if (tt_span_ieq(tt_span_sub(value, 0, head.len), head))
        value = tt_span_from(value, head.len);
    return value;
}

/* "tel:+91-981;ext=1" (RFC 3966): parameters are not part of the number. */
static struct tt_span number_of(struct tt_span value)
{
    value = without_scheme(value, "tel:");
    return tt_span_trim(tt_span_sub(value, 0, tt_span_find(value, ';')));
}

static void keep(struct reader *reader, struct tt_span value, struct tt_span *values, size_t *count)
{
    if (value.len == 0 || *count == TT_VCARD_VALUES_MAX)
        reader->skipped++;
    else
        values[(*count)++] = value;
}

static void take(struct reader *reader, const struct property *property, struct tt_vcard *card,
                 bool *formatted)
{
    if (tt_span_is(property->name, "FN")) {
        struct tt_span name = text_value(reader, property);
        if (name.len > 0 && !*formatted)
            card->name = name;
        *formatted = *formatted || name.len > 0;
    } else if (tt_span_is(property->name, "N") && !*formatted) {
        card->name = structured_name(reader, property);
    } else if (tt_span_is(property->name, "TEL")) {
        keep(reader, number_of(text_value(reader, property)), card->numbers, &card->number_count);
    } else if (tt_span_is(property->name, "EMAIL")) {
        keep(reader, without_scheme(text_value(reader, property), "mailto:"), card->emails,
             &card->email_count);
    }
}

static enum tt_err hand_over(const struct tt_vcard *card, tt_vcard_fn *contact, void *context)
{
    if (card->name.len == 0 && card->number_count == 0 && card->email_count == 0)
        return TT_OK;
    return contact(context, card);
}

enum tt_err tt_vcard_read(struct tt_span text, struct tt_arena *arena, tt_vcard_fn *contact,
                          void *context, size_t *ret_skipped)
{
    struct reader reader = {.text = text, .line = 1, .arena = arena};
    struct tt_vcard card = {.line = 0};
    bool open = false;
    bool formatted = false;
    size_t cards = 0;
    if (tt_span_starts(text, tt_span_str("\xef\xbb\xbf")))
        reader.at = 3;
    while (reader.at < text.len && reader.err == TT_OK) {
        unsigned line = reader.line;
        struct property property = {.name = {.data = NULL, .len = 0}};
        if (!split(next_logical(&reader), &property))
            continue;
        bool begins = tt_span_is(property.name, "BEGIN");
        if (!begins && !tt_span_is(property.name, "END")) {
            if (open)
                take(&reader, &property, &card, &formatted);
            continue;
        }
        if (!tt_span_is(tt_span_trim(property.value), "VCARD"))
            continue;
        /* A file that was cut, or a contact inside a contact: both are contacts. */
        if (open && reader.err == TT_OK)
            reader.err = hand_over(&card, contact, context);
        card = (struct tt_vcard){.line = line};
        formatted = false;
        open = begins;
        cards += begins ? 1 : 0;
    }
    if (open && reader.err == TT_OK)
        reader.err = hand_over(&card, contact, context);
    if (reader.err != TT_OK)
        return reader.err;
    if (cards == 0)
        return TT_ERR_FORMAT;
    *ret_skipped = reader.skipped;
    return TT_OK;
}
