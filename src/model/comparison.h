/* tt_comparison: two tests of one device held against each other. Made by judge/ from the rows of
 * two cases, written by report/. docs/compare.md says how each word is earned. */
#ifndef TT_MODEL_COMPARISON_H
#define TT_MODEL_COMPARISON_H

#include "model/finding.h"

/* What became of an identifier at a destination; several may hold at once.
 * X(enum, name in JSON, words for people) */
#define TT_CHANGES(X)                                                                              \
    X(TT_CHANGE_GONE, "gone", "gone")                                                              \
    X(TT_CHANGE_ONLY_ENCRYPTED, "only_encrypted", "still sent, only encrypted")                    \
    X(TT_CHANGE_NOW_OPAQUE, "now_opaque", "now opaque, not verified")                              \
    X(TT_CHANGE_NOW_CODED, "now_coded", "now encoded or hashed, still personal")                   \
    X(TT_CHANGE_MOVED_HOST, "moved_host", "moved to another host")                                 \
    X(TT_CHANGE_MOVED_COUNTRY, "moved_country", "moved to another country")                        \
    X(TT_CHANGE_MORE_COUNTRIES, "more_countries", "also to another country")                       \
    X(TT_CHANGE_AFTER_CONSENT, "after_consent", "after consent now")                               \
    X(TT_CHANGE_REWRITTEN, "rewritten", "written in another way")                                  \
    X(TT_CHANGE_NOW_READABLE, "now_readable", "now readable on the way")                           \
    X(TT_CHANGE_NOW_PLAIN, "now_plain", "less hidden than before")                                 \
    X(TT_CHANGE_WITHOUT_CONSENT, "without_consent", "without consent now")                         \
    X(TT_CHANGE_UNCHANGED, "unchanged", "unchanged")                                               \
    X(TT_CHANGE_NEW, "new", "new")                                                                 \
    X(TT_CHANGE_NOT_COMPARABLE, "not_comparable", "not comparable")

enum tt_change {
#define TT_CHANGE_ENUM(id, name, words) id,
    TT_CHANGES(TT_CHANGE_ENUM)
#undef TT_CHANGE_ENUM
        TT_CHANGE_COUNT
};

/* How well a value is hidden from somebody who reads the bytes. */
enum tt_writing { TT_WRITING_PLAIN, TT_WRITING_CODED, TT_WRITING_DIGEST };

/* Thresholds of the comparability statement; docs/compare.md gives the reasons. */
enum {
    TT_COMPARE_DURATION_PERCENT = 80, /* of the other test's duration */
    TT_COMPARE_DURATION_SLACK = 1,    /* s that may lack of it in any case */
    TT_COMPARE_SHARE_POINTS = 5,      /* percentage points of readable traffic that may lack */
    TT_COMPARE_DROPS_PER_MILLION = 1000
};

/* How many ways of writing and how many places one side lists; docs/compare.md. */
enum { TT_COMPARE_WAYS = 8, TT_COMPARE_PLACES = 16 };

struct tt_comparison_place {
    struct tt_addr address;
    const char *country; /* or NULL */
};

/* What one test saw of an identifier at a destination. */
struct tt_comparison_side {
    uint64_t findings; /* 0: not seen */
    uint64_t count;    /* hits */
    const char *host;  /* or NULL */
    const char *domain;
    const char *organisation; /* or NULL */
    struct tt_comparison_place places[TT_COMPARE_PLACES];
    size_t place_count;
    const char *ways[TT_COMPARE_WAYS]; /* "digits, md5, hex" */
    size_t way_count;
    enum tt_writing plainest;
    uint64_t readable; /* of the findings: by anybody on the way */
    uint64_t agreed;   /* of the findings: given, or not required */
    uint64_t refused;  /* not given, or withdrawn */
    enum tt_verdict worst;
    enum tt_certainty certainty; /* the best */
    uint64_t first_seen;         /* ns */
    uint64_t last_seen;
};

/* Texts are borrowed from the comparison. */
struct tt_comparison_row {
    const char *kind;
    const char *owner;
    const char *label;
    const char *masked;
    enum tt_heading heading;
    enum tt_addr_scope scope;
    uint32_t changes;   /* 1 << enum tt_change */
    const char *reason; /* why it is opaque or not comparable; or NULL */
    struct tt_comparison_side before;
    struct tt_comparison_side after;
};

/* One line of the comparability statement. */
struct tt_comparison_check {
    const char *name; /* "phases" */
    const char *before;
    const char *after;
    bool for_gone;   /* it suffices to say that something is gone */
    bool for_new;    /* it suffices to say that something is new */
    const char *why; /* why it does not, or what else there is to say; or NULL */
};

enum { TT_COMPARISON_CHECKS_MAX = 16 };

struct tt_comparison {
    struct tt_comparison_check checks[TT_COMPARISON_CHECKS_MAX];
    size_t check_count;
    bool for_gone; /* all of them suffice */
    bool for_new;
    const struct tt_comparison_row *const *rows; /* worst first */
    size_t row_count;
    uint64_t unlisted;                /* findings that found no room */
    uint64_t totals[TT_CHANGE_COUNT]; /* rows with each change */
    enum tt_verdict outcome; /* allowed: nothing got worse and no violation is left; violation:
                                something is left or new; undecided: it cannot be said */
};

/* "only_encrypted". Never NULL. */
const char *tt_change_name(enum tt_change change);
/* "still sent, only encrypted". Never NULL. */
const char *tt_change_words(enum tt_change change);
/* "plain", "coded", "digest". */
const char *tt_writing_name(enum tt_writing writing);

static inline bool tt_comparison_has(const struct tt_comparison_row *row, enum tt_change change)
{
    return (row->changes >> change & 1U) != 0;
}

#endif
