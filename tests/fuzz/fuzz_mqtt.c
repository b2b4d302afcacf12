/* MQTT conversations, in any cut and with gaps; see proto_check.h for the input. */
#include "proto_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    play_conversation(&tt_proto_mqtt, tt_span_of(data, size), 1883);
    return 0;
}
