/* JA4: a short name for how a client says hello, the same for the same software whatever it asks
 * for. FoxIO's specification of JA4 (TLS client), https://github.com/FoxIO-LLC/ja4, which is free
 * under the BSD 3-Clause licence. */
#ifndef TT_DECRYPT_JA4_H
#define TT_DECRYPT_JA4_H

#include "decrypt/crypto.h"
#include "decrypt/hello.h"

enum { TT_JA4_LEN = 36 };

enum tt_ja4_transport { TT_JA4_TCP = 't', TT_JA4_QUIC = 'q', TT_JA4_DTLS = 'd' };

/* "t13d1516h2_8daaf6152771_e5627efa2ab1", terminated. False for a server's hello, or when libcrypto
 * refuses. Of more than TT_JA4_ITEMS_MAX suites or extensions the rest is left out. */
TT_MUST_USE bool tt_ja4(const struct tt_crypto *crypto, const struct tt_hello *hello,
                        enum tt_ja4_transport transport, char ret_ja4[TT_JA4_LEN + 1]);

/* The same for whoever holds an opener. */
struct tt_opener;
TT_MUST_USE bool tt_opener_ja4(const struct tt_opener *opener, const struct tt_hello *hello,
                               enum tt_ja4_transport transport, char ret_ja4[TT_JA4_LEN + 1]);

#endif
