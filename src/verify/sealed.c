#include "verify/sealed.h"

#include <stdlib.h>

#include "verify/quic.h"
#include "verify/tls.h"

enum {
    BEFORE = 65536, /* bytes in front of a range: the head of an HTTP message */
    BEHIND = 8192   /* and behind it: fields that may be salts or keys */
};

/* Connections are asked for again and again: the last one stays open. */
struct tt_verify_sealed {
    struct tt_verify_secrets *keys;
    bool open;
    bool cut;                     /* bytes are missing in it */
    struct tt_verify_place place; /* of the direction [0] */
    uint64_t begin;
    struct tt_verify_plain plain[2];
    struct tt_verify_plain inner[2]; /* TLS in it: behind a proxy that is spoken to in TLS */
    bool inner_open;
    bool nested; /* there is TLS in it */
    const char *why;
    struct tt_verify_quic *quic;
    struct tt_verify_place quic_place;
};

struct tt_verify_sealed *tt_verify_sealed_new(struct tt_verify_secrets *keys)
{
    struct tt_verify_sealed *sealed = keys == NULL ? NULL : calloc(1, sizeof(*sealed));
    if (sealed != NULL)
        sealed->keys = keys;
    return sealed;
}

static void close_plain(struct tt_verify_plain plain[2])
{
    for (unsigned i = 0; i < 2; i++) {
        tt_verify_plain_wipe(&plain[i]);
        tt_verify_plain_init(&plain[i]);
    }
}

static void close_last(struct tt_verify_sealed *sealed)
{
    close_plain(sealed->plain);
    close_plain(sealed->inner);
    sealed->open = false;
    sealed->inner_open = false;
    sealed->nested = false;
    sealed->why = NULL;
}

void tt_verify_sealed_free(struct tt_verify_sealed *sealed)
{
    if (sealed == NULL)
        return;
    close_last(sealed);
    tt_verify_quic_free(sealed->quic);
    free(sealed);
}

/* ---- TLS ---- */

static bool same_ends(const struct tt_verify_place *a, const struct tt_verify_place *b)
{
    return tt_addr_eq(a->addr[0], b->addr[0]) && tt_addr_eq(a->addr[1], b->addr[1]) &&
           a->port[0] == b->port[0] && a->port[1] == b->port[1];
}

/* Both directions of the connection of `place`. */
static enum tt_err read_both(const struct tt_verify_streams *streams,
                             const struct tt_verify_place *place, struct tt_buf both[2],
                             uint64_t *ret_begin, uint64_t *ret_at, bool *ret_cut)
{
    for (unsigned i = 0; i < 2; i++)
        both[i] = tt_buf_make(TT_VERIFY_BYTES_MAX);
    bool cut[2] = {false, false};
    enum tt_err err =
        tt_verify_streams_whole(streams, place, false, &both[0], ret_begin, ret_at, &cut[0]);
    if (err == TT_OK)
        err = tt_verify_streams_whole(streams, place, true, &both[1], NULL, NULL, &cut[1]);
    *ret_cut = cut[0] || cut[1];
    return err;
}

/* Opens the other connections with the server as far as key exchanges open them: this one may
 * resume one of them. */
static enum tt_err learn(struct tt_verify_sealed *sealed, const struct tt_verify_streams *streams,
                         const struct tt_verify_place *place)
{
    enum tt_err err = TT_OK;
    bool more = true;
    for (size_t at = 0; more && err == TT_OK; at++) {
        struct tt_verify_place peer;
        struct tt_verify_plain plain[2] = {{.bytes = {0}}, {.bytes = {0}}};
        struct tt_buf both[2];
        if (!tt_verify_streams_peer(streams, at, place, &peer, &more))
            continue;
        bool cut = false;
        err = read_both(streams, &peer, both, NULL, NULL, &cut);
        const struct tt_span spans[2] = {tt_buf_span(&both[0]), tt_buf_span(&both[1])};
        close_plain(plain);
        if (err == TT_OK)
            (void)tt_verify_tls(spans, sealed->keys, plain);
        close_plain(plain);
        tt_buf_free(&both[0]);
        tt_buf_free(&both[1]);
    }
    return err;
}

