/* Inside run/: the parts of a search. search.c feeds nodes, compose.c turns waiting hits into
 * proofs, aside.c keeps what little a search needs while it waits. */
#ifndef TT_RUN_SEARCH_NODE_H
#define TT_RUN_SEARCH_NODE_H

#include "base/buf.h"
#include "base/slab.h"
#include "content/embedded.h"
#include "content/escape.h"
#include "content/token.h"
#include "judge/traffic.h"
#include "model/limits.h"
#include "run/search.h"

enum {
    HELD_MAX = 32,     /* places kept for matches that wait for what follows them */
    ORIGINS_MAX = 128, /* stretches of a node whose frames are told apart; older ones are merged */
    PLACE_STEPS_MAX = 4, /* steps that one format may name for one place */
    HOST_MAX = 256,
    WORD_MAX = 128,      /* media types, codings, boundaries */
    UNREAD_RUNS_MAX = 32 /* that may yet turn out to be understood */
};

/* A stretch of a node's bytes and the frames that brought it. */
struct origin_run {
    uint64_t from;
    uint64_t to;
    struct tt_origin origin;
};

/* A place as a format named it: `texts` holds the step names one after the other, each terminated.
 */
struct place {
    size_t count;
    uint64_t at[PLACE_STEPS_MAX];
    uint64_t len[PLACE_STEPS_MAX];
    struct tt_buf texts;
    bool known;
    bool claimed;
};

/* The place of a match that the scan still holds, by the offset of its last byte. */
struct held_place {
    uint64_t last;
    struct place place;
};

/* The place of a token that went on behind a piece, by the offset where it begins. */
struct run_place {
    uint64_t from;
    struct place place;
};

/* Bytes of the root that stand for decoded ones which nobody understands. */
struct unread_run {
    uint64_t from;
    uint64_t to;
    uint64_t order; /* of its finding, from 1 */
};

/* A byte whose place is asked for, and where the answer goes. */
struct mark {
    uint64_t at;
    struct place *place;
};

/* What a decoded body says. */
enum tt_sense {
    TT_SENSE_NONE,   /* too little to tell */
    TT_SENSE_MEANT,  /* a known format, or text */
    TT_SENSE_UNKNOWN /* bytes that nobody understands, and more of them than of any digest */
};

struct node {
    struct node *next;   /* in a pool, or in the search's list of nodes */
    struct node *parent; /* NULL for the outermost */
    struct sweep *search;
    struct tt_body body;
    char step[TT_PATH_MAX];
    char media_type[WORD_MAX];
    char codings[WORD_MAX];
    char boundary[WORD_MAX];
    struct place place; /* of the node in its parent */
    struct tt_content_sink sink;
    const struct tt_decoder *decoder;
    void *decoder_state;
    struct mark *marks; /* of the piece that the format is fed with, ascending */
    uint64_t *mark_offsets;
    size_t mark_count;
    size_t mark_room;
    uint64_t marks_told; /* search->told when the marks were made */
    struct tt_scan *scan;
    struct tt_tokens *tokens;
    struct tt_escapes *escapes;
    struct tt_embedded *embedded;
    struct held_place *held; /* HELD_MAX of them, once there was one */
    size_t held_count;
    size_t held_next;     /* the one to be replaced when all are in use */
    struct run_place run; /* of a token that goes on behind the last piece */
    bool is_value;        /* a format opened it for a value; else it is a token, or all of a body */
    bool is_escaped;      /* a run of escapes in text that is searched as it stands */
    bool escaping;        /* what opens now is such a run */
    bool decided;         /* the decoder (or none) has been chosen */
    bool scanning;        /* scan holds bytes of this node */
    bool closed;
    enum tt_sense sense;
    uint64_t unread_before; /* the search's unread_order when it was opened */
    enum tt_body_end end;
    uint64_t scan_from; /* offset in the node where the searched stream begins */
    unsigned hits;      /* waiting hits in this node and below it */
    unsigned unknown;   /* of these, tokens that recipes are tried on */
    uint8_t probe[TT_BODY_PROBE_MAX];
    size_t probe_len;
    size_t
        gathered_at; /* in the search's recipe_text: the first bytes of the node that are there */
    size_t gathered_len;
    uint64_t gathered_from; /* their offset in the node */
    struct origin_run *origins;
    size_t origin_count;
    size_t origin_room;
};

/* A hit that waits for the end of its outermost body. */
struct waiting {
    struct waiting *next;
    struct node *node;
    const struct tt_form *form; /* NULL: a token that recipes are tried on */
    uint64_t at;                /* in the node */
    uint64_t len;
    struct tt_origin origin;
    struct tt_buf frames; /* of uint64_t: when there are more than the origin's two */
    struct place place;   /* in the node */
    bool in_place;
    bool dropped; /* said better by another hit */
};

/* A search at work: all that is needed while bytes come in. Of very many searches only the ones fed
 * last have one (aside.c). */
