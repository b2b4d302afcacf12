/* Sealed conversations as verify/ opens them, and the header blocks inside.
 *
 * The first byte tells which: 0 TLS, 1 DTLS, 2 QUIC, 3 HPACK, 4 QPACK; then a byte for the share of
 * the first direction. The secrets are those of the random that the input's first hello has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify/head.h"
#include "verify/quic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KIND_COUNT = 5, OUT_MAX = 1 << 20 };

/* All secrets of whoever says hello anywhere in the input. */
static struct tt_verify_secrets *make_keys(struct tt_span in)
{
    static const char *const labels[] = {"CLIENT_RANDOM",
                                         "CLIENT_EARLY_TRAFFIC_SECRET",
                                         "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                                         "CLIENT_TRAFFIC_SECRET_0",
                                         "SERVER_TRAFFIC_SECRET_0",
                                         "SERVER_HANDSHAKE_TRAFFIC_SECRET"};
    static const char digits[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    struct tt_verify_secrets *keys = tt_verify_secrets_new();
    size_t at = tt_span_search(in, tt_span_of("\x03\x03", 2));
    if (keys == NULL || at == SIZE_MAX || in.len - at < 34)
        return keys;
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        char line[256];
        char random[65];
        for (size_t j = 0; j < 32; j++)
            (void)snprintf(random + 2 * j, 3, "%02x", (unsigned)in.data[at + 2 + j]);
        (void)snprintf(line, sizeof(line), "%s %s %s%s\n", labels[i], random, digits,
                       i == 0 ? "00112233445566778899aabbccddeeff" : "");
        if (tt_verify_secrets_add(keys, tt_span_str(line)) != TT_OK)
            abort();
    }
    return keys;
}

static bool take_window(void *context, const struct tt_verify_window *window)
{
    (void)context;
    return window->bytes.len == SIZE_MAX;
}

static bool take_opened(void *context, const struct tt_verify_opened *opened)
{
    (void)context;
    return opened->plain.len == SIZE_MAX;
}

static void open_streams(struct tt_span in, size_t cut, struct tt_verify_secrets *keys)
{
    const struct tt_span streams[2] = {tt_span_sub(in, 0, cut), tt_span_from(in, cut)};
    struct tt_verify_plain plain[2];
    for (unsigned i = 0; i < 2; i++)
        tt_verify_plain_init(&plain[i]);
    (void)tt_verify_tls(streams, keys, plain);
    for (unsigned i = 0; i < 2; i++)
        tt_verify_plain_wipe(&plain[i]);
}

/* Datagrams stand behind a byte each: the direction and an eighth of the length. */
static size_t cut_packets(struct tt_span in, struct tt_verify_packet packets[16])
{
    size_t count = 0;
    while (in.len > 1 && count < 16) {
        size_t len = (size_t)(in.data[0] >> 1) * 16;
        packets[count] = (struct tt_verify_packet){
            .frame = count + 1, .from = in.data[0] & 1U, .bytes = tt_span_sub(in, 1, len)};
        in = tt_span_from(in, 1 + len);
        count++;
    }
    return count;
}

static void open_datagrams(struct tt_span in, bool is_quic, struct tt_verify_secrets *keys)
{
    struct tt_verify_packet packets[16];
    struct tt_verify_quic *quic = NULL;
    size_t count = cut_packets(in, packets);
    bool open = is_quic && tt_verify_quic_open(packets, count, keys, &quic) == TT_OK;
    for (unsigned i = 0; open && i < 8; i++)
        (void)tt_verify_quic_try(quic, (enum tt_verify_quic_part)(i / 2), i % 2, 0, take_window,
                                 NULL);
    for (size_t i = 0; i < count && !is_quic; i++)
        (void)tt_verify_dtls(packets, count, i, keys, take_opened, NULL);
    tt_verify_quic_free(quic);
}

static void read_blocks(struct tt_span in, size_t cut, bool qpack)
{
    struct tt_buf out = tt_buf_make(OUT_MAX);
    enum tt_err err =
        qpack ? tt_verify_qpack(tt_span_sub(in, 0, cut), tt_span_from(in, cut), 4096, &out)
              : tt_verify_hpack(in, cut, &out);
    if (err == TT_OK && out.len < 2)
        abort();
    tt_buf_clear(&out);
    err = qpack ? tt_verify_http3(in, &out) : tt_verify_http2(in, &out);
    if (err == TT_OK && out.len > in.len)
        abort();
    tt_buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct tt_span in = tt_span_of(data + 2, size - 2);
    size_t cut = in.len * data[1] / 256;
    struct tt_verify_secrets *keys = make_keys(in);
    if (keys == NULL)
        return 0;
    switch (data[0] % KIND_COUNT) {
    case 0:
        open_streams(in, cut, keys);
        break;
    case 1:
        open_datagrams(in, false, keys);
        break;
    case 2:
        open_datagrams(in, true, keys);
        break;
    case 3:
        read_blocks(in, cut, false);
        break;
    default:
        read_blocks(in, cut, true);
        break;
    }
    tt_verify_secrets_free(keys);
    return 0;
}
