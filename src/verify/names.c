#include "verify/names.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "verify/escapes.h"
#include "verify/lines.h"

enum { DEPTH_MAX = 256, PATH_MAX_LEN = 4096, HEAD_MAX = 65536 };

static bool starts(const char *text, const char *prefix, const char **ret_rest)
{
    size_t len = strlen(prefix);
    if (strncmp(text, prefix, len) != 0)
        return false;
    *ret_rest = text + len;
    return true;
}

/* Names in steps lose their middle where they are long; what cannot be printed is "?", and what
 * would tell a value of the sheet is dots. */
static bool is_abridged(const char *name)
{
    return strstr(name, "\xe2\x80\xa6") != NULL || strstr(name, "\xe2\x80\xa2") != NULL ||
           strchr(name, '?') != NULL;
}

/* ---- JSON (RFC 8259, paths as in RFC 9535) ---- */

struct json_level {
    bool object;
    uint64_t index;
    struct tt_span name; /* raw */
};

struct json_walk {
    struct tt_span in;
    size_t at;
    size_t depth;
    bool is_name; /* a string here is the name of a member */
    struct json_level levels[DEPTH_MAX];
};

static size_t string_end(struct tt_span in, size_t at)
{
    for (at++; at < in.len && in.data[at] != '"'; at++)
        if (in.data[at] == '\\')
            at++;
    return at < in.len ? at + 1 : in.len;
}

static bool is_plain(struct tt_span name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!tt_is_alnum(name.data[i]) && name.data[i] != '_')
            return false;
    return name.len > 0 && !tt_is_digit(name.data[0]);
}

static enum tt_err put_path(const struct json_walk *walk, size_t depth, struct tt_buf *out)
{
    enum tt_err err = tt_buf_append_u8(out, '$');
    for (size_t i = 0; i < depth && err == TT_OK; i++) {
        const struct json_level *level = &walk->levels[i];
        struct tt_buf name = tt_buf_make(PATH_MAX_LEN);
        if (!level->object)
            err = tt_buf_printf(out, "[%llu]", (unsigned long long)level->index);
        else
            err = tt_verify_unbackslash(level->name, &name);
        struct tt_span plain = tt_buf_span(&name);
        if (level->object && err == TT_OK)
            err = is_plain(plain) ? tt_buf_append_u8(out, '.') : tt_buf_append_str(out, "[\"");
        if (level->object && err == TT_OK)
            err = tt_buf_append(out, plain);
        if (level->object && err == TT_OK && !is_plain(plain))
            err = tt_buf_append_str(out, "\"]");
        tt_buf_free(&name);
    }
    return err;
}

static bool push(struct json_walk *walk, bool object)
{
    if (walk->depth == DEPTH_MAX)
        return false;
    walk->levels[walk->depth++] = (struct json_level){.object = object};
    walk->is_name = object;
    return true;
}

/* One token; false at the end, and where it is no JSON. */
static bool json_step(struct json_walk *walk)
{
    struct json_level *level = walk->depth > 0 ? &walk->levels[walk->depth - 1] : NULL;
    uint8_t c = walk->in.data[walk->at];
    size_t end = walk->at + 1;
    switch (c) {
    case '{':
    case '[':
        if (!push(walk, c == '{'))
            return false;
        break;
    case '}':
    case ']':
        if (walk->depth == 0)
            return false;
        walk->depth--;
        walk->is_name = false;
        break;
    case ',':
        if (level != NULL) {
            level->index++;
            walk->is_name = level->object;
        }
        break;
    case ':':
        walk->is_name = false;
        break;
    case '"':
        end = string_end(walk->in, walk->at);
        if (walk->is_name && level != NULL && end > walk->at + 1)
            level->name = tt_span_sub(walk->in, walk->at + 1, end - walk->at - 2);
        break;
    default:
        while (end < walk->in.len && strchr("{}[],:\" \t\r\n", walk->in.data[end]) == NULL)
            end++;
        break;
    }
    walk->at = end;
    return true;
}

