/* Makes traffic full of identifiers that look like those of a sheet of 10,000 contacts and are none
 * of them: whatever telltale finds in it is luck. The same options give the same bytes.
 *
 * A phone (192.168.77.23) sends to hosts under .example: bodies and queries over HTTP/1, lines and
 * binary records over TCP, datagrams, names to DNS. Every message holds a few random values
 * (gen_alike.h) in the ways in which such values are written: plain, with the usual signs, as
 * integers, half bytes and raw bytes, as digests; in JSON, form fields, queries and protobuf; all
 * of that as it is, or in hexadecimal, base64 or gzip. Some bytes are as good as random
 * (compressed, encrypted). */
#include "gen_alike.h"
#include "gen_code.h"
#include "gen_packet.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    HOSTS = 64,
    REQUESTS_MOST = 40, /* of one connection */
    VALUES_MOST = 8,    /* of one message */
    PORT_FIRST = 32768,
    PORTS = 28000,
    LABEL_MAX = 63
};

struct traffic {
    struct gen_alike alike;
    struct gen_rng rng;
    struct gen_wire wire;
    uint8_t mac[6];
    uint32_t connections;
    uint64_t values;
    struct gen_text fields; /* the values of a message */
    struct gen_text body;
    struct gen_text message;
};

/* One TCP connection at a time. */
struct talk {
    struct gen_path path;
    uint32_t next[2]; /* sequence numbers, by enum gen_side */
    uint32_t clock;
};

/* ---- values as they are written ---- */

static bool one_in(struct traffic *t, uint32_t n)
{
    return gen_rng_below(&t->rng, n) == 0;
}

/* Only its letters and digits. */
static void bare(const char *value, char out[GEN_ALIKE_MAX])
{
    size_t len = 0;
    for (; *value != '\0'; value++)
        if ((*value >= '0' && *value <= '9') || (*value >= 'a' && *value <= 'z') ||
            (*value >= 'A' && *value <= 'Z'))
            out[len++] = *value;
    out[len] = '\0';
}

/* `prefix` in front of what stands from `rest` on. */
static void prefixed(char value[GEN_ALIKE_MAX], const char *prefix, size_t rest)
{
    char old[GEN_ALIKE_MAX];
    size_t len = strlen(prefix);
    size_t left = strlen(value + rest);
    (void)memcpy(old, value + rest, left + 1);
    (void)memcpy(value, prefix, len);
    (void)memcpy(value + len, old, left + 1);
}

static void replaced(char *value, char from, char to)
{
    for (; *value != '\0'; value++)
        *value = *value == from ? to : *value;
}

/* The digits with a separator behind every third, and two or three in front. */
static void grouped(struct traffic *t, char *value)
{
    static const char separators[] = " -./";
    char digits[GEN_ALIKE_MAX];
    char separator = separators[gen_rng_below(&t->rng, 4)];
    size_t len = 0;
    bare(value, digits);
    for (size_t i = 0; digits[i] != '\0'; i++) {
        if (i > 0 && i % 3 == 0)
            value[len++] = separator;
        value[len++] = digits[i];
    }
    value[len] = '\0';
}

static void digest_of(struct traffic *t, char *value)
{
    char hex[GEN_HEX_MAX];
    char text[GEN_ALIKE_MAX];
    if (one_in(t, 2))
        bare(value, text);
    else
        (void)snprintf(text, sizeof(text), "%s", value);
    text[100] = '\0'; /* as much as gen_code takes */
    if (one_in(t, 2))
        gen_md5_hex(text, hex);
    else
        gen_sha1_hex(text, hex);
    if (one_in(t, 4))
        hex[16] = '\0'; /* cut, as some do */
    (void)snprintf(value, GEN_ALIKE_MAX, "%s", hex);
}

