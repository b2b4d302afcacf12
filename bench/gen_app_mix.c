/* Makes a capture of app-like traffic, with values of an invented subject planted in it: what the
 * benchmark measures on. The same options give the same bytes.
 *
 * A phone (192.168.77.23, 2001:db8:77::23) talks to 56 hosts under .example for as long as it takes
 * to fill the size asked for, at 50 Mbit/s of capture time. Up to 14 connections are open at a time
 * and take turns in bursts of up to ten segments. Shares of the bytes of messages, kept by
 * steering:
 *
 *   60 %  pictures and video: chance bytes in WebP and MP4 containers, Content-Length
 *   25 %  scripts, styles, pages, JSON and forms as they are; one in seven chunked
 *   15 %  the same compressed with gzip (bytes on the wire; about four times as many unpacked),
 * four in ten chunked; some requests as well
 *
 * By number, half of the connections carry small API calls and analytics beacons, as phones do;
 * three in a hundred speak a line protocol of their own, and now and then there is a game's
 * datagram. DNS asks for A and AAAA before a host is first met, and again when the answer is too
 * old. A quarter of the hosts is met over IPv6. Keep-alive with 1 to 12 requests a connection,
 * segments of 1448 bytes (IPv6: 1428), an ACK for every second one, 1 % of the segments overtaken
 * by later ones, 0.5 % sent twice. Segments with planted bytes: each 10 %. Of the planted values 15
 * % are cut between two segments, half of those with the second half first. */
#include "gen_conn.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONNS = 14, LEAKS_PER_256M = 300, REQUESTS_MAX = 12, PORT_FIRST = 32768, PORT_LAST = 60999 };

struct options {
    uint64_t size;
    uint64_t seed;
    unsigned mix[GEN_CLASS_COUNT]; /* percent */
    const char *subject;
    const char *truth;
    const char *stats;
    const char *out;
};

struct trace {
    struct gen_wire wire;
    struct gen_rng rng;
    struct gen_content content;
    struct gen_subject subject;
    struct gen_hosts hosts;
    struct gen_conn conns[CONNS];
    struct gen_leak_plan plan;
    struct gen_planting due; /* the next leak */
    uint64_t due_at;         /* when the file has that many bytes */
    uint64_t size;
    const unsigned *mix;
    uint64_t bytes[GEN_CLASS_COUNT]; /* of messages, sent or on their way */
    uint64_t on_their_way;
    uint64_t requests;
    uint64_t connections;
    uint16_t port;
};

static void plan_leak(struct trace *trace)
{
    gen_leak_next(&trace->plan, &trace->subject, &trace->rng, &trace->due);
    const uint32_t mean = (256U << 20) / LEAKS_PER_256M;
    trace->due_at += gen_rng_between(&trace->rng, mean / 2, mean / 2 * 3);
}

static bool leak_is_due(const struct trace *trace)
{
    return trace->wire.bytes >= trace->due_at;
}

static uint64_t room_left(const struct trace *trace)
{
    uint64_t used = trace->wire.bytes + trace->on_their_way;
    return used < trace->size ? trace->size - used : 0;
}

/* Which of two kinds is further behind its share. */
static enum gen_class behind(const struct trace *trace, enum gen_class a, enum gen_class b)
{
    return trace->bytes[a] * trace->mix[b] <= trace->bytes[b] * trace->mix[a] ? a : b;
}

static uint16_t next_port(struct trace *trace)
{
    trace->port = trace->port == PORT_LAST ? PORT_FIRST : (uint16_t)(trace->port + 1);
    return trace->port;
}

static enum gen_role choose_role(struct trace *trace)
{
    uint32_t chance = gen_rng_below(&trace->rng, 1000);
    if (chance < 30 || (leak_is_due(trace) && trace->due.place == GEN_PLACE_TCP))
        return GEN_ROLE_PUSH;
    if (chance < 270)
        return GEN_ROLE_BEACON;
    if (chance < 530)
        return GEN_ROLE_API;
    enum gen_class text = behind(trace, GEN_PLAIN, GEN_GZIP);
    return behind(trace, GEN_MEDIA, text) == GEN_MEDIA ? GEN_ROLE_MEDIA : GEN_ROLE_WEB;
}

static void open_conn(struct trace *trace, struct gen_conn *conn)
{
    struct gen_host *host = gen_hosts_pick(&trace->hosts, choose_role(trace), &trace->rng);
    gen_hosts_resolve(&trace->hosts, host, &trace->wire, &trace->rng);
    gen_conn_open(conn, host, trace->subject.mac_bytes, next_port(trace), &trace->rng);
    conn->left = gen_rng_between(&trace->rng, 1, REQUESTS_MAX);
    trace->connections++;
}