/* The path of the token that byte `at` lies in. */
static enum tt_verify_named check_json(const char *path, struct tt_span in, size_t at, bool key)
{
    struct json_walk walk = {.in = in};
    bool was_name = false;
    size_t from = 0;
    while (walk.at < in.len && walk.at <= at) {
        from = walk.at;
        was_name = walk.is_name;
        if (!json_step(&walk))
            return TT_VERIFY_NAME_OPEN;
    }
    if (from >= in.len || (in.data[from] != '"' && strchr("{[]},: \t\r\n", in.data[from]) != NULL))
        return TT_VERIFY_NAME_OPEN; /* a container: its path is that of its parent */
    bool is_key =
        was_name && in.data[from] == '"' && walk.depth > 0 && walk.levels[walk.depth - 1].object;
    struct tt_buf text = tt_buf_make(PATH_MAX_LEN);
    enum tt_err err = put_path(&walk, is_key ? walk.depth - 1 : walk.depth, &text);
    bool fits = err == TT_OK && is_key == key && tt_span_eq(tt_buf_span(&text), tt_span_str(path));
    tt_buf_free(&text);
    return fits ? TT_VERIFY_NAME_FITS : TT_VERIFY_NAME_WRONG;
}

/* ---- pairs ---- */

static enum tt_verify_named check_pair(const char *name, const char *separators, struct tt_span in,
                                       size_t at)
{
    size_t from = at;
    size_t equals = SIZE_MAX;
    while (from > 0 && (in.data[from - 1] == 0 || strchr(separators, in.data[from - 1]) == NULL))
        if (in.data[--from] == '=')
            equals = from;
    if (equals == SIZE_MAX)
        return TT_VERIFY_NAME_WRONG;
    struct tt_buf plain = tt_buf_make(PATH_MAX_LEN);
    enum tt_err err = tt_verify_unpercent_plus(tt_span_sub(in, from, equals - from), &plain);
    struct tt_span found = tt_span_trim(tt_buf_span(&plain));
    bool fits = err == TT_OK && tt_span_eq(found, tt_span_str(name));
    tt_buf_free(&plain);
    return fits ? TT_VERIFY_NAME_FITS : TT_VERIFY_NAME_WRONG;
}

/* ---- XML ---- */

/* The last element of the path ("/report/item[2]/mail", "/a/@to"), without its number. */
static struct tt_span last_element(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct tt_span name = tt_span_str(slash == NULL ? path : slash + 1);
    return tt_span_sub(name, 0, tt_span_find(name, '['));
}

static bool is_name_char(uint8_t c)
{
    return tt_is_alnum(c) || c >= 0x80 || (c != 0 && strchr("_:.-", c) != NULL);
}

static enum tt_verify_named check_attribute(struct tt_span name, struct tt_span in, size_t at)
{
    size_t end = at;
    while (end > 0 && in.data[end - 1] != '=' && in.data[end - 1] != '<')
        end--;
    if (end == 0 || in.data[end - 1] == '<')
        return TT_VERIFY_NAME_OPEN;
    end--;
    while (end > 0 && strchr(" \t\r\n", in.data[end - 1]) != NULL && in.data[end - 1] != 0)
        end--;
    size_t from = end;
    while (from > 0 && is_name_char(in.data[from - 1]))
        from--;
    /* A value may hold "=" itself. */
    return tt_span_eq(tt_span_sub(in, from, end - from), name) ? TT_VERIFY_NAME_FITS
                                                               : TT_VERIFY_NAME_OPEN;
}

