#include "verify/head.h"

#include "base/compiler.h"
#include "model/limits.h"

enum pseudo { METHOD, SCHEME, AUTHORITY, PATH, PROTOCOL, STATUS };

static const char *const names[TT_VERIFY_PSEUDO] = {
    [METHOD] = ":method", [SCHEME] = ":scheme",     [AUTHORITY] = ":authority",
    [PATH] = ":path",     [PROTOCOL] = ":protocol", [STATUS] = ":status"};

void tt_verify_head_init(struct tt_verify_head *head)
{
    *head = (struct tt_verify_head){.lines = tt_buf_make(TT_HTTP_HEADER_MAX)};
    for (size_t i = 0; i < TT_VERIFY_PSEUDO; i++)
        head->values[i] = tt_buf_make(TT_HTTP_HEADER_MAX);
}

void tt_verify_head_free(struct tt_verify_head *head)
{
    tt_buf_wipe(&head->lines);
    for (size_t i = 0; i < TT_VERIFY_PSEUDO; i++)
        tt_buf_wipe(&head->values[i]);
}

static enum tt_err put_value(struct tt_buf *out, struct tt_span value)
{
    size_t from = out->len;
    enum tt_err err = tt_buf_append(out, value);
    for (size_t i = from; i < out->len; i++)
        if (out->data[i] == '\r' || out->data[i] == '\n')
            out->data[i] = ' ';
    return err;
}

static enum tt_err put_line(struct tt_buf *out, struct tt_span name, struct tt_span value)
{
    size_t from = out->len;
    enum tt_err err = put_value(out, name);
    if (err == TT_OK)
        err = tt_buf_append_str(out, ": ");
    if (err == TT_OK)
        err = put_value(out, value);
    if (err == TT_OK)
        err = tt_buf_append_str(out, "\r\n");
    if (err != TT_ERR_LIMIT)
        return err;
    out->len = from; /* a field that does not fit is left out */
    return TT_OK;
}

enum tt_err tt_verify_head_add(struct tt_verify_head *head, struct tt_span name,
                               struct tt_span value)
{
    bool colon = name.len > 0 && name.data[0] == ':';
    for (size_t i = 0; i < TT_VERIFY_PSEUDO && colon; i++) {
        if (!tt_span_eq(name, tt_span_str(names[i])) || head->set[i])
            continue;
        head->set[i] = true;
        return put_value(&head->values[i], value);
    }
    return put_line(&head->lines, tt_span_from(name, colon ? 1 : 0), value);
}

static enum tt_err put_pseudo(const struct tt_verify_head *head, enum pseudo which,
                              struct tt_buf *out)
{
    if (!head->set[which])
        return tt_buf_append_str(out, "?");
    return tt_buf_append(out, tt_buf_span(&head->values[which]));
}

static bool is_text(const struct tt_verify_head *head, enum pseudo which, const char *text)
{
    return tt_span_eq(tt_buf_span(&head->values[which]), tt_span_str(text));
}

static enum tt_err put_request(const struct tt_verify_head *head, const char *version,
                               struct tt_buf *out)
{
    static const struct {
        const char *name;
        enum pseudo which;
    } fields[] = {{"host", AUTHORITY}, {"upgrade", PROTOCOL}, {"scheme", SCHEME}};
    bool connect = is_text(head, METHOD, "CONNECT") && !head->set[PATH];
    enum tt_err err = put_pseudo(head, METHOD, out);
    if (err == TT_OK)
        err = tt_buf_append_str(out, " ");
    if (err == TT_OK)
        err = put_pseudo(head, connect ? AUTHORITY : PATH, out);
    if (err == TT_OK)
        err = tt_buf_printf(out, " %s\r\n", version);
    for (size_t i = 0; i < TT_ARRAY_LEN(fields) && err == TT_OK; i++) {
        enum pseudo which = fields[i].which;
        bool usual =
            which == SCHEME && (is_text(head, which, "https") || is_text(head, which, "http"));
        if (head->set[which] && !usual)
            err = put_line(out, tt_span_str(fields[i].name), tt_buf_span(&head->values[which]));
    }
    return err;
}

enum tt_err tt_verify_head_write(const struct tt_verify_head *head, const char *version,
                                 struct tt_buf *out)
{
    enum tt_err err = TT_OK;
    bool request =
        head->set[METHOD] || head->set[PATH] || head->set[SCHEME] || head->set[AUTHORITY];
    if (head->set[STATUS]) {
        err = tt_buf_printf(out, "%s ", version);
        if (err == TT_OK)
            err = put_pseudo(head, STATUS, out);
        if (err == TT_OK)
            err = tt_buf_append_str(out, "\r\n");
    } else if (request) {
        err = put_request(head, version, out);
    }
    if (err == TT_OK)
        err = tt_buf_append(out, tt_buf_span(&head->lines));
    return err == TT_OK ? tt_buf_append_str(out, "\r\n") : err;
}

bool tt_verify_varint(struct tt_span *rest, uint64_t *ret_value)
{
    if (rest->len == 0)
        return false;
    size_t len = (size_t)1 << (rest->data[0] >> 6);
    uint64_t value = rest->data[0] & 63U;
    if (len > rest->len)
        return false;
    for (size_t i = 1; i < len; i++)
        value = value << 8 | rest->data[i];
    *rest = tt_span_from(*rest, len);
    *ret_value = value;
    return true;
}