static bool lacks_keys(const char *why)
{
    return why != NULL && strstr(why, "--keys lacks") != NULL;
}

/* Opens what both sides said. */
static enum tt_err open_both(struct tt_verify_sealed *sealed,
                             const struct tt_verify_streams *streams,
                             const struct tt_verify_place *place, const struct tt_span spans[2])
{
    sealed->why = tt_verify_tls(spans, sealed->keys, sealed->plain);
    if (!lacks_keys(sealed->why) || !tt_verify_secrets_exchange(sealed->keys))
        return TT_OK;
    size_t known = tt_verify_secrets_learned(sealed->keys);
    enum tt_err err = learn(sealed, streams, place);
    if (err == TT_OK && tt_verify_secrets_learned(sealed->keys) > known) {
        close_plain(sealed->plain);
        sealed->why = tt_verify_tls(spans, sealed->keys, sealed->plain);
    }
    return err;
}

static enum tt_err open_tls(struct tt_verify_sealed *sealed,
                            const struct tt_verify_streams *streams,
                            const struct tt_verify_place *place, uint64_t *ret_at)
{
    struct tt_buf both[2];
    uint64_t begin = 0;
    bool cut = false;
    enum tt_err err = read_both(streams, place, both, &begin, ret_at, &cut);
    bool same = sealed->open && sealed->begin == begin && same_ends(&sealed->place, place);
    if (err == TT_OK && !same) {
        const struct tt_span spans[2] = {tt_buf_span(&both[0]), tt_buf_span(&both[1])};
        close_last(sealed);
        sealed->open = true;
        sealed->begin = begin;
        sealed->cut = cut;
        sealed->place = *place;
        err = open_both(sealed, streams, place, spans);
    }
    tt_buf_free(&both[0]);
    tt_buf_free(&both[1]);
    return err;
}

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* All that was said before is needed: where packets begin, what compression refers to. */
static bool is_from_start(const struct tt_finding *finding)
{
    const char *first = finding->proof[0].step;
    const char *next = finding->proof_count > 1 ? finding->proof[1].step : "";
    return has_prefix(first, "mqtt.") || has_prefix(first, "websocket.") ||
           has_prefix(first, "dns.") || has_prefix(first, "socks.") || strcmp(next, "hpack") == 0;
}

/* A range of bytes: of a stream, or of a plaintext. */
struct range {
    uint64_t at;
    uint64_t len;
};

static bool overlap(struct range a, struct range b)
{
    return a.at < b.at + b.len && b.at < a.at + a.len;
}

/* Does a record in which the range of the plaintext lies, at least in part, meet the `segment` of
 * what carries the records? `outer` (or NULL) is a plaintext that carries them, and is carried. */
static bool meets(const struct tt_verify_plain *plain, const struct tt_verify_plain *outer,
                  struct range range, struct range segment)
{
    size_t count = plain->records.len / sizeof(struct tt_verify_record);
    for (size_t i = 0; i < count; i++) {
        struct tt_verify_record r[2] = {{.plain = 0}, {.plain = plain->bytes.len}};
        memcpy(r, plain->records.data + i * sizeof(r[0]), i + 1 < count ? sizeof(r) : sizeof(r[0]));
        const struct range content = {.at = r[0].plain, .len = r[1].plain - r[0].plain};
        const struct range record = {.at = r[0].at, .len = r[0].len};
        if (overlap(content, range) &&
            (outer == NULL ? overlap(record, segment) : meets(outer, NULL, record, segment)))
            return true;
    }
    return false;
}

static struct tt_verify_record record_at(const struct tt_buf *records, size_t at)
{
    struct tt_verify_record record;
    memcpy(&record, records->data + at * sizeof(record), sizeof(record));
    return record;
}

