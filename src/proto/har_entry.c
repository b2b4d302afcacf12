#include "proto/har_entry.h"

#include "base/compiler.h"

enum { TEXT_MAX = 80, URL_FRONT = 512 };

/* ---- the parts ---- */

struct member {
    const char *name;
    struct tt_json_value *to;
};

/* One walk over an object, for all members that are wanted; the first of several counts. */
static void read_members(struct tt_json_value object, const struct member *members, size_t count)
{
    struct tt_json_walk walk = tt_json_walk(object);
    struct tt_span name;
    struct tt_json_value value;
    while (walk.object && tt_json_walk_next(&walk, &name, &value)) {
        for (size_t i = 0; i < count; i++) {
            if (members[i].to->kind == TT_JSON_NONE &&
                tt_span_eq(name, tt_span_str(members[i].name)))
                *members[i].to = value;
        }
    }
}

/* HTTP Archive 1.2 writes -1 for "not known". */
static uint64_t size_of(struct tt_json_value value)
{
    uint64_t size = 0;
    (void)tt_json_number(value, &size);
    return size;
}

static void read_request(struct tt_har_entry *entry)
{
    struct tt_har_side *side = &entry->request;
    struct tt_json_value data = {.kind = TT_JSON_NONE};
    struct tt_json_value size = {.kind = TT_JSON_NONE};
    const struct member members[] = {
        {"method", &entry->method},  {"url", &entry->url},        {"httpVersion", &side->version},
        {"headers", &side->headers}, {"cookies", &side->cookies}, {"queryString", &entry->query},
        {"postData", &data},         {"bodySize", &size}};
    read_members(side->object, members, TT_ARRAY_LEN(members));
    const struct member parts[] = {{"mimeType", &side->media_type},
                                   {"text", &side->text},
                                   {"encoding", &side->encoding},
                                   {"params", &side->params}};
    read_members(data, parts, TT_ARRAY_LEN(parts));
    /* mitmproxy before version 10 did so. */
    const struct member older[] = {{"_encoding", &side->encoding}};
    read_members(data, older, TT_ARRAY_LEN(older));
    side->body_size = size_of(size);
}

static void read_response(struct tt_har_entry *entry)
{
    struct tt_har_side *side = &entry->response;
    struct tt_json_value content = {.kind = TT_JSON_NONE};
    struct tt_json_value size = {.kind = TT_JSON_NONE};
    struct tt_json_value body_size = {.kind = TT_JSON_NONE};
    struct tt_json_value status = {.kind = TT_JSON_NONE};
    const struct member members[] = {{"status", &status},         {"httpVersion", &side->version},
                                     {"headers", &side->headers}, {"cookies", &side->cookies},
                                     {"content", &content},       {"bodySize", &body_size}};
    read_members(side->object, members, TT_ARRAY_LEN(members));
    const struct member parts[] = {{"mimeType", &side->media_type},
                                   {"text", &side->text},
                                   {"encoding", &side->encoding},
                                   {"size", &size}};
    read_members(content, parts, TT_ARRAY_LEN(parts));
    uint64_t code = size_of(status);
    entry->status = code <= 999 ? (int)code : 0;
    side->body_size = size_of(body_size) > 0 ? size_of(body_size) : size_of(size);
}

/* ---- what they mean ---- */

/* Unescaped and ended with a NUL; "" where it is no string or too long. */
static void copy_text(struct tt_json_value value, char text[TEXT_MAX])
{
    size_t at = 0;
    text[0] = '\0';
    if (value.kind != TT_JSON_STRING || value.text.len >= TEXT_MAX)
        return;
    size_t len = tt_json_unescape(value.text, &at, (uint8_t *)text, TEXT_MAX - 1);
    text[len] = '\0';
}

/* The scheme and, where the host is an address or there is a port, those. */
struct place {
    char host[TT_NAME_TEXT_MAX + 1];
    struct tt_addr addr;
    uint16_t port;
    bool secure;
    bool network; /* the scheme leads to one */
};

