/* NetBIOS names as they are written on the wire: first-level encoding (RFC 1001, section 14.1;
 * RFC 1002, section 4.1). Each byte of a name of 16 stands as two letters from A to P, one for each
 * half. Gives the name itself: without the blanks that fill it up to 15 bytes, and without the 16th
 * byte, which tells the sort of name.
 *
 * Declared by the protocol that met the name ("netbios" as its coding), never guessed. */
#ifndef TT_CONTENT_NETBIOS_H
#define TT_CONTENT_NETBIOS_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_netbios;

#endif
