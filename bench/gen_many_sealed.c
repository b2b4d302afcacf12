/* Many encrypted connections that are all open at the same time, with keys for a part of them.
 *
 *     bench-gen-many-sealed --kind tls|quic --connections N --keyed N --keys FILE -o FILE
 *
 * Each connection shakes hands; when all have, each sends the first half of a POST, and when all
 * did, the second half: the value in its body, VALUE below, is cut in two. TLS 1.3 carries
 * HTTP/1.1, QUIC version 1 carries HTTP/3. The first --keyed connections stand in the key log. */
#include "gen_packet.h"
#include "gen_seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUE "358240051111110"

enum { HOSTS = 16, RANDOM = 32, HANDSHAKE = 22, DATA = 23, INITIAL = 0, HANDSHAKES = 2, SHORT = 4 };

enum secret { CLIENT_HANDSHAKE, SERVER_HANDSHAKE, CLIENT_TRAFFIC, SERVER_TRAFFIC, SECRETS };

static const char *const LABELS[SECRETS] = {"CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                                            "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                                            "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"};

struct options {
    bool quic;
    uint32_t connections;
    uint32_t keyed;
    const char *keys;
    const char *out;
};

/* All connections have the same secrets under other randoms: what opens them is looked up all the
 * same. */
struct trace {
    struct options options;
    struct gen_wire wire;
    uint8_t secrets[SECRETS][GEN_SECRET];
    struct gen_seal seals[SECRETS];
};

/* One connection, made anew from its number. */
struct connection {
    uint32_t number;
    struct gen_path path;
    char host[32];
    uint8_t random[RANDOM];
    uint32_t seq[2];
};

static const uint8_t PHONE_MAC[6] = {0x02, 0x00, 0x5e, 0x10, 0x00, 0x17};

static struct connection connection_of(uint32_t number)
{
    struct gen_rng rng = {.state = number + 1U};
    struct connection c = {.number = number, .seq = {1000, 5000}};
    c.path = (struct gen_path){.mac = PHONE_MAC, .ports = {0, 443}};
    const uint8_t phone[4] = {10, 7, (uint8_t)(number / 50000), 23};
    const uint8_t host[4] = {198, 51, 100, (uint8_t)(1 + number % HOSTS)};
    memcpy(c.path.ends[GEN_PHONE].bytes, phone, sizeof(phone));
    memcpy(c.path.ends[GEN_HOST].bytes, host, sizeof(host));
    c.path.ports[GEN_PHONE] = (uint16_t)(10000 + number % 50000);
    (void)snprintf(c.host, sizeof(c.host), "h%02u.cloud.example", number % HOSTS);
    gen_rng_fill(&rng, c.random, sizeof(c.random));
    return c;
}

/* ---- handshake messages ---- */

static void put_u8(struct gen_text *text, size_t value)
{
    const uint8_t byte = (uint8_t)value;
    gen_text_put(text, &byte, 1);
}

static void put_u16(struct gen_text *text, size_t value)
{
    put_u8(text, value >> 8);
    put_u8(text, value);
}

static void put_message(struct gen_text *out, uint8_t type, const struct gen_text *body)
{
    put_u8(out, type);
    put_u8(out, 0);
    put_u16(out, body->len);
    gen_text_put(out, body->data, body->len);
}

