#include "report/redact.h"

#include "base/addr.h"
#include "base/utf.h"

enum {
    TEXT_MAX = 65536,     /* of the input; what is longer is cut */
    GROWTH_MAX = 10,      /* at worst a byte becomes a mask of 9: "a@a@a@" */
    DIGITS_MIN = 7,       /* 2^-20 is hidden in 6 digits, and 7 leave room for a known prefix */
    HEX_MIN = 12,         /* a hardware address */
    TOKEN_MIN = 20,       /* a key or session name in base64 or the like */
    TOKEN_DIGITS_MIN = 2, /* words have none */
    LOCAL_PART_MAX = 64   /* RFC 5321, 4.5.3.1.1 */
};

static const char mask[] = "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"; /* ••• */
static const char left_out[] = "\xe2\x80\xa6";                     /* … */
static const char replacement[] = "\xef\xbf\xbd";                  /* U+FFFD */

struct tt_redactor tt_redactor_make(bool reveal)
{
    return (struct tt_redactor){.text = tt_buf_make((size_t)TEXT_MAX * GROWTH_MAX),
                                .reveal = reveal};
}

void tt_redactor_free(struct tt_redactor *redactor)
{
    tt_buf_free(&redactor->text);
}

static void put(struct tt_redactor *redactor, struct tt_span bytes)
{
    enum tt_err err = tt_buf_append(&redactor->text, bytes);
    if (redactor->err == TT_OK)
        redactor->err = err;
}

static void put_str(struct tt_redactor *redactor, const char *text)
{
    put(redactor, tt_span_str(text));
}

/* Characters that would do something else than be seen: C0, C1, and the format characters of
 * Unicode that turn, join or hide what stands beside them (UTR 36, 3). */
static bool is_unsafe(uint32_t code)
{
    static const struct {
        uint32_t first;
        uint32_t last;
    } ranges[] = {{0, 0x1f},          {0x7f, 0x9f},       {0xad, 0xad},     {0x61c, 0x61c},
                  {0x180e, 0x180e},   {0x200b, 0x200f},   {0x2028, 0x202e}, {0x2060, 0x206f},
                  {0xfeff, 0xfeff},   {0xfff9, 0xfffb},   {0xe000, 0xf8ff}, {0xfdd0, 0xfdef},
                  {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff}};
    if (code >= 0x20 && code < 0x7f)
        return false;
    for (size_t i = 0; i < TT_ARRAY_LEN(ranges); i++) {
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    }
    return false;
}

/* The length of the character at the front when it may be shown as it is; 0 when it may not. */
static size_t clean_at(struct tt_span text)
{
    uint32_t code = 0;
    size_t len = 0;
    if (text.data[0] >= 0x20 && text.data[0] < 0x7f)
        return 1;
    return tt_utf8_read(text, &code, &len) && !is_unsafe(code) ? len : 0;
}

/* A character that may not be shown: the replacement stands for all of it. */
static size_t unclean_len(struct tt_span text)
{
    uint32_t code = 0;
    size_t len = 0;
    return tt_utf8_read(text, &code, &len) ? len : 1;
}

static void put_all_clean(struct tt_redactor *redactor, struct tt_span text)
{
    size_t from = 0; /* of the run that can be copied as it is */
    size_t at = 0;
    while (at < text.len) {
        size_t len = clean_at(tt_span_from(text, at));
        if (len == 0) {
            len = unclean_len(tt_span_from(text, at));
            put(redactor, tt_span_sub(text, from, at - from));
            put_str(redactor, replacement);
            from = at + len;
        }
        at += len;
    }
    put(redactor, tt_span_from(text, from));
}

static bool is_separator(uint8_t c)
{
    return c == ' ' || c == '-' || c == '(' || c == ')' || c == '+' || c == ':';
}

/* The functions below tell how many bytes of something that looks like a value stand at the front;
 * 0 for none. */

/* Digits, in a text also with one or two separators between them: "+91 98123 45678". */
static size_t digits_at(struct tt_span text, bool host)
{
    size_t digits = 0;
    size_t end = 0;
    size_t gap = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (tt_is_digit(text.data[i])) {
            digits++;
            gap = 0;
            end = i + 1;
        } else if (host || digits == 0 || !is_separator(text.data[i]) || ++gap > 2) {
            break;
        }
    }
    return digits >= DIGITS_MIN ? end : 0;
}

static size_t hex_run(struct tt_span text)
{
    size_t len = 0;
    while (len < text.len && tt_hex_value(text.data[len]) >= 0)
        len++;
    return len;
}

static size_t hex_at(struct tt_span text)
{
    size_t len = hex_run(text);
    return len >= HEX_MIN ? len : 0;
}

/* "64:09:80:01:02:03", also with dashes. */
static size_t mac_at(struct tt_span text)
{
    enum { MAC_LEN = 17 };
    if (text.len < MAC_LEN || (text.data[2] != ':' && text.data[2] != '-'))
        return 0;
    for (size_t i = 0; i < MAC_LEN; i++) {
        bool fits = i % 3 == 2 ? text.data[i] == text.data[2] : tt_hex_value(text.data[i]) >= 0;
        if (!fits)
            return 0;
    }
    return MAC_LEN;
}

