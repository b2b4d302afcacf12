/* Inside content/: bodies of name=value pairs. By the media type, or where the first bytes are
 * strictly such pairs (a value that holds a list of its own). */
#ifndef TT_CONTENT_FORM_H
#define TT_CONTENT_FORM_H

#include "content/content.h"

extern const struct tt_decoder tt_decoder_form; /* WHATWG URL, section 5.1 */

#endif
