/* What the parts of the text report share: lines that fit, and the order of the parts.
 *
 * A paragraph is gathered with tt_text_add and printed, wrapped, by tt_text_end. A table row is
 * printed cell by cell. No line is wider than `width`, except that a terminal narrower than
 * TT_TEXT_WIDTH_MIN gets that width. */
#ifndef TT_REPORT_TEXT_H
#define TT_REPORT_TEXT_H

#include "base/map.h"
#include "report/out.h"
#include "report/redact.h"
#include "report/width.h"

enum { TT_TEXT_WIDTH = 80, TT_TEXT_WIDTH_MIN = 60, TT_TEXT_WIDTH_MAX = 250 };

struct tt_text {
    struct tt_out out;
    struct tt_redactor redactor;
    struct tt_buf line; /* the paragraph being gathered */
    const struct tt_case_view *view;
    const struct tt_subject *reveal; /* or NULL */
    struct tt_case_info info;
    uint64_t totals[TT_BUCKET_COUNT]; /* of the ledger */
    uint64_t destinations;            /* rows of the ledger */
    uint64_t inputs;                  /* captures read */
    size_t width;
    bool colour;
};

enum tt_align { TT_ALIGN_LEFT, TT_ALIGN_RIGHT };
enum tt_style { TT_STYLE_BOLD, TT_STYLE_GOOD, TT_STYLE_DOUBTFUL, TT_STYLE_BAD };

void tt_text_open(struct tt_text *t, const struct tt_case_view *view, bool reveal, bool colour,
                  unsigned width, const struct tt_report_sink *sink);
/* Frees everything; `err` is what rendering came to. */
TT_MUST_USE enum tt_err tt_text_close(struct tt_text *t, enum tt_err err);
/* After each row: hands on what was gathered. */
enum tt_err tt_text_step(struct tt_text *t);

/* Gathering a paragraph. Everything that is not a literal of ours goes through _redacted. */
void tt_text_add(struct tt_text *t, const char *format, ...) TT_PRINTF(2, 3);
void tt_text_add_redacted(struct tt_text *t, const char *text, enum tt_redact how);
/* Prints it behind `first`, later lines behind `indent` spaces, broken between words. */
void tt_text_end(struct tt_text *t, const char *first, size_t indent);
/* Prints it as one line, cut in the middle where it does not fit. */
void tt_text_end_line(struct tt_text *t);

/* One cell of exactly `columns`, and a space behind it; a longer text is cut in the middle. */
void tt_text_cell(struct tt_text *t, const char *text, size_t columns, enum tt_align align);
void tt_text_cell_redacted(struct tt_text *t, const char *text, enum tt_redact how, size_t columns);
/* Ends a table row. */
void tt_text_newline(struct tt_text *t);

/* Escape sequences, when colours are on; they take no columns. */
void tt_text_style(struct tt_text *t, enum tt_style style);
void tt_text_plain(struct tt_text *t);
enum tt_style tt_text_verdict_style(enum tt_verdict verdict);

/* "WHAT LEFT" behind an empty line. */
void tt_text_title(struct tt_text *t, const char *title);

/* Bytes of the ledger that were read, that were searched but not understood, and that were not read
 * (the second among them). Overhead and duplicates are neither. */
uint64_t tt_text_bytes_read(const uint64_t bytes[TT_BUCKET_COUNT]);
uint64_t tt_text_bytes_unclear(const uint64_t bytes[TT_BUCKET_COUNT]);
uint64_t tt_text_bytes_unread(const uint64_t bytes[TT_BUCKET_COUNT]);

/* Whether a clause came to something: it is no mere permission, and the case tells. */
bool tt_clause_demands(const struct tt_case_clause *clause);
/* One clause of the policy: what it came to, its text, and what is missing. */
void tt_text_clause(struct tt_text *t, const struct tt_case_clause *clause);

/* The parts, in their order. */
enum tt_err tt_text_findings(struct tt_text *t); /* with the verdict at its head */
/* How many services are not, or not surely, where the policy says: a sentence of the headline. */
enum tt_err tt_text_residency_headline(struct tt_text *t);
enum tt_err tt_text_residency(struct tt_text *t); /* nothing where nobody asked for places */
/* The certificates that servers showed to the device; nothing without them. */
enum tt_err tt_text_tls(struct tt_text *t);
/* "O=Example Inc., C=SG, valid 2024-01-01 to 2025-01-01, issuer CN=…", to the paragraph. */
void tt_text_add_certificate(struct tt_text *t, const struct tt_tls_certificate *certificate);
enum tt_err tt_text_triggers(struct tt_text *t); /* nothing without events */
enum tt_err tt_text_coverage(struct tt_text *t);
enum tt_err tt_text_events(struct tt_text *t); /* comments and the like; nothing without them */
enum tt_err tt_text_inputs(struct tt_text *t); /* device, sheet, policy, captures */

#endif
