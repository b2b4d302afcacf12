/* The redactor: every captured text on its way into a report goes through here.
 *
 * Always: bytes that are not UTF-8, control characters, escape sequences and characters that turn
 * or hide text (bidirectional marks, zero-width ones) become U+FFFD, so that a capture cannot drive
 * the reader's terminal. Without --reveal also: what may be somebody's value becomes "•••" (U+2022)
 * or "…" (U+2026). It does not know the subject sheet, and so goes by looks: runs of digits, of
 * hexadecimal digits, hardware addresses, UUIDs, long tokens with digits, the part of an e-mail
 * address before the @, and in URLs whatever stands in a query behind a name. */
#ifndef TT_REPORT_REDACT_H
#define TT_REPORT_REDACT_H

#include "base/buf.h"

enum tt_redact {
    TT_REDACT_CLEAN, /* our own texts, and masked values: characters only */
    TT_REDACT_TEXT,  /* steps of a path, topics, anything */
    TT_REDACT_HOST,  /* host names and addresses: of an address only the half of a hardware address
                        that names one machine is hidden */
    TT_REDACT_URL    /* also a path and query without a host */
};

struct tt_redactor {
    struct tt_buf text;
    bool reveal;     /* everything is TT_REDACT_CLEAN */
    enum tt_err err; /* the first failure, sticks */
};

struct tt_redactor tt_redactor_make(bool reveal);
void tt_redactor_free(struct tt_redactor *redactor);

/* The text as it may be shown (at most some 64 KiB of it), valid until the next call. NULL gives an
 * empty span. */
struct tt_span tt_redact(struct tt_redactor *redactor, const char *text, enum tt_redact how);

#endif