static bool starts(struct tt_span text, const char *scheme)
{
    return tt_span_is(tt_span_sub(text, 0, strlen(scheme)), scheme);
}

static uint16_t read_port(struct tt_span digits, uint16_t otherwise)
{
    uint32_t port = 0;
    for (size_t i = 0; i < digits.len && tt_is_digit(digits.data[i]) && port < 65536; i++)
        port = port * 10 + (uint32_t)(digits.data[i] - '0');
    return port > 0 && port < 65536 ? (uint16_t)port : otherwise;
}

/* The authority: RFC 3986, section 3.2. */
static void read_authority(struct tt_span text, struct place *place)
{
    size_t user = tt_span_find(text, '@');
    if (user < text.len)
        text = tt_span_from(text, user + 1);
    bool bracket = text.len > 0 && text.data[0] == '[';
    size_t end = tt_span_find(text, bracket ? ']' : ':');
    struct tt_span name = tt_span_sub(text, bracket ? 1 : 0, end - (bracket ? 1 : 0));
    struct tt_span port = tt_span_from(text, end + (bracket ? 1 : 0));
    if (port.len > 1 && port.data[0] == ':')
        place->port = read_port(tt_span_from(port, 1), place->port);
    if (name.len == 0 || name.len >= sizeof(place->host))
        return;
    for (size_t i = 0; i < name.len; i++)
        place->host[i] = (char)tt_lower(name.data[i]);
    place->host[name.len] = '\0';
    bool local = strcmp(place->host, "localhost") == 0;
    if (!tt_addr_parse(local ? "127.0.0.1" : place->host, &place->addr) ||
        place->addr.family == TT_ADDR_MAC)
        place->addr = (struct tt_addr){.family = TT_ADDR_NONE};
}

/* Of a string with escapes: slashes may be written as "\/". */
static struct place read_place(struct tt_json_value url)
{
    uint8_t room[URL_FRONT];
    size_t at = 0;
    bool is_text = url.kind == TT_JSON_STRING;
    size_t len = is_text ? tt_json_unescape(url.text, &at, room, sizeof(room)) : 0;
    struct tt_span text = tt_span_of(room, len);
    struct place place = {.port = 80};
    place.secure = starts(text, "https:") || starts(text, "wss:");
    place.network = place.secure || starts(text, "http:") || starts(text, "ws:");
    if (place.secure)
        place.port = 443;
    struct tt_span rest = tt_span_from(text, tt_span_find(text, ':') + 1);
    if (!tt_span_starts(rest, tt_span_str("//")))
        return place;
    rest = tt_span_from(rest, 2);
    size_t end = 0;
    while (end < rest.len && strchr("/?#", rest.data[end]) == NULL)
        end++;
    read_authority(tt_span_sub(rest, 0, end), &place);
    return place;
}

/* What Chromium and those like it say where a request did not go out. */
static bool was_refused(const char *error)
{
    static const char *const errors[] = {"net::ERR_BLOCKED_BY_",
                                         "net::ERR_NAME_NOT_RESOLVED",
                                         "net::ERR_NAME_RESOLUTION",
                                         "net::ERR_CONNECTION_REFUSED",
                                         "net::ERR_INTERNET_DISCONNECTED",
                                         "net::ERR_ADDRESS_",
                                         "net::ERR_UNKNOWN_URL_SCHEME",
                                         "net::ERR_CERT_",
                                         "net::ERR_CACHE_MISS"};
    for (size_t i = 0; i < TT_ARRAY_LEN(errors); i++)
        if (strncmp(error, errors[i], strlen(errors[i])) == 0)
            return true;
    return false;
}