/* The tag in front of the text: that of the element, or of a child that is closed before it. */
static enum tt_verify_named check_xml(const char *path, struct tt_span in, size_t at)
{
    struct tt_span name = last_element(path);
    size_t closed = 0;
    if (name.len == 0)
        return TT_VERIFY_NAME_OPEN;
    if (name.data[0] == '@')
        return check_attribute(tt_span_from(name, 1), in, at);
    for (size_t from = at; from > 0; from--) {
        if (in.data[from - 1] != '<')
            continue;
        struct tt_span tag = tt_span_sub(in, from, at - from);
        size_t end = tt_span_find(tag, '>');
        if (end == tag.len || tag.len == 0 || tag.data[0] == '!' || tag.data[0] == '?')
            continue;
        if (tag.data[0] == '/') {
            closed++;
            continue;
        }
        if (tag.data[end - (end > 0 ? 1 : 0)] == '/')
            continue;
        if (closed > 0) {
            closed--;
            continue;
        }
        size_t len = 0;
        while (len < end && is_name_char(tag.data[len]))
            len++;
        return tt_span_ieq(tt_span_sub(tag, 0, len), name) ? TT_VERIFY_NAME_FITS
                                                           : TT_VERIFY_NAME_OPEN;
    }
    return TT_VERIFY_NAME_OPEN;
}

/* ---- archives, parts, messages ---- */

/* PKWARE APPNOTE, section 4.3.7: a local header in front of the data holds the name. */
static enum tt_verify_named check_zip(const char *name, struct tt_span in, size_t at)
{
    enum { LOCAL = 30, NAME_LEN_AT = 26, EXTRA_LEN_AT = 28 };
    for (size_t from = at < LOCAL ? 0 : at - LOCAL + 1; from > 0; from--) {
        struct tt_span header = tt_span_from(in, from - 1);
        if (!tt_span_starts(header, tt_span_of("PK\3\4", 4)) || header.len < LOCAL)
            continue;
        size_t name_len = (size_t)header.data[NAME_LEN_AT] | (size_t)header.data[NAME_LEN_AT + 1]
                                                                 << 8;
        size_t extra = (size_t)header.data[EXTRA_LEN_AT] | (size_t)header.data[EXTRA_LEN_AT + 1]
                                                               << 8;
        struct tt_span found = tt_span_sub(header, LOCAL, name_len);
        bool fits =
            from - 1 + LOCAL + name_len + extra <= at && tt_span_eq(found, tt_span_str(name));
        return fits ? TT_VERIFY_NAME_FITS : TT_VERIFY_NAME_OPEN;
    }
    return TT_VERIFY_NAME_OPEN;
}

/* RFC 7578: the head of the part, in front of it, tells its name. */
static enum tt_verify_named check_part(const char *name, struct tt_span in, size_t at)
{
    struct tt_buf want = tt_buf_make(PATH_MAX_LEN);
    struct tt_span before = tt_span_sub(in, 0, at);
    enum tt_err err = tt_buf_printf(&want, "name=\"%s\"", name);
    bool fits = err == TT_OK && tt_span_search(before, tt_buf_span(&want)) != SIZE_MAX;
    tt_buf_free(&want);
    return fits ? TT_VERIFY_NAME_FITS : TT_VERIFY_NAME_OPEN;
}

static bool read_varint(struct tt_span in, size_t *at, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (unsigned shift = 0; *at < in.len && shift < 64; shift += 7) {
        uint8_t byte = in.data[(*at)++];
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            *ret_value = value;
            return true;
        }
    }
    return false;
}

