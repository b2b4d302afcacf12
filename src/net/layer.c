/* The list of what is read: one line a header. A new link type, tunnel or extension header is one
 * line here and one function. Within a space the order is that of frequency: the search is a walk.
 */
#include "net/packet.h"

struct layer {
    uint32_t number;
    tt_packet_reader *read;
};

/* Ends each table. */
#define LAYER_END                                                                                  \
    {                                                                                              \
        .read = NULL                                                                               \
    }

/* https://www.tcpdump.org/linktypes.html */
static const struct layer link_layers[] = {
    {1, tt_read_ethernet},        /* ETHERNET */
    {113, tt_read_linux_cooked},  /* LINUX_SLL */
    {276, tt_read_linux_cooked2}, /* LINUX_SLL2 */
    {101, tt_read_raw_ip},        /* RAW */
    {12, tt_read_raw_ip},         /* DLT_RAW where files hold it unmapped */
    {14, tt_read_raw_ip},         /* the same of OpenBSD */
    {228, tt_read_ipv4},          /* IPV4 */
    {229, tt_read_ipv6},          /* IPV6 */
    {0, tt_read_null},            /* NULL */
    {108, tt_read_null},          /* LOOP */
    LAYER_END,
};

/* IEEE 802 Numbers, https://www.iana.org/assignments/ieee-802-numbers/ */
static const struct layer ethertype_layers[] = {
    {0x0800, tt_read_ipv4}, /* Internet Protocol version 4 */
    {0x86dd, tt_read_ipv6}, /* Internet Protocol version 6 */
    {0x8100, tt_read_vlan}, /* customer VLAN tag (IEEE 802.1Q) */
    {0x88a8, tt_read_vlan}, /* service VLAN tag (IEEE 802.1Q, formerly 802.1ad) */
    {0x9100, tt_read_vlan}, /* the same before the standard */
    LAYER_END,
};

/* https://www.iana.org/assignments/protocol-numbers/ */
static const struct layer ip_layers[] = {
    {6, tt_read_tcp},
    {17, tt_read_udp},
    {44, tt_read_ipv6_fragment},
    {0, tt_read_ipv6_options},  /* hop-by-hop options */
    {43, tt_read_ipv6_options}, /* routing header */
    {60, tt_read_ipv6_options}, /* destination options */
    {51, tt_read_authentication},
    LAYER_END,
};

static const struct layer *const spaces[TT_SPACE_COUNT] = {
    [TT_SPACE_LINK] = link_layers,
    [TT_SPACE_ETHERTYPE] = ethertype_layers,
    [TT_SPACE_IP] = ip_layers,
};

tt_packet_reader *tt_layer_find(const struct tt_packet *packet)
{
    enum { LENGTH_MAX = 1500 };
    /* IEEE 802.3 section 3.2.6: a type field up to 1500 is a length. */
    if (packet->space == TT_SPACE_ETHERTYPE && packet->number <= LENGTH_MAX)
        return tt_read_llc;
    const struct layer *layer = spaces[packet->space];
    while (layer->read != NULL && layer->number != packet->number)
        layer++;
    return layer->read;
}
