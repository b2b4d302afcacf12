#include "gen_talk.h"

#include "gen_code.h"

#include <inttypes.h>
#include <string.h>

/* A request under construction. */
struct request {
    const struct gen_planting *planting; /* or NULL */
    struct gen_text target;
    struct gen_text body;
    const char *method;
    const char *media_type; /* of the body; NULL: there is none */
    bool gzip;
    bool chunked;
    struct gen_mark in_target;
    struct gen_mark in_body;
};

static bool plants(const struct request *request, enum gen_place place)
{
    return request->planting != NULL && request->planting->place == place;
}

/* Appends the leak and tells where it stands. */
static struct gen_mark put_value(struct gen_text *text, const struct gen_planting *planting)
{
    struct gen_mark mark = {.from = text->len};
    gen_text_put(text, planting->text.data, planting->text.len);
    mark.to = text->len;
    return mark;
}

static void put_target(struct request *request, const struct gen_talk *talk, struct gen_rng *rng)
{
    struct gen_text *target = &request->target;
    switch (talk->host->role) {
    case GEN_ROLE_BEACON:
        gen_fill(target, rng, "/collect?v=1&tid=UA-%-1&ec=@&ea=@&el=@%20@&cid=~&z=%");
        break;
    case GEN_ROLE_API:
        gen_fill(target, rng, "/v2/@/@?nonce=~&ts=17092%");
        break;
    case GEN_ROLE_MEDIA:
        gen_fill(target, rng, "/@/@-%.bin");
        break;
    case GEN_ROLE_WEB:
    case GEN_ROLE_PUSH: /* these two speak no HTTP */
    case GEN_ROLE_GAME:
    case GEN_ROLE_COUNT:
        gen_fill(target, rng, "/@/@.~.js?v=#");
        break;
    }
    if (!plants(request, GEN_PLACE_QUERY))
        return;
    gen_text_printf(target, "&%s=", request->planting->key);
    request->in_target = put_value(target, request->planting);
    gen_fill(target, rng, "&lang=en");
}

static void put_form(struct request *request, struct gen_rng *rng)
{
    request->media_type = "application/x-www-form-urlencoded";
    struct gen_text *body = &request->body;
    gen_fill(body, rng, "@=@+@&token=~~&@=#&note=@%2C+@+@+%28@%29");
    if (plants(request, GEN_PLACE_FORM)) {
        gen_text_printf(body, "&%s=", request->planting->key);
        request->in_body = put_value(body, request->planting);
    }
    gen_fill(body, rng, "&sign=~~");
}

static void put_json(struct request *request, struct gen_rng *rng, size_t members)
{
    request->media_type = "application/json; charset=utf-8";
    struct gen_text *body = &request->body;
    gen_text_str(body, "{");
    gen_json_members(body, rng, members / 2);
    if (plants(request, GEN_PLACE_JSON) || plants(request, GEN_PLACE_JSON_GZIP) ||
        plants(request, GEN_PLACE_JSON_GZIP_CHUNKED)) {
        gen_fill(body, rng, "\"@\":{");
        gen_text_printf(body, "\"%s\":\"", request->planting->key);
        request->in_body = put_value(body, request->planting);
        gen_fill(body, rng, "\",\"@\":#},");
    }
    gen_json_members(body, rng, members - members / 2);
    gen_fill(body, rng, "\"seq\":#}");
}