/* A value in one of its usual writings. */
static enum gen_alike_kind draw(struct traffic *t, char value[GEN_ALIKE_MAX])
{
    char plain[GEN_ALIKE_MAX];
    enum gen_alike_kind kind = (enum gen_alike_kind)gen_rng_below(&t->rng, GEN_ALIKE_KINDS);
    gen_alike_draw(&t->alike, &t->rng, kind, value);
    t->values++;
    if (kind != GEN_ALIKE_TEXT && one_in(t, 12)) {
        digest_of(t, value);
        return kind;
    }
    bool is_number = kind == GEN_ALIKE_PHONE || kind == GEN_ALIKE_IMEI || kind == GEN_ALIKE_ICCID;
    if (is_number && one_in(t, 4)) {
        grouped(t, value);
    } else if (kind == GEN_ALIKE_PHONE && one_in(t, 2)) {
        prefixed(value, one_in(t, 2) ? "00" : "", 1);
    } else if (kind == GEN_ALIKE_PHONE && one_in(t, 3)) {
        prefixed(value, "0", 4);
    } else if (kind == GEN_ALIKE_MAC && one_in(t, 3)) {
        replaced(value, ':', '-');
    } else if ((kind == GEN_ALIKE_MAC || kind == GEN_ALIKE_UUID) && one_in(t, 3)) {
        bare(value, plain);
        (void)memcpy(value, plain, sizeof(plain));
    }
    return kind;
}

/* ---- fields ---- */

static void put_noise_json(struct traffic *t)
{
    uint64_t time = t->wire.time_us / 1000;
    gen_text_printf(&t->fields, "\"ts\":%" PRIu64 ",\"mid\":\"%" PRIu64 "\",\"seq\":%u", time,
                    gen_rng_next(&t->rng) % UINT64_C(10000000000000000000),
                    gen_rng_below(&t->rng, 1000000));
}

static void put_json(struct traffic *t)
{
    char value[GEN_ALIKE_MAX];
    uint32_t count = gen_rng_between(&t->rng, 1, VALUES_MOST);
    gen_text_str(&t->fields, "{");
    for (uint32_t i = 0; i < count; i++) {
        enum gen_alike_kind kind = draw(t, value);
        char *comma = kind == GEN_ALIKE_PLACE ? strchr(value, ',') : NULL;
        if (comma != NULL && one_in(t, 2)) {
            *comma = '\0';
            gen_text_printf(&t->fields, "\"lat\":%s,\"lon\":%s,", value, comma + 1);
        } else if (kind == GEN_ALIKE_ACCOUNT && one_in(t, 2)) {
            gen_text_printf(&t->fields, "\"uid\":%s,", value);
        } else {
            gen_text_printf(&t->fields, "\"%s\":\"%s\",", gen_alike_name(kind), value);
        }
    }
    put_noise_json(t);
    gen_text_str(&t->fields, "}");
}

/* Also an address book as an app uploads it. */
static void put_contacts(struct traffic *t)
{
    char name[GEN_ALIKE_MAX];
    char number[GEN_ALIKE_MAX];
    char email[GEN_ALIKE_MAX];
    uint32_t count = gen_rng_between(&t->rng, 4, 40);
    gen_text_str(&t->fields, "{\"contacts\":[");
    for (uint32_t i = 0; i < count; i++) {
        gen_alike_draw(&t->alike, &t->rng, GEN_ALIKE_NAME, name);
        gen_alike_draw(&t->alike, &t->rng, GEN_ALIKE_PHONE, number);
        gen_alike_draw(&t->alike, &t->rng, GEN_ALIKE_EMAIL, email);
        gen_text_printf(&t->fields, "%s{\"n\":\"%s\",\"p\":[\"%s\"],\"e\":\"%s\"}",
                        i == 0 ? "" : ",", name, number, email);
        t->values += 3;
    }
    gen_text_str(&t->fields, "],");
    put_noise_json(t);
    gen_text_str(&t->fields, "}");
}

