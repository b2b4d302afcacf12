/* Makes a capture of very many flows that are all open at the same time, with values of an invented
 * subject planted in some: what must fit in memory, and must not be forgotten meanwhile. The same
 * options give the same bytes.
 *
 * 16384 clients (10.0.0.0/16; the phone of the sheet, 192.168.77.23, for the flows with planted
 * values) talk to 4096 servers (198.18.0.0/15, the block set aside for benchmarks) under
 * many.example. The capture has two parts. First all flows open and say what they have to say for
 * now, a few hundred taking turns, and nobody closes. Then, in another order, the ones that had
 * stopped in the middle go on, and servers answer. What is said and where it stops depends on the
 * kind of flow, below.
 *
 * One flow in --every (1000) carries a value. Where the kind of flow stops in the middle of a head,
 * a body or a text, it stops in the middle of the value, and the rest comes in the second part: the
 * truth lists both frames. Of the flows without a value one in four goes on. */
#include "gen_code.h"
#include "gen_packet.h"
#include "gen_subject.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SERVERS = 4096,
    CLIENTS = 16384,
    GROUP = 512,        /* flows that take turns while they open */
    STEP_US = 40,       /* capture time between frames */
    PAD_MAX = 60000,    /* longest header that fills a head */
    SEGMENT_MAX = 1400, /* of text in one segment */
    PORT_FIRST = 20000,
    FLOWS_MAX = 1 << 24
};

/* What a flow says, and where it stops. */
enum kind {
    KIND_WAITING,   /* a whole HTTP request without an answer yet */
    KIND_ANSWERED,  /* the same; the answer comes in the second part, and the flow stays open */
    KIND_HALF_HEAD, /* an HTTP request cut in its head */
    KIND_HALF_BODY, /* an HTTP request cut in its body */
    KIND_TEXT,      /* lines of no protocol that is known, cut */
    KIND_TALK,      /* such lines from both sides */
    KIND_HELD,      /* a request whose second segment came before the first */
    KIND_TLS,       /* a ClientHello */
    KIND_DNS,       /* a question over UDP */
    KIND_DATAGRAM,  /* a datagram of no protocol that is known */
    KIND_SYN,       /* half of a handshake */
    KIND_COUNT
};

static const struct {
    const char *name;
    unsigned share;   /* permille of the flows */
    bool carries;     /* may carry a value */
    uint8_t protocol; /* 'h': HTTP, 't': text, 0: none of them */
} KINDS[KIND_COUNT] = {
    [KIND_WAITING] = {"waiting", 350, true, 'h'},
    [KIND_ANSWERED] = {"answered", 150, true, 'h'},
    [KIND_HALF_HEAD] = {"half-head", 80, true, 'h'},
    [KIND_HALF_BODY] = {"half-body", 80, true, 'h'},
    [KIND_TEXT] = {"text", 80, true, 't'},
    [KIND_TALK] = {"talk", 40, true, 't'},
    [KIND_HELD] = {"held", 20, true, 'h'},
    [KIND_TLS] = {"tls", 80, false, 0},
    [KIND_DNS] = {"dns", 50, false, 0},
    [KIND_DATAGRAM] = {"datagram", 50, true, 't'},
    [KIND_SYN] = {"syn", 20, false, 0},
};

struct options {
    uint32_t flows;
    uint32_t every;
    uint32_t pad; /* bytes of a header that fills heads */
    uint64_t seed;
    int only; /* this kind alone; -1: all */
    const char *subject;
    const char *truth;
    const char *stats;
    const char *out;
};

struct trace {
    struct options options;
    struct gen_wire wire;
    struct gen_subject subject;
    struct gen_leak *leaks; /* of flow every * n + every / 2 */
    struct gen_text text;   /* of the flow that is looked at */
    struct gen_text body;
    uint64_t frames_first; /* of the first part */
};

/* One flow, made anew from its number whenever it is looked at. */
struct flow {
    enum kind kind;
    struct gen_path path;
    char host[32];
    uint32_t seq[2]; /* of the first byte of data, by enum gen_side */
    struct gen_leak *leak;
    size_t value_from; /* of the text that the phone sends */
    size_t value_to;
    size_t cut; /* where the first part stops; the length of the text: nowhere */
    bool goes_on;
};