static void client_hello(const struct connection *c, bool quic, struct gen_text *out)
{
    static const uint8_t versions[] = {0, 43, 0, 3, 2, 3, 4};
    const char *alpn = quic ? "h3" : "http/1.1";
    struct gen_text ext = {0};
    put_u16(&ext, 0); /* server name */
    put_u16(&ext, strlen(c->host) + 5);
    put_u16(&ext, strlen(c->host) + 3);
    put_u8(&ext, 0);
    put_u16(&ext, strlen(c->host));
    gen_text_str(&ext, c->host);
    put_u16(&ext, 16);
    put_u16(&ext, strlen(alpn) + 3);
    put_u16(&ext, strlen(alpn) + 1);
    put_u8(&ext, strlen(alpn));
    gen_text_str(&ext, alpn);
    gen_text_put(&ext, versions, sizeof(versions));
    struct gen_text body = {0};
    put_u16(&body, 0x0303);
    gen_text_put(&body, c->random, RANDOM);
    put_u8(&body, 0);
    put_u16(&body, 2);
    put_u16(&body, 0x1301);
    put_u16(&body, 0x0100);
    put_u16(&body, ext.len);
    gen_text_put(&body, ext.data, ext.len);
    put_message(out, 1, &body);
    gen_text_free(&body);
    gen_text_free(&ext);
}

static void server_hello(const struct connection *c, struct gen_text *out)
{
    static const uint8_t rest[] = {0, 0x13, 0x01, 0, 0, 6, 0, 43, 0, 2, 3, 4};
    struct gen_text body = {0};
    put_u16(&body, 0x0303);
    for (size_t i = 0; i < RANDOM; i++)
        put_u8(&body, c->random[RANDOM - 1 - i]);
    gen_text_put(&body, rest, sizeof(rest));
    put_message(out, 2, &body);
    gen_text_free(&body);
}

/* Encrypted extensions with the protocol (server only), and a Finished. */
static void put_finish(bool server, bool quic, struct gen_text *out)
{
    static const uint8_t zeros[32] = {0};
    const char *alpn = quic ? "h3" : "http/1.1";
    struct gen_text body = {0};
    put_u16(&body, strlen(alpn) + 7);
    put_u16(&body, 16);
    put_u16(&body, strlen(alpn) + 3);
    put_u16(&body, strlen(alpn) + 1);
    put_u8(&body, strlen(alpn));
    gen_text_str(&body, alpn);
    if (server)
        put_message(out, 8, &body);
    body.len = 0;
    gen_text_put(&body, zeros, sizeof(zeros));
    put_message(out, 20, &body);
    gen_text_free(&body);
}

/* ---- TLS over TCP ---- */

static void send_tcp(struct trace *trace, struct connection *c, enum gen_side from, unsigned flags,
                     const struct gen_text *data)
{
    static struct gen_frame frame; /* large */
    size_t len = data == NULL ? 0 : data->len;
    const struct gen_tcp tcp = {.from = from,
                                .flags = flags,
                                .seq = c->seq[from],
                                .ack = (flags & GEN_TCP_ACK) != 0 ? c->seq[1 - from] : 0};
    frame.stream = NULL;
    frame.leak = NULL;
    if (len > 0)
        memcpy(gen_packet_tcp_data(&c->path, &frame), data->data, len);
    gen_packet_tcp(&c->path, &tcp, len, &frame);
    gen_wire_send(&trace->wire, &frame);
    c->seq[from] += (uint32_t)len + ((flags & GEN_TCP_SYN) != 0 ? 1U : 0U);
}

static void put_clear_record(const struct gen_text *message, struct gen_text *out)
{
    put_u8(out, HANDSHAKE);
    put_u16(out, 0x0303);
    put_u16(out, message->len);
    gen_text_put(out, message->data, message->len);
}

static void shake_tls(struct trace *trace, struct connection *c)
{
    struct gen_text message = {0};
    struct gen_text out = {0};
    send_tcp(trace, c, GEN_PHONE, GEN_TCP_SYN, NULL);
    send_tcp(trace, c, GEN_HOST, GEN_TCP_SYN | GEN_TCP_ACK, NULL);
    client_hello(c, false, &message);
    put_clear_record(&message, &out);
    send_tcp(trace, c, GEN_PHONE, GEN_TCP_PSH | GEN_TCP_ACK, &out);
    message.len = out.len = 0;
    server_hello(c, &message);
    put_clear_record(&message, &out);
    message.len = 0;
    put_finish(true, false, &message);
    gen_seal_record(&trace->seals[SERVER_HANDSHAKE], 0, HANDSHAKE, &message, &out);
    send_tcp(trace, c, GEN_HOST, GEN_TCP_PSH | GEN_TCP_ACK, &out);
    message.len = out.len = 0;
    put_finish(false, false, &message);
    gen_seal_record(&trace->seals[CLIENT_HANDSHAKE], 0, HANDSHAKE, &message, &out);
    send_tcp(trace, c, GEN_PHONE, GEN_TCP_PSH | GEN_TCP_ACK, &out);
    gen_text_free(&message);
    gen_text_free(&out);
}

