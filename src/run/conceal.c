#include "run/conceal.h"

#include "base/arena.h"
#include "base/buf.h"

#include <stdlib.h>

enum { SCRATCH_MAX = 1 << 24 };

static const char dots[] = "\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2";

struct stretch {
    uint64_t at;
    size_t len;
};

enum { STRETCHES_MAX = 64 };

struct tt_concealer {
    struct tt_scan *scan;
    struct tt_arena arena; /* of one row */
    struct tt_buf text;
    struct stretch found[STRETCHES_MAX]; /* in the text being looked at */
    size_t found_count;
    bool too_many;
    enum tt_err err;
};

static void on_match(void *context, const struct tt_match *match)
{
    struct tt_concealer *concealer = context;
    /* Weak forms are ordinary words: hiding them would hide the names of fields. */
    if (match->form->weak)
        return;
    if (concealer->found_count == STRETCHES_MAX)
        concealer->too_many = true;
    else
        concealer->found[concealer->found_count++] =
            (struct stretch){.at = match->at, .len = match->len};
}

static int by_place(const void *a, const void *b)
{
    const struct stretch *x = a;
    const struct stretch *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void keep_err(struct tt_concealer *concealer, enum tt_err err)
{
    if (concealer->err == TT_OK)
        concealer->err = err;
}

static void put(struct tt_concealer *concealer, struct tt_span bytes)
{
    keep_err(concealer, tt_buf_append(&concealer->text, bytes));
}

/* The text with dots for what was found in it. */
static const char *with_dots(struct tt_concealer *concealer, struct tt_span text)
{
    qsort(concealer->found, concealer->found_count, sizeof(concealer->found[0]), by_place);
    tt_buf_clear(&concealer->text);
    size_t from = 0;
    for (size_t i = 0; i < concealer->found_count; i++) {
        const struct stretch *stretch = &concealer->found[i];
        size_t at = (size_t)stretch->at;
        if (at >= from) {
            put(concealer, tt_span_sub(text, from, at - from));
            put(concealer, tt_span_str(dots));
        }
        if (at + stretch->len > from)
            from = at + stretch->len;
    }
    put(concealer, tt_span_from(text, from));
    char *copy = tt_arena_dup(&concealer->arena, tt_buf_span(&concealer->text));
    if (copy == NULL)
        keep_err(concealer, TT_ERR_MEMORY);
    return copy;
}

static const char *conceal(struct tt_concealer *concealer, const char *text)
{
    if (text == NULL)
        return NULL;
    struct tt_span span = tt_span_str(text);
    concealer->found_count = 0;
    concealer->too_many = false;
    keep_err(concealer, tt_scan_feed(concealer->scan, span, on_match, concealer));
    keep_err(concealer, tt_scan_end(concealer->scan, on_match, concealer));
    if (concealer->too_many)
        return dots;
    return concealer->found_count == 0 ? text : with_dots(concealer, span);
}

/* Of a hardware address the maker's half stays; also where it stands inside an IPv6 address (RFC
 * 4291, appendix A). */
static struct tt_addr conceal_addr(struct tt_addr addr)
{
    if (addr.family == TT_ADDR_MAC)
        memset(addr.bytes + 3, 0, 3);
    bool eui64 = addr.family == TT_ADDR_IPV6 && addr.bytes[11] == 0xff && addr.bytes[12] == 0xfe;
    if (eui64)
        memset(addr.bytes + 13, 0, 3);
    return addr;
}

static bool is_group(struct tt_addr addr)
{
    return addr.family == TT_ADDR_MAC && (addr.bytes[0] & 1) != 0;
}

static struct tt_addr conceal_unicast(struct tt_addr addr)
{
    return is_group(addr) ? addr : conceal_addr(addr);
}

static const char **conceal_texts(struct tt_concealer *concealer, const char *const *texts,
                                  size_t count)
{
    const char **copy = tt_arena_alloc(&concealer->arena, (count + 1) * sizeof(*copy));
    if (copy == NULL) {
        keep_err(concealer, TT_ERR_MEMORY);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        copy[i] = conceal(concealer, texts[i]);
    return copy;
}

static void conceal_proof(struct tt_concealer *concealer, struct tt_finding *finding)
{
    struct tt_proof_step *steps =
        tt_arena_alloc(&concealer->arena, (finding->proof_count + 1) * sizeof(*steps));
    if (steps == NULL) {
        keep_err(concealer, TT_ERR_MEMORY);
        return;
    }
    for (size_t i = 0; i < finding->proof_count; i++) {
        steps[i] = finding->proof[i];
        steps[i].step = conceal(concealer, finding->proof[i].step);
    }
    finding->proof = steps;
}

static void conceal_names(struct tt_concealer *concealer, struct tt_finding *finding)
{
    struct tt_destination_name *names =
        tt_arena_alloc(&concealer->arena, (finding->name_count + 1) * sizeof(*names));
    if (names == NULL) {
        keep_err(concealer, TT_ERR_MEMORY);
        return;
    }
    for (size_t i = 0; i < finding->name_count; i++) {
        names[i] = finding->names[i];
        names[i].name = conceal(concealer, finding->names[i].name);
    }
    finding->names = names;
}

enum tt_err tt_conceal_finding(struct tt_concealer *concealer, const struct tt_finding *finding,
                               struct tt_finding *ret_finding)
{
    tt_arena_free(&concealer->arena);
    struct tt_finding copy = *finding;
    copy.host = conceal(concealer, finding->host);
    copy.domain = conceal(concealer, finding->domain);
    copy.organisation = conceal(concealer, finding->organisation);
    copy.app = conceal(concealer, finding->app);
    copy.path = conceal_texts(concealer, finding->path, finding->path_count);
    copy.address = conceal_unicast(finding->address);
    conceal_proof(concealer, &copy);
    conceal_names(concealer, &copy);
    if (concealer->err == TT_OK)
        *ret_finding = copy;
    return concealer->err;
}

enum tt_err tt_conceal_coverage(struct tt_concealer *concealer, const struct tt_coverage_row *row,
                                struct tt_coverage_row *ret_row)
{
    tt_arena_free(&concealer->arena);
    struct tt_coverage_row copy = *row;
    copy.host = conceal(concealer, row->host);
    copy.address = conceal_unicast(row->address);
    if (concealer->err == TT_OK)
        *ret_row = copy;
    return concealer->err;
}

enum tt_err tt_conceal_event(struct tt_concealer *concealer, const struct tt_event *event,
                             struct tt_event *ret_event)
{
    tt_arena_free(&concealer->arena);
    struct tt_event copy = *event;
    copy.text = conceal(concealer, event->text);
    if (concealer->err == TT_OK)
        *ret_event = copy;
    return concealer->err;
}

/* The policy's own texts stay; hosts are named in what is missing. */
enum tt_err tt_conceal_clause(struct tt_concealer *concealer, const struct tt_case_clause *clause,
                              struct tt_case_clause *ret_clause)
{
    tt_arena_free(&concealer->arena);
    struct tt_case_clause copy = *clause;
    copy.missing = conceal(concealer, clause->missing);
    if (concealer->err == TT_OK)
        *ret_clause = copy;
    return concealer->err;
}

enum tt_err tt_conceal_timing(struct tt_concealer *concealer, const struct tt_timing_row *row,
                              struct tt_timing_row *ret_row)
{
    tt_arena_free(&concealer->arena);
    struct tt_timing_row copy = *row;
    copy.host = conceal(concealer, row->host);
    copy.names = conceal(concealer, row->names);
    copy.signs = conceal(concealer, row->signs);
    copy.address = conceal_unicast(row->address);
    if (concealer->err == TT_OK)
        *ret_row = copy;
    return concealer->err;
}

enum tt_err tt_conceal_claim(struct tt_concealer *concealer, const struct tt_claim_row *row,
                             struct tt_claim_row *ret_row)
{
    tt_arena_free(&concealer->arena);
    struct tt_claim_row copy = *row;
    copy.claimant = conceal(concealer, row->claimant);
    copy.host = conceal(concealer, row->host);
    copy.address = conceal_unicast(row->address);
    if (concealer->err == TT_OK)
        *ret_row = copy;
    return concealer->err;
}

enum tt_err tt_conceal_residency(struct tt_concealer *concealer, const struct tt_residency_row *row,
                                 struct tt_residency_row *ret_row)
{
    tt_arena_free(&concealer->arena);
    struct tt_residency_row copy = *row;
    copy.reason = conceal(concealer, row->reason);
    if (concealer->err == TT_OK)
        *ret_row = copy;
    return concealer->err;
}

/* A device that is itself a server may have its serial number in its certificate. */
enum tt_err tt_conceal_tls(struct tt_concealer *concealer, const struct tt_tls_row *row,
                           struct tt_tls_row *ret_row)
{
    tt_arena_free(&concealer->arena);
    struct tt_tls_row copy = *row;
    struct tt_tls_certificate *certificate = &copy.facts.certificate;
    const char **texts[] = {&copy.host,
                            &copy.facts.server_name,
                            &copy.facts.alpn_offered,
                            &copy.facts.alpn,
                            &certificate->subject,
                            &certificate->issuer,
                            &certificate->organisation,
                            &certificate->country,
                            &certificate->state,
                            &certificate->locality,
                            &certificate->names};
    for (size_t i = 0; i < TT_ARRAY_LEN(texts); i++)
        *texts[i] = conceal(concealer, *texts[i]);
    copy.address = conceal_unicast(row->address);
    if (concealer->err == TT_OK)
        *ret_row = copy;
    return concealer->err;
}

enum tt_err tt_conceal_text(struct tt_concealer *concealer, const char *text, const char **ret_text)
{
    tt_arena_free(&concealer->arena);
    const char *concealed = conceal(concealer, text);
    if (concealer->err == TT_OK)
        *ret_text = concealed;
    return concealer->err;
}

enum tt_err tt_conceal_trigger(struct tt_concealer *concealer, const struct tt_trigger *trigger,
                               struct tt_trigger *ret_trigger)
{
    tt_arena_free(&concealer->arena);
    struct tt_trigger copy = *trigger;
    copy.what = conceal(concealer, trigger->what);
    copy.host = conceal(concealer, trigger->host);
    copy.address = conceal_unicast(trigger->address);
    if (concealer->err == TT_OK)
        *ret_trigger = copy;
    return concealer->err;
}

struct tt_device_view tt_conceal_device(const struct tt_device_view *device)
{
    struct tt_device_view copy = *device;
    copy.addr = conceal_unicast(device->addr);
    return copy;
}

enum tt_err tt_concealer_new(const struct tt_matcher *matcher, struct tt_concealer **ret_concealer)
{
    struct tt_concealer *concealer = calloc(1, sizeof(*concealer));
    if (concealer == NULL)
        return TT_ERR_MEMORY;
    concealer->arena = tt_arena_make(SCRATCH_MAX);
    concealer->text = tt_buf_make(SCRATCH_MAX);
    concealer->scan = tt_scan_new(matcher);
    if (concealer->scan == NULL) {
        tt_concealer_free(concealer);
        return TT_ERR_MEMORY;
    }
    *ret_concealer = concealer;
    return TT_OK;
}

void tt_concealer_free(struct tt_concealer *concealer)
{
    if (concealer == NULL)
        return;
    tt_scan_free(concealer->scan);
    tt_arena_free(&concealer->arena);
    tt_buf_free(&concealer->text);
    free(concealer);
}