/* ---- making flows ---- */

static enum kind choose_kind(const struct trace *trace, bool leaks, struct gen_rng *rng)
{
    if (trace->options.only >= 0)
        return (enum kind)trace->options.only;
    for (;;) {
        uint32_t chance = gen_rng_below(rng, 1000);
        enum kind kind = KIND_WAITING;
        while (chance >= KINDS[kind].share)
            chance -= KINDS[kind++].share;
        if (!leaks || KINDS[kind].carries)
            return kind;
    }
}

/* A value of the owner as it is written, with what the truth says of it. */
static void choose_value(const struct gen_subject *s, struct gen_rng *rng, struct gen_leak *leak,
                         struct gen_text *value)
{
    static const char *const kinds[] = {"imei", "android_id", "email", "imei", "email"};
    static const char *const written[] = {"plain", "plain", "plain", "md5", "base64"};
    const char *const plain[] = {s->imei[0], s->android_id, s->email, s->imei[0], s->email};
    uint32_t way = gen_rng_below(rng, (uint32_t)GEN_COUNT(kinds));
    char hex[GEN_HEX_MAX];
    value->len = 0;
    leak->kind = kinds[way];
    leak->written = written[way];
    (void)snprintf(leak->label, sizeof(leak->label), "%s[0]", kinds[way]);
    if (way == 3)
        gen_md5_hex(plain[way], hex);
    if (way == 4)
        gen_base64(value, plain[way], strlen(plain[way]));
    else
        gen_text_str(value, way == 3 ? hex : plain[way]);
    while (value->data[value->len - 1] == '=')
        value->len--; /* the padding would have to be escaped in places */
}

static void put_value(struct trace *trace, struct flow *flow, const struct gen_text *value)
{
    flow->value_from = trace->text.len;
    gen_text_put(&trace->text, value->data, value->len);
    flow->value_to = trace->text.len;
}

static void write_request(struct trace *trace, struct flow *flow, struct gen_rng *rng,
                          const struct gen_text *value)
{
    struct gen_text *text = &trace->text;
    bool in_body = flow->kind == KIND_HALF_BODY ||
                   (flow->kind != KIND_HALF_HEAD && gen_rng_below(rng, 2) == 0);
    struct gen_text *body = &trace->body;
    body->len = 0;
    if (in_body)
        gen_text_printf(body, "{\"event\":\"e%u\",\"n\":%u,\"batch\":[1,2,3],\"id\":\"",
                        gen_rng_below(rng, 100), gen_rng_below(rng, 100000));
    gen_text_printf(text, "%s /v1/collect?s=%08x", in_body ? "POST" : "GET",
                    gen_rng_below(rng, UINT32_MAX));
    if (!in_body && value->len > 0) {
        gen_text_str(text, "&id=");
        put_value(trace, flow, value);
    }
    gen_text_printf(text, " HTTP/1.1\r\nHost: %s\r\nUser-Agent: Client/3.1\r\nAccept: */*\r\n",
                    flow->host);
    for (size_t left = trace->options.pad; left > 0;) {
        size_t len = left < 1000 ? left : 1000;
        gen_text_printf(text, "X-Fill: %0*u\r\n", (int)len, 0U);
        left -= len;
    }
    if (!in_body) {
        gen_text_str(text, "\r\n");
        return;
    }
    static const char tail[] = "\",\"state\":\"running\",\"level\":4}";
    gen_text_printf(text, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                    body->len + value->len + sizeof(tail) - 1);
    gen_text_put(text, body->data, body->len);
    if (value->len > 0)
        put_value(trace, flow, value);
    gen_text_str(text, tail);
}

static void write_lines(struct trace *trace, struct flow *flow, struct gen_rng *rng,
                        const struct gen_text *value)
{
    gen_text_printf(&trace->text, "#REPORT v2 session=%08x mode=background interval=%u ",
                    gen_rng_below(rng, UINT32_MAX), gen_rng_below(rng, 1000));
    gen_text_printf(&trace->text, "state=idle ");
    if (value->len > 0)
        put_value(trace, flow, value);
    gen_text_printf(&trace->text, " level=%u end\n", gen_rng_below(rng, 10));
}

