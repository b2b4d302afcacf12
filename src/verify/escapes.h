/* Inside verify/: codings of text. Each appends what `in` decodes to. */
#ifndef TT_VERIFY_ESCAPES_H
#define TT_VERIFY_ESCAPES_H

#include "base/buf.h"

enum tt_err tt_verify_unpercent(struct tt_span in, struct tt_buf *out);      /* RFC 3986, 2.1 */
enum tt_err tt_verify_unpercent_plus(struct tt_span in, struct tt_buf *out); /* + is a space */
enum tt_err tt_verify_unpercent_u(struct tt_span in, struct tt_buf *out);    /* ECMA-262, B.2.1.2 */
enum tt_err tt_verify_unbackslash(struct tt_span in, struct tt_buf *out);    /* RFC 8259, 7; \x40 */
enum tt_err tt_verify_unescape(struct tt_span in, struct tt_buf *out);    /* \u{40}, \100 as well */
enum tt_err tt_verify_unreference(struct tt_span in, struct tt_buf *out); /* &#64; &amp; */
enum tt_err tt_verify_unquote(struct tt_span in, struct tt_buf *out);     /* RFC 2045, 6.7 */
enum tt_err tt_verify_unfold(struct tt_span in, struct tt_buf *out);      /* RFC 6350, 3.2, 3.4 */
enum tt_err tt_verify_unchunk(struct tt_span in, struct tt_buf *out);     /* RFC 9112, 7.1 */
enum tt_err tt_verify_undot(struct tt_span in, struct tt_buf *out);       /* RFC 5321, 4.5.2 */
enum tt_err tt_verify_unstream(struct tt_span in, struct tt_buf *out);    /* HTML, 9.2.6 */
enum tt_err tt_verify_utf16be(struct tt_span in, struct tt_buf *out);
enum tt_err tt_verify_utf16le(struct tt_span in, struct tt_buf *out);

/* The position in a block of Exif (a TIFF header first; CIPA DC-008), as degrees with six decimals,
 * "28.613912,77.209021"; nothing where there is none. */
enum tt_err tt_verify_position(struct tt_span in, struct tt_buf *out);

#endif
