/* tt_name_record: "from this frame on, this address has this name". Made by proto/ (DNS answers,
 * SNI) and capture/ (name resolution blocks); used by judge/ to name destinations by time. */
#ifndef TT_MODEL_NAME_H
#define TT_MODEL_NAME_H

#include "base/addr.h"

enum tt_name_source {
    TT_NAME_HTTP,
    TT_NAME_SNI,
    TT_NAME_CERTIFICATE,
    TT_NAME_DNS,
    TT_NAME_CAPTURE
};

struct tt_name_record {
    enum tt_name_source source;
    uint64_t frame;      /* tt_frame_id from which it holds; it names the capture, too */
    uint64_t time;       /* ns */
    struct tt_addr addr; /* DNS, capture: the address that is named; else none */
    uint64_t flow;       /* SNI, certificate: id of the flow that is named; else 0 */
    const char *name;    /* lower case, without the final dot */
};

/* "http", "sni", "certificate", "dns", "capture". */
const char *tt_name_source_name(enum tt_name_source source);

#endif
