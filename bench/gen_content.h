/* What apps and web views fetch: a library of scripts, pages, style sheets and JSON answers, made
 * once from the seed, each also as gzip file. Many transfers share one entry, as real ones do. */
#ifndef BENCH_GEN_CONTENT_H
#define BENCH_GEN_CONTENT_H

#include "gen_util.h"

struct gen_asset {
    const char *media_type;
    struct gen_text plain;
    struct gen_text gzip;
};

enum { GEN_WEB_ASSETS = 160, GEN_JSON_ASSETS = 240 };

struct gen_content {
    struct gen_asset web[GEN_WEB_ASSETS];
    struct gen_asset json[GEN_JSON_ASSETS];
};

void gen_content_make(struct gen_content *content, struct gen_rng *rng);
void gen_content_free(struct gen_content *content);

const char *gen_word(struct gen_rng *rng);

/* Appends `pattern` with chance content for these characters of it: @ a word, $ a variable's name,
 * # a number below 1000, % eight digits, ~ sixteen hexadecimal digits. */
void gen_fill(struct gen_text *text, struct gen_rng *rng, const char *pattern);

/* Members of a JSON object with chance content, each with a comma behind it: "\"id\":17,". They
 * look like identifiers but are none of the subject's. */
void gen_json_members(struct gen_text *text, struct gen_rng *rng, size_t count);

#endif