/* RFC 8446, section 4.1.2; one cipher suite, and the name of the server. */
static void write_hello(struct trace *trace, const struct flow *flow, struct gen_rng *rng)
{
    struct gen_text *text = &trace->text;
    size_t name = strlen(flow->host);
    size_t extensions = 4 + 2 + 3 + name;
    size_t hello = 2 + 32 + 1 + 2 + 2 + 2 + 2 + extensions;
    uint8_t random[32];
    gen_rng_fill(rng, random, sizeof(random));
    const uint8_t head[] = {22, 3, 1, 0, (uint8_t)(hello + 4), 1, 0, 0, (uint8_t)hello, 3, 3};
    const uint8_t suites[] = {0, 0, 2, 0x13, 1, 1, 0, 0, (uint8_t)extensions};
    const uint8_t sni[] = {
        0, 0, 0, (uint8_t)(5 + name), 0, (uint8_t)(3 + name), 0, 0, (uint8_t)name};
    gen_text_put(text, head, sizeof(head));
    gen_text_put(text, random, sizeof(random));
    gen_text_put(text, suites, sizeof(suites));
    gen_text_put(text, sni, sizeof(sni));
    gen_text_str(text, flow->host);
}

/* RFC 1035, section 4.1: who is that host? */
static void write_question(struct trace *trace, const struct flow *flow, struct gen_rng *rng)
{
    struct gen_text *text = &trace->text;
    const uint8_t head[12] = {(uint8_t)gen_rng_below(rng, 256), 7, 1, 0, 0, 1};
    const uint8_t tail[5] = {0, 0, 1, 0, 1};
    gen_text_put(text, head, sizeof(head));
    for (const char *label = flow->host; label != NULL;) {
        const char *dot = strchr(label, '.');
        size_t len = dot == NULL ? strlen(label) : (size_t)(dot - label);
        uint8_t byte = (uint8_t)len;
        gen_text_put(text, &byte, 1);
        gen_text_put(text, label, len);
        label = dot == NULL ? NULL : dot + 1;
    }
    gen_text_put(text, tail, sizeof(tail));
}

static void write_text(struct trace *trace, struct flow *flow, struct gen_rng *rng,
                       const struct gen_text *value)
{
    trace->text.len = 0;
    if (KINDS[flow->kind].protocol == 'h')
        write_request(trace, flow, rng, value);
    else if (KINDS[flow->kind].protocol == 't')
        write_lines(trace, flow, rng, value);
    else if (flow->kind == KIND_TLS)
        write_hello(trace, flow, rng);
    else if (flow->kind == KIND_DNS)
        write_question(trace, flow, rng);
}

static size_t choose_cut(const struct trace *trace, const struct flow *flow)
{
    size_t len = trace->text.len;
    switch (flow->kind) {
    case KIND_HALF_HEAD:
    case KIND_HALF_BODY:
    case KIND_TEXT:
    case KIND_HELD:
        if (flow->value_to > flow->value_from)
            return (flow->value_from + flow->value_to) / 2;
        return flow->kind == KIND_HALF_BODY ? len - 40 : len / 2;
    case KIND_WAITING:
    case KIND_ANSWERED:
    case KIND_TALK:
    case KIND_TLS:
    case KIND_DNS:
    case KIND_DATAGRAM:
    case KIND_SYN:
    case KIND_COUNT:
        break;
    }
    return len;
}

static uint16_t server_port(enum kind kind)
{
    if (KINDS[kind].protocol == 'h')
        return 80;
    if (kind == KIND_TLS)
        return 443;
    return kind == KIND_DNS ? 53 : 30119;
}