static void put_form(struct traffic *t)
{
    char value[GEN_ALIKE_MAX];
    uint32_t count = gen_rng_between(&t->rng, 1, VALUES_MOST);
    for (uint32_t i = 0; i < count; i++) {
        enum gen_alike_kind kind = draw(t, value);
        gen_text_printf(&t->fields, "%s=", gen_alike_name(kind));
        gen_percent(&t->fields, value);
        gen_text_str(&t->fields, "&");
    }
    gen_text_printf(&t->fields, "ts=%" PRIu64 "&sid=", t->wire.time_us);
    gen_text_hex(&t->fields, &t->rng, 32);
}

static void put_varint(struct gen_text *out, uint64_t value)
{
    do {
        uint8_t byte = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        gen_text_put(out, &byte, 1);
        value >>= 7;
    } while (value != 0);
}

static void put_bytes(struct gen_text *out, uint32_t field, const void *bytes, size_t len)
{
    put_varint(out, field << 3 | 2);
    put_varint(out, len);
    gen_text_put(out, bytes, len);
}

/* Hexadecimal or decimal digits, two a byte; swapped as in mobile networks, or not. */
static size_t packed(const char *value, bool swapped, uint8_t out[GEN_ALIKE_MAX])
{
    char digits[GEN_ALIKE_MAX];
    size_t len = 0;
    bare(value, digits);
    for (const char *d = digits; *d != '\0'; d++) {
        unsigned c = (unsigned char)*d;
        unsigned half = c <= '9' ? c - '0' : (c | 32U) - 'a' + 10;
        bool first = len % 2 == 0;
        if (first)
            out[len / 2] = (uint8_t)(swapped ? 0xf0 | (half & 15U) : half << 4 | 15U);
        else
            out[len / 2] = (uint8_t)(swapped ? (out[len / 2] & 0x0f) | half << 4
                                             : (out[len / 2] & 0xf0) | (half & 15U));
        len++;
    }
    return (len + 1) / 2;
}

/* A place as two doubles, floats or whole numbers. */
static void put_place(struct traffic *t, uint32_t field, const char *value)
{
    double degrees[2] = {strtod(value, NULL), strtod(strchr(value, ',') + 1, NULL)};
    uint32_t how = gen_rng_below(&t->rng, 3);
    for (uint32_t i = 0; i < 2; i++) {
        float small = (float)degrees[i];
        if (how == 0) {
            put_varint(&t->fields, (field + i) << 3 | 1);
            gen_text_put(&t->fields, &degrees[i], sizeof(degrees[i]));
        } else if (how == 1) {
            put_varint(&t->fields, (field + i) << 3 | 5);
            gen_text_put(&t->fields, &small, sizeof(small));
        } else {
            put_varint(&t->fields, (field + i) << 3);
            put_varint(&t->fields, (uint64_t)(degrees[i] * 1e7));
        }
    }
}

static void put_protobuf(struct traffic *t)
{
    char value[GEN_ALIKE_MAX];
    uint8_t raw[GEN_ALIKE_MAX];
    uint32_t count = gen_rng_between(&t->rng, 2, VALUES_MOST);
    for (uint32_t field = 1; field <= 2 * count; field += 2) {
        enum gen_alike_kind kind = (enum gen_alike_kind)gen_rng_below(&t->rng, GEN_ALIKE_KINDS);
        bool is_number = kind == GEN_ALIKE_PHONE || kind == GEN_ALIKE_IMEI ||
                         kind == GEN_ALIKE_IMSI || kind == GEN_ALIKE_ACCOUNT;
        bool is_hex =
            kind == GEN_ALIKE_MAC || kind == GEN_ALIKE_UUID || kind == GEN_ALIKE_ANDROID_ID;
        gen_alike_draw(&t->alike, &t->rng, kind, value);
        t->values++;
        if (kind == GEN_ALIKE_PLACE) {
            put_place(t, field, value);
        } else if (is_number && one_in(t, 2)) {
            bare(value, (char *)raw);
            put_varint(&t->fields, field << 3);
            put_varint(&t->fields, strtoull((char *)raw, NULL, 10));
        } else if ((is_number || kind == GEN_ALIKE_ICCID) && one_in(t, 2)) {
            put_bytes(&t->fields, field, raw, packed(value, one_in(t, 2), raw));
        } else if (is_hex && one_in(t, 2)) {
            put_bytes(&t->fields, field, raw, packed(value, false, raw));
        } else {
            put_bytes(&t->fields, field, value, strlen(value));
        }
    }
}

