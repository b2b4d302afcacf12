/* What the handshakes of TLS, DTLS and QUIC said of the destinations: connections that said the
 * same are counted together.
 *
 * During the run it collects (tt_secured_take), and needs memory for what is different only, not
 * for each connection. When the sides are settled, tt_secured_settle makes the rows of the case.
 * Who and where a certificate says its server is, judges take from judge/hints.h. */
#ifndef TT_JUDGE_SECURED_H
#define TT_JUDGE_SECURED_H

#include "judge/device.h"
#include "judge/names.h"
#include "model/limits.h"
#include "model/tls.h"

struct tt_secured;
struct tt_said; /* what one connection said so far */

/* NULL without memory. */
struct tt_secured *tt_secured_new(void);
void tt_secured_free(struct tt_secured *secured);

/* A connection of `flow` said `facts` (copied): what is new is added to `*said`, which is NULL
 * before its first. What it said before stays. TT_ERR_LIMIT at TT_SECURED_MAX rows, or where there
 * is no room for texts: `*said` stays as it is. */
TT_MUST_USE enum tt_err tt_secured_take(struct tt_secured *secured, const struct tt_flow *flow,
                                        const char *protocol, const struct tt_tls_facts *facts,
                                        struct tt_said **said);

/* Call it once. `captures`: names of the captures by number. All is borrowed until
 * tt_secured_free. */
TT_MUST_USE enum tt_err tt_secured_settle(struct tt_secured *secured, const struct tt_sides *sides,
                                          const struct tt_names *names, const char *const *captures,
                                          size_t capture_count);

/* The rows, sorted by host, address, port and what was said; those of the device's own connections
 * first. */
size_t tt_secured_count(const struct tt_secured *secured);
const struct tt_tls_row *tt_secured_at(const struct tt_secured *secured, size_t at);

#endif
