/* tt_name_record: "from this frame on, this address has this name". Made by proto/ (DNS answers,
 * SNI) and capture/ (name resolution blocks); used by judge/ to name destinations by time. The last
 * three sources name nobody: they tell what stands at an address, and whose it says to be. */
#ifndef TT_MODEL_NAME_H
#define TT_MODEL_NAME_H

#include "base/addr.h"

enum tt_name_source {
    TT_NAME_HTTP,
    TT_NAME_SNI,
    TT_NAME_CERTIFICATE,
    TT_NAME_DNS,
    TT_NAME_CAPTURE,
    TT_NAME_ALIAS, /* what DNS made of the name that was asked for (CNAME, RFC 1034) */
    TT_NAME_VIA,   /* a field of a response which says that an edge or a proxy wrote it */
    TT_NAME_HOLDER /* the organisation that the server's certificate was made for (RFC 5280) */
};

struct tt_name_record {
    enum tt_name_source source;
    uint64_t frame;      /* tt_frame_id from which it holds; it names the capture, too */
    uint64_t time;       /* ns */
    struct tt_addr addr; /* all but HTTP, SNI, certificate: the address that is named; else none */
    uint64_t flow;       /* SNI, certificate: id of the flow that is named; else 0 */
    const char *name;    /* lower case, without the final dot; of a holder: as it stands */
    const char *place;   /* via: code of the airport near the edge ("sin"); holder: country ("SG");
                            NULL: not said */
    const char *state;   /* holder: as it stands ("Oregon"); NULL: not said */
};

/* "http", "sni", "certificate", "dns", "capture", "alias", "via", "holder". */
const char *tt_name_source_name(enum tt_name_source source);

#endif
