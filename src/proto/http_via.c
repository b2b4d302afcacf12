#include "proto/http_via.h"

#include "base/compiler.h"

/* Where in the value stands the code of an airport. */
enum code_at { CODE_NONE, CODE_FIRST, CODE_LAST };

static const struct field {
    const char *name;   /* in lower case */
    const char *value;  /* that it begins with; NULL: any */
    const char *called; /* in reports */
    enum code_at code_at;
    bool any_proxy;
} fields[] = {
    {"cf-ray", NULL, "CF-Ray", CODE_LAST, false},               /* 8f1c2d3e4a5b6c7d-SIN */
    {"x-amz-cf-pop", NULL, "X-Amz-Cf-Pop", CODE_FIRST, false},  /* SIN2-C1 */
    {"x-served-by", "cache-", "X-Served-By", CODE_LAST, false}, /* cache-sin18020-SIN */
    {"cf-cache-status", NULL, "CF-Cache-Status", CODE_NONE, false},
    {"x-amz-cf-id", NULL, "X-Amz-Cf-Id", CODE_NONE, false},
    {"x-akamai-request-id", NULL, "X-Akamai-Request-ID", CODE_NONE, false},
    {"x-akamai-transformed", NULL, "X-Akamai-Transformed", CODE_NONE, false},
    {"akamai-grn", NULL, "Akamai-GRN", CODE_NONE, false},
    {"x-azure-ref", NULL, "X-Azure-Ref", CODE_NONE, false},
    {"cdn-pullzone", NULL, "CDN-PullZone", CODE_NONE, false},
    {"x-sucuri-id", NULL, "X-Sucuri-ID", CODE_NONE, false},
    {"x-iinfo", NULL, "X-Iinfo", CODE_NONE, false},
    {"server", "cloudflare", "Server: cloudflare", CODE_NONE, false},
    {"server", "akamaighost", "Server: AkamaiGHost", CODE_NONE, false},
    {"server", "cloudfront", "Server: CloudFront", CODE_NONE, false},
    {"server", "bunnycdn", "Server: BunnyCDN", CODE_NONE, false},
    {"server", "ecacc", "Server: ECAcc", CODE_NONE, false},
    {"via", NULL, "Via", CODE_NONE, true},
    {"x-cache", NULL, "X-Cache", CODE_NONE, true},
};

enum { CODE_LEN = 3 };

static bool begins_with(struct tt_span value, const char *start)
{
    return tt_span_is(tt_span_sub(value, 0, strlen(start)), start);
}

/* The field that a line is, or NULL. */
static const struct field *find_field(struct tt_span name, struct tt_span value)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(fields); i++)
        if (tt_span_is(name, fields[i].name) &&
            (fields[i].value == NULL || begins_with(value, fields[i].value)))
            return &fields[i];
    return NULL;
}

/* Three letters that stand alone; false when there are none. */
static bool read_code(struct tt_span value, enum code_at at, char code[TT_HTTP_VIA_PLACE_MAX])
{
    if (at == CODE_NONE || value.len < CODE_LEN)
        return false;
    size_t from = at == CODE_FIRST ? 0 : value.len - CODE_LEN;
    if (from > 0 && value.data[from - 1] != '-')
        return false;
    for (size_t i = 0; i < CODE_LEN; i++) {
        if (!tt_is_alpha(value.data[from + i]))
            return false;
        code[i] = (char)tt_lower(value.data[from + i]);
    }
    code[CODE_LEN] = '\0';
    return value.len == CODE_LEN || at == CODE_LAST || !tt_is_alpha(value.data[CODE_LEN]);
}

void tt_http_via_take(struct tt_span line, struct tt_http_via *via)
{
    size_t colon = tt_span_find(line, ':');
    if (colon >= line.len || via->place[0] != '\0')
        return;
    struct tt_span value = tt_span_trim(tt_span_from(line, colon + 1));
    const struct field *field = find_field(tt_span_trim(tt_span_sub(line, 0, colon)), value);
    if (field == NULL)
        return;
    char code[TT_HTTP_VIA_PLACE_MAX] = "";
    bool placed = read_code(value, field->code_at, code);
    if (via->field != NULL && !placed && (!via->any_proxy || field->any_proxy))
        return;
    *via = (struct tt_http_via){.field = field->called, .any_proxy = field->any_proxy};
    if (placed)
        memcpy(via->place, code, sizeof(code));
}

void tt_http_via_tell(const struct tt_stream *stream, const struct tt_http1_head *head,
                      const struct tt_origin *origin)
{
    if (!head->response || head->via.field == NULL)
        return;
    const struct tt_name_record record = {.source = TT_NAME_VIA,
                                          .frame = origin->first_frame,
                                          .time = origin->time,
                                          .addr = stream->flow->ends[stream->direction].addr,
                                          .name = head->via.field,
                                          .place =
                                              head->via.place[0] == '\0' ? NULL : head->via.place};
    stream->sink->calls->name(stream->sink->context, &record);
}
