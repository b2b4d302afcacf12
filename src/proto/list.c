#include "proto/list.h"

const struct tt_proto *tt_proto_at(size_t at)
{
    /* The first that says yes has the flow. */
    static const struct tt_proto *const protocols[] = {
        &tt_proto_http1, /* first: its start lines are text: nothing below can look like them */
        &tt_proto_http2, /* behind text: its preface looks like a start line for a while */
        &tt_proto_netbios, /* by its ports and by the shape of its names; before DNS, which its
                              datagrams may look like */
        &tt_proto_dns,     /* last: a datagram to any port may be a DNS message by chance */
        /* Nothing else claims the payload of these links. */
        &tt_proto_wlan,
        &tt_proto_eap,
    };
    return at < sizeof(protocols) / sizeof(protocols[0]) ? protocols[at] : NULL;
}