struct sweep {
    struct sweep *next;  /* in the pool */
    struct sweep *newer; /* by when they were fed last */
    struct sweep *older;
    struct tt_searcher *searcher;
    struct tt_search *owner;
    struct tt_search_context context;
    char host[HOST_MAX];
    struct node *root;
    uint64_t root_at;        /* offset in the body where the root begins */
    size_t codings;          /* decoders at work that hold a window */
    struct node *nodes;      /* inner nodes that are closed but have waiting hits */
    struct waiting *waiting; /* newest first */
    size_t waiting_count;
    uint64_t wire_bytes;      /* fed to the root */
    uint64_t unwrapped_bytes; /* given out by codings, all levels */
    uint64_t children;
    uint64_t buckets[TT_BUCKET_COUNT];         /* of `capture`, not told yet */
    uint32_t capture;                          /* that the bytes counted last stood in */
    struct unread_run unread[UNREAD_RUNS_MAX]; /* not yet taken out of the buckets */
    size_t unread_count;
    uint64_t unread_order;        /* of the last one */
    uint64_t unread_done;         /* offset in the root up to which they were */
    const struct node *signed_in; /* what the last text in JSON stood in as base64, */
    uint64_t signed_end;          /* the offset behind it there, */
    unsigned signed_parts;        /* how many such followed each other, */
    uint64_t signature_end;       /* and the offset behind their signature, or 0 */
    uint64_t searched;
    uint64_t told; /* times that the waiting hits were told */
    bool spent;    /* a budget was reached, and the note written */
    bool spoke;    /* a note or an account was told: it cannot be undone */
    bool whole;    /* `kept` is all of the body so far */
    size_t kept_len;
    uint8_t kept[TT_ASIDE_WHOLE_MAX];
    size_t recipe_tokens; /* waiting, without a form (recipes.c) */
    bool recipes_at_work; /* what they open is tried no further */
    size_t recipe_text_len;
    uint8_t recipe_text[TT_RECIPE_TEXT_MAX]; /* the start of what was searched */
    size_t recipe_tail_len;
    uint8_t recipe_tail[TT_RECIPE_TAIL_MAX]; /* the end of what was searched behind that */
    bool recipe_gap;                         /* more lies between the two */
    bool recipes_cut;                        /* there were more unknown tokens than are tried */
};

/* A waiting hit in the table of overlap.c. */
struct overlap_item {
    struct waiting *hit;
    uint32_t identifier;
};

struct tt_searcher {
    const struct tt_matcher *matcher;
    const struct tt_search_sink *sink;
    struct node *free_nodes;
    struct sweep *free_sweeps;
    struct tt_slab searches; /* of struct tt_search */
    struct waiting *free_waiting;
    struct sweep *oldest; /* fed longest ago */
    struct sweep *newest;
    struct search_kind *kinds; /* of the searches that were set aside */
    size_t kind_count;
    size_t kind_room;
    size_t aside_bytes; /* kept of them */
    size_t aside_max;
    struct tt_traffic traffic; /* seen in what was searched */
    bool muted;                /* what is told now was told before, or will be later */
    size_t open_nodes;
    uint64_t wire_bytes;         /* of all searches */
    uint64_t unwrapped_bytes;    /* likewise */
    size_t open_codings;         /* decoders at work that hold a window */
    struct tt_recipe_book *book; /* or NULL */
    struct recipe_head *heads;   /* the headers read last, once there was one (recipes.c) */
    uint64_t open_tries;         /* of recipes that are for any host */
    bool open_spent;             /* more were wanted, and the note written */
    uint64_t recipe_tries;       /* of all messages */
    uint64_t recipe_near_tries;  /* the same with values of contacts and messages */
    bool recipes_spent;          /* more were wanted, and the note written */
    bool near_spent;             /* likewise */
    bool recipes_cut;            /* not all of a message was tried, and the note written */
    struct overlap_item *items;  /* for overlap.c */
    size_t item_room;
    enum tt_err failure;
};

/* ---- search.c ---- */

/* Begins to search `body` (which is copied with its texts), the part of a body from `root_at` on.
 * `context` too is copied. NULL without memory. */
struct sweep *tt_sweep_open(struct tt_searcher *searcher, const struct tt_body *body,
                            const struct tt_search_context *context, uint64_t root_at);

/* `piece->at` counts from the root. */
void tt_sweep_feed(struct sweep *sweep, const struct tt_piece *piece);

/* Tells hits and accounts, and gives the sweep back. `stream_end` as in tt_search_close. */
void tt_sweep_close(struct sweep *sweep, enum tt_body_end end, uint64_t stream_end);

/* Gives it back as if it had never been. */
void tt_sweep_undo(struct sweep *sweep);

/* The root's scan and tokens are there, and ready for bytes at `at`. False without memory. */
bool tt_sweep_scans(struct node *root, uint64_t at);

/* The scan of the root stops here without being told that its bytes end. `run_kept`: neither are
 * the tokens. */
void tt_sweep_pause(struct node *root, bool run_kept);

