/* The capture as it is written: frames get their number and time when they leave for the file, some
 * are held back for a while (reordering), some are sent twice (retransmission).
 *
 * File format: pcap, microseconds, little endian, link type 1 (Ethernet). */
#ifndef BENCH_GEN_WIRE_H
#define BENCH_GEN_WIRE_H

#include "gen_util.h"

#include <stdio.h>

enum {
    GEN_FRAME_MAX = 1514,
    GEN_LEAK_FRAMES_MAX = 16,
    GEN_HELD_MAX = 64 /* frames held back at the same time */
};

/* A value that was planted. Its truth is written when all its bytes have left. */
struct gen_leak {
    const char *kind;    /* "imei" */
    char label[32];      /* "imei[0]", the name in the sheet */
    const char *written; /* "base64" */
    const char *place;   /* "query" */
    char host[64];
    size_t bytes_left; /* bytes on the wire that carry it and have not left yet */
    uint64_t frames[GEN_LEAK_FRAMES_MAX];
    size_t frame_count;
};

/* What one side of a connection has sent so far, and how much of it the other side has got. */
struct gen_stream {
    uint32_t next;    /* sequence number of the next byte */
    uint32_t hole_at; /* sequence number of a segment held back, if `hole` */
    bool hole;
    unsigned held;  /* frames of this stream held back, copies included */
    uint32_t clock; /* of its last TCP timestamp */
};

struct gen_frame {
    uint8_t bytes[GEN_FRAME_MAX];
    size_t len;
    struct gen_stream *stream; /* NULL: not TCP data */
    struct gen_leak *leak;     /* NULL: carries none */
    size_t leak_bytes;         /* of the leak in this frame */
    bool fills_hole;
};

struct gen_held {
    struct gen_frame frame;
    unsigned wait; /* frames that leave before it; 0: this place is free */
};

struct gen_wire {
    int fd;
    uint8_t *out; /* what waits to be written */
    size_t out_len;
    uint64_t frames;
    uint64_t bytes;   /* of the file */
    uint64_t time_us; /* of the last frame, since 1970 */
    uint64_t reordered;
    uint64_t repeated;
    uint64_t leaks;
    FILE *truth; /* or NULL */
    struct gen_rng rng;
    struct gen_held held[GEN_HELD_MAX];
    size_t held_count;
};

/* Writes the file header. `truth` gets a line for each leak; may be NULL. */
void gen_wire_open(struct gen_wire *wire, int fd, FILE *truth, uint64_t seed);

/* Sends a frame: now. */
void gen_wire_send(struct gen_wire *wire, const struct gen_frame *frame);

/* Sends a frame behind the next `wait` (1 or more) others; false when no more can be held back. */
bool gen_wire_hold(struct gen_wire *wire, const struct gen_frame *frame, unsigned wait);

/* Sends everything that is held back. */
void gen_wire_release(struct gen_wire *wire);

/* Writes what is left. */
void gen_wire_close(struct gen_wire *wire);

#endif