static size_t uuid_at(struct tt_span text)
{
    static const size_t groups[] = {8, 4, 4, 4, 12};
    size_t at = 0;
    for (size_t i = 0; i < TT_ARRAY_LEN(groups); i++) {
        if (i > 0 && (at >= text.len || text.data[at++] != '-'))
            return 0;
        if (hex_run(tt_span_sub(text, at, groups[i])) != groups[i])
            return 0;
        at += groups[i];
    }
    return at;
}

static bool is_token(uint8_t c)
{
    return tt_is_alnum(c) || c == '_';
}

static size_t token_at(struct tt_span text)
{
    size_t len = 0;
    size_t digits = 0;
    while (len < text.len && is_token(text.data[len])) {
        digits += tt_is_digit(text.data[len]);
        len++;
    }
    return len >= TOKEN_MIN && digits >= TOKEN_DIGITS_MIN ? len : 0;
}

static bool is_local_part(uint8_t c)
{
    return tt_is_alnum(c) || c == '.' || c == '_' || c == '+' || c == '-';
}

static size_t local_part_at(struct tt_span text)
{
    size_t len = 0;
    while (len < text.len && len <= LOCAL_PART_MAX && is_local_part(text.data[len]))
        len++;
    struct tt_span rest = tt_span_from(text, len);
    bool at_sign =
        tt_span_starts(rest, tt_span_str("@")) || tt_span_starts(rest, tt_span_str("%40"));
    return at_sign ? len : 0;
}

/* `before`: the byte in front, 0 at the start. What may begin anywhere is short or ends the search
 * where it fails, so that no text takes more than a few looks at each byte. */
static size_t value_at(struct tt_span text, uint8_t before, bool host)
{
    uint8_t c = text.data[0];
    size_t len = 0;
    if (is_local_part(c) && !is_local_part(before))
        len = local_part_at(text);
    if (len == 0 && tt_hex_value(c) >= 0) {
        len = uuid_at(text);
        len = len > 0 ? len : mac_at(text);
        len = len > 0 ? len : hex_at(text);
    }
    if (len == 0 && tt_is_digit(c))
        len = digits_at(text, host);
    if (len == 0 && !is_token(before))
        len = token_at(text);
    return len;
}

static void put_masked(struct tt_redactor *redactor, struct tt_span text, bool host)
{
    uint8_t before = 0;
    size_t from = 0; /* of the run that holds no value */
    size_t at = 0;
    while (at < text.len && redactor->err == TT_OK) {
        size_t len = value_at(tt_span_from(text, at), before, host);
        if (len > 0) {
            put_all_clean(redactor, tt_span_sub(text, from, at - from));
            put_str(redactor, mask);
            from = at + len;
        }
        at += len > 0 ? len : 1;
        before = text.data[at - 1];
    }
    put_all_clean(redactor, tt_span_from(text, from));
}

/* The last colon but one, where an IPv6 text has its last two groups behind it. */
static size_t last_groups(const char *text)
{
    size_t at = strlen(text);
    for (int colons = 0; at > 0 && colons < 2; at--)
        colons += text[at - 1] == ':';
    return at + 1;
}

/* An address names a machine and is shown, but for the half of a hardware address that names its
 * owner; IPv6 may carry one (modified EUI-64, RFC 4291, appendix A). */
static void put_addr(struct tt_redactor *redactor, struct tt_addr addr, struct tt_span host)
{
    static const char hidden[] = "\xe2\x80\xa2\xe2\x80\xa2"; /* •• */
    char text[TT_ADDR_TEXT_MAX];
    bool group = (addr.bytes[0] & 1) != 0; /* multicast and broadcast name nobody */
    if (addr.family == TT_ADDR_MAC && !group) {
        enum { MAKER_LEN = 9 }; /* "02:00:5e:" */
        put(redactor, tt_span_sub(host, 0, MAKER_LEN));
        put_str(redactor, hidden);
        put_str(redactor, ":");
        put_str(redactor, hidden);
        put_str(redactor, ":");
        put_str(redactor, hidden);
    } else if (addr.family == TT_ADDR_IPV6 && addr.bytes[11] == 0xff && addr.bytes[12] == 0xfe) {
        (void)tt_addr_text(addr, text);
        put(redactor, tt_span_of(text, last_groups(text)));
        put_str(redactor, "fe");
        put_str(redactor, hidden);
        put_str(redactor, ":");
        put_str(redactor, hidden);
    } else {
        put(redactor, host);
    }
}

static void put_host(struct tt_redactor *redactor, struct tt_span host)
{
    char text[TT_ADDR_TEXT_MAX];
    struct tt_addr addr;
    if (host.len < sizeof(text)) {
        memcpy(text, host.data, host.len);
        text[host.len] = '\0';
        if (strlen(text) == host.len && tt_addr_parse(text, &addr)) {
            put_addr(redactor, addr, host);
            return;
        }
    }
    put_masked(redactor, host, true);
}