/* The state behind the handshake is found by its lengths alone. */
static void skip_tls(struct connection *c)
{
    struct gen_text hello = {0};
    struct gen_text answer = {0};
    struct gen_text finish = {0};
    client_hello(c, false, &hello);
    server_hello(c, &answer);
    put_finish(true, false, &answer);
    put_finish(false, false, &finish);
    enum { CLEAR = 5, SEALED = 5 + 1 + GEN_SEAL_TAG };
    c->seq[GEN_PHONE] += (uint32_t)(1 + hello.len + CLEAR + finish.len + SEALED);
    c->seq[GEN_HOST] += (uint32_t)(1 + answer.len + CLEAR + SEALED);
    gen_text_free(&hello);
    gen_text_free(&answer);
    gen_text_free(&finish);
}

static void write_body(const struct connection *c, struct gen_text *out)
{
    gen_text_printf(out, "{\"event\":\"e%u\",\"id\":\"" VALUE "\"}", c->number % 10);
}

enum { CUT = 22 /* inside of the value, in all bodies */ };

static void talk_tls(struct trace *trace, struct connection *c, unsigned half)
{
    struct gen_text body = {0};
    struct gen_text text = {0};
    struct gen_text out = {0};
    write_body(c, &body);
    skip_tls(c);
    gen_text_printf(&text,
                    "POST /v1/collect HTTP/1.1\r\nHost: %s\r\nContent-Type: "
                    "application/json\r\nContent-Length: %zu\r\n\r\n%.*s",
                    c->host, body.len, (int)CUT, (const char *)body.data);
    if (half == 1) {
        c->seq[GEN_PHONE] += (uint32_t)(text.len + 5 + 1 + GEN_SEAL_TAG);
        text.len = 0;
        gen_text_put(&text, body.data + CUT, body.len - CUT);
    }
    gen_seal_record(&trace->seals[CLIENT_TRAFFIC], half, DATA, &text, &out);
    send_tcp(trace, c, GEN_PHONE, GEN_TCP_PSH | GEN_TCP_ACK, &out);
    gen_text_free(&body);
    gen_text_free(&text);
    gen_text_free(&out);
}

/* ---- QUIC ---- */

static void put_cid(const struct connection *c, uint8_t kind, struct gen_text *out)
{
    for (unsigned i = 0; i < 4; i++)
        put_u8(out, kind);
    put_u16(out, c->number >> 16);
    put_u16(out, c->number);
}

/* Up to the number. `type`: of a long header, or SHORT. IDs: 1 the client's first destination, 2
 * the client, 3 the server. */
static void put_header(const struct connection *c, unsigned type, bool server, size_t frames,
                       struct gen_text *out)
{
    uint8_t to = server ? 2 : type == INITIAL ? 1 : 3;
    if (type == SHORT) {
        put_u8(out, 0x43);
        put_cid(c, to, out);
        return;
    }
    put_u8(out, 0xc3U | type << 4);
    put_u16(out, 0);
    put_u16(out, 1);
    put_u8(out, GEN_CID);
    put_cid(c, to, out);
    put_u8(out, GEN_CID);
    put_cid(c, server ? 3 : 2, out);
    if (type == INITIAL)
        put_u8(out, 0);
    put_u16(out, 0x4000U | (4 + frames + GEN_SEAL_TAG));
}

