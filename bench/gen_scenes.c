/* Makes captures of one hard kind each, with values of an invented subject planted in them. The
 * same options give the same bytes.
 *
 *   tiny       flows of three packets, one after the other: every second one UDP (question, answer,
 *              question), the rest TCP (SYN, data, FIN)
 *   giant      one TCP connection that carries lines of text
 *   lossy      64 TCP connections: 2 % of the segments are not in the capture although the receiver
 *              got them, 5 % are overtaken by up to eight others, 2 % are sent twice
 *   fragments  UDP datagrams in three IPv4 fragments each; every fifth with its last fragment
 * first, one in a hundred never complete noise      frames of chance bytes: unknown EtherTypes, IP
 * of any protocol, UDP of any port
 *
 * A planted value stands in plain text, in a packet that is there, in fragments across a border;
 * the destinations have no names. */
#include "gen_packet.h"
#include "gen_subject.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A finding lists 64 frames: of one destination no more may carry a value. */
enum {
    LEAKS = 96,
    CONNS = 64,
    ETHERNET = 14,
    IPV4 = 20,
    UDP = 8,
    PORT_FIRST = 32768,
    PORTS = 28000
};

struct conn {
    struct gen_path path;
    struct gen_stream stream;
    uint32_t received; /* what the host has acknowledged */
    bool open;
};

struct scenes {
    struct gen_wire wire;
    struct gen_rng rng;
    struct gen_subject subject;
    struct gen_leak leaks[GEN_HELD_MAX + 1]; /* on their way: frames may be held back */
    size_t leak_at;
    uint64_t size;
    uint64_t flows;
    uint64_t every; /* bytes between two planted values */
    uint64_t due_at;
    struct conn conns[CONNS];
};

struct scene {
    const char *name;
    void (*run)(struct scenes *scenes);
};

static struct gen_path path_of(struct scenes *scenes, uint64_t flow, uint16_t port)
{
    static const uint8_t phone[4] = {192, 168, 77, 23};
    struct gen_path path = {.mac = scenes->subject.mac_bytes,
                            .ports = {(uint16_t)(PORT_FIRST + flow % PORTS), port},
                            .ip_id = (uint16_t)gen_rng_next(&scenes->rng)};
    memcpy(path.ends[GEN_PHONE].bytes, phone, sizeof(phone));
    /* 198.51.100.0/24 and 203.0.113.0/24 are set aside for documentation (RFC 5737). */
    uint8_t *host = path.ends[GEN_HOST].bytes;
    bool second = flow / PORTS % 2 != 0;
    host[0] = second ? 203 : 198;
    host[1] = second ? 0 : 51;
    host[2] = second ? 113 : 100;
    host[3] = (uint8_t)(1 + (flow + flow / PORTS / 2) % 250);
    return path;
}

/* The leak that is due, or NULL. It is written into `line` with its place. */
static struct gen_leak *next_leak(struct scenes *scenes, struct gen_text *line)
{
    if (scenes->wire.bytes < scenes->due_at)
        return NULL;
    scenes->due_at += scenes->every / 2 + gen_rng_next(&scenes->rng) % scenes->every;
    struct gen_leak *leak = &scenes->leaks[scenes->leak_at++ % GEN_COUNT(scenes->leaks)];
    unsigned which = gen_rng_below(&scenes->rng, GEN_IMEIS);
    bool mail = gen_rng_below(&scenes->rng, 2) == 0;
    *leak = (struct gen_leak){.kind = mail ? "email" : "imei", .written = "plain", .place = "raw"};
    (void)snprintf(leak->label, sizeof(leak->label), mail ? "email[0]" : "imei[%u]", which);
    const char *value = mail ? scenes->subject.email : scenes->subject.imei[which];
    leak->bytes_left = strlen(value);
    gen_text_printf(line, " v=%s;", value);
    return leak;
}