/* [userinfo "@"] host [":" port], RFC 3986, 3.2. Who the user is is nobody's business. */
static void put_authority(struct tt_redactor *redactor, struct tt_span authority)
{
    for (size_t i = authority.len; i > 0; i--) {
        if (authority.data[i - 1] == '@') {
            put_str(redactor, left_out);
            put_str(redactor, "@");
            authority = tt_span_from(authority, i);
            break;
        }
    }
    if (tt_span_starts(authority, tt_span_str("["))) {
        size_t end = tt_span_find(authority, ']');
        put_str(redactor, "[");
        put_host(redactor, tt_span_sub(authority, 1, end - 1));
        put_masked(redactor, tt_span_from(authority, end), true);
        return;
    }
    size_t colon = tt_span_find(authority, ':');
    put_host(redactor, tt_span_sub(authority, 0, colon));
    put_masked(redactor, tt_span_from(authority, colon), true);
}

/* name "=" value: the name stays. Something without a name is a value itself. */
static void put_pair(struct tt_redactor *redactor, struct tt_span pair)
{
    size_t equals = tt_span_find(pair, '=');
    if (pair.len == 0)
        return;
    if (equals == pair.len) {
        put_str(redactor, left_out);
        return;
    }
    put_masked(redactor, tt_span_sub(pair, 0, equals), false);
    put_str(redactor, "=");
    if (equals + 1 < pair.len)
        put_str(redactor, left_out);
}

static void put_pairs(struct tt_redactor *redactor, struct tt_span text, uint8_t separator)
{
    for (;;) {
        size_t end = tt_span_find(text, separator);
        put_pair(redactor, tt_span_sub(text, 0, end));
        if (end == text.len || redactor->err != TT_OK)
            return;
        put(redactor, tt_span_sub(text, end, 1));
        text = tt_span_from(text, end + 1);
    }
}

/* Names of programs and folders are plain; what needs escapes, or is no ASCII, was written by a
 * person. */
static bool is_plain_segment(struct tt_span segment)
{
    for (size_t i = 0; i < segment.len; i++) {
        uint8_t c = segment.data[i];
        if (c <= ' ' || c >= 0x7f || c == '%' || c == '@' || c == '+')
            return false;
    }
    return true;
}

static void put_segment(struct tt_redactor *redactor, struct tt_span segment)
{
    size_t parameters = tt_span_find(segment, ';');
    struct tt_span name = tt_span_sub(segment, 0, parameters);
    if (!is_plain_segment(name))
        put_str(redactor, left_out);
    else if (tt_span_find(name, '=') < name.len)
        put_pair(redactor, name);
    else
        put_masked(redactor, name, false);
    if (parameters < segment.len) {
        put_str(redactor, ";");
        put_pairs(redactor, tt_span_from(segment, parameters + 1), ';');
    }
}

static void put_path(struct tt_redactor *redactor, struct tt_span path)
{
    for (;;) {
        size_t end = tt_span_find(path, '/');
        put_segment(redactor, tt_span_sub(path, 0, end));
        if (end == path.len || redactor->err != TT_OK)
            return;
        put_str(redactor, "/");
        path = tt_span_from(path, end + 1);
    }
}

/* RFC 3986, 3. */
static void put_url(struct tt_redactor *redactor, struct tt_span url)
{
    size_t fragment = tt_span_find(url, '#');
    bool has_fragment = fragment < url.len;
    url = tt_span_sub(url, 0, fragment);
    size_t query = tt_span_find(url, '?');
    struct tt_span path = tt_span_sub(url, 0, query);
    size_t scheme = tt_span_search(path, tt_span_str("://"));
    if (scheme != SIZE_MAX) {
        put_masked(redactor, tt_span_sub(path, 0, scheme), true);
        put_str(redactor, "://");
        path = tt_span_from(path, scheme + 3);
        size_t end = tt_span_find(path, '/');
        put_authority(redactor, tt_span_sub(path, 0, end));
        path = tt_span_from(path, end);
    }
    put_path(redactor, path);
    if (query < url.len) {
        put_str(redactor, "?");
        put_pairs(redactor, tt_span_from(url, query + 1), '&');
    }
    if (has_fragment) {
        put_str(redactor, "#");
        put_str(redactor, left_out);
    }
}

struct tt_span tt_redact(struct tt_redactor *redactor, const char *text, enum tt_redact how)
{
    tt_buf_clear(&redactor->text);
    if (text == NULL)
        return tt_span_str("");
    struct tt_span whole = tt_span_str(text);
    struct tt_span kept = tt_span_sub(whole, 0, TEXT_MAX);
    switch (redactor->reveal ? TT_REDACT_CLEAN : how) {
    case TT_REDACT_CLEAN:
        put_all_clean(redactor, kept);
        break;
    case TT_REDACT_TEXT:
        put_masked(redactor, kept, false);
        break;
    case TT_REDACT_HOST:
        put_host(redactor, kept);
        break;
    case TT_REDACT_URL:
        put_url(redactor, kept);
        break;
    }
    if (kept.len < whole.len)
        put_str(redactor, left_out);
    return tt_buf_span(&redactor->text);
}
