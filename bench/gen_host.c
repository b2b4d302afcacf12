#include "gen_host.h"

#include "gen_content.h"

#include <stdio.h>
#include <string.h>

enum { TTL_SECONDS = 300, TYPE_A = 1, TYPE_CNAME = 5, TYPE_AAAA = 28, DNS_MAX = 512 };

static const struct {
    const char *prefix;
    const char *domain;
    size_t count;
    uint16_t port;
} ROLES[GEN_ROLE_COUNT] = {
    [GEN_ROLE_MEDIA] = {"img", "media", 8, 80},     [GEN_ROLE_WEB] = {"www", "portal", 8, 80},
    [GEN_ROLE_API] = {"api", "apps", 12, 80},       [GEN_ROLE_BEACON] = {"t", "metrics", 8, 80},
    [GEN_ROLE_PUSH] = {"push", "notify", 8, 30719}, [GEN_ROLE_GAME] = {"play", "arena", 12, 30120},
};

static struct gen_addr host_addr(size_t at)
{
    struct gen_addr addr = {.v6 = at % 4 == 3};
    static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, 0x00, 0x51};
    static const uint8_t v4[2][4] = {{198, 51, 100, 0}, {203, 0, 113, 0}};
    if (addr.v6)
        memcpy(addr.bytes, v6, sizeof(v6));
    else
        memcpy(addr.bytes, v4[at % 2], sizeof(v4[0]));
    addr.bytes[addr.v6 ? 15 : 3] = (uint8_t)(10 + at);
    return addr;
}

void gen_hosts_make(struct gen_hosts *hosts, const uint8_t *mac, struct gen_rng *rng)
{
    static const struct gen_addr phone = {.bytes = {192, 168, 77, 23}};
    static const struct gen_addr router = {.bytes = {192, 168, 77, 1}};
    *hosts = (struct gen_hosts){.dns = {.mac = mac, .ends = {phone, router}, .ports = {0, 53}}};
    size_t at = 0;
    for (size_t role = 0; role < GEN_ROLE_COUNT; role++) {
        for (size_t i = 0; i < ROLES[role].count; i++, at++) {
            struct gen_host *host = &hosts->all[at];
            host->role = (enum gen_role)role;
            host->addr = host_addr(at);
            host->port = role == GEN_ROLE_API && i % 4 == 3 ? 8080 : ROLES[role].port;
            (void)snprintf(host->name, sizeof(host->name), "%s%zu.%s-%s.example",
                           ROLES[role].prefix, i + 1, gen_word(rng), ROLES[role].domain);
            if (role == GEN_ROLE_MEDIA)
                (void)snprintf(host->alias, sizeof(host->alias), "edge%zu.delivery.example", i + 1);
        }
    }
}

struct gen_host *gen_hosts_pick(struct gen_hosts *hosts, enum gen_role role, struct gen_rng *rng)
{
    size_t first = 0;
    for (size_t i = 0; i < role; i++)
        first += ROLES[i].count;
    return &hosts->all[first + gen_rng_below(rng, (uint32_t)ROLES[role].count)];
}

struct gen_addr gen_hosts_phone(const struct gen_host *host)
{
    static const struct gen_addr v4 = {.bytes = {192, 168, 77, 23}};
    static const struct gen_addr v6 = {.v6 = true,
                                       .bytes = {0x20, 0x01, 0x0d, 0xb8, 0x00, 0x77, [15] = 0x23}};
    return host->addr.v6 ? v6 : v4;
}

static void put16(struct gen_text *out, unsigned value)
{
    uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    gen_text_put(out, bytes, sizeof(bytes));
}

/* Labels with their lengths (RFC 1035, section 3.1). */
static void put_name(struct gen_text *out, const char *name)
{
    for (;;) {
        size_t len = strcspn(name, ".");
        uint8_t count = (uint8_t)len;
        gen_text_put(out, &count, 1);
        gen_text_put(out, name, len);
        if (name[len] == '\0')
            break;
        name += len + 1;
    }
    gen_text_put(out, "", 1);
}

static void put_question(struct gen_text *out, const struct gen_host *host, unsigned id,
                         unsigned flags, unsigned answers, unsigned type)
{
    out->len = 0;
    put16(out, id);
    put16(out, flags);
    put16(out, 1);
    put16(out, answers);
    put16(out, 0);
    put16(out, 0);
    put_name(out, host->name);
    put16(out, type);
    put16(out, 1);
}

static void put_record(struct gen_text *out, unsigned name_at, unsigned type, size_t len)
{
    put16(out, 0xc000U | name_at);
    put16(out, type);
    put16(out, 1);
    put16(out, 0);
    put16(out, TTL_SECONDS);
    put16(out, (unsigned)len);
}

static void put_answer(struct gen_text *out, const struct gen_host *host, unsigned id,
                       unsigned type)
{
    bool fits = host->addr.v6 == (type == TYPE_AAAA);
    bool alias = host->alias[0] != '\0';
    put_question(out, host, id, 0x8180, (fits ? 1U : 0U) + (alias ? 1U : 0U), type);
    unsigned owner = 12;
    if (alias) {
        put_record(out, owner, TYPE_CNAME, strlen(host->alias) + 2);
        owner = (unsigned)out->len;
        put_name(out, host->alias);
    }
    if (!fits)
        return;
    size_t len = host->addr.v6 ? 16 : 4;
    put_record(out, owner, type, len);
    gen_text_put(out, host->addr.bytes, len);
}

void gen_hosts_resolve(struct gen_hosts *hosts, struct gen_host *host, struct gen_wire *wire,
                       struct gen_rng *rng)
{
    uint64_t now = wire->time_us;
    if (host->resolved_us != 0 && now - host->resolved_us < (uint64_t)TTL_SECONDS * 1000000)
        return;
    host->resolved_us = now;
    struct gen_text text = {0};
    struct gen_frame frame = {0};
    unsigned id = gen_rng_below(rng, 65536);
    hosts->dns.ports[GEN_PHONE] = (uint16_t)gen_rng_between(rng, 32768, 60999);
    static const unsigned types[2] = {TYPE_A, TYPE_AAAA};
    for (unsigned i = 0; i < 2; i++) {
        put_question(&text, host, id + i, 0x0100, 0, types[i]);
        gen_packet_udp(&hosts->dns, GEN_PHONE, text.data, text.len, &frame);
        gen_wire_send(wire, &frame);
    }
    for (unsigned i = 0; i < 2; i++) {
        put_answer(&text, host, id + i, types[i]);
        gen_packet_udp(&hosts->dns, GEN_HOST, text.data, text.len, &frame);
        gen_wire_send(wire, &frame);
    }
    gen_text_free(&text);
}
