#include "base/json.h"

#include "base/utf.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static void put(struct tt_json *json, struct tt_span bytes)
{
    if (json->err == TT_OK)
        json->err = tt_buf_append(json->out, bytes);
}

static void put_str(struct tt_json *json, const char *text)
{
    put(json, tt_span_str(text));
}

static void put_escaped(struct tt_json *json, uint8_t c)
{
    char text[8];
    switch (c) {
    case '"':
        put_str(json, "\\\"");
        return;
    case '\\':
        put_str(json, "\\\\");
        return;
    case '\n':
        put_str(json, "\\n");
        return;
    case '\r':
        put_str(json, "\\r");
        return;
    case '\t':
        put_str(json, "\\t");
        return;
    default:
        (void)snprintf(text, sizeof(text), "\\u%04x", (unsigned)c);
        put_str(json, text);
        return;
    }
}

static void put_string(struct tt_json *json, struct tt_span text)
{
    put_str(json, "\"");
    size_t from = 0; /* of the run that can be copied as it is */
    size_t at = 0;
    while (at < text.len) {
        uint32_t code = 0;
        size_t len = 1;
        bool valid = tt_utf8_read(tt_span_from(text, at), &code, &len);
        bool plain = valid && code >= 0x20 && code != '"' && code != '\\' && code != 0x7f;
        if (plain) {
            at += len;
            continue;
        }
        put(json, tt_span_sub(text, from, at - from));
        if (valid)
            put_escaped(json, text.data[at]);
        else
            put_str(json, "\xef\xbf\xbd");
        at++;
        from = at;
    }
    put(json, tt_span_sub(text, from, at - from));
    put_str(json, "\"");
}

static void begin(struct tt_json *json, const char *key)
{
    if (json->need_comma)
        put_str(json, ",");
    json->need_comma = true;
    if (key != NULL) {
        put_string(json, tt_span_str(key));
        put_str(json, ":");
    }
}

static void open(struct tt_json *json, const char *key, const char *bracket)
{
    begin(json, key);
    put_str(json, bracket);
    json->need_comma = false;
}

static void close(struct tt_json *json, const char *bracket)
{
    put_str(json, bracket);
    json->need_comma = true;
}

void tt_json_open_object(struct tt_json *json, const char *key)
{
    open(json, key, "{");
}

void tt_json_close_object(struct tt_json *json)
{
    close(json, "}");
}

void tt_json_open_array(struct tt_json *json, const char *key)
{
    open(json, key, "[");
}

void tt_json_close_array(struct tt_json *json)
{
    close(json, "]");
}

void tt_json_span(struct tt_json *json, const char *key, struct tt_span text)
{
    begin(json, key);
    put_string(json, text);
}

void tt_json_text(struct tt_json *json, const char *key, const char *text)
{
    if (text == NULL)
        tt_json_null(json, key);
    else
        tt_json_span(json, key, tt_span_str(text));
}

static void put_literal(struct tt_json *json, const char *key, const char *literal)
{
    begin(json, key);
    put_str(json, literal);
}

void tt_json_uint(struct tt_json *json, const char *key, uint64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%" PRIu64, value);
    put_literal(json, key, text);
}

void tt_json_int(struct tt_json *json, const char *key, int64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%" PRId64, value);
    put_literal(json, key, text);
}

void tt_json_seconds(struct tt_json *json, const char *key, uint64_t ns)
{
    enum { PER_SECOND = 1000000000 };
    char text[40];
    (void)snprintf(text, sizeof(text), "%" PRIu64 ".%09" PRIu64, ns / PER_SECOND, ns % PER_SECOND);
    put_literal(json, key, text);
}

void tt_json_double(struct tt_json *json, const char *key, double value)
{
    if (!isfinite(value)) {
        tt_json_null(json, key);
        return;
    }
    char text[40];
    (void)snprintf(text, sizeof(text), "%.6g", value);
    /* The program around us may have set a locale: whatever it takes for a decimal point (some are
     * two bytes long) becomes one. */
    size_t len = strspn(text, "-0123456789");
    size_t point = strcspn(text + len, "0123456789e");
    char number[40];
    (void)snprintf(number, sizeof(number), "%.*s%s%s", (int)len, text, point > 0 ? "." : "",
                   text + len + point);
    put_literal(json, key, number);
}

void tt_json_bool(struct tt_json *json, const char *key, bool value)
{
    put_literal(json, key, value ? "true" : "false");
}

void tt_json_null(struct tt_json *json, const char *key)
{
    put_literal(json, key, "null");
}

void tt_json_end_line(struct tt_json *json)
{
    put_str(json, "\n");
    json->need_comma = false;
}
