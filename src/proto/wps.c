#include "proto/wps.h"

#include "base/compiler.h"

#include <stdio.h>

enum { ATTRIBUTE_HEADER = 4, DEVICE_NAME = 0x1011, SSID = 0x1045 };

/* The name of an attribute that identifies somebody or something, or NULL. */
static const char *name_of(unsigned type)
{
    static const struct {
        uint16_t type;
        const char *name;
    } names[] = {
        {DEVICE_NAME, "device_name"}, {0x1021, "manufacturer"},  {0x1023, "model_name"},
        {0x1024, "model_number"},     {0x1042, "serial_number"}, {0x1047, "uuid_e"},
        {0x1048, "uuid_r"},           {0x1020, "mac_address"},   {SSID, "ssid"},
        {0x1027, "network_key"},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(names); i++)
        if (names[i].type == type)
            return names[i].name;
    return NULL;
}

void tt_wps_read(struct tt_fields *fields, const char *prefix, size_t len)
{
    size_t end = fields->at + len;
    while (end - fields->at >= ATTRIBUTE_HEADER) {
        struct tt_reader reader = tt_reader_of(tt_fields_rest(fields));
        uint16_t type = tt_read_u16(&reader);
        size_t value_len = tt_read_u16(&reader);
        if (value_len > end - fields->at - ATTRIBUTE_HEADER)
            break;
        const char *name = name_of(type);
        if (name == NULL) {
            tt_fields_leave(fields, ATTRIBUTE_HEADER + value_len);
            continue;
        }
        if (type == DEVICE_NAME || type == SSID)
            tt_fields_name(fields,
                           tt_span_sub(tt_fields_rest(fields), ATTRIBUTE_HEADER, value_len));
        char step[TT_FIELD_STEP_MAX];
        (void)snprintf(step, sizeof(step), "%swps.%s", prefix, name);
        tt_fields_skip(fields, ATTRIBUTE_HEADER);
        tt_fields_put(fields, step, value_len);
    }
    tt_fields_leave(fields, end - fields->at);
}
