/* Inside content/: vCards, also several behind each other. By the media type, or by their first
 * line. */
#ifndef TT_CONTENT_VCARD_H
#define TT_CONTENT_VCARD_H

#include "content/content.h"

/* Places: "vcard:tel", the name of the property in lower case, without its group. Inner bodies:
 * "vcard-text" for values with folded lines or backslashes (RFC 6350, sections 3.2 and 3.4; the
 * names and values of vCard 2.1 and 3.0 are read alike), "quoted-printable" and "base64" for values
 * of which a parameter says so (vCard 2.1; RFC 2426, section 2.4.1). */
extern const struct tt_decoder tt_decoder_vcard; /* RFC 6350 */

#endif
