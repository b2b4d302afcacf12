/* What handshake times say about where machines stand: rows made by judge/, kept by store/.
 * docs/residency.md has the reckoning. Texts are borrowed. */
#ifndef TT_MODEL_RESIDENCY_H
#define TT_MODEL_RESIDENCY_H

#include "base/addr.h"

/* From what says least to what says most against a claim. */
enum tt_claim_outcome {
    TT_CLAIM_CONFIRMED,   /* wherever the machine stands, it is there */
    TT_CLAIM_POSSIBLE,    /* the time allows it, and other places */
    TT_CLAIM_UNTESTED,    /* no time, or no vantage point */
    TT_CLAIM_IMPLAUSIBLE, /* no fibre is that fast */
    TT_CLAIM_REFUTED      /* no signal is that fast */
};

enum tt_residency_outcome { TT_RESIDENCY_HOLDS, TT_RESIDENCY_UNDECIDED, TT_RESIDENCY_VIOLATED };

/* What was answered. */
enum tt_handshake { TT_HANDSHAKE_TCP, TT_HANDSHAKE_TLS, TT_HANDSHAKE_QUIC };

/* How fast a destination of the device answered. */
struct tt_timing_row {
    struct tt_addr address;
    uint16_t port;         /* 0: it opened connections to the device */
    const char *host;      /* its best name, or NULL */
    const char *names;     /* all of them, one a line */
    const char *country;   /* that the address database says, or NULL */
    const char *network;   /* likewise */
    const char *handshake; /* that took the least time: "tcp", "tls", "quic"; NULL: none counts */
    uint64_t least;        /* ns, as measured; 0: none counts */
    uint64_t error;        /* ns by which the true time may be longer */
    uint64_t handshakes;   /* that were measured */
    uint64_t refused;      /* flows whose times an app made up */
    const char *capture;   /* of the least */
    uint64_t flow;
    uint64_t frame;
    double vacuum_km;  /* the machine stands no farther from the vantage point; 0: not known */
    double fibre_km;   /* nor, if fibre leads there, than this */
    const char *signs; /* that what answered is an edge or a proxy, one a line; or "" */
};

/* Somebody says that a destination is in a place. */
struct tt_claim_row {
    const char *source;   /* "policy", "database", "registry", "name", "response", "certificate" */
    const char *claimant; /* the service of the policy, what the database is, the word in a name,
                             the field of a response, the organisation of a certificate */
    const char *place;    /* "SG", "US-OR", or the city of a policy */
    struct tt_addr address;
    uint16_t port;
    const char *host; /* or NULL */
    enum tt_claim_outcome outcome;
    double distance_km; /* from the vantage point to the nearest of the place; -1: not known */
};

/* What an entry of the policy's `residency:` comes to. */
struct tt_residency_row {
    const char *service;
    const char *places; /* "SG or US-OR" */
    enum tt_residency_outcome outcome;
    const char *reason;    /* what decides, one reason a line */
    uint64_t destinations; /* of the service, in the captures */
};

/* "tcp", "tls", "quic". Never NULL. */
const char *tt_handshake_name(enum tt_handshake handshake);
/* "refuted". Never NULL. */
const char *tt_claim_outcome_name(enum tt_claim_outcome outcome);
/* "violated". Never NULL. */
const char *tt_residency_outcome_name(enum tt_residency_outcome outcome);

#endif
