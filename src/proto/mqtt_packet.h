/* Control packets of MQTT: MQTT 3.1 (IBM, 2010), MQTT 3.1.1 and 5.0 (OASIS). Where a packet ends,
 * and what stands in it; mqtt.c follows the streams. Section numbers are those of 5.0. */
#ifndef TT_PROTO_MQTT_PACKET_H
#define TT_PROTO_MQTT_PACKET_H

#include "proto/fields.h"

enum tt_mqtt_type {
    TT_MQTT_CONNECT = 1,
    TT_MQTT_CONNACK,
    TT_MQTT_PUBLISH,
    TT_MQTT_PUBACK,
    TT_MQTT_PUBREC,
    TT_MQTT_PUBREL,
    TT_MQTT_PUBCOMP,
    TT_MQTT_SUBSCRIBE,
    TT_MQTT_SUBACK,
    TT_MQTT_UNSUBSCRIBE,
    TT_MQTT_UNSUBACK,
    TT_MQTT_PINGREQ,
    TT_MQTT_PINGRESP,
    TT_MQTT_DISCONNECT,
    TT_MQTT_AUTH
};

enum { TT_MQTT_5 = 5 }; /* the version (protocol level) from which on packets have properties */

/* Section 2.1.2: "publish" and so on. `type` is one of the above. */
const char *tt_mqtt_type_name(enum tt_mqtt_type type);

/* Is the front of `bytes` a CONNECT (section 3.1.2)? It names its protocol: 8 bytes or more fit. */
enum tt_probe tt_mqtt_probe_connect(struct tt_span bytes);

/* Could packets begin here, where no CONNECT was seen? Each of them fits, to the end of `bytes`;
 * and there is more than chance: a PUBLISH with a topic, or a packet that is whole. */
bool tt_mqtt_is_plausible(struct tt_span bytes);

struct tt_mqtt_size {
    size_t head;    /* bytes at the front that are read together: all of the packet, or of a PUBLISH
                       what stands before its payload. Above bytes.len: so many are needed to go on */
    uint64_t total; /* of the packet; 0: not known yet */
    unsigned version; /* as which this packet is read; 0: still not known */
};

/* Measures the packet that begins with `bytes`. False when there is no such packet. */
bool tt_mqtt_measure(struct tt_span bytes, unsigned version, struct tt_mqtt_size *ret_size);

/* What mqtt.c wants to know of a packet that was read. Spans point into the packet. */
struct tt_mqtt_said {
    unsigned version;            /* a CONNECT tells it */
    uint16_t alias;              /* of the topic (section 3.3.2.3.4); 0: none */
    struct tt_span topic;        /* of a PUBLISH */
    struct tt_span content_type; /* of its payload (section 3.3.2.3.9) */
};

/* Reads a head of tt_mqtt_measure. `version` 0: packets whose fields depend on it are not read
 * further. */
void tt_mqtt_read(struct tt_fields *fields, unsigned version, struct tt_mqtt_said *ret_said);

#endif
