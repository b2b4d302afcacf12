#include "decrypt/opener_state.h"
#include "decrypt/quic_state.h"

#include <stdlib.h>

enum {
    EXTENSION_TRANSPORT_PARAMETERS = 0x39,
    EXTENSION_TRANSPORT_PARAMETERS_DRAFT = 0xffa5, /* up to draft 32 of RFC 9001 */
    PARAMETER_RESET_TOKEN = 0x02,
    PARAMETER_PREFERRED_ADDRESS = 0x0d,
    PREFERRED_ADDRESS_LEN = 4 + 2 + 16 + 2
};

/* The part of the drafts up to 26 was a list of 16-bit ids and lengths: it is not read. */
static void read_parameters(struct tt_quic *quic, struct tt_span data, uint8_t owner)
{
    struct tt_reader reader = tt_reader_of(data);
    while (tt_reader_left(&reader) > 0) {
        uint64_t id = tt_quic_varint(&reader);
        uint64_t len = tt_quic_varint(&reader);
        struct tt_reader value = tt_reader_of(tt_read_span(&reader, (size_t)len));
        if (reader.failed || id != PARAMETER_PREFERRED_ADDRESS)
            continue;
        tt_read_skip(&value, PREFERRED_ADDRESS_LEN);
        struct tt_span cid = tt_read_span(&value, tt_read_u8(&value));
        struct tt_span token = tt_read_span(&value, TT_QUIC_RESET_TOKEN_LEN);
        if (!value.failed)
            tt_quic_cid_add(quic, owner, cid, token);
    }
}

/* RFC 8446, section 4.3.1: a list of extensions, nothing else. */
static void read_encrypted_extensions(struct tt_quic *quic, const struct tt_place *place,
                                      struct tt_span message)
{
    struct tt_reader reader = tt_reader_of(tt_span_from(message, TT_HANDSHAKE_HEADER));
    struct tt_span list = tt_read_span(&reader, tt_read_u16(&reader));
    uint16_t type;
    struct tt_span data;
    struct tt_span alpn;
    struct tt_span name;
    const struct tt_quic_sink *sink = quic->table->sink;
    if (sink->protocol != NULL && tt_hello_encrypted_alpn(message, &alpn) &&
        tt_hello_alpn(&alpn, &name))
        sink->protocol(sink->context, quic->user, place, name);
    while (tt_hello_extension(&list, &type, &data))
        if (type == EXTENSION_TRANSPORT_PARAMETERS || type == EXTENSION_TRANSPORT_PARAMETERS_DRAFT)
            read_parameters(quic, data, TT_QUIC_SERVER);
}

static void read_hello(struct tt_quic *quic, const struct tt_place *place, struct tt_span message)
{
    const struct tt_quic_sink *sink = quic->table->sink;
    struct tt_hello hello;
    if (!tt_hello_read(message, false, &hello))
        return;
    if (!hello.server && hello.random.len == TT_RANDOM_LEN) {
        memcpy(quic->random, hello.random.data, TT_RANDOM_LEN);
        quic->has_random = true;
    }
    if (hello.server && !hello.retry)
        quic->suite = tt_suite_find(hello.suite);
    if (sink->hello != NULL)
        sink->hello(sink->context, quic->user, place, &hello, message);
}

static void read_certificates(struct tt_quic *quic, const struct tt_place *place,
                              struct tt_span message)
{
    const struct tt_quic_sink *sink = quic->table->sink;
    struct tt_span list;
    struct tt_span der;
    if (sink->certificate == NULL || !tt_hello_certificates(message, TT_TLS_1_3, &list))
        return;
    for (size_t at = 0; tt_hello_next_certificate(&list, TT_TLS_1_3, &der); at++)
        sink->certificate(sink->context, quic->user, place, at, der);
}

static void read_message(struct tt_quic *quic, const struct tt_place *place, struct tt_span message)
{
    switch (message.data[0]) {
    case TT_CLIENT_HELLO:
    case TT_SERVER_HELLO:
        read_hello(quic, place, message);
        break;
    case TT_ENCRYPTED_EXTENSIONS:
        read_encrypted_extensions(quic, place, message);
        break;
    case TT_CERTIFICATE:
        read_certificates(quic, place, message);
        break;
    default:
        break;
    }
}

static void lose(struct tt_quic *quic, struct tt_quic_gather *gather)
{
    quic->table->held -= gather->buf.cap;
    tt_buf_free(&gather->buf);
    gather->lost = true;
}

static bool gather_more(struct tt_quic *quic, struct tt_quic_gather *gather, struct tt_span bytes)
{
    struct tt_quic_table *table = quic->table;
    size_t before = gather->buf.cap;
    if (before == 0)
        gather->buf = tt_buf_make(TT_TLS_MESSAGE_MAX);
    if (table->held + bytes.len > TT_QUIC_HELD_MAX || tt_buf_append(&gather->buf, bytes) != TT_OK)
        return false;
    table->held += gather->buf.cap - before;
    return true;
}

/* The length of the message at the front, 0 when it is not whole. */
static size_t whole_len(struct tt_span bytes)
{
    if (bytes.len < TT_HANDSHAKE_HEADER)
        return 0;
    size_t len = TT_HANDSHAKE_HEADER +
                 ((size_t)bytes.data[1] << 16 | (size_t)bytes.data[2] << 8 | bytes.data[3]);
    return bytes.len < len ? 0 : len;
}

static void drop_gather(struct tt_quic *quic, struct tt_quic_gather *gather)
{
    quic->table->held -= gather->buf.cap;
    tt_buf_free(&gather->buf);
    gather->buf = (struct tt_buf){.max = 0};
}

void tt_quic_crypto_take(struct tt_quic *quic, const struct tt_quic_data *data)
{
    if (data->level != TT_QUIC_INITIAL && data->level != TT_QUIC_HANDSHAKE)
        return; /* tickets: nothing to learn from them */
    if (quic->handshake == NULL)
        quic->handshake = calloc(1, sizeof(*quic->handshake));
    if (quic->handshake == NULL)
        return;
    size_t level = data->level == TT_QUIC_INITIAL ? 0 : 1;
    struct tt_quic_gather *gather =
        &quic->handshake->gathers[level][data->from_server ? TT_QUIC_SERVER : TT_QUIC_CLIENT];
    if (gather->lost)
        return;
    if (data->gap > 0 || !gather_more(quic, gather, data->bytes)) {
        lose(quic, gather);
        return;
    }
    tt_origin_add(&gather->origin, &data->origin);
    size_t len;
    while ((len = whole_len(tt_buf_span(&gather->buf))) > 0) {
        const struct tt_place place = {
            .direction = data->direction, .len = len, .origin = gather->origin};
        read_message(quic, &place, tt_span_sub(tt_buf_span(&gather->buf), 0, len));
        tt_buf_drop(&gather->buf, len);
        gather->origin = data->origin;
    }
    if (gather->buf.len == 0) {
        drop_gather(quic, gather);
        gather->origin = (struct tt_origin){0};
    }
}

void tt_quic_crypto_drop(struct tt_quic *quic)
{
    if (quic->handshake == NULL)
        return;
    for (size_t level = 0; level < 2; level++)
        for (size_t side = 0; side < 2; side++)
            drop_gather(quic, &quic->handshake->gathers[level][side]);
    free(quic->handshake);
    quic->handshake = NULL;
}
