#include "decrypt/probe.h"

#include "decrypt/hello.h"
#include "decrypt/record.h"

enum {
    SEALED_MIN = 16,                      /* every cipher adds at least a tag or a digest */
    SEALED_ALERT_MAX = 16 + 2 + 64 + 256, /* initial vector, alert, digest, padding */
    SSL2_HELLO_MIN = 9 + 3 + 16           /* a version and three lengths, a suite and a challenge */
};

bool tt_tls_is_record_start(struct tt_span bytes)
{
    if (bytes.len > 0 &&
        (bytes.data[0] < TT_TYPE_CHANGE_CIPHER_SPEC || bytes.data[0] > TT_TYPE_HEARTBEAT))
        return false;
    if (bytes.len > 1 && bytes.data[1] != 3)
        return false;
    if (bytes.len > 2 && bytes.data[2] > (TT_TLS_1_3 & 0xff))
        return false;
    if (bytes.len < TT_RECORD_HEADER)
        return true;
    size_t len = (size_t)bytes.data[3] << 8 | bytes.data[4];
    return len > 0 && len <= TT_RECORD_SEALED_MAX;
}

bool tt_tls_is_hello(struct tt_span bytes)
{
    /* RFC 8446, section 4: type, length in three bytes, legacy_version. */
    enum { TYPE = TT_RECORD_HEADER, LENGTH, VERSION = LENGTH + 3, HEAD = VERSION + 2 };
    const uint8_t *at = bytes.data;
    return bytes.len >= HEAD && tt_tls_is_record_start(bytes) && at[0] == TT_TYPE_HANDSHAKE &&
           (at[TYPE] == TT_CLIENT_HELLO || at[TYPE] == TT_SERVER_HELLO) && at[LENGTH] == 0 &&
           at[VERSION] == 3 && at[VERSION + 1] <= (TT_TLS_1_3 & 0xff);
}

/* A client hello in the form of SSL 2.0: RFC 5246, appendix E.2. */
static enum tt_looks looks_ssl2(struct tt_span head)
{
    static const uint8_t mask[TT_RECORD_HEADER] = {0x80, 0, 0xff, 0xff, 0};
    static const uint8_t want[TT_RECORD_HEADER] = {0x80, 0, TT_CLIENT_HELLO, 3, 0};
    for (size_t i = 0; i < head.len && i < TT_RECORD_HEADER; i++)
        if ((head.data[i] & mask[i]) != want[i])
            return TT_LOOKS_NO;
    if (head.len < TT_RECORD_HEADER)
        return TT_LOOKS_MORE;
    size_t len = (size_t)(head.data[0] & 0x7fU) << 8 | head.data[1];
    return len >= SSL2_HELLO_MIN && len < 0x400 ? TT_LOOKS_YES : TT_LOOKS_NO;
}

enum tt_looks tt_tls_looks(struct tt_span head, bool whole)
{
    if (!tt_tls_is_record_start(head))
        return looks_ssl2(head);
    if (head.len <= TT_RECORD_HEADER)
        return TT_LOOKS_MORE;
    size_t len = (size_t)head.data[3] << 8 | head.data[4];
    uint8_t first = head.data[TT_RECORD_HEADER];
    bool yes = false;
    switch (head.data[0]) {
    case TT_TYPE_HANDSHAKE:
        /* Where the opening was seen, one side begins with one hello, the other with the other. */
        yes = first == TT_CLIENT_HELLO || first == TT_SERVER_HELLO ||
              (!whole && first > 0 && first <= TT_KEY_UPDATE);
        break;
    case TT_TYPE_ALERT:
        yes = len == 2 ? first == 1 || first == 2
                       : !whole && len >= SEALED_MIN && len <= SEALED_ALERT_MAX;
        break;
    case TT_TYPE_CHANGE_CIPHER_SPEC:
        yes = !whole && len == 1 && first == 1;
        break;
    case TT_TYPE_APPLICATION_DATA:
        yes = !whole && len >= SEALED_MIN;
        break;
    default:
        break;
    }
    return yes && tt_tls_is_record_start(tt_span_from(head, TT_RECORD_HEADER + len)) ? TT_LOOKS_YES
                                                                                     : TT_LOOKS_NO;
}
