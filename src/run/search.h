/* The search of bodies: joins content/ (unwrapping) and identify/ (finding), and loops inner bodies
 * back to the top with a depth and a budget.
 *
 * One tt_search stands for one outermost body (a message's head or body, a raw stream, a datagram).
 * Its inner bodies are nodes of a tree. A node's bytes are either unwrapped by a coding, or
 * searched as they stand while a format explains the places of the hits. Hits wait until the
 * outermost body ends, because only then all lengths of their proof are known. */
#ifndef TT_RUN_SEARCH_H
#define TT_RUN_SEARCH_H

#include "content/content.h"
#include "identify/matcher.h"
#include "judge/traffic.h"
#include "model/coverage.h"
#include "model/hit.h"
#include "model/msg.h"
#include "model/note.h"

/* Where the results go. Implemented by run/pipeline.c. */
struct tt_search_sink {
    void *context;
    void (*hit)(void *context, const struct tt_hit *hit);
    void (*account)(void *context, const struct tt_account *account);
    void (*searched)(void *context, uint64_t bytes);
    struct tt_note_sink notes;
};

/* What all searches of one pipeline share: the matcher and the pools of their parts. */
struct tt_searcher;

/* `matcher` and `sink` are borrowed until tt_searcher_free. */
TT_MUST_USE enum tt_err tt_searcher_new(const struct tt_matcher *matcher,
                                        const struct tt_search_sink *sink,
                                        struct tt_searcher **ret_searcher);
void tt_searcher_free(struct tt_searcher *searcher);

/* The recipes that unknown bytes are tried with (identify/recipe_book.h): borrowed until
 * tt_searcher_free. Without them only those that are code are tried. */
struct tt_recipe_book;
void tt_searcher_use_recipes(struct tt_searcher *searcher, struct tt_recipe_book *book);

/* True after memory ran out or a part failed for a reason of its own: the run must not go on. */
enum tt_err tt_searcher_failure(const struct tt_searcher *searcher);

/* What was seen in all that was searched so far, but for its bytes: those are told to the sink. */
const struct tt_traffic *tt_searcher_traffic(const struct tt_searcher *searcher);

struct tt_search;

/* What the hits of a body have in common. Borrowed until the search ends: static texts, or copied
 * by tt_search_open where it says so. */
struct tt_search_context {
    const char *protocol;    /* static */
    const char *host;        /* copied; or NULL */
    const char *host_source; /* static; or NULL */
    const char *encryption;  /* static */
    const char *cipher;      /* static; or NULL */
    const char *opened_with; /* static; or NULL */
    const char *framing;     /* static; or NULL (tt_proto_sink.body_open) */
    const char *container;  /* the record that the body stands in ("har.entry[3]"), or NULL; it must
                               outlive the search */
    uint64_t container_len; /* its bytes, in which the body's offsets count */
    bool raw;               /* bytes that no protocol claims */
    bool uncounted;         /* accounted where the bytes came from */
    bool relayed;           /* tt_hit.relayed */
    bool relays_all;        /* tt_account.relayed */
    bool ciphertext;        /* taken for that: counted so, and searched since it may be wrong */
};

/* Begins a search; body (its texts included) is copied. The step of an outermost body is one of a
 * fixed set of texts. NULL without memory.
 *
 * Very many bodies may be under way at the same time, most of them silent: of all but the ones fed
 * last (TT_BODIES_OPEN_MAX) only what is needed to go on is kept, a few hundred bytes
 * (TT_ASIDE_BYTES_MAX in all). Nothing is lost but the reading of formats and codings in bodies of
 * more than TT_ASIDE_WHOLE_MAX bytes: their rest is searched as it stands, with a note. */
struct tt_search *tt_search_open(struct tt_searcher *searcher, const struct tt_body *body,
                                 const struct tt_search_context *context);
void tt_search_feed(struct tt_search *search, const struct tt_piece *piece);
/* Tells the hits and the accounts, and ends the search. `stream_end` as in
 * tt_proto_sink.body_close. */
void tt_search_close(struct tt_search *search, enum tt_body_end end, uint64_t stream_end);

/* Offset in the stream of the body, and of what follows the bytes fed so far if nothing interrupts
 * them. */
uint64_t tt_search_at(const struct tt_search *search);
uint64_t tt_search_next(const struct tt_search *search);

#endif
