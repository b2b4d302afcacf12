#include "gen_content.h"

#include "gen_code.h"

#include <string.h>

static const char *const WORDS[] = {
    "account",  "action",    "after",    "album",    "animate", "answer",   "append",   "article",
    "async",    "average",   "badge",    "balance",  "banner",  "before",   "begin",    "border",
    "bottom",   "bridge",    "buffer",   "button",   "cache",   "callback", "camera",   "canvas",
    "caption",  "card",      "cell",     "center",   "channel", "chart",    "circle",   "city",
    "click",    "close",     "cloud",    "color",    "column",  "comment",  "compare",  "config",
    "content",  "counter",   "country",  "cover",    "create",  "current",  "dark",     "data",
    "day",      "default",   "delay",    "detail",   "dialog",  "display",  "double",   "download",
    "drawer",   "duration",  "editor",   "element",  "email",   "empty",    "enable",   "entry",
    "error",    "event",     "evening",  "example",  "expand",  "export",   "factor",   "feature",
    "feed",     "field",     "filter",   "flex",     "folder",  "follow",   "font",     "footer",
    "format",   "forward",   "frame",    "friend",   "garden",  "global",   "gradient", "grid",
    "group",    "handler",   "header",   "height",   "hidden",  "history",  "hover",    "icon",
    "image",    "index",     "inline",   "input",    "insert",  "island",   "item",     "journey",
    "key",      "keyboard",  "label",    "language", "layer",   "layout",   "left",     "length",
    "level",    "library",   "light",    "limit",    "line",    "link",     "list",     "load",
    "local",    "lower",     "margin",   "market",   "match",   "matrix",   "media",    "member",
    "menu",     "message",   "minute",   "mobile",   "model",   "module",   "morning",  "motion",
    "mountain", "music",     "native",   "network",  "node",    "notice",   "number",   "object",
    "offer",    "offset",    "online",   "opacity",  "open",    "option",   "orange",   "order",
    "origin",   "overlay",   "owner",    "padding",  "page",    "panel",    "parent",   "party",
    "pattern",  "payment",   "people",   "photo",    "picture", "pixel",    "place",    "player",
    "point",    "popup",     "position", "preview",  "price",   "private",  "profile",  "progress",
    "promise",  "property",  "public",   "push",     "query",   "queue",    "radius",   "random",
    "range",    "reader",    "recent",   "region",   "remote",  "render",   "reply",    "request",
    "reset",    "resize",    "result",   "return",   "ribbon",  "right",    "river",    "rotate",
    "round",    "route",     "sample",   "scale",    "school",  "screen",   "scroll",   "search",
    "season",   "section",   "select",   "session",  "setting", "shadow",   "share",    "shop",
    "signal",   "simple",    "size",     "slide",    "social",  "solid",    "source",   "space",
    "sprite",   "stack",     "stage",    "start",    "state",   "static",   "station",  "status",
    "story",    "stream",    "string",   "style",    "submit",  "summer",   "switch",   "symbol",
    "system",   "table",     "target",   "template", "text",    "theme",    "thumb",    "ticket",
    "time",     "title",     "toggle",   "token",    "toolbar", "top",      "total",    "touch",
    "track",    "transform", "travel",   "trigger",  "update",  "upload",   "user",     "value",
    "version",  "video",     "view",     "village",  "visible", "volume",   "wallet",   "water",
    "weather",  "week",      "weight",   "widget",   "width",   "window",   "winter",   "wrapper"};

const char *gen_word(struct gen_rng *rng)
{
    return WORDS[gen_rng_below(rng, (uint32_t)GEN_COUNT(WORDS))];
}

static void put_number(struct gen_text *text, uint32_t value, size_t digits)
{
    char reversed[10];
    size_t count = 0;
    for (; count < digits || value > 0; value /= 10)
        reversed[count++] = (char)('0' + value % 10);
    while (count > 0)
        gen_text_put(text, &reversed[--count], 1);
}

void gen_fill(struct gen_text *text, struct gen_rng *rng, const char *pattern)
{
    for (size_t plain = strcspn(pattern, "@$#%~");; plain = strcspn(pattern, "@$#%~")) {
        gen_text_put(text, pattern, plain);
        pattern += plain;
        char name = 0;
        switch (*pattern++) {
        case '\0':
            return;
        case '$': /* short as a minifier leaves them, else a word */
            name = (char)('a' + gen_rng_below(rng, 26));
            if (gen_rng_permille(rng, 450))
                gen_text_put(text, &name, 1);
            else
                gen_text_str(text, gen_word(rng));
            break;
        case '#':
            put_number(text, gen_rng_below(rng, 1000), 1);
            break;
        case '%':
            put_number(text, gen_rng_below(rng, 100000000), 8);
            break;
        case '~':
            gen_text_hex(text, rng, 16);
            break;
        default:
            gen_text_str(text, gen_word(rng));
            break;
        }
    }
}

/* Small pictures stand in scripts, styles and answers as base64. */
static void put_thumbnail(struct gen_text *text, struct gen_rng *rng)
{
    uint8_t bytes[900];
    size_t len = gen_rng_between(rng, 120, sizeof(bytes));
    gen_rng_fill(rng, bytes, len);
    gen_text_str(text, "data:image/png;base64,");
    gen_base64(text, bytes, len);
}

