/* Inside content/: XML, HTML and property lists written as XML. By the media type, or by a first
 * tag that is followed by more markup. */
#ifndef TT_CONTENT_XML_H
#define TT_CONTENT_XML_H

#include "content/content.h"

/* Places: "xml:/order/item[2]/@code" for attributes and "xml:/order/item[2]" for everything else in
 * an element (paths as XPath 1.0 writes them, section 2.5; a position only from the second element
 * of a name on), "html:" likewise, and "plist:$.device.serial" in property lists, where keys name
 * their values (paths as RFC 9535 writes them). Inner bodies: "char-ref" for values with character
 * references, "cdata" for CDATA sections, "base64" for the data of property lists.
 *
 * A tokenizer of its own and no validating parser: places are wanted by offset, devices send broken
 * markup and HTML, and nothing is ever expanded: entities that a document declares stand for
 * themselves. Gives up only where elements are nested deeper than TT_XML_DEPTH_MAX. */
extern const struct tt_decoder tt_decoder_xml; /* W3C XML 1.0 */

#endif