static void put_line(struct scenes *scenes, struct gen_text *text)
{
    gen_text_printf(text, "t=%u k=", gen_rng_below(&scenes->rng, 100000));
    gen_text_hex(text, &scenes->rng, 12);
    gen_text_str(text, " state=ok level=info\n");
}

/* Text of at least `len` bytes with the leak that is due, if any, somewhere in its first half. */
static struct gen_leak *fill(struct scenes *scenes, struct gen_text *text, size_t len)
{
    text->len = 0;
    put_line(scenes, text);
    struct gen_leak *leak = next_leak(scenes, text);
    while (text->len < len)
        put_line(scenes, text);
    return leak;
}

static void mark(struct gen_frame *frame, struct gen_leak *leak)
{
    frame->leak = leak;
    frame->leak_bytes = leak == NULL ? 0 : leak->bytes_left;
}

/* ---- TCP ---- */

static void send_tcp(struct scenes *scenes, struct conn *conn, enum gen_side from, unsigned flags,
                     const struct gen_text *data, struct gen_leak *leak)
{
    static struct gen_frame frame;
    memset(&frame, 0, offsetof(struct gen_frame, bytes) + 128);
    size_t len = data == NULL ? 0 : data->len;
    if (len > gen_packet_mss(&conn->path))
        len = gen_packet_mss(&conn->path);
    if (len > 0)
        memcpy(gen_packet_tcp_data(&conn->path, &frame), data->data, len);
    struct gen_tcp tcp = {.from = from,
                          .flags = flags,
                          .seq = from == GEN_PHONE ? conn->stream.next : 1,
                          .ack = from == GEN_PHONE ? 1 : conn->received,
                          .clock = (uint32_t)scenes->wire.frames};
    gen_packet_tcp(&conn->path, &tcp, len, &frame);
    frame.stream = NULL;
    frame.fills_hole = false;
    mark(&frame, leak);
    if (from == GEN_PHONE)
        conn->stream.next += (uint32_t)len + ((flags & (GEN_TCP_SYN | GEN_TCP_FIN)) != 0 ? 1 : 0);
    gen_wire_send(&scenes->wire, &frame);
}

static void shake_hands(struct scenes *scenes, struct conn *conn)
{
    send_tcp(scenes, conn, GEN_PHONE, GEN_TCP_SYN, NULL, NULL);
    conn->received = conn->stream.next;
    static struct gen_frame frame;
    struct gen_tcp answer = {
        .from = GEN_HOST, .flags = GEN_TCP_SYN | GEN_TCP_ACK, .seq = 0, .ack = conn->received};
    gen_packet_tcp(&conn->path, &answer, 0, &frame);
    gen_wire_send(&scenes->wire, &frame);
    send_tcp(scenes, conn, GEN_PHONE, GEN_TCP_ACK, NULL, NULL);
    conn->open = true;
}

static void open_conn(struct scenes *scenes, struct conn *conn, uint64_t flow, uint16_t port)
{
    *conn = (struct conn){.path = path_of(scenes, flow, port)};
    conn->stream.next = (uint32_t)gen_rng_next(&scenes->rng);
}

static void run_giant(struct scenes *scenes)
{
    struct conn *conn = &scenes->conns[0];
    struct gen_text text = {0};
    open_conn(scenes, conn, 0, 9000);
    shake_hands(scenes, conn);
    for (unsigned i = 0; scenes->wire.bytes < scenes->size; i++) {
        struct gen_leak *leak = fill(scenes, &text, gen_packet_mss(&conn->path));
        send_tcp(scenes, conn, GEN_PHONE, GEN_TCP_ACK | GEN_TCP_PSH, &text, leak);
        conn->received = conn->stream.next;
        if (i % 2 == 1)
            send_tcp(scenes, conn, GEN_HOST, GEN_TCP_ACK, NULL, NULL);
    }
    send_tcp(scenes, conn, GEN_PHONE, GEN_TCP_FIN | GEN_TCP_ACK, NULL, NULL);
    gen_text_free(&text);
}

