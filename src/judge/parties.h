/* Who stands behind a host: its registrable domain, its organisation, and whether it is the first
 * party's. */
#ifndef TT_JUDGE_PARTIES_H
#define TT_JUDGE_PARTIES_H

#include "base/addr.h"
#include "judge/fields.h"
#include "judge/policy.h"

/* The domain that somebody registered ("example.co.uk" of "api.eu.example.co.uk"), by the Public
 * Suffix List (https://publicsuffix.org/list/, as libpsl carries it); the end of `host`, or NULL:
 * no host, an address, or a public suffix itself. `host` is in lower case. */
const char *tt_host_domain(const char *host);

/* Whether a host fits one of a policy's names: a pattern with stars, or a name that also stands for
 * every host under it. */
bool tt_host_among(struct tt_words names, const char *host);

/* Hosts without a name go by their address. */
enum tt_party tt_party_of(const struct tt_policy *policy, const char *host, struct tt_addr addr);

/* By the policy's `organisations:`, else the organisation that the server's certificate names
 * (hints.h), else the network's name ("AS64500 Example": "Example"); NULL when none tells. Borrowed
 * from the policy, `holder` or `network`. */
const char *tt_organisation_of(const struct tt_policy *policy, const char *host,
                               struct tt_addr addr, const char *holder, const char *network);

#endif