/* ---- bodies ---- */

/* What is in t->fields, in one of the usual codings. */
static void put_coded(struct traffic *t, struct gen_text *out)
{
    static const char digits[] = "0123456789abcdef";
    uint32_t how = gen_rng_below(&t->rng, 10);
    struct gen_text *in = &t->fields;
    if (how < 6) {
        gen_text_put(out, in->data, in->len);
    } else if (how < 7) {
        for (size_t i = 0; i < in->len; i++) {
            char pair[2] = {digits[in->data[i] >> 4], digits[in->data[i] & 15]};
            gen_text_put(out, pair, 2);
        }
    } else if (how < 9) {
        gen_base64(out, in->data, in->len);
    } else {
        gen_gzip(out, in->data, in->len);
    }
}

static const char *put_body(struct traffic *t)
{
    static uint8_t noise[2048];
    const char *type = "application/json";
    t->fields.len = 0;
    t->body.len = 0;
    uint32_t what = gen_rng_below(&t->rng, 20);
    if (what < 9) {
        put_json(t);
    } else if (what < 11) {
        put_contacts(t);
    } else if (what < 15) {
        put_form(t);
        type = "application/x-www-form-urlencoded";
    } else if (what < 19) {
        put_protobuf(t);
        type = "application/x-protobuf";
    } else {
        gen_rng_fill(&t->rng, noise, sizeof(noise));
        gen_text_put(&t->fields, noise, sizeof(noise));
        type = "application/octet-stream";
    }
    put_coded(t, &t->body);
    return type;
}

/* ---- on the wire ---- */

static struct gen_path path_to(struct traffic *t, uint32_t host, uint16_t port)
{
    struct gen_path path = {
        .mac = t->mac,
        .ends = {{.bytes = {192, 168, 77, 23}}, {.bytes = {203, 0, 113, (uint8_t)host}}},
        .ports = {(uint16_t)(PORT_FIRST + t->connections % PORTS), port},
        .ip_id = (uint16_t)gen_rng_next(&t->rng)};
    t->connections++;
    return path;
}

static void send_segment(struct traffic *t, struct talk *talk, enum gen_side from, unsigned flags,
                         const void *bytes, size_t len)
{
    struct gen_frame frame = {.len = 0};
    struct gen_tcp tcp = {.from = from,
                          .flags = flags,
                          .seq = talk->next[from],
                          .ack = talk->next[1 - from],
                          .clock = ++talk->clock,
                          .echo = talk->clock};
    if (len > 0)
        memcpy(gen_packet_tcp_data(&talk->path, &frame), bytes, len);
    gen_packet_tcp(&talk->path, &tcp, len, &frame);
    gen_wire_send(&t->wire, &frame);
    bool counts = (flags & (GEN_TCP_SYN | GEN_TCP_FIN)) != 0;
    talk->next[from] += (uint32_t)len + (counts ? 1 : 0);
}

static void send_bytes(struct traffic *t, struct talk *talk, enum gen_side from, const void *bytes,
                       size_t len)
{
    size_t most = gen_packet_mss(&talk->path);
    for (size_t at = 0; at < len;) {
        size_t part = len - at < most ? len - at : most;
        send_segment(t, talk, from, GEN_TCP_PSH | GEN_TCP_ACK, (const uint8_t *)bytes + at, part);
        at += part;
    }
    send_segment(t, talk, 1 - from, GEN_TCP_ACK, NULL, 0);
}

