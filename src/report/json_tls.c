/* What the handshakes of TLS, DTLS and QUIC said: docs/json.md. */
#include "report/json.h"

static void put_certificate(struct tt_json_out *j, const struct tt_tls_certificate *certificate)
{
    char time[TT_TIME_TEXT_MAX];
    struct tt_json *json = &j->json;
    tt_json_open_object(json, "certificate");
    tt_json_out_text(j, "subject", certificate->subject, TT_REDACT_TEXT);
    tt_json_out_text(j, "organisation", certificate->organisation, TT_REDACT_TEXT);
    tt_json_out_text(j, "country", certificate->country, TT_REDACT_TEXT);
    tt_json_out_text(j, "state", certificate->state, TT_REDACT_TEXT);
    tt_json_out_text(j, "locality", certificate->locality, TT_REDACT_TEXT);
    tt_json_out_text(j, "issuer", certificate->issuer, TT_REDACT_TEXT);
    tt_json_out_lines(j, "names", certificate->names == NULL ? "" : certificate->names,
                      TT_REDACT_HOST);
    tt_json_uint(json, "names_left_out", certificate->names_left_out);
    tt_json_text(json, "not_before", tt_seconds_text(certificate->not_before, time));
    tt_json_text(json, "not_after", tt_seconds_text(certificate->not_after, time));
    tt_json_close_object(json);
}

static void put_offered(struct tt_json_out *j, const struct tt_tls_facts *facts)
{
    if (facts->alpn_offered == NULL)
        tt_json_null(&j->json, "alpn_offered");
    else
        tt_json_out_lines(j, "alpn_offered", facts->alpn_offered, TT_REDACT_TEXT);
}

void tt_json_out_tls_message(struct tt_json_out *j, const struct tt_tls_facts *facts)
{
    struct tt_json *json = &j->json;
    if (facts == NULL)
        return;
    tt_json_open_object(json, "tls");
    if (facts->version != NULL)
        tt_json_out_text(j, "version", facts->version, TT_REDACT_CLEAN);
    if (facts->cipher != NULL)
        tt_json_out_text(j, "cipher", facts->cipher, TT_REDACT_CLEAN);
    if (facts->ja4 != NULL) { /* a client's */
        tt_json_out_text(j, "ja4", facts->ja4, TT_REDACT_CLEAN);
        put_offered(j, facts);
        tt_json_bool(json, "encrypted_client_hello", facts->encrypted_client_hello);
    }
    if (facts->alpn != NULL)
        tt_json_out_text(j, "alpn", facts->alpn, TT_REDACT_TEXT);
    if (facts->has_certificate)
        put_certificate(j, &facts->certificate);
    tt_json_close_object(json);
}

static enum tt_err put_row(void *context, const struct tt_tls_row *row)
{
    struct tt_json_out *j = context;
    struct tt_json *json = &j->json;
    const struct tt_tls_facts *facts = &row->facts;
    tt_json_open_object(json, NULL);
    tt_json_out_text(j, "host", row->host, TT_REDACT_HOST);
    tt_json_out_addr(j, "address", row->address);
    tt_json_out_port(j, "port", row->port);
    tt_json_out_text(j, "protocol", row->protocol, TT_REDACT_CLEAN);
    tt_json_text(json, "scope", tt_scope_name(row->scope));
    tt_json_text(json, "direction", tt_heading_name(row->heading));
    tt_json_uint(json, "connections", row->connections);
    tt_json_out_text(j, "server_name", facts->server_name, TT_REDACT_HOST);
    tt_json_out_text(j, "version", facts->version, TT_REDACT_CLEAN);
    tt_json_out_text(j, "cipher", facts->cipher, TT_REDACT_CLEAN);
    tt_json_out_text(j, "ja4", facts->ja4, TT_REDACT_CLEAN);
    put_offered(j, facts);
    tt_json_out_text(j, "alpn", facts->alpn, TT_REDACT_TEXT);
    tt_json_bool(json, "encrypted_client_hello", facts->encrypted_client_hello);
    if (facts->has_certificate)
        put_certificate(j, &facts->certificate);
    else
        tt_json_null(json, "certificate");
    tt_json_out_text(j, "capture", row->capture, TT_REDACT_CLEAN);
    tt_json_uint(json, "flow", row->flow);
    tt_json_uint(json, "frame", row->frame);
    tt_json_close_object(json);
    return tt_json_out_step(j);
}

static enum tt_err is_one(void *context, const struct tt_tls_row *row)
{
    bool *any = context;
    (void)row;
    *any = true;
    return TT_OK;
}

enum tt_err tt_json_out_tls(struct tt_json_out *j)
{
    bool any = false;
    enum tt_err err = j->view->tls(j->view->store, is_one, &any);
    if (err != TT_OK || !any)
        return err;
    tt_json_open_array(&j->json, "tls");
    err = j->view->tls(j->view->store, put_row, j);
    tt_json_close_array(&j->json);
    return err == TT_OK ? tt_json_out_step(j) : err;
}