/* "1.3.2": the numbers of the fields from the outermost message on. */
static enum tt_verify_named check_protobuf(const char *path, struct tt_span in, size_t at)
{
    size_t from = 0;
    size_t end = in.len;
    while (*path != '\0') {
        char *next = NULL;
        uint64_t wanted = strtoull(path, &next, 10);
        uint64_t tag = 0;
        uint64_t len = 0;
        bool found = false;
        while (!found && from < end) {
            if (!read_varint(in, &from, &tag))
                return TT_VERIFY_NAME_OPEN;
            size_t begin = from;
            if ((tag & 7) == 2) {
                if (!read_varint(in, &from, &len) || len > end - from)
                    return TT_VERIFY_NAME_OPEN;
                begin = from;
            } else if ((tag & 7) == 0) {
                (void)read_varint(in, &from, &len);
                len = from - begin;
                from = begin;
            } else if ((tag & 7) == 1 || (tag & 7) == 5) {
                len = (tag & 7) == 1 ? 8 : 4;
            } else {
                return TT_VERIFY_NAME_OPEN;
            }
            found = at >= begin && at < begin + len;
            if (!found)
                from = begin + (size_t)len;
        }
        if (!found)
            return TT_VERIFY_NAME_OPEN;
        if (tag >> 3 != wanted)
            return TT_VERIFY_NAME_WRONG;
        end = from + (size_t)len;
        if (next == path || (*next != '.' && *next != '\0'))
            return TT_VERIFY_NAME_OPEN;
        path = *next == '.' ? next + 1 : next;
    }
    return TT_VERIFY_NAME_FITS;
}

/* "offset:8" */
static enum tt_verify_named check_offset(const char *name, size_t at)
{
    return strtoull(name, NULL, 10) <= at ? TT_VERIFY_NAME_FITS : TT_VERIFY_NAME_WRONG;
}

enum tt_verify_named tt_verify_named(const char *name, struct tt_span container, size_t at)
{
    const char *rest = NULL;
    if (is_abridged(name))
        return TT_VERIFY_NAME_OPEN;
    if (starts(name, "json:", &rest))
        return check_json(rest, container, at, false);
    if (starts(name, "json-key:", &rest))
        return check_json(rest, container, at, true);
    if (starts(name, "form:", &rest))
        return check_pair(rest, "&", container, at);
    if (starts(name, "query:", &rest))
        return check_pair(rest, "&?#", container, at);
    if (starts(name, "cookie:", &rest))
        return check_pair(rest, ";", container, at);
    if (starts(name, "xml:", &rest) || starts(name, "html:", &rest))
        return check_xml(rest, container, at);
    if (starts(name, "zip:", &rest))
        return check_zip(rest, container, at);
    if (starts(name, "multipart:", &rest))
        return check_part(rest, container, at);
    if (starts(name, "protobuf:", &rest))
        return check_protobuf(rest, container, at);
    if (starts(name, "offset:", &rest))
        return check_offset(rest, at);
    if (strcmp(name, "mail.header") == 0 || strcmp(name, "mail.body") == 0)
        return tt_verify_mail(name, container, at);
    return TT_VERIFY_NAME_OPEN;
}

/* ---- HTTP/1 (RFC 9112) ---- */

static struct tt_span line_at(struct tt_span in, size_t at, size_t *ret_from)
{
    size_t from = at;
    while (from > 0 && in.data[from - 1] != '\n')
        from--;
    *ret_from = from;
    return tt_span_from(in, from);
}

/* A start line, of a request or a response. */
static bool is_start_line(struct tt_span line, bool request)
{
    line = tt_span_sub(line, 0, tt_span_find(line, '\n'));
    if (!request)
        return tt_span_starts(line, tt_span_str("HTTP/"));
    return tt_span_search(line, tt_span_str("HTTP/")) != SIZE_MAX ||
           (line.len > 0 && tt_is_alpha(line.data[0]));
}

/* Names of header fields are told up to here. */
enum { FIELD_NAME_MAX = 96 };

/* The line of a header field; lines that begin with a space go on with the one before. A damaged
 * line has no colon: all of it is the name. */