static struct talk open_talk(struct traffic *t, uint32_t host, uint16_t port)
{
    struct talk talk = {.path = path_to(t, host, port),
                        .next = {(uint32_t)gen_rng_next(&t->rng), (uint32_t)gen_rng_next(&t->rng)}};
    send_segment(t, &talk, GEN_PHONE, GEN_TCP_SYN, NULL, 0);
    send_segment(t, &talk, GEN_HOST, GEN_TCP_SYN | GEN_TCP_ACK, NULL, 0);
    send_segment(t, &talk, GEN_PHONE, GEN_TCP_ACK, NULL, 0);
    return talk;
}

static void end_talk(struct traffic *t, struct talk *talk)
{
    send_segment(t, talk, GEN_PHONE, GEN_TCP_FIN | GEN_TCP_ACK, NULL, 0);
    send_segment(t, talk, GEN_HOST, GEN_TCP_FIN | GEN_TCP_ACK, NULL, 0);
    send_segment(t, talk, GEN_PHONE, GEN_TCP_ACK, NULL, 0);
}

static void send_request(struct traffic *t, struct talk *talk, uint32_t host)
{
    static const char answer[] = "HTTP/1.1 204 No Content\r\n\r\n";
    char value[GEN_ALIKE_MAX];
    struct gen_text *out = &t->message;
    out->len = 0;
    if (one_in(t, 4)) {
        t->fields.len = 0;
        put_form(t);
        gen_text_str(out, "GET /v1/ping?");
        gen_text_put(out, t->fields.data, t->fields.len);
        gen_text_printf(out, " HTTP/1.1\r\nHost: h%u.apps.example\r\nCookie: sid=", host);
        gen_text_hex(out, &t->rng, 32);
        enum gen_alike_kind kind = draw(t, value);
        gen_text_printf(out, "\r\nX-%s: %s\r\n\r\n", gen_alike_name(kind), value);
    } else {
        const char *type = put_body(t);
        gen_text_printf(
            out,
            "POST /v1/batch/%u HTTP/1.1\r\nHost: h%u.apps.example\r\nContent-Type: %s\r\n"
            "Content-Length: %zu\r\n\r\n",
            gen_rng_below(&t->rng, 10), host, type, t->body.len);
        gen_text_put(out, t->body.data, t->body.len);
    }
    send_bytes(t, talk, GEN_PHONE, out->data, out->len);
    send_bytes(t, talk, GEN_HOST, answer, sizeof(answer) - 1);
}

static void talk_http(struct traffic *t)
{
    uint32_t host = gen_rng_below(&t->rng, HOSTS);
    struct talk talk = open_talk(t, host, 80);
    for (uint32_t i = gen_rng_between(&t->rng, 1, REQUESTS_MOST); i > 0; i--)
        send_request(t, &talk, host);
    end_talk(t, &talk);
}

/* Lines, or records behind their length. */
static void talk_tcp(struct traffic *t)
{
    struct talk talk = open_talk(t, HOSTS + gen_rng_below(&t->rng, 8), 5222);
    bool lines = one_in(t, 2);
    for (uint32_t i = gen_rng_between(&t->rng, 1, REQUESTS_MOST); i > 0; i--) {
        t->message.len = 0;
        (void)put_body(t);
        uint8_t length[4] = {0, 0, (uint8_t)(t->body.len >> 8), (uint8_t)t->body.len};
        if (!lines)
            gen_text_put(&t->message, length, sizeof(length));
        gen_text_put(&t->message, t->body.data, t->body.len);
        if (lines)
            gen_text_str(&t->message, "\n");
        send_bytes(t, &talk, GEN_PHONE, t->message.data, t->message.len);
    }
    end_talk(t, &talk);
}

static void send_datagram(struct traffic *t, uint32_t host, uint16_t port, const void *bytes,
                          size_t len)
{
    enum { DATAGRAM_MAX = 1400 };
    struct gen_frame frame = {.len = 0};
    struct gen_path path = path_to(t, host, port);
    gen_packet_udp(&path, GEN_PHONE, bytes, len < DATAGRAM_MAX ? len : DATAGRAM_MAX, &frame);
    gen_wire_send(&t->wire, &frame);
}

