#include "store/columns.h"

/* Seconds before 1970 are possible here, unlike elsewhere. */
static int64_t read_seconds(struct tt_columns *row)
{
    return sqlite3_column_int64(row->stmt, row->at++);
}

struct tt_tls_facts tt_case_read_tls_facts(struct tt_columns *row)
{
    struct tt_tls_facts facts = {0};
    facts.version = tt_column_text(row);
    facts.cipher = tt_column_text(row);
    facts.ja4 = tt_column_text(row);
    facts.alpn_offered = tt_column_text(row);
    facts.alpn = tt_column_text(row);
    facts.encrypted_client_hello = tt_column_bool(row);
    facts.certificate.subject = tt_column_text(row);
    facts.certificate.issuer = tt_column_text(row);
    facts.certificate.organisation = tt_column_text(row);
    facts.certificate.country = tt_column_text(row);
    facts.certificate.state = tt_column_text(row);
    facts.certificate.locality = tt_column_text(row);
    facts.certificate.names = tt_column_text(row);
    facts.certificate.names_left_out = tt_column_uint(row);
    facts.certificate.not_before = read_seconds(row);
    facts.certificate.not_after = read_seconds(row);
    facts.has_certificate = facts.certificate.subject != NULL;
    return facts;
}

enum tt_err tt_case_read_tls(void *store, enum tt_err (*each)(void *, const struct tt_tls_row *),
                             void *context)
{
    struct tt_case *c = store;
    sqlite3_stmt *stmt = NULL;
    enum tt_err err = tt_walk_open(
        c,
        "SELECT protocol, host, address, port, direction, scope, connections, capture, flow, "
        "frame, server_name, version, cipher, ja4, alpn_offered, alpn, encrypted_client_hello, "
        "subject, issuer, organisation, country, state, locality, dns_names, names_left_out, "
        "not_before, not_after FROM tls ORDER BY id",
        &stmt);
    while (tt_walk_next(c, stmt, &err)) {
        struct tt_columns row = {.stmt = stmt};
        struct tt_tls_row line = {0};
        line.protocol = tt_column_must(&row);
        line.host = tt_column_text(&row);
        line.address = tt_column_addr(&row);
        line.port = (uint16_t)tt_column_upto(&row, UINT16_MAX);
        line.heading = tt_column_heading(&row);
        line.scope = tt_column_scope(&row);
        line.connections = tt_column_uint(&row);
        line.capture = tt_column_must(&row);
        line.flow = tt_column_uint(&row);
        line.frame = tt_column_uint(&row);
        const char *name = tt_column_text(&row);
        line.facts = tt_case_read_tls_facts(&row);
        line.facts.server_name = name;
        err = each(context, &line);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}
