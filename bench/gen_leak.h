/* The ways in which values of the subject are planted, and one planting. */
#ifndef BENCH_GEN_LEAK_H
#define BENCH_GEN_LEAK_H

#include "gen_host.h"
#include "gen_subject.h"

enum gen_place {
    GEN_PLACE_QUERY,
    GEN_PLACE_COOKIE,
    GEN_PLACE_HEADER,
    GEN_PLACE_FORM,
    GEN_PLACE_JSON,
    GEN_PLACE_JSON_GZIP,
    GEN_PLACE_JSON_GZIP_CHUNKED,
    GEN_PLACE_TCP,
    GEN_PLACE_UDP
};

/* A leak that is due: where it goes, and what stands there. */
struct gen_planting {
    enum gen_place place;
    const char *key;      /* name of the parameter, header or member */
    struct gen_text text; /* the value as it is written, before any gzip */
    struct gen_leak leak; /* without host */
};

enum { GEN_LEAK_KINDS = 15 };

/* Which leak comes next: all ways once in chance order, then again. */
struct gen_leak_plan {
    uint8_t order[GEN_LEAK_KINDS];
    size_t at;
};

/* Fills `planting` with the next leak; reuses its text. */
void gen_leak_next(struct gen_leak_plan *plan, const struct gen_subject *subject,
                   struct gen_rng *rng, struct gen_planting *planting);

#endif