/* Handshake messages: the first step tells the record in which they were sealed. */
static bool offer_message(const struct tt_verify_plain *plain, const struct tt_verify_plain *outer,
                          const struct tt_proof_step *step, struct range segment,
                          bool (*take)(void *context, const struct tt_verify_window *window),
                          void *context)
{
    size_t count = plain->message_records.len / sizeof(struct tt_verify_record);
    for (size_t i = 0; i < count; i++) {
        const struct tt_verify_record r = record_at(&plain->message_records, i);
        const struct range range = {.at = r.at, .len = r.len};
        size_t end =
            i + 1 < count ? record_at(&plain->message_records, i + 1).plain : plain->messages.len;
        if (r.at != step->offset || r.len != step->length ||
            !(outer == NULL ? overlap(range, segment) : meets(outer, NULL, range, segment)))
            continue;
        const struct tt_verify_window window = {
            .opened = tt_span_sub(tt_buf_span(&plain->messages), r.plain, end - r.plain)};
        if (take(context, &window))
            return true;
    }
    return false;
}

/* A window on the plaintext; false when it is not taken. */
static bool offer_plain(const struct tt_verify_plain *plain, const struct tt_finding *finding,
                        bool (*take)(void *context, const struct tt_verify_window *window),
                        void *context)
{
    const struct tt_proof_step *step = &finding->proof[0];
    bool whole = is_from_start(finding);
    uint64_t from = whole || step->offset <= BEFORE ? 0 : step->offset - BEFORE;
    uint64_t len = whole ? plain->bytes.len : step->offset - from + step->length + BEHIND;
    if (from > plain->bytes.len)
        return false;
    struct tt_span rest = tt_span_from(tt_buf_span(&plain->bytes), (size_t)from);
    const struct tt_verify_window window = {
        .bytes = tt_span_sub(rest, 0, len < rest.len ? (size_t)len : rest.len), .at = from};
    return take(context, &window);
}

static const struct tt_verify_plain *open_inner(struct tt_verify_sealed *sealed)
{
    const struct tt_span spans[2] = {tt_buf_span(&sealed->plain[0].bytes),
                                     tt_buf_span(&sealed->plain[1].bytes)};
    if (!sealed->inner_open) {
        (void)tt_verify_tls(spans, sealed->keys, sealed->inner);
        sealed->nested = tt_verify_tls_begins(spans[0]) || tt_verify_tls_begins(spans[1]);
    }
    sealed->inner_open = true;
    return &sealed->inner[0];
}

/* Does the range end behind what was opened? */
static bool is_behind(const struct tt_verify_plain *plain, struct range range)
{
    return range.at > plain->bytes.len || range.len > plain->bytes.len - range.at;
}

static enum tt_err try_tls(struct tt_verify_sealed *sealed, const struct tt_verify_streams *streams,
                           const struct tt_verify_place *place, const struct tt_finding *finding,
                           bool (*take)(void *context, const struct tt_verify_window *window),
                           void *context, const char **ret_why)
{
    uint64_t at = 0;
    const struct tt_proof_step *step = &finding->proof[0];
    enum tt_err err = open_tls(sealed, streams, place, &at);
    if (err != TT_OK)
        return err;
    *ret_why = sealed->why;
    const struct tt_verify_plain *plain = &sealed->plain[0];
    bool whole = is_from_start(finding);
    bool message = strcmp(step->step, "tls.handshake") == 0;
    if (sealed->why != NULL && plain->bytes.len == 0 && (!message || plain->messages.len == 0))
        return TT_OK;
    *ret_why = NULL;
    const struct range range = {.at = step->offset, .len = step->length};
    const struct range segment = {.at = at, .len = place->bytes.len};
    if (message && offer_message(plain, NULL, step, segment, take, context))
        return TT_OK;
    const struct tt_verify_plain *inner = open_inner(sealed);
    if (message && offer_message(inner, plain, step, segment, take, context))
        return TT_OK;
    if (sealed->cut && (sealed->nested || is_behind(plain, range)) && is_behind(inner, range)) {
        *ret_why = "sealed, behind bytes that are missing in the capture: not walked";
        return TT_OK;
    }
    if ((whole || meets(plain, NULL, range, segment)) && offer_plain(plain, finding, take, context))
        return TT_OK;
    if (inner->bytes.len > 0 && (whole || meets(inner, plain, range, segment)))
        (void)offer_plain(inner, finding, take, context);
    return TT_OK;
}

