/* What is said on a connection: requests and their answers as bytes, with a leak in the request
 * when one is due. */
#ifndef BENCH_GEN_TALK_H
#define BENCH_GEN_TALK_H

#include "gen_content.h"
#include "gen_leak.h"

/* The kinds of bytes whose shares are kept. */
enum gen_class { GEN_MEDIA, GEN_PLAIN, GEN_GZIP, GEN_CLASS_COUNT };

/* The bytes of a text that carry a leak, from `from` to before `to`; both 0: it carries none. */
struct gen_mark {
    size_t from;
    size_t to;
};

struct gen_message {
    struct gen_text bytes;
    uint64_t media; /* chance bytes that follow */
    struct gen_mark leak;
};

struct gen_exchange {
    struct gen_message request;
    struct gen_message response; /* empty: none comes */
    enum gen_class class;        /* of most of its bytes */
};

/* What does not change from one exchange to the next on a connection. */
struct gen_talk {
    const struct gen_content *content;
    const struct gen_host *host;
    char session[33]; /* cookie */
};

/* Fills `exchange`, reusing its memory. `planting` may be NULL; its place must fit the role of the
 * host (TCP: a push host, else a web, API or beacon host). `media_max` cuts the largest downloads.
 */
void gen_talk_next(struct gen_talk *talk, enum gen_class class, const struct gen_planting *planting,
                   uint64_t media_max, struct gen_rng *rng, struct gen_exchange *exchange);

/* The payload of a datagram of the game's own protocol into `message`, with the leak if one is
 * given. */
void gen_talk_datagram(const struct gen_planting *planting, struct gen_rng *rng,
                       struct gen_message *message);

void gen_exchange_free(struct gen_exchange *exchange);

#endif
