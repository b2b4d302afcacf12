/* Makes a capture of HTTP/1.1 over TLS 1.3 with its key log, and says how long libcrypto alone
 * takes to open its records: what the benchmark measures the opening of TLS on.
 *
 * Both ends of each connection are libssl's, and speak through memory; what they say goes into TCP
 * segments. What is said is as in bench-gen-app-mix (the same shares, the same plantings), --size
 * bytes of it; the records are whole messages, cut at 16 KB. --clear says the same without TLS.
 * --alone LENGTHxCOUNT makes nothing: it prints how long libcrypto takes for so many packets.
 * Keys and nonces are drawn by libcrypto, so that two runs differ in those bytes. */
#include "gen_talk.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNS = 8,
    REQUESTS_MAX = 24,
    LEAKS_PER_256M = 300,
    PORT_FIRST = 32768,
    PORT_LAST = 60999,
    ACK_EVERY = 2,
    RECORD_MAX = 16384,
    RECORD_HEADER = 5,
    TAG = 16,
    NONCE = 12,
    RING = 32 << 20 /* bytes of sealed records that are opened again and again */
};

static const unsigned MIX[GEN_CLASS_COUNT] = {60, 25, 15};

struct options {
    uint64_t size;
    uint64_t seed;
    const char *subject;
    const char *truth;
    const char *stats;
    const char *keys;
    const char *out;
    const char *alone;
    bool clear; /* the same without TLS */
};

struct conn {
    bool open;
    SSL *ends[2]; /* by enum gen_side */
    struct gen_path path;
    struct gen_stream streams[2];
    struct gen_talk talk;
    struct gen_exchange exchange;
    unsigned left; /* exchanges */
    unsigned unacked;
};

struct trace {
    struct gen_wire wire;
    struct gen_rng rng;
    struct gen_content content;
    struct gen_subject subject;
    struct gen_hosts hosts;
    struct conn conns[CONNS];
    struct gen_leak_plan plan;
    struct gen_planting due;
    uint64_t due_at;
    uint64_t size;
    bool clear;
    uint64_t bytes[GEN_CLASS_COUNT];
    uint64_t connections;
    uint64_t requests;
    uint16_t port;
    SSL_CTX *contexts[2]; /* by enum gen_side */
    uint32_t *records;    /* lengths of plaintexts, in order */
    size_t record_count;
    uint64_t record_bytes;
};

/* ---- TCP ---- */

static void send_segment(struct conn *conn, struct gen_wire *wire, enum gen_side from,
                         unsigned flags, const uint8_t *data, size_t len, struct gen_leak *leak)
{
    struct gen_frame frame = {.leak = leak, .leak_bytes = leak != NULL};
    struct gen_stream *own = &conn->streams[from];
    own->clock = (uint32_t)(wire->time_us / 1000);
    const struct gen_tcp tcp = {.from = from,
                                .flags = flags,
                                .seq = own->next,
                                .ack =
                                    (flags & GEN_TCP_ACK) == 0 ? 0 : conn->streams[1 - from].next,
                                .clock = own->clock,
                                .echo = conn->streams[1 - from].clock};
    if (len > 0)
        memcpy(gen_packet_tcp_data(&conn->path, &frame), data, len);
    gen_packet_tcp(&conn->path, &tcp, len, &frame);
    gen_wire_send(wire, &frame);
    own->next += (uint32_t)len + ((flags & (GEN_TCP_SYN | GEN_TCP_FIN)) != 0);
}

static void send_bytes(struct conn *conn, struct gen_wire *wire, enum gen_side from,
                       const uint8_t *data, size_t len, struct gen_leak *leak)
{
    size_t mss = gen_packet_mss(&conn->path);
    if (leak != NULL)
        leak->bytes_left = (len + mss - 1) / mss; /* every frame of the record carries it */
    for (size_t at = 0; at < len;) {
        size_t part = len - at < mss ? len - at : mss;
        unsigned push = at + part == len ? GEN_TCP_PSH : 0U;
        send_segment(conn, wire, from, GEN_TCP_ACK | push, data + at, part, leak);
        at += part;
        if (++conn->unacked >= ACK_EVERY) {
            send_segment(conn, wire, (enum gen_side)(1 - from), GEN_TCP_ACK, NULL, 0, NULL);
            conn->unacked = 0;
        }
    }
}

/* ---- TLS ---- */