/* Which body the request has, if any. */
static void put_body(struct request *request, const struct gen_talk *talk, enum gen_class class,
                     struct gen_rng *rng)
{
    enum gen_role role = talk->host->role;
    bool chunked = plants(request, GEN_PLACE_JSON_GZIP_CHUNKED);
    bool json = chunked || plants(request, GEN_PLACE_JSON) || plants(request, GEN_PLACE_JSON_GZIP);
    bool form = plants(request, GEN_PLACE_FORM);
    bool gzip = chunked || plants(request, GEN_PLACE_JSON_GZIP);
    if (!json && !form && (role == GEN_ROLE_API || role == GEN_ROLE_BEACON)) {
        bool query = plants(request, GEN_PLACE_QUERY);
        uint32_t chance = query ? 999 : gen_rng_below(rng, 1000);
        form = role == GEN_ROLE_API && chance < 200;
        json = !form && chance < (role == GEN_ROLE_API ? 600U : 120U);
        gzip = json && class == GEN_GZIP && role == GEN_ROLE_API;
        gzip = gzip || (json && role == GEN_ROLE_BEACON);
        chunked = gzip && gen_rng_permille(rng, 200);
    }
    request->method = json || form ? "POST" : "GET";
    if (form)
        put_form(request, rng);
    if (json)
        put_json(request, rng, gen_rng_between(rng, 4, gzip ? 80 : 24));
    if (!gzip)
        return;
    struct gen_text packed = {0};
    gen_gzip(&packed, request->body.data, request->body.len);
    struct gen_mark *mark = &request->in_body;
    if (mark->to > 0) {
        gen_gzip_range(&packed, mark->from, mark->to, &mark->from, &mark->to);
        mark->to++;
    }
    gen_text_free(&request->body);
    request->body = packed;
    request->gzip = true;
    request->chunked = chunked;
}

static struct gen_mark moved(struct gen_mark mark, size_t by)
{
    return (struct gen_mark){.from = mark.from + by, .to = mark.to + by};
}

/* Chunks of `size` bytes (RFC 9112, section 7.1). Returns where `mark` of `body` then stands in
 * `out`; chunk headers may be inside. */
static struct gen_mark put_chunked(struct gen_text *out, const struct gen_text *body, size_t size,
                                   struct gen_mark mark)
{
    struct gen_mark placed = {0};
    for (size_t at = 0; at < body->len; at += size) {
        size_t len = body->len - at < size ? body->len - at : size;
        gen_text_printf(out, "%zx\r\n", len);
        if (mark.to > 0 && mark.from >= at && mark.from < at + len)
            placed.from = out->len + mark.from - at;
        if (mark.to > at && mark.to <= at + len)
            placed.to = out->len + mark.to - at;
        gen_text_put(out, body->data + at, len);
        gen_text_str(out, "\r\n");
    }
    gen_text_str(out, "0\r\n\r\n");
    return placed;
}

static void put_head(struct request *request, const struct gen_talk *talk, struct gen_rng *rng,
                     struct gen_message *message)
{
    struct gen_text *out = &message->bytes;
    gen_text_printf(out, "%s ", request->method);
    if (request->in_target.to > 0)
        message->leak = moved(request->in_target, out->len);
    gen_text_put(out, request->target.data, request->target.len);
    gen_text_printf(out, " HTTP/1.1\r\nHost: %s", talk->host->name);
    if (talk->host->port != 80)
        gen_text_printf(out, ":%u", (unsigned)talk->host->port);
    gen_text_str(out, "\r\nUser-Agent: ExampleApp/5.3.1 (Linux; U; Android 4.4.2; en-gb; Example "
                      "Phone A1 Build/KOT49H)\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n");
    gen_text_printf(out, "Cookie: sid=%s; theme=dark", talk->session);
    gen_fill(out, rng, "; _g=1.2.%.17092%");
    if (plants(request, GEN_PLACE_COOKIE)) {
        gen_text_printf(out, "; %s=", request->planting->key);
        message->leak = put_value(out, request->planting);
    }
    gen_text_str(out, "\r\n");
    if (plants(request, GEN_PLACE_HEADER)) {
        gen_text_printf(out, "%s: ", request->planting->key);
        message->leak = put_value(out, request->planting);
        gen_text_str(out, "\r\n");
    }
    gen_fill(out, rng, "X-Request-Id: ~~\r\n");
}