static void choose_path(struct trace *trace, struct flow *flow, uint32_t at)
{
    static const uint8_t others_mac[6] = {0x02, 0x00, 0x5e, 0x10, 0x00, 0x77};
    uint32_t server = at % SERVERS;
    uint32_t client = at % CLIENTS;
    flow->path = (struct gen_path){.mac = others_mac};
    flow->path.ends[GEN_HOST] =
        (struct gen_addr){.bytes = {198, 18, (uint8_t)(server >> 8), (uint8_t)(server & 0xff)}};
    flow->path.ends[GEN_PHONE] =
        (struct gen_addr){.bytes = {10, 0, (uint8_t)(client >> 8), (uint8_t)(client & 0xff)}};
    if (flow->leak != NULL) {
        flow->path.mac = trace->subject.mac_bytes;
        flow->path.ends[GEN_PHONE] = (struct gen_addr){.bytes = {192, 168, 77, 23}};
    }
    flow->path.ports[GEN_PHONE] = (uint16_t)(PORT_FIRST + at / SERVERS);
    flow->path.ports[GEN_HOST] = server_port(flow->kind);
    (void)snprintf(flow->host, sizeof(flow->host), "s%04u.many.example", server);
}

/* Flow number `at`; its text is in trace->text until the next one. `value` is room. */
static void make_flow(struct trace *trace, uint32_t at, struct flow *flow, struct gen_text *value)
{
    struct gen_rng rng = {trace->options.seed * UINT64_C(0x5851f42d4c957f2d) +
                          (at + 1) * UINT64_C(0xd1342543de82ef95)};
    uint32_t every = trace->options.every;
    bool leaks = every > 0 && at % every == every / 2;
    *flow = (struct flow){.kind = choose_kind(trace, leaks, &rng)};
    value->len = 0;
    if (leaks && KINDS[flow->kind].carries) {
        flow->leak = &trace->leaks[at / every];
        choose_value(&trace->subject, &rng, flow->leak, value);
    }
    choose_path(trace, flow, at);
    flow->seq[0] = (uint32_t)gen_rng_next(&rng);
    flow->seq[1] = (uint32_t)gen_rng_next(&rng);
    flow->goes_on = flow->leak != NULL || gen_rng_below(&rng, 4) == 0;
    write_text(trace, flow, &rng, value);
    flow->cut = choose_cut(trace, flow);
    struct gen_leak *leak = flow->leak;
    if (leak != NULL && leak->frame_count == 0) {
        leak->bytes_left = flow->value_to - flow->value_from;
        leak->place = KINDS[flow->kind].name;
        /* What no message names is known by its address. */
        const uint8_t *server = flow->path.ends[GEN_HOST].bytes;
        if (KINDS[flow->kind].protocol == 'h')
            (void)snprintf(leak->host, sizeof(leak->host), "%s", flow->host);
        else
            (void)snprintf(leak->host, sizeof(leak->host), "%u.%u.%u.%u", server[0], server[1],
                           server[2], server[3]);
    }
}

/* ---- sending ---- */

static void send_frame(struct trace *trace, struct gen_frame *frame)
{
    uint64_t time = trace->wire.time_us + STEP_US;
    trace->wire.time_us = time;
    gen_wire_send(&trace->wire, frame);
    trace->wire.time_us = time; /* not what the link would have taken */
}

static void send_tcp(struct trace *trace, struct flow *flow, enum gen_side from, unsigned flags,
                     uint32_t at)
{
    struct gen_frame frame = {.len = 0};
    uint32_t syn = (flags & GEN_TCP_SYN) != 0 ? 1 : 0;
    const struct gen_tcp tcp = {.from = from,
                                .flags = flags,
                                .seq = flow->seq[from] + at - syn,
                                .ack = (flags & GEN_TCP_ACK) != 0 ? flow->seq[1 - from] : 0,
                                .clock = 1,
                                .echo = 1};
    gen_packet_tcp(&flow->path, &tcp, 0, &frame);
    send_frame(trace, &frame);
}

/* How many bytes of [from, to) are of the value. */
static size_t of_value(const struct flow *flow, size_t from, size_t to)
{
    size_t low = from > flow->value_from ? from : flow->value_from;
    size_t high = to < flow->value_to ? to : flow->value_to;
    return low < high ? high - low : 0;
}

