/* The head of an HTTP/1.x message: RFC 9112, sections 2 to 6; RFC 9110, section 5. */
#include "proto/http1_head.h"

#include "proto/http_via.h"

size_t tt_http1_scan_end(enum tt_http1_scan *scan, struct tt_span bytes)
{
    size_t at = 0;
    while (at < bytes.len) {
        uint8_t c = bytes.data[at];
        if (*scan != TT_HTTP1_SCAN_LINE && c == '\n') {
            *scan = TT_HTTP1_SCAN_LINE;
            return at + 1;
        }
        if (*scan == TT_HTTP1_SCAN_LF && c == '\r') {
            *scan = TT_HTTP1_SCAN_CR;
            at++;
            continue;
        }
        at += tt_span_find(tt_span_from(bytes, at), '\n');
        *scan = at < bytes.len ? TT_HTTP1_SCAN_LF : TT_HTTP1_SCAN_LINE;
        at++;
    }
    return SIZE_MAX;
}

/* Takes a line off the front of `bytes`, without its end. False when it has no end. */
static bool take_line(struct tt_span *bytes, struct tt_span *ret_line)
{
    size_t end = tt_span_find(*bytes, '\n');
    if (end == bytes->len)
        return false;
    *ret_line = tt_span_sub(*bytes, 0, end);
    *bytes = tt_span_from(*bytes, end + 1);
    if (end > 0 && ret_line->data[end - 1] == '\r')
        ret_line->len--;
    return true;
}

/* Adds the lines that are folded under a field line (RFC 9112, section 5.2). */
static void take_folded(struct tt_span *bytes, struct tt_span *line)
{
    struct tt_span more = {0};
    while (bytes->len > 0 && (bytes->data[0] == ' ' || bytes->data[0] == '\t') &&
           take_line(bytes, &more))
        line->len = (size_t)(more.data - line->data) + more.len;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static void read_request_line(struct tt_span line, struct tt_http1_head *head)
{
    size_t at = 0;
    while (at < line.len && !is_space(line.data[at]))
        at++;
    head->method = tt_span_sub(line, 0, at);
    struct tt_span rest = tt_span_trim(tt_span_from(line, at));
    /* The version is the last word; spaces before it belong to the target of a careless device. */
    size_t end = rest.len;
    while (end > 0 && !is_space(rest.data[end - 1]))
        end--;
    head->target = tt_span_trim(tt_span_sub(rest, 0, end));
}

static void read_status_line(struct tt_span line, struct tt_http1_head *head)
{
    size_t at = 0;
    while (at < line.len && !is_space(line.data[at]))
        at++;
    while (at < line.len && is_space(line.data[at]))
        at++;
    for (size_t i = 0; i < 3 && at + i < line.len && tt_is_digit(line.data[at + i]); i++)
        head->status = head->status * 10 + (line.data[at + i] - '0');
}

bool tt_http1_list_next(struct tt_span *list, struct tt_span *ret_element)
{
    while (list->len > 0) {
        size_t end = tt_span_find(*list, ',');
        struct tt_span element = tt_span_trim(tt_span_sub(*list, 0, end));
        *list = tt_span_from(*list, end + 1);
        if (element.len > 0) {
            *ret_element = element;
            return true;
        }
    }
    return false;
}

static void add_to_list(struct tt_http1_list *list, struct tt_span value)
{
    if (list->count < TT_HTTP1_LISTED_MAX)
        list->values[list->count++] = value;
}

static bool read_number(struct tt_span digits, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (!tt_is_digit(digits.data[i]) || value > (UINT64_MAX >> 1) / 10 - 1)
            return false;
        value = value * 10 + (uint64_t)(digits.data[i] - '0');
    }
    *ret_value = value;
    return digits.len > 0;
}

/* RFC 9112, section 6.3: the same number several times, in one line or in several, is that number.
 */