/* A segment that may be missing, late or there twice. */
static void send_badly(struct scenes *scenes, struct conn *conn, const struct gen_text *text,
                       struct gen_leak *leak)
{
    static struct gen_frame frame;
    size_t len = text->len < gen_packet_mss(&conn->path) ? text->len : gen_packet_mss(&conn->path);
    memcpy(gen_packet_tcp_data(&conn->path, &frame), text->data, len);
    struct gen_tcp tcp = {.from = GEN_PHONE,
                          .flags = GEN_TCP_ACK | GEN_TCP_PSH,
                          .seq = conn->stream.next,
                          .ack = 1,
                          .clock = (uint32_t)scenes->wire.frames};
    gen_packet_tcp(&conn->path, &tcp, len, &frame);
    conn->stream.next += (uint32_t)len;
    frame.stream = &conn->stream;
    mark(&frame, leak);
    uint32_t chance = gen_rng_below(&scenes->rng, 100);
    if (chance < 2 && leak == NULL)
        return;
    if (chance >= 2 && chance < 7 &&
        gen_wire_hold(&scenes->wire, &frame, gen_rng_between(&scenes->rng, 1, 8)))
        return;
    gen_wire_send(&scenes->wire, &frame);
    if (chance >= 98) {
        mark(&frame, NULL);
        gen_wire_send(&scenes->wire, &frame);
    }
}

static void run_lossy(struct scenes *scenes)
{
    struct gen_text text = {0};
    for (size_t i = 0; i < CONNS; i++) {
        open_conn(scenes, &scenes->conns[i], i, 9000);
        shake_hands(scenes, &scenes->conns[i]);
    }
    for (uint64_t turn = 0; scenes->wire.bytes < scenes->size; turn++) {
        struct conn *conn = &scenes->conns[gen_rng_below(&scenes->rng, CONNS)];
        send_badly(scenes, conn, &text, fill(scenes, &text, gen_packet_mss(&conn->path)));
        /* The receiver is behind by what may still be on its way. */
        if (turn % 2 == 1 && conn->stream.held == 0) {
            conn->received = conn->stream.next;
            send_tcp(scenes, conn, GEN_HOST, GEN_TCP_ACK, NULL, NULL);
        }
    }
    gen_wire_release(&scenes->wire);
    gen_text_free(&text);
}

/* ---- UDP ---- */

static void send_udp(struct scenes *scenes, struct gen_path *path, enum gen_side from,
                     const struct gen_text *text, struct gen_leak *leak)
{
    static struct gen_frame frame;
    gen_packet_udp(path, from, text->data, text->len, &frame);
    mark(&frame, leak);
    gen_wire_send(&scenes->wire, &frame);
}

static void run_tiny(struct scenes *scenes)
{
    struct gen_text text = {0};
    for (uint64_t flow = 0; flow < scenes->flows; flow++) {
        struct conn conn;
        open_conn(scenes, &conn, flow, flow % 2 == 0 ? 9001 : 9000);
        if (flow % 2 == 0) {
            struct gen_leak *leak = fill(scenes, &text, 40);
            send_udp(scenes, &conn.path, GEN_PHONE, &text, leak);
            text.len = 0;
            put_line(scenes, &text);
            send_udp(scenes, &conn.path, GEN_HOST, &text, NULL);
            text.len = 0;
            put_line(scenes, &text);
            send_udp(scenes, &conn.path, GEN_PHONE, &text, NULL);
        } else {
            send_tcp(scenes, &conn, GEN_PHONE, GEN_TCP_SYN, NULL, NULL);
            struct gen_leak *leak = fill(scenes, &text, 40);
            send_tcp(scenes, &conn, GEN_PHONE, GEN_TCP_ACK | GEN_TCP_PSH, &text, leak);
            send_tcp(scenes, &conn, GEN_PHONE, GEN_TCP_ACK | GEN_TCP_FIN, NULL, NULL);
        }
    }
    gen_text_free(&text);
}