static void put_packet(const struct connection *c, const struct gen_seal *seal, unsigned type,
                       bool server, uint32_t number, const struct gen_text *frames,
                       struct gen_text *out)
{
    struct gen_text header = {0};
    put_header(c, type, server, frames->len, &header);
    gen_seal_packet(seal, &header, number, frames, out);
    gen_text_free(&header);
}

static void put_crypto(const struct gen_text *message, struct gen_text *out)
{
    put_u16(out, 0x0600);
    put_u16(out, 0x4000U | message->len);
    gen_text_put(out, message->data, message->len);
}

static void send_udp(struct trace *trace, struct connection *c, enum gen_side from,
                     struct gen_text *out)
{
    static struct gen_frame frame; /* large */
    frame.stream = NULL;
    frame.leak = NULL;
    gen_packet_udp(&c->path, from, out->data, out->len, &frame);
    gen_wire_send(&trace->wire, &frame);
    out->len = 0;
}

static void shake_quic(struct trace *trace, struct connection *c)
{
    struct gen_text message = {0};
    struct gen_text frames = {0};
    struct gen_text cid = {0};
    struct gen_text out = {0};
    uint8_t secret[GEN_SECRET];
    put_cid(c, 1, &cid);
    for (unsigned server = 0; server < 2; server++) {
        struct gen_seal initial;
        gen_seal_initial(cid.data, server == 1, secret);
        gen_seal_make(&initial, secret, true);
        message.len = frames.len = 0;
        if (server == 1)
            server_hello(c, &message);
        else
            client_hello(c, true, &message);
        put_crypto(&message, &frames);
        put_packet(c, &initial, INITIAL, server == 1, 0, &frames, &out);
        gen_seal_free(&initial);
        message.len = frames.len = 0;
        put_finish(server == 1, true, &message);
        put_crypto(&message, &frames);
        if (server == 0)
            send_udp(trace, c, GEN_PHONE, &out);
        else
            put_packet(c, &trace->seals[SERVER_HANDSHAKE], HANDSHAKES, true, 0, &frames, &out);
    }
    send_udp(trace, c, GEN_HOST, &out);
    message.len = frames.len = 0;
    put_finish(false, true, &message);
    put_crypto(&message, &frames);
    put_packet(c, &trace->seals[CLIENT_HANDSHAKE], HANDSHAKES, false, 0, &frames, &out);
    send_udp(trace, c, GEN_PHONE, &out);
    frames.len = 0;
    gen_text_put(&frames, "\x1e\0\0\0", 4); /* HANDSHAKE_DONE */
    put_packet(c, &trace->seals[SERVER_TRAFFIC], SHORT, true, 0, &frames, &out);
    send_udp(trace, c, GEN_HOST, &out);
    gen_text_free(&message);
    gen_text_free(&frames);
    gen_text_free(&cid);
    gen_text_free(&out);
}

/* HEADERS by the static table of QPACK (RFC 9204, appendix A), and the head of a DATA frame. */
static void put_http3(const struct connection *c, size_t body, struct gen_text *out)
{
    static const char path[] = "/v1/collect";
    struct gen_text block = {0};
    gen_text_put(&block, "\0\0\xd4\xd7", 4); /* POST, https */
    put_u8(&block, 0x51);
    put_u8(&block, strlen(path));
    gen_text_str(&block, path);
    put_u8(&block, 0x50);
    put_u8(&block, strlen(c->host));
    gen_text_str(&block, c->host);
    gen_text_put(&block,
                 "\x5f\x1d\x10"
                 "application/json",
                 19);
    put_u8(out, 1);
    put_u8(out, block.len);
    gen_text_put(out, block.data, block.len);
    put_u8(out, 0);
    put_u8(out, body);
    gen_text_free(&block);
}