/* A question whose first label is a value: RFC 1035, section 4.1. */
static void ask_dns(struct traffic *t)
{
    static const uint8_t rest[] = {3,   'c', 'd', 'n', 7, 'e', 'x', 'a', 'm',
                                   'p', 'l', 'e', 0,   0, 1,   0,   1};
    uint8_t header[12] = {0, 0, 1, 0, 0, 1};
    char value[GEN_ALIKE_MAX];
    char label[GEN_ALIKE_MAX];
    (void)draw(t, value);
    bare(value, label);
    label[LABEL_MAX] = '\0';
    gen_rng_fill(&t->rng, header, 2);
    t->message.len = 0;
    gen_text_put(&t->message, header, sizeof(header));
    uint8_t len = (uint8_t)strlen(label);
    gen_text_put(&t->message, &len, 1);
    gen_text_put(&t->message, label, len);
    gen_text_put(&t->message, rest, sizeof(rest));
    send_datagram(t, 200, 53, t->message.data, t->message.len);
}

static void step(struct traffic *t)
{
    uint32_t what = gen_rng_below(&t->rng, 100);
    if (what < 50) {
        talk_http(t);
    } else if (what < 65) {
        talk_tcp(t);
    } else if (what < 85) {
        (void)put_body(t);
        send_datagram(t, 100 + gen_rng_below(&t->rng, 8), 9000, t->body.data, t->body.len);
    } else {
        ask_dns(t);
    }
}

/* ---- the program ---- */

struct options {
    uint64_t size;
    uint64_t seed;
    uint64_t contacts;
    const char *subject;
    const char *out;
};

static struct options parse_options(int argc, char **argv)
{
    struct options options = {.size = 64 << 20, .seed = 1, .contacts = 10000};
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *value = argv[i + 1];
        if (strcmp(argv[i], "--size") == 0)
            options.size = gen_number(value);
        else if (strcmp(argv[i], "--seed") == 0)
            options.seed = gen_number(value);
        else if (strcmp(argv[i], "--contacts") == 0)
            options.contacts = gen_number(value);
        else if (strcmp(argv[i], "--subject") == 0)
            options.subject = value;
        else if (strcmp(argv[i], "-o") == 0)
            options.out = value;
        else
            options.contacts = UINT64_MAX;
    }
    if (options.out == NULL || argc % 2 == 0 || options.contacts > GEN_ALIKE_CONTACTS_MAX)
        gen_die("usage: [--size 64M] [--seed 1] [--contacts 10000] [--subject FILE] -o FILE|-");
    return options;
}

int main(int argc, char **argv)
{
    struct options options = parse_options(argc, argv);
    struct traffic *t = gen_resize(NULL, sizeof(*t));
    *t = (struct traffic){.rng = {options.seed}, .mac = {0x02, 0, 0x5e, 0x10, 0, 0x17}};
    FILE *sheet = gen_create(options.subject == NULL ? "/dev/null" : options.subject);
    gen_alike_make(&t->alike, &t->rng, (uint32_t)options.contacts, sheet);
    gen_finish(sheet, options.subject);
    bool to_output = strcmp(options.out, "-") == 0;
    int fd = to_output ? STDOUT_FILENO : open(options.out, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0)
        gen_die("cannot write %s: %s", options.out, strerror(errno));
    gen_wire_open(&t->wire, fd, NULL, gen_rng_next(&t->rng));
    while (t->wire.bytes < options.size)
        step(t);
    gen_wire_close(&t->wire);
    if (close(fd) != 0)
        gen_die("cannot write %s: %s", options.out, strerror(errno));
    (void)fprintf(stderr,
                  "{\"bytes\": %" PRIu64 ", \"frames\": %" PRIu64 ", \"values\": %" PRIu64 "}\n",
                  t->wire.bytes, t->wire.frames, t->values);
    gen_alike_free(&t->alike);
    gen_text_free(&t->fields);
    gen_text_free(&t->body);
    gen_text_free(&t->message);
    free(t->wire.out);
    free(t);
    return 0;
}