/* The part [from, to) of an IPv4 frame's payload as a fragment (RFC 791). */
static void cut_out(const struct gen_frame *whole, size_t from, size_t to, bool last,
                    struct gen_frame *part)
{
    memcpy(part->bytes, whole->bytes, ETHERNET + IPV4);
    memcpy(part->bytes + ETHERNET + IPV4, whole->bytes + ETHERNET + IPV4 + from, to - from);
    part->len = ETHERNET + IPV4 + to - from;
    uint8_t *ip = part->bytes + ETHERNET;
    size_t total = IPV4 + to - from;
    size_t offset = from / 8 | (last ? 0 : 0x2000U);
    ip[2] = (uint8_t)(total >> 8);
    ip[3] = (uint8_t)total;
    ip[6] = (uint8_t)(offset >> 8);
    ip[7] = (uint8_t)offset;
    ip[10] = ip[11] = 0;
    uint32_t sum = 0;
    for (size_t i = 0; i < IPV4; i += 2)
        sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16));
    ip[10] = (uint8_t)(sum >> 8);
    ip[11] = (uint8_t)sum;
}

static void send_fragments(struct scenes *scenes, struct gen_path *path,
                           const struct gen_text *text, struct gen_leak *leak, size_t leak_at)
{
    static struct gen_frame whole;
    static struct gen_frame parts[3];
    gen_packet_udp(path, GEN_PHONE, text->data, text->len, &whole);
    size_t len = UDP + text->len;
    /* A planted value lies across the first border. */
    size_t first = leak == NULL ? 480 : (UDP + leak_at + 8) & ~(size_t)7;
    const size_t borders[] = {0, first, (first + len) / 2 & ~(size_t)7, len};
    bool late = gen_rng_below(&scenes->rng, 5) == 0;
    bool lost = leak == NULL && gen_rng_below(&scenes->rng, 100) == 0;
    size_t leak_len = leak == NULL ? 0 : leak->bytes_left;
    for (size_t i = 0; i < 3; i++) {
        size_t part = late ? 2 - i : i;
        struct gen_frame *frame = &parts[part];
        cut_out(&whole, borders[part], borders[part + 1], part == 2, frame);
        frame->leak = NULL;
        frame->leak_bytes = 0;
        size_t front = borders[1] - (UDP + leak_at);
        if (leak != NULL && part < 2) {
            frame->leak = leak;
            frame->leak_bytes = part == 0 ? front : leak_len - front;
        }
        if (lost && part == 1)
            continue;
        gen_wire_send(&scenes->wire, frame);
    }
}

static void run_fragments(struct scenes *scenes)
{
    struct gen_text text = {0};
    for (uint64_t i = 0; scenes->wire.bytes < scenes->size; i++) {
        struct gen_path path = path_of(scenes, i % 200, 9001);
        path.ip_id = (uint16_t)i;
        text.len = 0;
        put_line(scenes, &text);
        size_t before = text.len;
        struct gen_leak *leak = next_leak(scenes, &text);
        while (text.len < 1300)
            put_line(scenes, &text);
        send_fragments(scenes, &path, &text, leak, before + strlen(" v="));
    }
    gen_text_free(&text);
}

static void run_noise(struct scenes *scenes)
{
    static struct gen_frame frame;
    struct gen_text text = {0};
    for (uint64_t i = 0; scenes->wire.bytes < scenes->size; i++) {
        struct gen_path path = path_of(scenes, gen_rng_below(&scenes->rng, 5000),
                                       (uint16_t)gen_rng_between(&scenes->rng, 1, 65535));
        struct gen_leak *leak = next_leak(scenes, &text);
        size_t len = gen_rng_between(&scenes->rng, 40, 1300);
        if (leak != NULL) {
            send_udp(scenes, &path, GEN_PHONE, &text, leak);
            text.len = 0;
            continue;
        }
        uint8_t bytes[1300];
        gen_rng_fill(&scenes->rng, bytes, len);
        gen_packet_udp(&path, GEN_PHONE, bytes, len, &frame);
        if (i % 3 == 0) /* no IP at all */
            gen_rng_fill(&scenes->rng, frame.bytes + 12, frame.len - 12);
        else if (i % 3 == 1) /* some protocol of IP */
            frame.bytes[ETHERNET + 9] = (uint8_t)gen_rng_next(&scenes->rng);
        mark(&frame, NULL);
        gen_wire_send(&scenes->wire, &frame);
    }
    gen_text_free(&text);
}