static void put_request(const struct gen_talk *talk, enum gen_class class,
                        const struct gen_planting *planting, struct gen_rng *rng,
                        struct gen_message *message)
{
    struct request request = {.planting = planting};
    put_target(&request, talk, rng);
    put_body(&request, talk, class, rng);
    put_head(&request, talk, rng, message);
    struct gen_text *out = &message->bytes;
    if (request.media_type != NULL)
        gen_text_printf(out, "Content-Type: %s\r\n", request.media_type);
    if (request.gzip)
        gen_text_str(out, "Content-Encoding: gzip\r\n");
    if (request.chunked)
        gen_text_str(out, "Transfer-Encoding: chunked\r\n\r\n");
    else if (request.media_type != NULL)
        gen_text_printf(out, "Content-Length: %zu\r\n\r\n", request.body.len);
    else
        gen_text_str(out, "\r\n");
    struct gen_mark in_body = moved(request.in_body, out->len);
    if (request.chunked)
        in_body = put_chunked(out, &request.body, gen_rng_between(rng, 100, 1000), request.in_body);
    else
        gen_text_put(out, request.body.data, request.body.len);
    if (request.in_body.to > 0)
        message->leak = in_body;
    gen_text_free(&request.target);
    gen_text_free(&request.body);
}

static void put_status(struct gen_text *out, struct gen_rng *rng, const char *status,
                       const char *media_type)
{
    gen_text_printf(out, "HTTP/1.1 %s\r\n", status);
    gen_text_printf(out, "Date: Fri, 01 Mar 2024 08:%02u:00 GMT\r\n", gen_rng_below(rng, 60));
    gen_text_str(out, "Server: example\r\nConnection: keep-alive\r\n");
    if (media_type != NULL)
        gen_text_printf(out, "Content-Type: %s\r\n", media_type);
    if (gen_rng_permille(rng, 300))
        gen_fill(out, rng, "ETag: \"~\"\r\nCache-Control: max-age=#\r\n");
    if (gen_rng_permille(rng, 60))
        gen_fill(out, rng, "Set-Cookie: v=~~; path=/\r\n");
}

static void put32(uint8_t *at, uint64_t value, bool big_endian)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * (big_endian ? 3 - i : i));
}

/* A WebP picture or a part of an MP4 film: containers as they should be, with chance inside. */
static void put_media(struct gen_message *message, uint64_t media_max, struct gen_rng *rng)
{
    uint8_t webp[20] = "RIFF....WEBPVP8 ....";
    uint8_t mp4[32] = "....ftypmp42....mp42isom....mdat";
    bool video = gen_rng_permille(rng, 80); /* few, but about half of the bytes */
    uint32_t size = video ? gen_rng_between(rng, 200000, 1500000)
                          : gen_rng_between(rng, 5000, 80000) * gen_rng_between(rng, 1, 3) / 2;
    size &= ~1U; /* RIFF pads odd chunks */
    message->media = size < media_max ? size : media_max;
    put32(webp + 4, message->media + 12, false);
    put32(webp + 16, message->media, false);
    put32(mp4, 24, true);
    put32(mp4 + 12, 0, true);
    put32(mp4 + 24, message->media + 8, true);
    size_t magic = video ? sizeof(mp4) : sizeof(webp);
    struct gen_text *out = &message->bytes;
    put_status(out, rng, video ? "206 Partial Content" : "200 OK",
               video ? "video/mp4" : "image/webp");
    if (video)
        gen_text_printf(out, "Content-Range: bytes 0-%" PRIu64 "/9000000\r\n",
                        message->media + magic - 1);
    gen_text_printf(out, "Content-Length: %" PRIu64 "\r\n\r\n", message->media + magic);
    gen_text_put(out, video ? mp4 : webp, magic);
}

