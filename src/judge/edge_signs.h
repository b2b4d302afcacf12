/* Signs that what answers at an address is the edge of a delivery network, which stands near
 * whoever asks, or a proxy on the way. Each is a fact that a report can show; none is a proof. */
#ifndef TT_JUDGE_EDGE_SIGNS_H
#define TT_JUDGE_EDGE_SIGNS_H

#include <stdbool.h>

/* "Cloudflare" for a network ("AS13335 …") that answers at many places from one address, or NULL.
 * `network` may be NULL. */
const char *tt_edge_network(const char *network);

/* Does a host name say so: the names that delivery networks give their customers
 * ("….cloudfront.net"), or a label that begins with "cdn" or "edge"? */
bool tt_edge_name(const char *host);

/* Of a field of a response (TT_NAME_VIA): may any proxy or cache write it, also one that stands
 * beside the server? */
bool tt_edge_any_proxy(const char *field);

#endif