/* Bytes [from, to) of what one side says; of the phone's text some may be of the value. */
static void send_data(struct trace *trace, struct flow *flow, enum gen_side from_side,
                      const struct gen_text *text, size_t from, size_t to)
{
    for (size_t at = from; at < to;) {
        size_t len = to - at < SEGMENT_MAX ? to - at : SEGMENT_MAX;
        struct gen_frame frame = {.len = 0};
        const struct gen_tcp tcp = {.from = from_side,
                                    .flags = GEN_TCP_PSH | GEN_TCP_ACK,
                                    .seq = flow->seq[from_side] + (uint32_t)at,
                                    .ack = flow->seq[1 - from_side],
                                    .clock = 1,
                                    .echo = 1};
        memcpy(gen_packet_tcp_data(&flow->path, &frame), text->data + at, len);
        gen_packet_tcp(&flow->path, &tcp, len, &frame);
        if (flow->leak != NULL && from_side == GEN_PHONE && of_value(flow, at, at + len) > 0) {
            frame.leak = flow->leak;
            frame.leak_bytes = of_value(flow, at, at + len);
        }
        send_frame(trace, &frame);
        at += len;
    }
}

static void send_datagram(struct trace *trace, struct flow *flow)
{
    struct gen_frame frame = {.leak = flow->leak, .leak_bytes = flow->value_to - flow->value_from};
    gen_packet_udp(&flow->path, GEN_PHONE, trace->text.data, trace->text.len, &frame);
    send_frame(trace, &frame);
}

static bool is_udp(enum kind kind)
{
    return kind == KIND_DNS || kind == KIND_DATAGRAM;
}

/* The first part: SYN, SYN-ACK, ACK, and what is said for now. */
static void open_step(struct trace *trace, struct flow *flow, unsigned step)
{
    if (is_udp(flow->kind)) {
        if (step == 3)
            send_datagram(trace, flow);
        return;
    }
    if (step == 0)
        send_tcp(trace, flow, GEN_PHONE, GEN_TCP_SYN, 0);
    if (step == 0 || flow->kind == KIND_SYN)
        return;
    if (step == 1)
        send_tcp(trace, flow, GEN_HOST, GEN_TCP_SYN | GEN_TCP_ACK, 0);
    else if (step == 2)
        send_tcp(trace, flow, GEN_PHONE, GEN_TCP_ACK, 0);
    else if (flow->kind == KIND_HELD)
        send_data(trace, flow, GEN_PHONE, &trace->text, flow->cut, trace->text.len);
    else
        send_data(trace, flow, GEN_PHONE, &trace->text, 0, flow->cut);
}

/* The second part. */
static void go_on(struct trace *trace, struct flow *flow, struct gen_text *answer)
{
    answer->len = 0;
    if (flow->kind == KIND_ANSWERED)
        gen_text_str(answer, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                             "Content-Length: 11\r\n\r\n{\"ok\":true}");
    else if (flow->kind == KIND_TALK)
        gen_text_str(answer,
                     "#ACK v2 next=900 and nothing else to say for the time being, so wait\n");
    if (answer->len > 0)
        send_data(trace, flow, GEN_HOST, answer, 0, answer->len);
    else if (flow->goes_on && flow->kind == KIND_HELD)
        send_data(trace, flow, GEN_PHONE, &trace->text, 0, flow->cut);
    else if (flow->goes_on && flow->cut < trace->text.len)
        send_data(trace, flow, GEN_PHONE, &trace->text, flow->cut, trace->text.len);
}

static void run(struct trace *trace)
{
    struct gen_text value = {0};
    uint32_t flows = trace->options.flows;
    struct flow flow;
    for (uint32_t group = 0; group < flows; group += GROUP) {
        for (unsigned step = 0; step < 4; step++) {
            for (uint32_t at = group; at < group + GROUP && at < flows; at++) {
                make_flow(trace, at, &flow, &value);
                open_step(trace, &flow, step);
            }
        }
    }
    trace->frames_first = trace->wire.frames;
    struct gen_text answer = {0};
    /* A prime that divides no number of flows that is not larger: each has its turn once. */
    const uint64_t stride = 16777259;
    for (uint64_t i = 0; i < flows; i++) {
        make_flow(trace, (uint32_t)(i * stride % flows), &flow, &value);
        go_on(trace, &flow, &answer);
    }
    gen_wire_close(&trace->wire);
    gen_text_free(&answer);
    gen_text_free(&value);
}

/* ---- options and files ---- */