/* What an end has written goes onto the wire, and where it is for the handshake to the other end.
 */
static bool flush(struct conn *conn, struct gen_wire *wire, enum gen_side from, bool deliver,
                  struct gen_leak *leak)
{
    BIO *out = SSL_get_wbio(conn->ends[from]);
    uint8_t *data = NULL;
    long len = BIO_get_mem_data(out, &data);
    if (len <= 0)
        return false;
    send_bytes(conn, wire, from, data, (size_t)len, leak);
    if (deliver && BIO_write(SSL_get_rbio(conn->ends[1 - from]), data, (int)len) != len)
        gen_die("no memory");
    (void)BIO_reset(out);
    return true;
}

static void shake_hands(struct conn *conn, struct gen_wire *wire)
{
    for (bool busy = true; busy;) {
        busy = false;
        for (enum gen_side side = GEN_PHONE; side <= GEN_HOST; side++) {
            (void)SSL_do_handshake(conn->ends[side]);
            busy = flush(conn, wire, side, true, NULL) || busy;
        }
    }
    if (!SSL_is_init_finished(conn->ends[0]) || !SSL_is_init_finished(conn->ends[1]))
        gen_die("a handshake failed");
}

static void write_record(struct trace *trace, struct conn *conn, enum gen_side from,
                         const uint8_t *data, size_t len, struct gen_leak *leak)
{
    if (trace->clear)
        send_bytes(conn, &trace->wire, from, data, len, leak);
    else if (SSL_write(conn->ends[from], data, (int)len) != (int)len)
        gen_die("libssl takes no more");
    else
        (void)flush(conn, &trace->wire, from, false, leak);
    if ((trace->record_count & (trace->record_count - 1)) == 0)
        trace->records =
            gen_resize(trace->records, (trace->record_count * 2 + 1) * sizeof(uint32_t));
    trace->records[trace->record_count++] = (uint32_t)len;
    trace->record_bytes += len;
}

static void write_message(struct trace *trace, struct conn *conn, enum gen_side from,
                          const struct gen_message *message, struct gen_leak *leak)
{
    uint8_t data[RECORD_MAX];
    uint64_t len = message->bytes.len + message->media;
    for (uint64_t at = 0; at < len;) {
        size_t part = len - at < RECORD_MAX ? (size_t)(len - at) : RECORD_MAX;
        size_t text = message->bytes.len > at ? message->bytes.len - (size_t)at : 0;
        text = text < part ? text : part;
        if (text > 0)
            memcpy(data, message->bytes.data + at, text);
        gen_rng_fill(&trace->rng, data + text, part - text);
        write_record(trace, conn, from, data, part, leak);
        at += part;
    }
}

static FILE *key_log(const SSL *ssl)
{
    return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0);
}

static void log_key(const SSL *ssl, const char *line)
{
    FILE *keys = key_log(ssl);
    if (keys != NULL)
        (void)fprintf(keys, "%s\n", line);
}

