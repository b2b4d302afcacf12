/* Writes packets of MQTT, for tests. */
#ifndef TEST_PROTO_MQTT_MAKER_H
#define TEST_PROTO_MQTT_MAKER_H

#include "recorder.h"

/* A packet: its first byte, and what stands behind the fixed header. */
struct packet {
    uint8_t first;
    struct tt_buf rest;
};

static inline struct packet packet_of(uint8_t first)
{
    return (struct packet){.first = first, .rest = tt_buf_make(1U << 22)};
}

static inline void put_bytes(struct packet *packet, const void *bytes, size_t len)
{
    rec_check(tt_buf_append(&packet->rest, tt_span_of(bytes, len)));
}

static inline void put_u8(struct packet *packet, unsigned value)
{
    rec_check(tt_buf_append_u8(&packet->rest, (uint8_t)value));
}

static inline void put_u16(struct packet *packet, unsigned value)
{
    put_u8(packet, value >> 8);
    put_u8(packet, value & 255U);
}

static inline void put_text(struct packet *packet, const char *text)
{
    put_u16(packet, (unsigned)strlen(text));
    put_bytes(packet, text, strlen(text));
}

/* Behind `out`; the packet is used up. */
static inline void write_packet(struct tt_buf *out, struct packet *packet)
{
    size_t len = packet->rest.len;
    rec_check(tt_buf_append_u8(out, packet->first));
    do {
        rec_check(tt_buf_append_u8(out, (uint8_t)((len & 127U) | (len > 127 ? 128U : 0))));
        len >>= 7;
    } while (len > 0);
    rec_check(tt_buf_append(out, tt_buf_span(&packet->rest)));
    tt_buf_free(&packet->rest);
}

/* CONNECT up to the keep alive. */
static inline struct packet begin_connect(const char *protocol, unsigned level, unsigned flags)
{
    struct packet packet = packet_of(0x10);
    put_text(&packet, protocol);
    put_u8(&packet, level);
    put_u8(&packet, flags);
    put_u16(&packet, 60);
    return packet;
}

static inline void write_connect(struct tt_buf *out, unsigned level, const char *client)
{
    struct packet packet = begin_connect(level == 3 ? "MQIsdp" : "MQTT", level, 2);
    if (level == 5)
        put_u8(&packet, 0);
    put_text(&packet, client);
    write_packet(out, &packet);
}

/* QoS 0; version 3. */
static inline void write_publish(struct tt_buf *out, const char *topic, const char *payload)
{
    struct packet packet = packet_of(0x30);
    put_text(&packet, topic);
    put_bytes(&packet, payload, strlen(payload));
    write_packet(out, &packet);
}

#endif
