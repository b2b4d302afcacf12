/* Inside verify/: messages of a WebSocket (RFC 6455, RFC 7692) and the fields of MQTT packets (MQTT
 * 5.0, OASIS). */
#ifndef TT_VERIFY_SOCKET_H
#define TT_VERIFY_SOCKET_H

#include "base/buf.h"
#include "verify/names.h"

/* Appends the payload of the message whose first frame begins `in`, masks undone; of a control
 * frame only its own. */
TT_MUST_USE enum tt_err tt_verify_unframe(struct tt_span in, struct tt_buf *out);

/* The same of a compressed message at `at` of `stream`; messages in front of it, from the end of
 * the handshake on (or all, where HTTP/2 had that), are what it may refer to. */
TT_MUST_USE enum tt_err tt_verify_unframe_packed(struct tt_span stream, size_t at,
                                                 struct tt_buf *out);

/* Appends the payloads of all data frames from the start of `in` on. */
TT_MUST_USE enum tt_err tt_verify_unframe_all(struct tt_span in, struct tt_buf *out);

/* Appends the payloads of all data frames behind the handshake that `stream` begins with. False
 * when there is none. */
bool tt_verify_unframe_stream(struct tt_span stream, struct tt_buf *out, enum tt_err *ret_err);

/* Does byte `at` of a stream of MQTT, from its first packet on, stand where the step says? */
enum tt_verify_named tt_verify_mqtt(const char *name, struct tt_span stream, size_t at);

#endif
