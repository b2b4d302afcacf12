/* Inside content/: Bond's Compact Binary, versions 1 and 2
 * (https://microsoft.github.io/bond/reference/cpp/compact__binary_8h_source.html), with or without
 * the header of a marshalled payload; also several records one behind the other. By the media type
 * or that header, or by content.
 *
 * Places are the numbers of the fields: "bond:1.2"; "bond:1[3]" in lists, sets and maps (of a map's
 * third pair both sides). */
#ifndef TT_CONTENT_BOND_H
#define TT_CONTENT_BOND_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_bond_v1;
extern const struct tt_decoder tt_decoder_bond_v2;

#endif