/* ---- datagrams ---- */

bool tt_verify_is_quic(const struct tt_finding *finding)
{
    return strcmp(finding->encryption, "quic") == 0 ||
           (finding->proof_count > 1 && strcmp(finding->proof[1].step, "quic.packet") == 0);
}

struct offer {
    const struct tt_proof_step *step; /* the first one */
    bool (*take)(void *context, const struct tt_verify_window *window);
    void *context;
};

static bool offer_opened(void *context, const struct tt_verify_opened *opened)
{
    const struct offer *offer = context;
    bool message = strcmp(offer->step->step, "tls.handshake") == 0;
    struct tt_verify_window window = {.bytes = opened->plain};
    if (opened->handshake)
        window = (struct tt_verify_window){.opened = opened->plain};
    if (message != opened->handshake ||
        (message && (opened->at != offer->step->offset || opened->len != offer->step->length)))
        return false;
    return offer->take(offer->context, &window);
}

/* What of QUIC the finding is about. */
static enum tt_verify_quic_part part_of(const struct tt_finding *finding)
{
    const char *first = finding->proof[0].step;
    const char *next = finding->proof_count > 1 ? finding->proof[1].step : "";
    if (strcmp(next, "quic.packet") == 0)
        return strcmp(finding->encryption, "quic") == 0 ? TT_VERIFY_QUIC_SEALED
                                                        : TT_VERIFY_QUIC_INITIAL;
    return strcmp(first, "quic.datagram") == 0 ? TT_VERIFY_QUIC_DATAGRAMS : TT_VERIFY_QUIC_STREAMS;
}

static enum tt_err open_quic(struct tt_verify_sealed *sealed, const struct tt_verify_place *place,
                             const struct tt_verify_packet *packets, size_t count)
{
    if (sealed->quic != NULL && same_ends(&sealed->quic_place, place))
        return TT_OK;
    tt_verify_quic_free(sealed->quic);
    sealed->quic = NULL;
    sealed->quic_place = *place;
    return tt_verify_quic_open(packets, count, sealed->keys, &sealed->quic);
}

static enum tt_err try_datagrams(struct tt_verify_sealed *sealed,
                                 const struct tt_verify_streams *streams,
                                 const struct tt_verify_place *place,
                                 const struct tt_finding *finding, struct offer *offer,
                                 const char **ret_why)
{
    struct tt_buf list = tt_buf_make(TT_VERIFY_BYTES_MAX);
    enum tt_err err = tt_verify_streams_packets(streams, place, &list);
    const struct tt_verify_packet *packets = (const void *)list.data;
    size_t count = list.len / sizeof(*packets);
    bool quic = tt_verify_is_quic(finding);
    if (err == TT_OK && quic)
        err = open_quic(sealed, place, packets, count);
    if (err == TT_OK && quic) {
        /* A header block's first frame may be one that it refers to. */
        bool any = finding->proof_count > 1 && strcmp(finding->proof[1].step, "qpack") == 0;
        *ret_why = tt_verify_quic_try(sealed->quic, part_of(finding), 0, any ? 0 : place->frame,
                                      offer->take, offer->context);
    } else if (err == TT_OK) {
        size_t at = 0;
        while (at < count && (packets[at].frame != place->frame || packets[at].from != 0))
            at++;
        *ret_why = tt_verify_dtls(packets, count, at, sealed->keys, offer_opened, offer);
    }
    tt_buf_free(&list);
    return err;
}

enum tt_err tt_verify_sealed_try(struct tt_verify_sealed *sealed,
                                 const struct tt_verify_streams *streams,
                                 const struct tt_verify_place *place,
                                 const struct tt_finding *finding,
                                 bool (*take)(void *context, const struct tt_verify_window *window),
                                 void *context, const char **ret_why)
{
    struct offer offer = {.step = &finding->proof[0], .take = take, .context = context};
    if (streams == NULL)
        return TT_OK;
    if (place->sort == TT_VERIFY_UDP)
        return try_datagrams(sealed, streams, place, finding, &offer, ret_why);
    return try_tls(sealed, streams, place, finding, take, context, ret_why);
}