static uint64_t parse_number(const char *text, uint64_t least, uint64_t most)
{
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || value < least || value > most)
        gen_die("\"%s\" is no number from %" PRIu64 " to %" PRIu64, text, least, most);
    return value;
}

static int parse_kind(const char *text)
{
    for (int kind = 0; kind < KIND_COUNT; kind++)
        if (strcmp(KINDS[kind].name, text) == 0)
            return kind;
    gen_die("\"%s\" is no kind of flow", text);
}

static struct options parse_options(int argc, char **argv)
{
    static const struct option table[] = {
        {"flows", required_argument, NULL, 'f'},  {"every", required_argument, NULL, 'e'},
        {"pad", required_argument, NULL, 'p'},    {"seed", required_argument, NULL, 'r'},
        {"only", required_argument, NULL, 'k'},   {"subject", required_argument, NULL, 'u'},
        {"truth", required_argument, NULL, 't'},  {"stats", required_argument, NULL, 'c'},
        {"output", required_argument, NULL, 'o'}, {NULL, 0, NULL, 0}};
    struct options options = {.flows = 1000000, .every = 1000, .seed = 1, .only = -1};
    for (int c = 0; (c = getopt_long(argc, argv, "o:", table, NULL)) != -1;) {
        switch (c) {
        case 'f':
            options.flows = (uint32_t)parse_number(optarg, 1, FLOWS_MAX);
            break;
        case 'e':
            options.every = (uint32_t)parse_number(optarg, 0, FLOWS_MAX);
            break;
        case 'p':
            options.pad = (uint32_t)parse_number(optarg, 0, PAD_MAX);
            break;
        case 'r':
            options.seed = parse_number(optarg, 0, UINT64_MAX);
            break;
        case 'k':
            options.only = parse_kind(optarg);
            break;
        case 'u':
            options.subject = optarg;
            break;
        case 't':
            options.truth = optarg;
            break;
        case 'c':
            options.stats = optarg;
            break;
        case 'o':
            options.out = optarg;
            break;
        default:
            options.out = NULL;
            optind = argc;
            break;
        }
    }
    if (options.out == NULL || optind != argc)
        gen_die("usage: [--flows 1000000] [--every 1000] [--seed 1] [--only KIND] [--pad BYTES] "
                "[--subject FILE] [--truth FILE] [--stats FILE] -o FILE|-");
    return options;
}

static void write_stats(const struct trace *trace)
{
    FILE *file = gen_create(trace->options.stats);
    if (file == NULL)
        return;
    (void)fprintf(file,
                  "{\"bytes\": %" PRIu64 ", \"frames\": %" PRIu64 ", \"frames_first\": %" PRIu64
                  ", \"flows\": %" PRIu32 ", \"leaks\": %" PRIu64 "}\n",
                  trace->wire.bytes, trace->wire.frames, trace->frames_first, trace->options.flows,
                  trace->wire.leaks);
    gen_finish(file, trace->options.stats);
}

int main(int argc, char **argv)
{
    struct trace trace = {.options = parse_options(argc, argv)};
    const struct options *options = &trace.options;
    struct gen_rng rng = {options->seed};
    FILE *truth = gen_create(options->truth);
    FILE *sheet = gen_create(options->subject);
    gen_subject_make(&trace.subject, &rng);
    if (sheet != NULL)
        gen_subject_write(&trace.subject, sheet);
    gen_finish(sheet, options->subject);
    if (options->every > 0) {
        size_t size = (options->flows / options->every + 1) * sizeof(*trace.leaks);
        trace.leaks = gen_resize(NULL, size);
        memset(trace.leaks, 0, size);
    }
    bool to_output = strcmp(options->out, "-") == 0;
    int fd = to_output ? STDOUT_FILENO : open(options->out, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0)
        gen_die("cannot write %s: %s", options->out, strerror(errno));
    gen_wire_open(&trace.wire, fd, truth, gen_rng_next(&rng));
    run(&trace);
    if (close(fd) != 0)
        gen_die("cannot write %s: %s", options->out, strerror(errno));
    gen_finish(truth, options->truth);
    write_stats(&trace);
    gen_text_free(&trace.text);
    gen_text_free(&trace.body);
    free(trace.leaks);
    free(trace.wire.out);
    return 0;
}