static void put_script_line(struct gen_text *text, struct gen_rng *rng)
{
    static const char *const patterns[] = {
        "function $($,n){var $=n.@;return $.@(n)}",
        "if(this.@&&$.length>#){$.@(\"@-@\")}",
        "e.@=function(t){return t.@+$*#};\n",
        "var @={@:#,@:\"@\",@:!0};",
        "for(var i=0;i<$.length;i++)this.@[i]=$[i]&&$.@;",
        "try{$.@(#,$)}catch(e){@.@(e,\"@ @\")}",
        "/* @ @ the @ */\n",
    };
    gen_fill(text, rng, patterns[gen_rng_below(rng, (uint32_t)GEN_COUNT(patterns))]);
}

static void put_page_line(struct gen_text *text, struct gen_rng *rng)
{
    gen_fill(text, rng, "<div class=\"@ @\"><a href=\"/@/%\">@");
    for (size_t words = gen_rng_between(rng, 3, 24); words > 0; words--)
        gen_fill(text, rng, " @");
    gen_text_str(text, "</a></div>\n");
}

void gen_json_members(struct gen_text *text, struct gen_rng *rng, size_t count)
{
    static const char *const patterns[] = {"\"@_@\":#,",
                                           "\"@_@\":17092%,",
                                           "\"@_@\":\"~\",",
                                           "\"@_@\":\"~~\",",
                                           "\"@_@\":true,",
                                           "\"@_@\":null,",
                                           "\"@_@\":#.5,",
                                           "\"@_@\":\"@ @ @ @\",",
                                           "\"@\":\"http://img.media.example/@/%.jpg\",",
                                           "\"@\":\"@ @, @ @ @ @ @.\","};
    for (; count > 0; count--)
        gen_fill(text, rng, patterns[gen_rng_below(rng, (uint32_t)GEN_COUNT(patterns))]);
}

static void put_json_item(struct gen_text *text, struct gen_rng *rng)
{
    gen_fill(text, rng, "{\"id\":\"9#%%\",");
    gen_json_members(text, rng, gen_rng_between(rng, 4, 12));
    if (gen_rng_permille(rng, 30)) {
        gen_text_str(text, "\"preview\":\"");
        put_thumbnail(text, rng);
        gen_text_str(text, "\",");
    }
    gen_fill(text, rng, "\"@\":[#,#,#]}");
}

/* Sizes with a long tail: mostly near `least`, a few near `most`. */
static size_t skewed(struct gen_rng *rng, uint32_t least, uint32_t most)
{
    uint32_t a = gen_rng_between(rng, least, most);
    uint32_t b = gen_rng_between(rng, least, most);
    return a < b ? a : b;
}

static void make_web(struct gen_asset *asset, struct gen_rng *rng, size_t at)
{
    size_t len = skewed(rng, 4000, 120000);
    struct gen_text *text = &asset->plain;
    uint32_t kind = (uint32_t)(at % 5); /* of five, three are scripts */
    asset->media_type = kind < 3    ? "application/javascript"
                        : kind == 3 ? "text/css; charset=utf-8"
                                    : "text/html; charset=utf-8";
    if (kind == 4)
        gen_text_str(text, "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Feed</title></head>\n");
    while (text->len < len) {
        if (kind < 3)
            put_script_line(text, rng);
        else if (kind == 3)
            gen_fill(text, rng, ".@-@{@:#px;color:rgb(#,#,#);padding:#px #px}\n");
        else
            put_page_line(text, rng);
        if (gen_rng_permille(rng, 3)) {
            gen_text_str(text, kind == 4   ? "<img src=\""
                               : kind == 3 ? ".i{background:url("
                                           : "s=\"");
            put_thumbnail(text, rng);
            gen_text_str(text, kind == 4 ? "\">\n" : kind == 3 ? ")}\n" : "\";\n");
        }
    }
    gen_text_str(text, kind == 4 ? "</html>\n" : "\n");
}

static void make_json(struct gen_asset *asset, struct gen_rng *rng)
{
    size_t len = skewed(rng, 400, 32000);
    struct gen_text *text = &asset->plain;
    asset->media_type = "application/json";
    gen_text_str(text, "{\"status\":\"ok\",\"items\":[");
    for (bool first = true; text->len < len; first = false) {
        if (!first)
            gen_text_str(text, ",");
        put_json_item(text, rng);
    }
    gen_text_str(text, "],\"next\":null}");
}

void gen_content_make(struct gen_content *content, struct gen_rng *rng)
{
    for (size_t i = 0; i < GEN_WEB_ASSETS; i++) {
        make_web(&content->web[i], rng, i);
        gen_gzip(&content->web[i].gzip, content->web[i].plain.data, content->web[i].plain.len);
    }
    for (size_t i = 0; i < GEN_JSON_ASSETS; i++) {
        make_json(&content->json[i], rng);
        gen_gzip(&content->json[i].gzip, content->json[i].plain.data, content->json[i].plain.len);
    }
}

void gen_content_free(struct gen_content *content)
{
    for (size_t i = 0; i < GEN_WEB_ASSETS; i++) {
        gen_text_free(&content->web[i].plain);
        gen_text_free(&content->web[i].gzip);
    }
    for (size_t i = 0; i < GEN_JSON_ASSETS; i++) {
        gen_text_free(&content->json[i].plain);
        gen_text_free(&content->json[i].gzip);
    }
}