/* Whether the leak that is due can go to this host. */
static bool leak_fits(const struct trace *trace, const struct gen_host *host)
{
    if (!leak_is_due(trace) || trace->due.place == GEN_PLACE_UDP)
        return false;
    if (trace->due.place == GEN_PLACE_TCP)
        return host->role == GEN_ROLE_PUSH;
    return host->role != GEN_ROLE_PUSH && host->role != GEN_ROLE_MEDIA;
}

static enum gen_class choose_class(const struct trace *trace, const struct gen_host *host)
{
    if (host->role == GEN_ROLE_MEDIA)
        return GEN_MEDIA;
    if (host->role == GEN_ROLE_WEB || host->role == GEN_ROLE_API)
        return behind(trace, GEN_PLAIN, GEN_GZIP);
    return GEN_PLAIN;
}

/* The next exchange of a connection that is ready, or its end. */
static void go_on(struct trace *trace, struct gen_conn *conn)
{
    if (conn->left == 0 || room_left(trace) == 0) {
        gen_conn_end(conn);
        return;
    }
    conn->left--;
    bool leaks = leak_fits(trace, conn->talk.host);
    struct gen_leak leak = trace->due.leak;
    memcpy(leak.host, conn->talk.host->name, sizeof(leak.host));
    gen_talk_next(&conn->talk, choose_class(trace, conn->talk.host), leaks ? &trace->due : NULL,
                  room_left(trace), &trace->rng, &conn->exchange);
    gen_conn_begin(conn, leaks ? &leak : NULL, &trace->rng);
    if (leaks)
        plan_leak(trace);
    uint64_t bytes = conn->exchange.request.bytes.len + conn->exchange.response.bytes.len +
                     conn->exchange.response.media;
    trace->bytes[conn->exchange.class] += bytes;
    trace->requests += conn->talk.host->role != GEN_ROLE_PUSH;
}

/* A datagram to the game's host, and its answer. */
static void play(struct trace *trace)
{
    struct gen_host *host = gen_hosts_pick(&trace->hosts, GEN_ROLE_GAME, &trace->rng);
    gen_hosts_resolve(&trace->hosts, host, &trace->wire, &trace->rng);
    bool leaks = leak_is_due(trace) && trace->due.place == GEN_PLACE_UDP;
    struct gen_path path = {.mac = trace->subject.mac_bytes,
                            .ends = {gen_hosts_phone(host), host->addr},
                            .ports = {next_port(trace), host->port}};
    struct gen_frame frame = {0};
    struct gen_message message = {0};
    gen_talk_datagram(leaks ? &trace->due : NULL, &trace->rng, &message);
    gen_packet_udp(&path, GEN_PHONE, message.bytes.data, message.bytes.len, &frame);
    struct gen_leak leak = trace->due.leak;
    memcpy(leak.host, host->name, sizeof(leak.host));
    leak.bytes_left = frame.leak_bytes = message.leak.to - message.leak.from;
    frame.leak = leaks ? &leak : NULL;
    gen_wire_send(&trace->wire, &frame);
    frame.leak = NULL;
    gen_talk_datagram(NULL, &trace->rng, &message);
    gen_packet_udp(&path, GEN_HOST, message.bytes.data, message.bytes.len, &frame);
    gen_wire_send(&trace->wire, &frame);
    gen_text_free(&message.bytes);
    if (leaks)
        plan_leak(trace);
}

static uint64_t not_yet_sent(const struct gen_conn *conn)
{
    uint64_t response = conn->exchange.response.bytes.len + conn->exchange.response.media;
    if (conn->state == GEN_CONN_REQUEST)
        return conn->exchange.request.bytes.len + response - conn->sent;
    return conn->state == GEN_CONN_RESPONSE ? response - conn->sent : 0;
}

/* One connection's turn. */
static void take_turn(struct trace *trace, struct gen_conn *conn)
{
    if (conn->state == GEN_CONN_FREE && room_left(trace) > 0)
        open_conn(trace, conn);
    uint64_t before = not_yet_sent(conn);
    if (conn->state == GEN_CONN_READY)
        go_on(trace, conn);
    (void)gen_conn_step(conn, &trace->wire, &trace->rng);
    trace->on_their_way += not_yet_sent(conn) - before;
}

static bool any_open(const struct trace *trace)
{
    for (size_t i = 0; i < CONNS; i++)
        if (trace->conns[i].state != GEN_CONN_FREE)
            return true;
    return false;
}

