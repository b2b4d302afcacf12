/* tt_finding: hits of one kind to one destination, judged. Made by judge/, kept by store/, read
 * back by report/. Field for field what the contract's JSON line holds. */
#ifndef TT_MODEL_FINDING_H
#define TT_MODEL_FINDING_H

#include "model/hit.h"
#include "model/limits.h"

enum tt_certainty { TT_SUSPECTED, TT_PROVEN };
enum tt_heading { TT_HEADING_SENT, TT_HEADING_RECEIVED, TT_HEADING_BETWEEN, TT_HEADING_UNKNOWN };
enum tt_consent {
    TT_CONSENT_GIVEN,
    TT_CONSENT_NOT_GIVEN,
    TT_CONSENT_WITHDRAWN,
    TT_CONSENT_NOT_REQUIRED,
    TT_CONSENT_UNKNOWN
};
/* Whose the destination is, as the policy's `parties:` say. */
enum tt_party { TT_PARTY_UNKNOWN, TT_PARTY_FIRST, TT_PARTY_THIRD };
enum tt_verdict { TT_VERDICT_ALLOWED, TT_VERDICT_UNDECIDED, TT_VERDICT_VIOLATION };

/* A name of a destination and who said it: "http", "sni", "certificate", "dns", "capture". */
struct tt_destination_name {
    const char *name;
    const char *source;
};

struct tt_finding {
    uint32_t identifier; /* position in the subject */
    const char *kind;    /* of the identifier, so that a report needs no sheet */
    const char *owner;
    const char *label;
    const char *masked;
    const char *form;
    const char *const *transform;
    size_t transform_count;
    const char *const *path; /* without positions */
    size_t path_count;
    const struct tt_proof_step *proof; /* of the first hit */
    size_t proof_count;
    enum tt_certainty certainty;
    double chance;
    double reversal_cost; /* 0: not a digest */
    const char *protocol;
    enum tt_heading heading;
    enum tt_addr_scope scope;
    bool scope_open;  /* carried by no IP packet, so that it may lead farther: not kept in a case */
    const char *host; /* best name, or NULL */
    const char *host_source;
    const struct tt_destination_name *names;
    size_t name_count;
    struct tt_addr address;
    uint16_t port;
    const char *country; /* ISO 3166 code, or NULL */
    const char *network; /* "AS64500 Example", or NULL */
    const char *app;     /* or NULL */
    const char *encryption;
    const char *cipher;
    const char *opened_with;
    uint64_t first_seen; /* ns */
    uint64_t last_seen;
    uint64_t count;        /* hits */
    const char *capture;   /* file name without folder */
    const uint64_t *flows; /* the first TT_FINDING_FLOWS_MAX, ascending */
    size_t flow_count;
    const uint64_t *frames; /* the first TT_FINDING_FRAMES_MAX, ascending */
    size_t frames_listed;
    uint64_t frame_count; /* all */
    const char *phase;    /* or NULL */
    enum tt_consent consent;
    enum tt_verdict verdict;
    const char *const *clauses; /* ids of the policy's clauses that decided */
    size_t clause_count;
    const char *domain;       /* registrable domain of the host, or NULL */
    const char *organisation; /* who runs the destination, or NULL */
    bool host_denied; /* DNS gave the address names, and the host is none of them; not kept */
    enum tt_party party;
    const char *purpose;  /* of the timeline, that decided the consent; or NULL */
    const char *severity; /* "high", "medium", "low", "info" */
};

/* Texts of the contract. Never NULL. */
const char *tt_certainty_name(enum tt_certainty certainty);
const char *tt_heading_name(enum tt_heading heading);
const char *tt_scope_name(enum tt_addr_scope scope);
const char *tt_consent_name(enum tt_consent consent);
const char *tt_party_name(enum tt_party party);
const char *tt_verdict_name(enum tt_verdict verdict);

#endif