static enum tt_verify_named check_field(const char *name, struct tt_span in, size_t at)
{
    size_t from = 0;
    struct tt_span line = line_at(in, at, &from);
    while (from > 0 && line.len > 0 && (line.data[0] == ' ' || line.data[0] == '\t'))
        line = line_at(in, from - 1, &from);
    line = tt_span_sub(line, 0, tt_span_find(line, '\n'));
    line = tt_span_sub(line, 0, tt_span_find(line, 0)); /* nothing was captured behind it */
    struct tt_span found = tt_span_trim(tt_span_sub(line, 0, tt_span_find(line, ':')));
    found = tt_span_sub(found, 0, FIELD_NAME_MAX);
    return tt_span_is(found, name) ? TT_VERIFY_NAME_FITS : TT_VERIFY_NAME_WRONG;
}

enum start { NO_START, REQUEST_START, RESPONSE_START };

/* What the line begins: a version stands at the end of a request's line, and in front of the
 * status of a response. The body of the message before may stand in front of either; in the value
 * of a field (Server, Via) a version is neither. */
static enum start start_of(struct tt_span line)
{
    line = tt_span_sub(line, 0, tt_span_find(line, '\n'));
    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    size_t at = tt_span_search(line, tt_span_str("HTTP/"));
    while (at != SIZE_MAX) {
        bool apart = at > 0 && line.data[at - 1] == ' ';
        size_t from = at + 5;
        while (from < line.len && (tt_is_digit(line.data[from]) || line.data[from] == '.'))
            from++;
        struct tt_span rest = tt_span_from(line, from);
        if (rest.len == 0 && apart)
            return REQUEST_START;
        if (rest.len >= 4 && rest.data[0] == ' ' && tt_is_digit(rest.data[1]) &&
            tt_is_digit(rest.data[2]) && tt_is_digit(rest.data[3]))
            return RESPONSE_START;
        line = rest;
        at = tt_span_search(line, tt_span_str("HTTP/"));
    }
    return NO_START;
}

/* A body stands behind an empty line, and that behind a head with a start line. */
static enum tt_verify_named check_body(struct tt_span in, size_t at, bool request)
{
    enum start start = NO_START;
    for (size_t i = at; i >= 2 && start == NO_START; i--) {
        bool empty = in.data[i - 1] == '\n' &&
                     (in.data[i - 2] == '\n' ||
                      (i >= 4 && in.data[i - 2] == '\r' && in.data[i - 3] == '\n'));
        if (!empty)
            continue;
        size_t from = i - (in.data[i - 2] == '\r' ? 2 : 1);
        for (size_t lines = 0; from > 0 && lines < 512 && start == NO_START; lines++) {
            struct tt_span line = line_at(in, from - 1, &from);
            start = start_of(line);
            if (start == NO_START && tt_span_find(line, ':') > tt_span_find(line, '\n') &&
                line.data[0] != ' ' && !is_start_line(line, true))
                break; /* an empty line inside a body */
        }
    }
    if (start == NO_START)
        return TT_VERIFY_NAME_OPEN;
    return (start == REQUEST_START) == request ? TT_VERIFY_NAME_FITS : TT_VERIFY_NAME_WRONG;
}

enum tt_verify_named tt_verify_http(const char *name, struct tt_span stream, size_t at)
{
    const char *rest = NULL;
    if (starts(name, "http.request.header:", &rest) || starts(name, "http.response.header:", &rest))
        return is_abridged(rest) ? TT_VERIFY_NAME_OPEN : check_field(rest, stream, at);
    if (strcmp(name, "http.request.uri") == 0) {
        size_t from = 0;
        return is_start_line(line_at(stream, at, &from), true) ? TT_VERIFY_NAME_FITS
                                                               : TT_VERIFY_NAME_WRONG;
    }
    if (strcmp(name, "http.request.body") == 0)
        return check_body(stream, at, true);
    if (strcmp(name, "http.response.body") == 0)
        return check_body(stream, at, false);
    return TT_VERIFY_NAME_OPEN;
}

/* ---- DNS ---- */

enum { DNS_HEADER = 12, NAME_MAX_LEN = 256 };