static void talk_quic(struct trace *trace, struct connection *c, unsigned half)
{
    struct gen_text body = {0};
    struct gen_text frames = {0};
    struct gen_text out = {0};
    struct gen_text text = {0};
    write_body(c, &body);
    put_http3(c, body.len, &text);
    size_t at = text.len + CUT;
    gen_text_put(&text, body.data, body.len);
    /* STREAM with offset and end, of stream 0 */
    put_u8(&frames, half == 1 ? 0x0d : 0x0c);
    put_u8(&frames, 0);
    put_u16(&frames, 0x4000U | (half == 1 ? at : 0));
    gen_text_put(&frames, text.data + (half == 1 ? at : 0), half == 1 ? text.len - at : at);
    put_packet(c, &trace->seals[CLIENT_TRAFFIC], SHORT, false, half, &frames, &out);
    send_udp(trace, c, GEN_PHONE, &out);
    gen_text_free(&body);
    gen_text_free(&frames);
    gen_text_free(&text);
    gen_text_free(&out);
}

/* ---- the whole ---- */

static void write_keys(const struct trace *trace)
{
    FILE *file = gen_create(trace->options.keys);
    for (uint32_t i = 0; file != NULL && i < trace->options.keyed; i++) {
        const struct connection c = connection_of(i);
        for (size_t s = 0; s < SECRETS; s++) {
            (void)fprintf(file, "%s ", LABELS[s]);
            for (size_t b = 0; b < RANDOM; b++)
                (void)fprintf(file, "%02x", c.random[b]);
            (void)fputc(' ', file);
            for (size_t b = 0; b < GEN_SECRET; b++)
                (void)fprintf(file, "%02x", trace->secrets[s][b]);
            (void)fputc('\n', file);
        }
    }
    gen_finish(file, trace->options.keys);
}

static void run(struct trace *trace)
{
    bool quic = trace->options.quic;
    for (unsigned part = 0; part < 3; part++) {
        for (uint32_t i = 0; i < trace->options.connections; i++) {
            struct connection c = connection_of(i);
            if (part == 0 && quic)
                shake_quic(trace, &c);
            else if (part == 0)
                shake_tls(trace, &c);
            else if (quic)
                talk_quic(trace, &c, part - 1);
            else
                talk_tls(trace, &c, part - 1);
        }
    }
    gen_wire_close(&trace->wire);
}

static struct options parse_options(int argc, char **argv)
{
    struct options options = {.connections = 1000, .out = "-"};
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *value = argv[i + 1];
        if (strcmp(argv[i], "--kind") == 0)
            options.quic = strcmp(value, "quic") == 0;
        else if (strcmp(argv[i], "--connections") == 0)
            options.connections = (uint32_t)gen_number(value);
        else if (strcmp(argv[i], "--keyed") == 0)
            options.keyed = (uint32_t)gen_number(value);
        else if (strcmp(argv[i], "--keys") == 0)
            options.keys = value;
        else if (strcmp(argv[i], "-o") == 0)
            options.out = value;
        else
            gen_die("unknown option %s", argv[i]);
    }
    if (options.connections > 10000000 || options.keyed > options.connections)
        gen_die("too many");
    return options;
}

int main(int argc, char **argv)
{
    static struct trace trace;
    trace.options = parse_options(argc, argv);
    for (size_t s = 0; s < SECRETS; s++) {
        memset(trace.secrets[s], (int)(0x20 + s), GEN_SECRET);
        gen_seal_make(&trace.seals[s], trace.secrets[s], trace.options.quic);
    }
    write_keys(&trace);
    bool to_output = strcmp(trace.options.out, "-") == 0;
    int fd =
        to_output ? STDOUT_FILENO : open(trace.options.out, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0)
        gen_die("cannot write %s: %s", trace.options.out, strerror(errno));
    gen_wire_open(&trace.wire, fd, NULL, 1);
    run(&trace);
    if (close(fd) != 0)
        gen_die("cannot write %s: %s", trace.options.out, strerror(errno));
    for (size_t s = 0; s < SECRETS; s++)
        gen_seal_free(&trace.seals[s]);
    free(trace.wire.out);
    return 0;
}
