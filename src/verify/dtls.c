#include "base/reader.h"
#include "base/secret.h"
#include "verify/tls.h"

enum { HANDSHAKE = 22, APPLICATION_DATA = 23, HELLO_MAX = 65536 };

struct record {
    uint8_t type;
    uint16_t version;
    uint64_t number; /* with the epoch in its upper 16 bits */
    struct tt_span body;
};

/* Takes a record off the front (RFC 6347, section 4.1). */
static bool next_record(struct tt_span *rest, struct record *ret_record)
{
    struct tt_reader reader = tt_reader_of(*rest);
    struct record record = {.type = tt_read_u8(&reader)};
    record.version = tt_read_u16(&reader);
    record.number = tt_read_u64(&reader);
    record.body = tt_read_span(&reader, tt_read_u16(&reader));
    if (reader.failed || record.version >> 8 != 0xfe)
        return false;
    *rest = tt_read_rest(&reader);
    *ret_record = record;
    return true;
}

/* A hello that is not cut into fragments, given with the header that TLS has for it. */
static void read_hello(struct tt_verify_hello *hello, struct tt_span body)
{
    struct tt_reader reader = tt_reader_of(body);
    struct tt_span head = tt_read_span(&reader, 4);
    tt_read_skip(&reader, 2);
    uint64_t at = tt_read_be(&reader, 3);
    uint64_t len = tt_read_be(&reader, 3);
    struct tt_span text = tt_read_span(&reader, (size_t)len);
    struct tt_buf message = tt_buf_make(HELLO_MAX);
    if (!reader.failed && at == 0 && tt_buf_append(&message, head) == TT_OK &&
        tt_buf_append(&message, text) == TT_OK)
        tt_verify_hello_read(hello, tt_buf_span(&message));
    tt_buf_free(&message);
}

/* The last hellos in front of packet number `at`. */
static void read_hellos(const struct tt_verify_packet *packets, size_t at, unsigned *ret_client,
                        struct tt_verify_hello *hello)
{
    for (size_t i = 0; i < at; i++) {
        struct tt_span rest = packets[i].bytes;
        struct record record;
        while (next_record(&rest, &record)) {
            if (record.type != HANDSHAKE || record.number >> 48 != 0)
                continue;
            if (record.body.len > 0 && record.body.data[0] == 1)
                *ret_client = packets[i].from;
            read_hello(hello, record.body);
        }
    }
}

static const char *prepare(const struct tt_verify_hello *hello,
                           const struct tt_verify_secrets *keys, size_t at, bool server,
                           struct tt_verify_opener *opener)
{
    struct tt_span master = {0};
    if (!hello->seen[0] || !hello->seen[1])
        return "the handshake of this connection is not in the capture";
    *opener = (struct tt_verify_opener){.suite = tt_verify_suite_find(hello->suite),
                                        .version = hello->version == 0xfefd ? 0x0303 : 0x0302,
                                        .mac_last = hello->mac_last};
    if (opener->suite == NULL || hello->packed || hello->version < 0xfefd)
        return "sealed with a version or cipher suite of DTLS that is not walked here";
    if (!tt_verify_master(keys, hello, at, &master))
        return "the keys of this connection were not given: --keys lacks";
    if (!tt_verify_opener_keys(opener, master, tt_span_of(hello->random[0], TT_VERIFY_RANDOM),
                               tt_span_of(hello->random[1], TT_VERIFY_RANDOM), server))
        return "sealed with a cipher suite that is not walked here";
    return NULL;
}

/* The records of a datagram. */
static bool take_records(struct tt_verify_opener *opener, struct tt_span rest,
                         bool (*take)(void *context, struct tt_span plain), void *context)
{
    struct tt_buf plain = tt_buf_make(HELLO_MAX);
    struct record record;
    bool taken = false;
    while (!taken && next_record(&rest, &record)) {
        const uint8_t header[3] = {record.type, (uint8_t)(record.version >> 8),
                                   (uint8_t)record.version};
        tt_buf_clear(&plain);
        opener->seq = record.number;
        taken = record.type == APPLICATION_DATA && record.number >> 48 == 1 &&
                tt_verify_open(opener, tt_span_of(header, sizeof(header)), record.body, &plain) &&
                take(context, tt_buf_span(&plain));
    }
    tt_buf_wipe(&plain);
    return taken;
}

const char *tt_verify_dtls(const struct tt_verify_packet *packets, size_t count, size_t at,
                           const struct tt_verify_secrets *keys,
                           bool (*take)(void *context, struct tt_span plain), void *context)
{
    struct tt_verify_hello hello = {0};
    struct tt_verify_opener opener;
    unsigned client = 0;
    if (at >= count)
        return NULL;
    read_hellos(packets, at, &client, &hello);
    const char *why = NULL;
    bool taken = false;
    for (size_t i = 0; i < TT_KEY_RIVALS_MAX && why == NULL && !taken; i++) {
        why = prepare(&hello, keys, i, packets[at].from != client, &opener);
        taken = why == NULL && take_records(&opener, packets[at].bytes, take, context);
        if (why != NULL && i > 0) /* there are no more */
            return NULL;
    }
    tt_wipe(&opener, sizeof(opener));
    return why;
}
