#include "gen_wire.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { OUT_SIZE = 1 << 20, PACKET_HEADER = 16 };

/* 2024-03-01T08:00:00Z. */
static const uint64_t START_US = UINT64_C(1709280000) * 1000000;

/* The link that the trace was taken on, bits per microsecond; sets how fast time goes. */
static const uint64_t LINK_MBIT = 50;

static void put_le32(uint8_t *at, uint64_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void write_out(struct gen_wire *wire)
{
    for (size_t at = 0; at < wire->out_len;) {
        ssize_t n = write(wire->fd, wire->out + at, wire->out_len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            gen_die("cannot write the capture: %s", strerror(errno));
        at += (size_t)n;
    }
    wire->out_len = 0;
}

static void put(struct gen_wire *wire, const void *bytes, size_t len)
{
    if (wire->out_len + len > OUT_SIZE)
        write_out(wire);
    memcpy(wire->out + wire->out_len, bytes, len);
    wire->out_len += len;
    wire->bytes += len;
}

void gen_wire_open(struct gen_wire *wire, int fd, FILE *truth, uint64_t seed)
{
    uint8_t header[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4};
    put_le32(header + 16, 262144);
    put_le32(header + 20, 1);
    *wire = (struct gen_wire){.fd = fd, .truth = truth, .time_us = START_US, .rng = {seed}};
    wire->out = gen_resize(NULL, OUT_SIZE);
    put(wire, header, sizeof(header));
}

static void write_truth(struct gen_wire *wire, const struct gen_leak *leak)
{
    wire->leaks++;
    FILE *truth = wire->truth;
    if (truth == NULL)
        return;
    uint64_t first = UINT64_MAX;
    for (size_t i = 0; i < leak->frame_count; i++)
        first = leak->frames[i] < first ? leak->frames[i] : first;
    (void)fprintf(truth, "{\"frame\": %" PRIu64 ", \"frames\": [", first);
    for (size_t i = 0; i < leak->frame_count; i++)
        (void)fprintf(truth, "%s%" PRIu64, i == 0 ? "" : ", ", leak->frames[i]);
    (void)fprintf(truth,
                  "], \"kind\": \"%s\", \"label\": \"%s\", \"host\": \"%s\", \"written\": \"%s\", "
                  "\"place\": \"%s\"}\n",
                  leak->kind, leak->label, leak->host, leak->written, leak->place);
}

/* The frame leaves: it gets its number and its time. */
static void leave(struct gen_wire *wire, const struct gen_frame *frame)
{
    uint8_t header[PACKET_HEADER];
    wire->frames++;
    wire->time_us += frame->len * 8 / LINK_MBIT + 1 + gen_rng_below(&wire->rng, 40);
    put_le32(header, wire->time_us / 1000000);
    put_le32(header + 4, wire->time_us % 1000000);
    put_le32(header + 8, frame->len);
    put_le32(header + 12, frame->len);
    put(wire, header, sizeof(header));
    put(wire, frame->bytes, frame->len);
    if (frame->fills_hole)
        frame->stream->hole = false;
    struct gen_leak *leak = frame->leak;
    if (leak == NULL)
        return;
    if (leak->frame_count == GEN_LEAK_FRAMES_MAX)
        gen_die("a planted value is spread over more than %d frames", GEN_LEAK_FRAMES_MAX);
    leak->frames[leak->frame_count++] = wire->frames;
    leak->bytes_left -= frame->leak_bytes;
    if (leak->bytes_left == 0)
        write_truth(wire, leak);
}

/* Lets go what has waited for long enough. What leaves here counts for the others that wait, too.
 */
static void release_due(struct gen_wire *wire)
{
    for (size_t i = 0; i < GEN_HELD_MAX && wire->held_count > 0; i++) {
        struct gen_held *held = &wire->held[i];
        if (held->wait == 0 || --held->wait > 0)
            continue;
        wire->held_count--;
        held->frame.stream->held--;
        leave(wire, &held->frame);
    }
}

void gen_wire_send(struct gen_wire *wire, const struct gen_frame *frame)
{
    leave(wire, frame);
    if (wire->held_count > 0)
        release_due(wire);
}

bool gen_wire_hold(struct gen_wire *wire, const struct gen_frame *frame, unsigned wait)
{
    for (size_t i = 0; i < GEN_HELD_MAX; i++) {
        struct gen_held *held = &wire->held[i];
        if (held->wait > 0)
            continue;
        held->frame = *frame;
        held->wait = wait;
        held->frame.stream->held++;
        wire->held_count++;
        return true;
    }
    return false;
}

void gen_wire_release(struct gen_wire *wire)
{
    while (wire->held_count > 0)
        release_due(wire);
}

void gen_wire_close(struct gen_wire *wire)
{
    gen_wire_release(wire);
    write_out(wire);
    if (wire->truth != NULL && fflush(wire->truth) != 0)
        gen_die("cannot write the truth: %s", strerror(errno));
}
