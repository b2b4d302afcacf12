/* Inside content/: quoted-printable. When it is declared, when the body begins with header fields
 * of which one says it, or when three escapes stand in a row. */
#ifndef TT_CONTENT_QUOTED_H
#define TT_CONTENT_QUOTED_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_quoted; /* RFC 2045, section 6.7 */

#endif
