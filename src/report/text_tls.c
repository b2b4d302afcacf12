/* Whom the certificates of destinations name: a line for each. */
#include "report/text.h"

#include "base/time.h"

enum { INDENT = 4, LISTED = 20, DAY_LEN = 10, KEY_MAX = 8192 };

struct certificate_list {
    struct tt_text *t;
    struct tt_buf last; /* the host and the certificate told last */
    struct tt_buf key;
    uint64_t told;
    bool begun;
};

/* The same certificate for the same name from many addresses is one line. `*ret_new`: it is
 * another one than the last. */
static enum tt_err is_new(struct certificate_list *list, const struct tt_tls_row *row,
                          bool *ret_new)
{
    char addr[TT_ADDR_TEXT_MAX];
    const struct tt_tls_certificate *certificate = &row->facts.certificate;
    const char *host = row->host != NULL ? row->host : tt_addr_text(row->address, addr);
    tt_buf_clear(&list->key);
    enum tt_err err = tt_buf_printf(&list->key, "%s\n%s\n%s\n%lld %lld", host, certificate->subject,
                                    certificate->issuer, (long long)certificate->not_before,
                                    (long long)certificate->not_after);
    *ret_new = err != TT_OK || !tt_span_eq(tt_buf_span(&list->key), tt_buf_span(&list->last));
    struct tt_buf last = list->last;
    list->last = list->key;
    list->key = last;
    return err == TT_ERR_LIMIT ? TT_OK : err;
}

static void put_part(struct tt_text *t, const char *name, const char *text, bool *any)
{
    if (text == NULL)
        return;
    tt_text_add(t, "%s%s=", *any ? ", " : "", name);
    tt_text_add_redacted(t, text, TT_REDACT_TEXT);
    *any = true;
}

/* Who it was made for: the organisation and its place, or the whole subject. */
static void put_subject(struct tt_text *t, const struct tt_tls_certificate *certificate)
{
    bool any = false;
    put_part(t, "O", certificate->organisation, &any);
    put_part(t, "L", certificate->locality, &any);
    put_part(t, "ST", certificate->state, &any);
    put_part(t, "C", certificate->country, &any);
    if (!any)
        tt_text_add_redacted(t, certificate->subject, TT_REDACT_TEXT);
}

void tt_text_add_certificate(struct tt_text *t, const struct tt_tls_certificate *certificate)
{
    char from[TT_TIME_TEXT_MAX];
    char until[TT_TIME_TEXT_MAX];
    put_subject(t, certificate);
    tt_text_add(t, ", valid %.*s to %.*s, issuer ", DAY_LEN,
                tt_seconds_text(certificate->not_before, from), DAY_LEN,
                tt_seconds_text(certificate->not_after, until));
    tt_text_add_redacted(t, certificate->issuer, TT_REDACT_TEXT);
}

static enum tt_err put_row(void *context, const struct tt_tls_row *row)
{
    struct certificate_list *list = context;
    struct tt_text *t = list->t;
    char addr[TT_ADDR_TEXT_MAX];
    bool new = false;
    bool of_device = row->heading == TT_HEADING_SENT || row->heading == TT_HEADING_UNKNOWN;
    if (!of_device || !row->facts.has_certificate)
        return TT_OK;
    enum tt_err err = is_new(list, row, &new);
    if (err != TT_OK || !new || list->told++ >= LISTED)
        return err;
    if (!list->begun)
        tt_text_title(t, "WHOM THE CERTIFICATES NAME");
    list->begun = true;
    tt_text_add_redacted(t, row->host != NULL ? row->host : tt_addr_text(row->address, addr),
                         TT_REDACT_HOST);
    tt_text_add(t, ": ");
    tt_text_add_certificate(t, &row->facts.certificate);
    tt_text_end(t, "  ", INDENT);
    return tt_text_step(t);
}

enum tt_err tt_text_tls(struct tt_text *t)
{
    struct certificate_list list = {
        .t = t, .last = tt_buf_make(KEY_MAX), .key = tt_buf_make(KEY_MAX)};
    char count[TT_HUMAN_MAX];
    enum tt_err err = t->view->tls(t->view->store, put_row, &list);
    tt_buf_free(&list.last);
    tt_buf_free(&list.key);
    if (list.told > LISTED) {
        tt_text_add(t, "%s more: the JSON output lists them all.",
                    tt_human_count(list.told - LISTED, count));
        tt_text_end(t, "  ", INDENT);
    }
    return err == TT_OK ? tt_text_step(t) : err;
}
