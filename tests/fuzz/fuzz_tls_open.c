/* Connections of TLS and DTLS with keys, in any cut and with gaps: every byte is told exactly once.
 *
 * The input: a byte (0: TLS from its beginning, 1: TLS from its middle, 2: DTLS), the length of a
 * key log (2 bytes, network order) and its text, then segments as in proto_check.h: flags (1: of
 * the responder, 2: the direction ends), gap, length (2 bytes), and the bytes. */
#include "base/reader.h"
#include "decrypt/certificate.h"
#include "decrypt/dtls.h"
#include "decrypt/ja4.h"
#include "decrypt/keylog.h"
#include "decrypt/tls.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct check {
    struct tt_opener *opener;
    uint64_t out[2];
    uint64_t next_at[2];
    struct tt_certificate certificate;
};

static void must(bool true_thing)
{
    if (!true_thing)
        abort();
}

static void touch(struct tt_span bytes)
{
    unsigned sum = 0;
    for (size_t i = 0; i < bytes.len; i++)
        sum += bytes.data[i];
    must(sum <= bytes.len * 255);
}

static void check_piece(void *context, enum tt_direction direction, const struct tt_piece *piece)
{
    struct check *check = context;
    must(piece->bytes.len > 0 && piece->origin.first_frame > 0);
    touch(piece->bytes);
    check->out[direction] += piece->bytes.len;
}

static void check_account(void *context, enum tt_direction direction, enum tt_bucket bucket,
                          uint64_t bytes)
{
    struct check *check = context;
    must(bytes > 0 && bucket < TT_BUCKET_COUNT);
    check->out[direction] += bytes;
}

static void check_plain(void *context, const struct tt_plain *plain)
{
    struct check *check = context;
    size_t side = plain->place.direction;
    must(plain->security.suite != NULL && plain->place.len > 0);
    must(plain->place.origin.first_frame <= plain->place.origin.last_frame);
    touch(plain->bytes);
    if (plain->type != 23)
        return;
    must(plain->at == check->next_at[side] + plain->gap);
    check->next_at[side] = plain->at + plain->bytes.len;
}

static void check_closed(void *context, const struct tt_place *place, enum tt_closed reason)
{
    (void)context;
    must(place->len > 0 && reason < TT_CLOSED_COUNT);
}

static void check_hello(void *context, const struct tt_place *place, const struct tt_hello *hello,
                        struct tt_span message)
{
    struct check *check = context;
    char ja4[TT_JA4_LEN + 1];
    must(place->len > 0);
    touch(message);
    touch(hello->suites);
    touch(hello->extensions);
    if (tt_opener_ja4(check->opener, hello, TT_JA4_TCP, ja4))
        must(strlen(ja4) == TT_JA4_LEN);
}

static void check_certificate(void *context, const struct tt_place *place, size_t at,
                              struct tt_span der)
{
    struct check *check = context;
    (void)at;
    must(place->len > der.len);
    if (tt_certificate_read(der, &check->certificate))
        must(check->certificate.name_count <= TT_CERTIFICATE_NAMES_MAX);
}

struct conversation {
    struct tt_tls *tls;
    struct tt_dtls *dtls;
    uint64_t offset[2];
    uint64_t fed[2];
};

static void feed(struct conversation *conversation, struct tt_reader *reader, uint64_t frame)
{
    uint8_t flags = tt_read_u8(reader);
    uint8_t gap = tt_read_u8(reader);
    size_t len = tt_read_u16(reader);
    size_t left = tt_reader_left(reader);
    struct tt_span bytes = tt_read_span(reader, len < left ? len : left);
    size_t side = flags & 1U;
    /* Flush against the end of its memory. */
    uint8_t *exact = malloc(bytes.len + 1);
    must(exact != NULL);
    memcpy(exact + 1, bytes.data, bytes.len);
    struct tt_chunk chunk = {.direction = (enum tt_direction)side,
                             .bytes = tt_span_of(exact + 1, bytes.len),
                             .first_frame = frame,
                             .last_frame = frame};
    if (conversation->dtls != NULL) {
        (void)tt_dtls_is(chunk.bytes);
        tt_dtls_feed(conversation->dtls, &chunk);
    } else {
        conversation->offset[side] += gap;
        chunk.gap = gap;
        chunk.offset = conversation->offset[side];
        chunk.flags = (flags & 2U) != 0 ? TT_CHUNK_END : 0;
        tt_tls_feed(conversation->tls, &chunk);
        conversation->offset[side] += bytes.len;
    }
    conversation->fed[side] += bytes.len;
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tt_reader reader = tt_reader_of(tt_span_of(data, size));
    uint8_t mode = tt_read_u8(&reader);
    struct tt_span log = tt_read_span(&reader, tt_read_u16(&reader));
    if (reader.failed)
        return 0;
    struct tt_keys *keys = NULL;
    struct check *check = calloc(1, sizeof(*check));
    must(check != NULL && tt_keys_new(&keys) == TT_OK);
    must(tt_keylog_read(keys, TT_KEY_FROM_KEYLOG, log, NULL) == TT_OK);
    must(tt_opener_new(keys, &check->opener) == TT_OK);
    const struct tt_opener_sink sink = {.context = check,
                                        .clear = check_piece,
                                        .raw = check_piece,
                                        .account = check_account,
                                        .plain = check_plain,
                                        .closed = check_closed,
                                        .hello = check_hello,
                                        .certificate = check_certificate};
    struct conversation conversation = {.tls = NULL};
    if (mode == 2)
        conversation.dtls = tt_dtls_new(check->opener, &sink);
    else
        conversation.tls = tt_tls_new(check->opener, &sink, mode == 0);
    must(conversation.tls != NULL || conversation.dtls != NULL);
    for (uint64_t frame = 1; tt_reader_left(&reader) > 0; frame++)
        feed(&conversation, &reader, frame);
    tt_tls_free(conversation.tls);
    tt_dtls_free(conversation.dtls);
    must(check->out[0] == conversation.fed[0] && check->out[1] == conversation.fed[1]);
    tt_opener_free(check->opener);
    tt_keys_free(keys);
    free(check);
    return 0;
}
