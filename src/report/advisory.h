/* What the advisory (advisory.c) is made of: its page, and what left the device by destination. */
#ifndef TT_REPORT_ADVISORY_H
#define TT_REPORT_ADVISORY_H

#include "base/arena.h"
#include "report/text.h"

enum { TT_ADVISORY_COLUMNS = 72, TT_ADVISORY_LINES = 60 };

/* How sure it is that something left. */
enum tt_advisory_part {
    TT_ADVISORY_LEFT,    /* proven, and not allowed by the policy */
    TT_ADVISORY_ALLOWED, /* proven, and allowed */
    TT_ADVISORY_MAYBE    /* only suspected, or it is not known who sent it */
};

enum tt_advisory_consent { TT_ADVISORY_AGREED, TT_ADVISORY_REFUSED, TT_ADVISORY_UNKNOWN };

/* What went to one destination in one way. */
struct tt_advisory_group {
    enum tt_advisory_part part;
    enum tt_advisory_consent consent;
    bool readable;       /* by anybody on the way */
    bool more_countries; /* than the first */
    bool violates;
    const char *host; /* or NULL */
    struct tt_addr address;
    const char *country; /* or NULL */
    const char *organisation;
    const char *custom; /* the owner's name for the first custom value, or NULL */
    uint64_t kinds;     /* 1 << enum tt_kind */
    size_t index;
};

/* What the advice goes by. */
struct tt_advisory_facts {
    uint64_t kinds; /* of what is proven to have left, and is not allowed */
    bool readable;
    bool refused;
    bool any;      /* something proven left that is not allowed */
    bool doubtful; /* not all could be read, or the test does not allow all it saw */
};

struct tt_advisory {
    struct tt_arena arena;
    struct tt_map *map;
    struct tt_advisory_group **groups; /* sorted: part, violating first, as found */
    size_t count;
    bool full;  /* there was more than found room */
    bool local; /* a finding was sent, and no farther than the local network */
    struct tt_advisory_facts facts;
};

/* Walks the findings that were sent over the internet. Free with tt_advisory_free, also after an
 * error. */
TT_MUST_USE enum tt_err tt_advisory_gather(const struct tt_case_view *view,
                                           struct tt_advisory *ret_advisory);
void tt_advisory_free(struct tt_advisory *advisory);

/* "the device's number (IMEI)": a kind in plain words. */
const char *tt_advisory_kind(enum tt_kind kind);

/* The most general advice that fits the facts, number `at` from 0; NULL past the last. */
const char *tt_advisory_advice(const struct tt_advisory_facts *facts, size_t at);

#endif