static void certify(SSL_CTX *context)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    if (key == NULL || certificate == NULL)
        gen_die("no certificate can be made");
    (void)X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    (void)X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * 3650);
    X509_NAME *name = X509_get_subject_name(certificate);
    (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"bench.example", -1,
                                     -1, 0);
    (void)X509_set_issuer_name(certificate, name);
    (void)X509_set_pubkey(certificate, key);
    if (X509_sign(certificate, key, EVP_sha256()) == 0 ||
        SSL_CTX_use_certificate(context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey(context, key) != 1)
        gen_die("no certificate can be made");
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static void make_contexts(struct trace *trace, FILE *keys)
{
    trace->contexts[GEN_PHONE] = SSL_CTX_new(TLS_client_method());
    trace->contexts[GEN_HOST] = SSL_CTX_new(TLS_server_method());
    for (size_t i = 0; i < 2; i++) {
        SSL_CTX *context = trace->contexts[i];
        if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
            SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") != 1)
            gen_die("libssl has no TLS 1.3");
    }
    (void)SSL_CTX_set_num_tickets(trace->contexts[GEN_HOST], 0);
    (void)SSL_CTX_set_ex_data(trace->contexts[GEN_PHONE], 0, keys);
    SSL_CTX_set_keylog_callback(trace->contexts[GEN_PHONE], log_key);
    certify(trace->contexts[GEN_HOST]);
}

/* ---- connections ---- */

static enum gen_class behind(const struct trace *trace, enum gen_class a, enum gen_class b)
{
    return trace->bytes[a] * MIX[b] <= trace->bytes[b] * MIX[a] ? a : b;
}

static enum gen_role choose_role(struct trace *trace)
{
    uint32_t chance = gen_rng_below(&trace->rng, 1000);
    if (chance < 500)
        return chance < 250 ? GEN_ROLE_BEACON : GEN_ROLE_API;
    enum gen_class text = behind(trace, GEN_PLAIN, GEN_GZIP);
    return behind(trace, GEN_MEDIA, text) == GEN_MEDIA ? GEN_ROLE_MEDIA : GEN_ROLE_WEB;
}

static void open_secure(struct trace *trace, struct conn *conn, struct gen_host *host)
{
    for (enum gen_side side = GEN_PHONE; side <= GEN_HOST; side++) {
        conn->ends[side] = SSL_new(trace->contexts[side]);
        if (conn->ends[side] == NULL)
            gen_die("no memory");
        SSL_set_bio(conn->ends[side], BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    }
    SSL_set_connect_state(conn->ends[GEN_PHONE]);
    SSL_set_accept_state(conn->ends[GEN_HOST]);
    (void)SSL_set_tlsext_host_name(conn->ends[GEN_PHONE], host->name);
    shake_hands(conn, &trace->wire);
}

static void open_conn(struct trace *trace, struct conn *conn)
{
    struct gen_host *host = gen_hosts_pick(&trace->hosts, choose_role(trace), &trace->rng);
    trace->port = trace->port == PORT_LAST ? PORT_FIRST : (uint16_t)(trace->port + 1);
    conn->path = (struct gen_path){.mac = trace->subject.mac_bytes,
                                   .ends = {gen_hosts_phone(host), host->addr},
                                   .ports = {trace->port, trace->clear ? 80 : 443}};
    conn->talk.host = host;
    conn->left = gen_rng_between(&trace->rng, 1, REQUESTS_MAX);
    conn->unacked = 0;
    conn->open = true;
    for (enum gen_side side = GEN_PHONE; side <= GEN_HOST; side++)
        conn->streams[side] = (struct gen_stream){.next = (uint32_t)gen_rng_next(&trace->rng)};
    send_segment(conn, &trace->wire, GEN_PHONE, GEN_TCP_SYN, NULL, 0, NULL);
    send_segment(conn, &trace->wire, GEN_HOST, GEN_TCP_SYN | GEN_TCP_ACK, NULL, 0, NULL);
    send_segment(conn, &trace->wire, GEN_PHONE, GEN_TCP_ACK, NULL, 0, NULL);
    if (!trace->clear)
        open_secure(trace, conn, host);
    trace->connections++;
}

static void close_conn(struct trace *trace, struct conn *conn)
{
    for (enum gen_side side = GEN_PHONE; side <= GEN_HOST; side++) {
        send_segment(conn, &trace->wire, side, GEN_TCP_FIN | GEN_TCP_ACK, NULL, 0, NULL);
        SSL_free(conn->ends[side]);
        conn->ends[side] = NULL;
    }
    send_segment(conn, &trace->wire, GEN_PHONE, GEN_TCP_ACK, NULL, 0, NULL);
    conn->open = false;
}

static void plan_leak(struct trace *trace)
{
    do {
        gen_leak_next(&trace->plan, &trace->subject, &trace->rng, &trace->due);
    } while (trace->due.place == GEN_PLACE_TCP || trace->due.place == GEN_PLACE_UDP);
    const uint32_t mean = (256U << 20) / LEAKS_PER_256M;
    trace->due_at += gen_rng_between(&trace->rng, mean / 2, mean / 2 * 3);
}

static enum gen_class choose_class(const struct trace *trace, const struct gen_host *host)
{
    if (host->role == GEN_ROLE_MEDIA)
        return GEN_MEDIA;
    if (host->role == GEN_ROLE_WEB || host->role == GEN_ROLE_API)
        return behind(trace, GEN_PLAIN, GEN_GZIP);
    return GEN_PLAIN;
}

static void talk(struct trace *trace, struct conn *conn)
{
    const struct gen_host *host = conn->talk.host;
    bool leaks = trace->record_bytes >= trace->due_at && host->role != GEN_ROLE_MEDIA;
    uint64_t room = trace->size - trace->record_bytes;
    gen_talk_next(&conn->talk, choose_class(trace, host), leaks ? &trace->due : NULL, room,
                  &trace->rng, &conn->exchange);
    struct gen_leak leak = trace->due.leak;
    memcpy(leak.host, host->name, sizeof(leak.host));
    const struct gen_message *request = &conn->exchange.request;
    const struct gen_message *response = &conn->exchange.response;
    if (leaks && request->bytes.len + request->media > RECORD_MAX)
        gen_die("a request with a leak is longer than a record");
    write_message(trace, conn, GEN_PHONE, request, leaks ? &leak : NULL);
    write_message(trace, conn, GEN_HOST, response, NULL);
    trace->bytes[conn->exchange.class] +=
        request->bytes.len + response->bytes.len + response->media;
    trace->requests++;
    conn->left--;
    if (leaks)
        plan_leak(trace);
}

static void run(struct trace *trace)
{
    plan_leak(trace);
    while (trace->record_bytes < trace->size) {
        struct conn *conn = &trace->conns[gen_rng_below(&trace->rng, CONNS)];
        if (!conn->open)
            open_conn(trace, conn);
        else if (conn->left == 0)
            close_conn(trace, conn);
        else
            talk(trace, conn);
    }
    for (size_t i = 0; i < CONNS; i++)
        if (trace->conns[i].open)
            close_conn(trace, &trace->conns[i]);
    gen_wire_close(&trace->wire);
}

/* ---- libcrypto alone ---- */

static double cpu_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool crypt_record(EVP_CIPHER_CTX *cipher, bool seal, const uint8_t *from, size_t len,
                         uint8_t *to, uint8_t *tag)
{
    static const uint8_t header[RECORD_HEADER] = {23, 3, 3, 0, 0};
    static const uint8_t nonce[NONCE] = {1};
    int n = 0;
    return EVP_CipherInit_ex(cipher, NULL, NULL, NULL, nonce, seal) == 1 &&
           EVP_CipherUpdate(cipher, NULL, &n, header, sizeof(header)) == 1 &&
           EVP_CipherUpdate(cipher, to, &n, from, (int)len) == 1 &&
           (seal || EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1) &&
           EVP_CipherFinal_ex(cipher, to + n, &n) == 1 &&
           (!seal || EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG, tag) == 1);
}

/* Seconds that opening records of these lengths takes. So many of them as fit in the ring are
 * sealed first, and opened over and over: they are too many for a core's cache. */
static double open_alone(const struct trace *trace)
{
    static const uint8_t key[16] = {7};
    uint8_t *ring = gen_resize(NULL, RING);
    uint8_t plain[RECORD_MAX + TAG] = {0};
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    if (cipher == NULL || EVP_CipherInit_ex(cipher, EVP_aes_128_gcm(), NULL, key, NULL, 1) != 1)
        gen_die("libcrypto has no AES");
    size_t used = 0;
    size_t sealed = 0;
    for (; sealed < trace->record_count && used + RECORD_MAX + 1 + TAG <= RING; sealed++) {
        size_t len = trace->records[sealed] + 1; /* the content type */
        if (!crypt_record(cipher, true, plain, len, ring + used, ring + used + len))
            gen_die("libcrypto does not seal");
        used += len + TAG;
    }
    double began = cpu_seconds();
    size_t at = 0;
    for (size_t i = 0; i < trace->record_count; i++) {
        size_t len = trace->records[i % sealed] + 1;
        at = i % sealed == 0 ? 0 : at;
        if (!crypt_record(cipher, false, ring + at, len, plain, ring + at + len))
            gen_die("libcrypto does not open");
        at += len + TAG;
    }
    double seconds = cpu_seconds() - began;
    EVP_CIPHER_CTX_free(cipher);
    free(ring);
    return seconds;
}

/* The same for packets of one length: "1400x30000". */
static void time_packets(const char *text)
{
    unsigned len = 0;
    unsigned count = 0;
    char rest = 0;
    if (sscanf(text, "%5ux%9u%c", &len, &count, &rest) != 2 || len >= RECORD_MAX || count == 0)
        gen_die("\"%s\" is no length and count: 1400x30000", text);
    struct trace trace = {.record_count = count};
    trace.records = gen_resize(NULL, count * sizeof(*trace.records));
    for (size_t i = 0; i < count; i++)
        trace.records[i] = len;
    printf("%.4f\n", open_alone(&trace));
    free(trace.records);
}

/* ---- the program ---- */

static struct options parse_options(int argc, char **argv)
{
    static const struct option table[] = {
        {"size", required_argument, NULL, 's'},    {"seed", required_argument, NULL, 'r'},
        {"subject", required_argument, NULL, 'u'}, {"truth", required_argument, NULL, 't'},
        {"stats", required_argument, NULL, 'c'},   {"keys", required_argument, NULL, 'k'},
        {"clear", no_argument, NULL, 'x'},         {"alone", required_argument, NULL, 'a'},
        {"output", required_argument, NULL, 'o'},  {NULL, 0, NULL, 0}};
    struct options options = {.size = UINT64_C(256) << 20, .seed = 1};
    const char **const paths[] = {
        ['u'] = &options.subject, ['t'] = &options.truth, ['c'] = &options.stats,
        ['k'] = &options.keys,    ['o'] = &options.out,   ['a'] = &options.alone};
    bool right = true;
    for (int c = 0; (c = getopt_long(argc, argv, "o:", table, NULL)) != -1;) {
        if (c == 's')
            options.size = gen_number(optarg);
        else if (c == 'r')
            options.seed = gen_number(optarg);
        else if (c == 'x')
            options.clear = true;
        else if (c < (int)GEN_COUNT(paths) && paths[c] != NULL)
            *paths[c] = optarg;
        else
            right = false;
    }
    if (!right || (options.out == NULL) == (options.alone == NULL) || optind != argc)
        gen_die("usage: [--size 256M] [--seed 1] [--subject FILE] [--truth FILE] [--stats FILE] "
                "[--keys FILE] [--clear] -o FILE | --alone LENGTHxCOUNT");
    return options;
}

static void write_stats(const struct trace *trace, const char *path)
{
    FILE *file = gen_create(path);
    if (file == NULL)
        return;
    (void)fprintf(file,
                  "{\"bytes\": %" PRIu64 ", \"frames\": %" PRIu64 ", \"connections\": %" PRIu64
                  ", \"requests\": %" PRIu64 ", \"leaks\": %" PRIu64 ", \"records\": %zu"
                  ", \"record_bytes\": %" PRIu64 ", \"libcrypto_seconds\": %.4f}\n",
                  trace->wire.bytes, trace->wire.frames, trace->connections, trace->requests,
                  trace->wire.leaks, trace->record_count, trace->record_bytes, open_alone(trace));
    gen_finish(file, path);
}

int main(int argc, char **argv)
{
    struct options options = parse_options(argc, argv);
    if (options.alone != NULL) {
        time_packets(options.alone);
        return 0;
    }
    struct trace *trace = gen_resize(NULL, sizeof(*trace));
    *trace = (struct trace){
        .rng = {options.seed}, .size = options.size, .clear = options.clear, .port = PORT_LAST};
    FILE *truth = gen_create(options.truth);
    FILE *keys = gen_create(options.keys);
    FILE *sheet = gen_create(options.subject);
    gen_subject_make(&trace->subject, &trace->rng);
    if (sheet != NULL)
        gen_subject_write(&trace->subject, sheet);
    gen_finish(sheet, options.subject);
    gen_content_make(&trace->content, &trace->rng);
    gen_hosts_make(&trace->hosts, trace->subject.mac_bytes, &trace->rng);
    make_contexts(trace, keys);
    int fd = open(options.out, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0)
        gen_die("cannot write %s: %s", options.out, strerror(errno));
    gen_wire_open(&trace->wire, fd, truth, gen_rng_next(&trace->rng));
    for (size_t i = 0; i < CONNS; i++)
        trace->conns[i].talk.content = &trace->content;
    run(trace);
    if (close(fd) != 0)
        gen_die("cannot write %s: %s", options.out, strerror(errno));
    gen_finish(truth, options.truth);
    gen_finish(keys, options.keys);
    write_stats(trace, options.stats);
    for (size_t i = 0; i < CONNS; i++)
        gen_exchange_free(&trace->conns[i].exchange);
    for (size_t i = 0; i < 2; i++)
        SSL_CTX_free(trace->contexts[i]);
    gen_text_free(&trace->due.text);
    gen_content_free(&trace->content);
    free(trace->records);
    free(trace->wire.out);
    free(trace);
    return 0;
}
