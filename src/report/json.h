/* What the JSON outputs share: a JSON writer over a tt_out, with a redactor for its texts. */
#ifndef TT_REPORT_JSON_H
#define TT_REPORT_JSON_H

#include "base/time.h"
#include "report/out.h"
#include "report/redact.h"

struct tt_json_out {
    struct tt_out out;
    struct tt_json json; /* writes into out.buf; set by tt_json_out_open */
    struct tt_redactor redactor;
    const struct tt_case_view *view;
    const struct tt_subject *reveal; /* or NULL */
};

/* Points the writer at its own buffer; the struct must not move afterwards. */
void tt_json_out_open(struct tt_json_out *j, const struct tt_case_view *view, bool reveal,
                      const struct tt_report_sink *sink);

/* Frees everything; `err` is what rendering came to. */
TT_MUST_USE enum tt_err tt_json_out_close(struct tt_json_out *j, enum tt_err err);

/* After each row: hands on what was gathered. */
enum tt_err tt_json_out_step(struct tt_json_out *j);

/* A text through the redactor; null for NULL. */
void tt_json_out_text(struct tt_json_out *j, const char *key, const char *text, enum tt_redact how);
/* A text with an entry a line, as an array. */
void tt_json_out_lines(struct tt_json_out *j, const char *key, const char *text,
                       enum tt_redact how);
/* RFC 3339 with nanoseconds; null for 0. */
void tt_json_out_time(struct tt_json_out *j, const char *key, uint64_t time);
/* null for none. */
void tt_json_out_addr(struct tt_json_out *j, const char *key, struct tt_addr addr);
/* null for 0. */
void tt_json_out_port(struct tt_json_out *j, const char *key, uint16_t port);

/* "tls": what the message of a handshake says, and nothing else; nothing for NULL. */
void tt_json_out_tls_message(struct tt_json_out *j, const struct tt_tls_facts *facts);
/* "tls": what the handshakes with each destination said; nothing where there were none. */
enum tt_err tt_json_out_tls(struct tt_json_out *j);

/* "residency": handshake times and what they say of places; nothing where nobody asked for it. */
enum tt_err tt_json_out_residency(struct tt_json_out *j, const struct tt_case_info *info);

/* "clauses": what those of the policy came to. */
enum tt_err tt_json_out_clauses(struct tt_json_out *j);

/* A line before it, where a timeline has events: {"events": …}. */
enum tt_err tt_json_out_triggers(struct tt_json_out *j);
/* The last line: {"coverage": …}. */
enum tt_err tt_json_out_coverage(struct tt_json_out *j);

#endif