static unsigned u16(struct tt_span in, size_t at)
{
    return at + 1 < in.len ? (unsigned)in.data[at] << 8 | in.data[at + 1] : 0;
}

/* The name at `at`: labels with dots between them. Gives the offset behind it; 0: malformed. */
static size_t read_name(struct tt_span in, size_t at, uint8_t out[NAME_MAX_LEN], size_t *ret_len)
{
    size_t end = 0;
    size_t len = 0;
    for (unsigned jumps = 0; jumps < 128 && at < in.len;) {
        size_t label = in.data[at];
        if (label == 0) {
            *ret_len = len;
            return end == 0 ? at + 1 : end;
        }
        if (label >= 0xc0) {
            if (end == 0)
                end = at + 2;
            at = u16(in, at) & 0x3fffU;
            jumps++;
            continue;
        }
        if (label > 63 || at + 1 + label > in.len || len + label + 1 > NAME_MAX_LEN)
            return 0;
        if (len > 0)
            out[len++] = '.';
        memcpy(out + len, in.data + at + 1, label);
        len += label;
        at += 1 + label;
    }
    return 0;
}

struct dns_walk {
    struct tt_span message;
    uint64_t at;
    uint64_t len;
    bool (*found)(void *context, struct tt_span value);
    void *context;
};

static bool ask_bytes(const struct dns_walk *walk, struct tt_span name)
{
    return walk->at + walk->len <= name.len &&
           walk->found(walk->context, tt_span_sub(name, (size_t)walk->at, (size_t)walk->len));
}

static size_t without_dots(uint8_t *name, size_t len)
{
    size_t kept = 0;
    for (size_t i = 0; i < len; i++)
        if (name[i] != '.')
            name[kept++] = name[i];
    return kept;
}

/* Reads the name at `at` and asks about it. */
static size_t ask_name(const struct dns_walk *walk, size_t at, bool wanted, bool *ret_fits)
{
    uint8_t name[NAME_MAX_LEN];
    size_t len = 0;
    size_t end = read_name(walk->message, at, name, &len);
    if (end == 0 || !wanted)
        return end;
    *ret_fits = ask_bytes(walk, tt_span_of(name, len)) || *ret_fits;
    /* Data that was cut into labels is told without the dots. */
    *ret_fits = *ret_fits || ask_bytes(walk, tt_span_of(name, without_dots(name, len)));
    return end;
}

/* Where in the data of a record names may begin: NS, CNAME, PTR and others at 0; MX, SRV behind
 * numbers; SOA has two. Others: anywhere. */
static bool ask_data(const struct dns_walk *walk, size_t at, size_t len)
{
    bool fits = false;
    for (size_t i = 0; i < len && i < 64 && !fits; i++)
        (void)ask_name(walk, at + i, true, &fits);
    return fits;
}

bool tt_verify_dns(const char *name, struct tt_span message, uint64_t at, uint64_t len,
                   bool (*found)(void *context, struct tt_span value), void *context)
{
    static const char *const sections[] = {"dns.question.name", "dns.answer.name",
                                           "dns.authority.name", "dns.additional.name"};
    struct dns_walk walk = {
        .message = message, .at = at, .len = len, .found = found, .context = context};
    bool data = strcmp(name, "dns.rdata.name") == 0;
    bool fits = false;
    size_t next = DNS_HEADER;
    for (unsigned section = 0; section < TT_ARRAY_LEN(sections) && !fits; section++) {
        bool wanted = strcmp(sections[section], name) == 0;
        for (unsigned i = 0; i < u16(message, 4 + 2 * (size_t)section) && !fits; i++) {
            next = ask_name(&walk, next, wanted, &fits);
            if (next == 0)
                return fits;
            next += section == 0 ? 4 : 10;
            if (section == 0)
                continue;
            size_t data_len = u16(message, next - 2);
            if (data)
                fits = ask_data(&walk, next, data_len);
            next += data_len;
        }
    }
    return fits;
}