static void read_length(struct tt_span value, struct tt_http1_head *head)
{
    struct tt_span element = {0};
    bool any = false;
    while (tt_http1_list_next(&value, &element)) {
        uint64_t length = 0;
        bool again = head->length_told == TT_HTTP1_LENGTH_GIVEN;
        any = true;
        if (head->length_told == TT_HTTP1_LENGTH_BAD || !read_number(element, &length) ||
            (again && length != head->length)) {
            head->length_told = TT_HTTP1_LENGTH_BAD;
            return;
        }
        head->length_told = TT_HTTP1_LENGTH_GIVEN;
        head->length = length;
    }
    if (!any)
        head->length_told = TT_HTTP1_LENGTH_BAD;
}

static void read_transfer(struct tt_span value, struct tt_http1_head *head)
{
    add_to_list(&head->transfer_encoding, value);
    struct tt_span coding = {0};
    while (tt_http1_list_next(&value, &coding)) {
        head->chunked = tt_span_is(coding, "chunked");
        head->other_transfer = !head->chunked && !tt_span_is(coding, "identity");
    }
}

static void keep_first(struct tt_span *kept, struct tt_span value)
{
    if (kept->data == NULL)
        *kept = value;
}

static void read_field(struct tt_span field, struct tt_http1_head *head)
{
    size_t colon = tt_span_find(field, ':');
    struct tt_span name = tt_span_sub(field, 0, colon);
    while (name.len > 0 && is_space(name.data[name.len - 1]))
        name.len--;
    /* By length first: most fields are not looked at any further. */
    switch (name.len) {
    case 4:
        if (tt_span_is(name, "host"))
            keep_first(&head->host, tt_span_trim(tt_span_from(field, colon + 1)));
        break;
    case 7:
        if (tt_span_is(name, "upgrade"))
            keep_first(&head->upgrade, tt_span_trim(tt_span_from(field, colon + 1)));
        break;
    case 12:
        if (tt_span_is(name, "content-type"))
            keep_first(&head->content_type, tt_span_trim(tt_span_from(field, colon + 1)));
        break;
    case 14:
        if (tt_span_is(name, "content-length"))
            read_length(tt_span_from(field, colon + 1), head);
        else if (tt_span_is(name, "http2-settings"))
            keep_first(&head->http2_settings, tt_span_trim(tt_span_from(field, colon + 1)));
        break;
    case 16:
        if (tt_span_is(name, "content-encoding"))
            add_to_list(&head->content_encoding, tt_span_trim(tt_span_from(field, colon + 1)));
        break;
    case 17:
        if (tt_span_is(name, "transfer-encoding"))
            read_transfer(tt_span_trim(tt_span_from(field, colon + 1)), head);
        break;
    case 22:
        if (tt_span_is(name, "sec-websocket-protocol"))
            keep_first(&head->websocket_protocol, tt_span_trim(tt_span_from(field, colon + 1)));
        break;
    default:
        break;
    }
}

/* Of the fields, only some with these initials are read. */
static bool is_of_interest(struct tt_span field)
{
    uint8_t initial = tt_lower(field.data[0]);
    return initial == 'c' || initial == 'h' || initial == 's' || initial == 't' || initial == 'u';
}

/* Reads the start line and the field lines off the front of `rest`. True when the blank line came.
 */
static bool read_lines(struct tt_span *rest, struct tt_http1_head *head)
{
    struct tt_span line = {0};
    if (!take_line(rest, &line))
        return false;
    head->response = tt_span_starts(line, tt_span_str("HTTP/"));
    if (head->response)
        read_status_line(line, head);
    else
        read_request_line(line, head);
    while (take_line(rest, &line)) {
        if (line.len == 0)
            return true;
        take_folded(rest, &line);
        if (is_of_interest(line))
            read_field(line, head);
        if (head->response)
            tt_http_via_take(line, &head->via);
    }
    return false;
}

size_t tt_http1_head_parse(struct tt_span bytes, struct tt_http1_head *ret_head)
{
    struct tt_http1_head head = {0};
    struct tt_span rest = bytes;
    if (!read_lines(&rest, &head))
        return 0;
    *ret_head = head;
    return bytes.len - rest.len;
}

bool tt_http1_head_parse_cut(struct tt_span bytes, struct tt_http1_head *ret_head)
{
    struct tt_http1_head head = {0};
    if (tt_span_find(bytes, '\n') == bytes.len)
        return false;
    (void)read_lines(&bytes, &head);
    *ret_head = head;
    return true;
}