/* A note about the body, at the frame that came last. */
void tt_sweep_note(struct sweep *sweep, const char *code, uint64_t offset, const char *text);

/* ---- waiting.c ---- */

/* `len` bytes at `at` of the node are a hit, which waits for the end of the message. Not a weak one
 * that is not in its place. */
void tt_sweep_wait(struct node *node, const struct tt_form *form, uint64_t at, uint64_t len,
                   bool in_place);

/* ---- aside.c ---- */

/* The search that was fed longest ago makes room: its sweep ends. There must be one. */
void tt_search_set_aside(struct sweep *sweep);

void tt_searches_make(struct tt_searcher *searcher);
void tt_searches_free(struct tt_searcher *searcher);

/* ---- recipes.c ---- */

/* Bytes of the node were searched as they stand: their fields may be salts and keys. */
void tt_recipes_gather(struct node *node, const struct tt_piece *piece);

/* The node is closed. If it is a token in which nothing was found, it waits for its recipes. */
void tt_recipes_consider(struct node *node);

/* The body is over. Of a header the text is kept for a while: its fields may be salts of digests in
 * the body that follows. */
void tt_recipes_remember(struct sweep *sweep);

/* The message is over: tries the tokens that wait. Before overlaps are settled. */
void tt_recipes_try(struct sweep *search);

/* ---- recipe_coding.c ---- */

struct tt_card;

/* The card that undoes a body which begins with `head`, or NULL. */
struct tt_card *tt_recipes_pick(struct node *node, struct tt_span head, bool whole);

/* Is one more try of that card (NULL: of what recipe.h does) allowed, on bytes at that offset?
 * Counts it. */
bool tt_recipes_may_open(struct sweep *sweep, const struct tt_card *card, uint64_t at);

/* The coding, and its state for a card; NULL without memory. Book, card and sink are borrowed. */
extern const struct tt_decoder tt_recipe_coding;
void *tt_recipe_coding_open(struct tt_recipe_book *book, struct tt_card *card,
                            const struct tt_content_sink *sink);

/* ---- accounts.c ---- */

/* Counts bytes of the root, by what its decoder makes of them. */
void tt_accounts_count(struct node *root, const struct tt_piece *piece);

/* Tells what was counted to the sink. */
void tt_accounts_tell(struct sweep *search);

/* The first bytes of a node are there, or all of them, and its decoder is chosen. */
void tt_accounts_judge(struct node *node, struct tt_span head);

/* A node inside another one is over, its decoder still at work. Its bytes are taken out of what was
 * read where nobody understands them. */
void tt_accounts_settle(struct node *node);

/* ---- compose.c ---- */

/* Forgets all waiting hits of the search. */
void tt_search_forget(struct sweep *search);

/* Tells all waiting hits of the search to the sink, proofs composed, and forgets them. */
void tt_search_tell(struct sweep *search);

/* Two hits of one identifier that say the same: marks the ones that give way as dropped. */
void tt_overlap_settle(struct sweep *search);

/* Remembers the first failure; TT_OK is none. */
void tt_searcher_fail(struct tt_searcher *searcher, enum tt_err err);

/* ---- places.c ---- */

/* Takes over a place as a format names it. */
void tt_place_keep(struct tt_searcher *searcher, struct place *place,
                   const struct tt_place_step *steps, size_t count, bool claimed);
void tt_place_copy(struct tt_searcher *searcher, struct place *to, const struct place *from);

/* Makes the marks for the piece that the node's format is fed with next. `before`: the newest
 * waiting hit when the piece came (those behind it have been asked for), or NULL. The result is
 * borrowed until the next call. */
const uint64_t *tt_places_ask(struct node *node, const struct tt_piece *piece,
                              const struct waiting *before, size_t *ret_count);

/* A token begins: it has the place of the run that it was held in over the border of pieces, if it
 * was. */
void tt_place_of_run(const struct node *node, struct node *token);

/* The answer to mark number `mark`. */
void tt_place_answer(struct node *node, size_t mark, const struct tt_place_step *steps,
                     size_t step_count, bool claimed);

/* ---- origins.c ---- */

void tt_origins_add(struct node *node, uint64_t from, uint64_t to, const struct tt_origin *origin);

/* Bytes [from, to) of the node were made from bytes [at, at + len) of its parent. */
void tt_origins_inherit(struct node *node, uint64_t from, uint64_t to, uint64_t at, uint64_t len);
void tt_origins_trim(struct node *node);

/* Where the stretch that byte `at` lies in ends, at most `max`. */
uint64_t tt_origins_next(const struct node *node, uint64_t at, uint64_t max);

/* The frames that brought bytes [at, at + len) of a node: the first, the last, and the latest time.
 */
struct tt_origin tt_node_origin(const struct node *node, uint64_t at, uint64_t len);

/* All of them, not sorted and perhaps twice; gives their number, at most `max`. */
size_t tt_node_frames(const struct node *node, uint64_t at, uint64_t len, uint64_t *ret_frames,
                      size_t max);

#endif
