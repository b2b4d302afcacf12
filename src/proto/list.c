#include "proto/list.h"

const struct tt_proto *tt_proto_at(size_t at)
{
    /* The first that says yes has the flow. */
    static const struct tt_proto *const protocols[] = {
        &tt_proto_http1, /* first: its start lines are text: nothing below can look like them */
        &tt_proto_http2, /* behind text: its preface looks like a start line for a while */
        &tt_proto_mqtt,  /* its first packet names it */
        /* Conversations in lines, each known by its greeting or first command. */
        &tt_proto_smtp, /* greets as FTP does, but says its name */
        &tt_proto_ftp,
        &tt_proto_pop3,
        &tt_proto_imap,
        &tt_proto_xmpp,      /* begins with "<", as nothing above does */
        &tt_proto_ldap,      /* a sequence that holds a number and an operation */
        &tt_proto_socks,     /* begins with its version; DNS could take that for a length */
        &tt_proto_netbios,   /* by its ports and by the shape of its names; before DNS, which its
                                datagrams may look like */
        &tt_proto_dns,       /* last: a datagram to any port may be a DNS message by chance */
        &tt_proto_websocket, /* told by HTTP; else only by text in a frame, which is little */
        /* Nothing else claims the payload of these links. */
        &tt_proto_wlan,
        &tt_proto_eap,
    };
    return at < sizeof(protocols) / sizeof(protocols[0]) ? protocols[at] : NULL;
}