static void run(struct trace *trace)
{
    plan_leak(trace);
    while (trace->wire.bytes < trace->size || any_open(trace)) {
        uint64_t frames = trace->wire.frames;
        uint32_t first = gen_rng_below(&trace->rng, CONNS);
        for (size_t i = 0; i < CONNS && trace->wire.frames == frames; i++)
            take_turn(trace, &trace->conns[(first + i) % CONNS]);
        if (trace->wire.frames == frames)
            gen_wire_release(&trace->wire);
        if (trace->wire.frames == frames && room_left(trace) == 0 && !any_open(trace))
            break;
        bool due = leak_is_due(trace) && trace->due.place == GEN_PLACE_UDP;
        if (room_left(trace) > 0 && (due || gen_rng_permille(&trace->rng, 2)))
            play(trace);
    }
    gen_wire_close(&trace->wire);
}

/* "60,25,15": percent of pictures and video, plain text, gzip. */
static void parse_mix(const char *text, unsigned mix[GEN_CLASS_COUNT])
{
    char rest = 0;
    if (sscanf(text, "%2u,%2u,%2u%c", &mix[0], &mix[1], &mix[2], &rest) != 3 ||
        mix[0] + mix[1] + mix[2] != 100)
        gen_die("\"%s\" is no mix: three numbers of percent, 60,25,15", text);
}

static struct options parse_options(int argc, char **argv)
{
    static const struct option table[] = {
        {"size", required_argument, NULL, 's'},   {"seed", required_argument, NULL, 'r'},
        {"mix", required_argument, NULL, 'm'},    {"subject", required_argument, NULL, 'u'},
        {"truth", required_argument, NULL, 't'},  {"stats", required_argument, NULL, 'c'},
        {"output", required_argument, NULL, 'o'}, {NULL, 0, NULL, 0}};
    struct options options = {.size = UINT64_C(256) << 20, .seed = 1, .mix = {60, 25, 15}};
    for (int c = 0; (c = getopt_long(argc, argv, "o:", table, NULL)) != -1;) {
        switch (c) {
        case 's':
            options.size = gen_number(optarg);
            break;
        case 'r':
            options.seed = gen_number(optarg);
            break;
        case 'm':
            parse_mix(optarg, options.mix);
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
        gen_die("usage: [--size 256M] [--seed 1] [--mix 60,25,15] [--subject FILE] [--truth FILE] "
                "[--stats FILE] "
                "-o FILE|-");
    return options;
}

static void write_stats(const struct trace *trace, const char *path)
{
    FILE *file = gen_create(path);
    if (file == NULL)
        return;
    const struct gen_wire *wire = &trace->wire;
    (void)fprintf(file,
                  "{\"bytes\": %" PRIu64 ", \"frames\": %" PRIu64 ", \"connections\": %" PRIu64
                  ", \"requests\": %" PRIu64 ", \"leaks\": %" PRIu64 ", \"reordered\": %" PRIu64
                  ", \"repeated\": %" PRIu64,
                  wire->bytes, wire->frames, trace->connections, trace->requests, wire->leaks,
                  wire->reordered, wire->repeated);
    (void)fprintf(file,
                  ", \"media_bytes\": %" PRIu64 ", \"plain_bytes\": %" PRIu64
                  ", \"gzip_bytes\": %" PRIu64 "}\n",
                  trace->bytes[GEN_MEDIA], trace->bytes[GEN_PLAIN], trace->bytes[GEN_GZIP]);
    gen_finish(file, path);
}

int main(int argc, char **argv)
{
    struct options options = parse_options(argc, argv);
    struct trace *trace = gen_resize(NULL, sizeof(*trace));
    *trace = (struct trace){
        .rng = {options.seed}, .size = options.size, .mix = options.mix, .port = PORT_LAST};
    FILE *truth = gen_create(options.truth);
    FILE *sheet = gen_create(options.subject);
    gen_subject_make(&trace->subject, &trace->rng);
    if (sheet != NULL)
        gen_subject_write(&trace->subject, sheet);
    gen_finish(sheet, options.subject);
    gen_content_make(&trace->content, &trace->rng);
    gen_hosts_make(&trace->hosts, trace->subject.mac_bytes, &trace->rng);
    bool to_output = strcmp(options.out, "-") == 0;
    int fd = to_output ? STDOUT_FILENO : open(options.out, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0)
        gen_die("cannot write %s: %s", options.out, strerror(errno));
    gen_wire_open(&trace->wire, fd, truth, gen_rng_next(&trace->rng));
    for (size_t i = 0; i < CONNS; i++)
        trace->conns[i].talk.content = &trace->content;
    run(trace);
    if (close(fd) != 0)
        gen_die("cannot write %s: %s", options.out, strerror(errno));
    gen_finish(truth, options.truth);
    write_stats(trace, options.stats);
    for (size_t i = 0; i < CONNS; i++)
        gen_conn_free(&trace->conns[i]);
    gen_text_free(&trace->due.text);
    gen_content_free(&trace->content);
    free(trace->wire.out);
    free(trace);
    return 0;
}