static void put_asset(struct gen_message *message, const struct gen_asset *asset,
                      enum gen_class class, struct gen_rng *rng)
{
    struct gen_text *out = &message->bytes;
    bool gzip = class == GEN_GZIP;
    const struct gen_text *body = gzip ? &asset->gzip : &asset->plain;
    put_status(out, rng, "200 OK", asset->media_type);
    if (gzip)
        gen_text_str(out, "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n");
    if (gen_rng_permille(rng, gzip ? 400 : 150)) {
        gen_text_str(out, "Transfer-Encoding: chunked\r\n\r\n");
        (void)put_chunked(out, body, gen_rng_between(rng, 2000, 16384), (struct gen_mark){0});
        return;
    }
    gen_text_printf(out, "Content-Length: %zu\r\n\r\n", body->len);
    gen_text_put(out, body->data, body->len);
}

static void put_response(const struct gen_talk *talk, enum gen_class class, uint64_t media_max,
                         struct gen_rng *rng, struct gen_message *message)
{
    switch (talk->host->role) {
    case GEN_ROLE_MEDIA:
        put_media(message, media_max, rng);
        break;
    case GEN_ROLE_WEB:
        put_asset(message, &talk->content->web[gen_rng_below(rng, GEN_WEB_ASSETS)], class, rng);
        break;
    case GEN_ROLE_API:
        put_asset(message, &talk->content->json[gen_rng_below(rng, GEN_JSON_ASSETS)], class, rng);
        break;
    case GEN_ROLE_BEACON:
    case GEN_ROLE_PUSH:
    case GEN_ROLE_GAME:
    case GEN_ROLE_COUNT:
        put_status(&message->bytes, rng, "204 No Content", NULL);
        gen_text_str(&message->bytes, "\r\n");
        break;
    }
}

/* The push service: lines of words, answered by one line. */
static void put_push(const struct gen_planting *planting, struct gen_rng *rng,
                     struct gen_exchange *exchange)
{
    struct gen_message *request = &exchange->request;
    gen_fill(&request->bytes, rng, "HELLO 7 @-@ seq=% ");
    if (planting != NULL) {
        gen_text_printf(&request->bytes, "%s=", planting->key);
        request->leak = put_value(&request->bytes, planting);
        gen_text_str(&request->bytes, " ");
    }
    gen_fill(&request->bytes, rng, "topic=@/@ mark=~\n");
    gen_fill(&exchange->response.bytes, rng, "OK 7 % @ @ @\n");
}

static void reset(struct gen_message *message)
{
    message->bytes.len = 0;
    message->media = 0;
    message->leak = (struct gen_mark){0};
}

void gen_talk_next(struct gen_talk *talk, enum gen_class class, const struct gen_planting *planting,
                   uint64_t media_max, struct gen_rng *rng, struct gen_exchange *exchange)
{
    reset(&exchange->request);
    reset(&exchange->response);
    exchange->class = class;
    if (talk->host->role == GEN_ROLE_PUSH) {
        put_push(planting, rng, exchange);
        return;
    }
    put_request(talk, class, planting, rng, &exchange->request);
    put_response(talk, class, media_max, rng, &exchange->response);
}

void gen_talk_datagram(const struct gen_planting *planting, struct gen_rng *rng,
                       struct gen_message *message)
{
    reset(message);
    uint8_t noise[240];
    size_t len = gen_rng_between(rng, 40, sizeof(noise));
    gen_rng_fill(rng, noise, len);
    gen_text_put(&message->bytes, "\xf7GAME\x01", 7);
    if (planting == NULL) {
        gen_text_put(&message->bytes, noise, len);
        return;
    }
    gen_text_printf(&message->bytes, "%s=", planting->key);
    message->leak = put_value(&message->bytes, planting);
    gen_text_put(&message->bytes, "", 1);
    gen_text_put(&message->bytes, noise, len);
}

void gen_exchange_free(struct gen_exchange *exchange)
{
    gen_text_free(&exchange->request.bytes);
    gen_text_free(&exchange->response.bytes);
}
