/* The hosts that the phone talks to, and the DNS that comes before. */
#ifndef BENCH_GEN_HOST_H
#define BENCH_GEN_HOST_H

#include "gen_packet.h"

enum gen_role {
    GEN_ROLE_MEDIA,  /* pictures and video */
    GEN_ROLE_WEB,    /* pages, scripts, styles */
    GEN_ROLE_API,    /* JSON and forms */
    GEN_ROLE_BEACON, /* analytics: query strings and batches */
    GEN_ROLE_PUSH,   /* a line protocol of its own over TCP */
    GEN_ROLE_GAME,   /* datagrams */
    GEN_ROLE_COUNT
};

struct gen_host {
    char name[64];
    char alias[64]; /* the canonical name that DNS answers with; empty: none */
    enum gen_role role;
    struct gen_addr addr; /* nobody else's */
    uint16_t port;
    uint64_t resolved_us; /* when DNS was last asked; 0: never */
};

enum { GEN_HOSTS = 56 };

struct gen_hosts {
    struct gen_host all[GEN_HOSTS];
    struct gen_path dns;
};

/* `mac` is the phone's and must live as long as the hosts. */
void gen_hosts_make(struct gen_hosts *hosts, const uint8_t *mac, struct gen_rng *rng);

/* One host of the role. */
struct gen_host *gen_hosts_pick(struct gen_hosts *hosts, enum gen_role role, struct gen_rng *rng);

/* The address of the phone that goes with the host's: 192.168.77.23 or 2001:db8:77::23. */
struct gen_addr gen_hosts_phone(const struct gen_host *host);

/* Asks the router 192.168.77.1 for the host's addresses, and answers, when the last answer is older
 * than its time to live. */
void gen_hosts_resolve(struct gen_hosts *hosts, struct gen_host *host, struct gen_wire *wire,
                       struct gen_rng *rng);

#endif