/* The word of model/seal.h for what _securityDetails and the version of HTTP claim. */
static const char *encryption_of(const char *protocol, const char *version)
{
    static const struct {
        const char *said;
        const char *word;
    } words[] = {{"TLS 1.0", "tls1.0"}, {"TLS 1", "tls1.0"},   {"TLS 1.1", "tls1.1"},
                 {"TLS 1.2", "tls1.2"}, {"TLS 1.3", "tls1.3"}, {"TLSv1", "tls1.0"},
                 {"TLSv1.1", "tls1.1"}, {"TLSv1.2", "tls1.2"}, {"TLSv1.3", "tls1.3"},
                 {"QUIC", "quic"}};
    struct tt_span http = tt_span_str(version);
    if (starts(http, "h3") || starts(http, "http/3"))
        return "quic";
    for (size_t i = 0; i < TT_ARRAY_LEN(words); i++)
        if (strcmp(protocol, words[i].said) == 0)
            return words[i].word;
    return "tls";
}

static bool is_true(struct tt_json_value value)
{
    return value.kind == TT_JSON_BARE && tt_span_eq(value.text, tt_span_str("true"));
}

/* Members that are read here, and kept nowhere. */
struct loose {
    struct tt_json_value address;
    struct tt_json_value cache;
    struct tt_json_value error;
    struct tt_json_value worker;
    struct tt_json_value security;
};

static void find_server(struct tt_har_entry *entry, const struct loose *loose,
                        const struct place *place)
{
    char text[TEXT_MAX];
    copy_text(loose->address, text);
    size_t len = strlen(text);
    if (len > 1 && text[0] == '[' && text[len - 1] == ']') { /* as Chromium writes IPv6 */
        memmove(text, text + 1, len - 2);
        text[len - 2] = '\0';
    }
    if (!tt_addr_parse(text, &entry->server) || entry->server.family == TT_ADDR_MAC)
        entry->server = place->addr;
    entry->port = place->port;
    memcpy(entry->host, place->host, sizeof(entry->host));
}

static const char *why_unsent(const struct tt_har_entry *entry, const struct loose *loose,
                              const struct place *place)
{
    char text[TEXT_MAX];
    struct tt_json_value response = entry->response.object;
    struct tt_json_value error = loose->error;
    copy_text(error.kind == TT_JSON_STRING ? error : tt_json_member(response, "_error"), text);
    if (!place->network && entry->url.kind == TT_JSON_STRING && entry->url.whole)
        return "har.not_network";
    if (loose->cache.kind == TT_JSON_STRING || is_true(loose->cache))
        return "har.from_cache";
    if (is_true(loose->worker) || is_true(tt_json_member(response, "_fetchedViaServiceWorker")))
        return "har.service_worker";
    return entry->status == 0 && was_refused(text) ? "har.not_sent" : NULL;
}

static const char *find_encryption(const struct tt_har_entry *entry, const struct loose *loose,
                                   const struct place *place)
{
    char version[TEXT_MAX];
    char protocol[TEXT_MAX];
    bool told = entry->response.version.text.len > 0;
    copy_text(told ? entry->response.version : entry->request.version, version);
    copy_text(tt_json_member(loose->security, "protocol"), protocol);
    return place->secure ? encryption_of(protocol, version) : "none";
}

void tt_har_entry_read(struct tt_span text, struct tt_har_entry *ret_entry)
{
    struct tt_har_entry *entry = ret_entry;
    struct loose loose = {.address = {.kind = TT_JSON_NONE}};
    const struct member members[] = {{"request", &entry->request.object},
                                     {"response", &entry->response.object},
                                     {"_webSocketMessages", &entry->messages},
                                     {"serverIPAddress", &loose.address},
                                     {"_fromCache", &loose.cache},
                                     {"_error", &loose.error},
                                     {"_fetchedViaServiceWorker", &loose.worker},
                                     {"_securityDetails", &loose.security}};
    *entry = (struct tt_har_entry){.whole = false};
    struct tt_json_value whole = tt_json_value_at(text, NULL);
    entry->whole = whole.whole;
    read_members(whole, members, TT_ARRAY_LEN(members));
    read_request(entry);
    read_response(entry);
    const struct place place = read_place(entry->url);
    find_server(entry, &loose, &place);
    entry->unsent = why_unsent(entry, &loose, &place);
    entry->encryption = find_encryption(entry, &loose, &place);
}