/* ---- options ---- */

static const struct scene list[] = {{"tiny", run_tiny},
                                    {"giant", run_giant},
                                    {"lossy", run_lossy},
                                    {"fragments", run_fragments},
                                    {"noise", run_noise}};

int main(int argc, char **argv)
{
    static const struct option table[] = {{"scene", required_argument, NULL, 'n'},
                                          {"size", required_argument, NULL, 's'},
                                          {"flows", required_argument, NULL, 'f'},
                                          {"seed", required_argument, NULL, 'r'},
                                          {"subject", required_argument, NULL, 'u'},
                                          {"truth", required_argument, NULL, 't'},
                                          {"stats", required_argument, NULL, 'c'},
                                          {"output", required_argument, NULL, 'o'},
                                          {NULL, 0, NULL, 0}};
    const char *paths[128] = {NULL};
    uint64_t size = UINT64_C(64) << 20;
    uint64_t flows = 200000;
    uint64_t seed = 1;
    for (int c = 0; (c = getopt_long(argc, argv, "o:", table, NULL)) != -1;) {
        if (c == 's')
            size = gen_number(optarg);
        else if (c == 'f')
            flows = gen_number(optarg);
        else if (c == 'r')
            seed = gen_number(optarg);
        else if (c != '?')
            paths[c] = optarg;
    }
    const struct scene *scene = NULL;
    for (size_t i = 0; paths['n'] != NULL && i < GEN_COUNT(list); i++)
        if (strcmp(list[i].name, paths['n']) == 0)
            scene = &list[i];
    if (scene == NULL || paths['o'] == NULL || optind != argc)
        gen_die("usage: --scene tiny|giant|lossy|fragments|noise [--size 64M] [--flows 200000] "
                "[--seed 1] [--subject FILE] [--truth FILE] [--stats FILE] -o FILE");
    struct scenes *scenes = gen_resize(NULL, sizeof(*scenes));
    *scenes = (struct scenes){.rng = {seed}, .size = size, .flows = flows, .every = size / LEAKS};
    gen_subject_make(&scenes->subject, &scenes->rng);
    FILE *sheet = gen_create(paths['u']);
    if (sheet != NULL)
        gen_subject_write(&scenes->subject, sheet);
    gen_finish(sheet, paths['u']);
    FILE *truth = gen_create(paths['t']);
    int fd = open(paths['o'], O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0)
        gen_die("cannot write %s: %s", paths['o'], strerror(errno));
    gen_wire_open(&scenes->wire, fd, truth, gen_rng_next(&scenes->rng));
    scene->run(scenes);
    gen_wire_close(&scenes->wire);
    if (close(fd) != 0)
        gen_die("cannot write %s: %s", paths['o'], strerror(errno));
    gen_finish(truth, paths['t']);
    FILE *stats = gen_create(paths['c']);
    if (stats != NULL)
        (void)fprintf(stats,
                      "{\"bytes\": %" PRIu64 ", \"frames\": %" PRIu64 ", \"leaks\": %" PRIu64
                      ", \"reordered\": %" PRIu64 ", \"repeated\": %" PRIu64 "}\n",
                      scenes->wire.bytes, scenes->wire.frames, scenes->wire.leaks,
                      scenes->wire.reordered, scenes->wire.repeated);
    gen_finish(stats, paths['c']);
    free(scenes->wire.out);
    free(scenes);
    return 0;
}
