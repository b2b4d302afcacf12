#include "proto/wlan_elements.h"

#include "proto/wps.h"

enum {
    ELEMENT_HEADER = 2, /* identifier, length */
    VENDOR_HEADER = 4   /* organisation (3), its type */
};

/* Table 9-92. */
enum element {
    SSID = 0,
    COUNTRY = 7,
    SSID_LIST = 84,
    MESH_ID = 114,
    CISCO_CCX = 133, /* not in the standard: Cisco's access points tell their names in it */
    VENDOR = 221
};

/* Organisation and type of vendor elements. */
static const uint32_t VENDOR_WPS = 0x0050f204;
static const uint32_t VENDOR_P2P = 0x506f9a09;
static const uint32_t VENDOR_OWE = 0x506f9a1c; /* OWE transition mode */

static void read_ssid(struct tt_fields *fields, const char *step, size_t len)
{
    tt_fields_name(fields, tt_span_sub(tt_fields_rest(fields), 0, len));
    tt_fields_put(fields, step, len);
}

/* ---- Wi-Fi Direct: Wi-Fi Alliance, Wi-Fi Peer-to-Peer Technical Specification 1.7, section 4.1
 * ----
 */

/* Device address (6), configuration methods (2), primary type (8), number of secondary types, these
 * (8 each), and the device name as a WPS attribute. */
static void read_p2p_device(struct tt_fields *fields, size_t len)
{
    enum { FIXED = 17, TYPE_LEN = 8, COUNT_AT = 16, WPS_HEADER = 4 };
    struct tt_span info = tt_span_sub(tt_fields_rest(fields), 0, len);
    size_t name_at = len;
    if (len >= FIXED)
        name_at = FIXED + (size_t)info.data[COUNT_AT] * TYPE_LEN + WPS_HEADER;
    if (name_at >= len) {
        tt_fields_leave(fields, len);
        return;
    }
    struct tt_span name = tt_span_from(info, name_at);
    size_t told = (size_t)info.data[name_at - 2] << 8 | info.data[name_at - 1];
    if (told < name.len)
        name.len = told;
    tt_fields_name(fields, name);
    tt_fields_leave(fields, name_at);
    tt_fields_put(fields, "802.11.p2p.device_name", name.len);
    tt_fields_leave(fields, len - name_at - name.len);
}

/* Device address (6), SSID. */
static void read_p2p_group(struct tt_fields *fields, size_t len)
{
    enum { ADDRESS = 6 };
    if (len <= ADDRESS) {
        tt_fields_leave(fields, len);
        return;
    }
    tt_fields_leave(fields, ADDRESS);
    read_ssid(fields, "802.11.p2p.ssid", len - ADDRESS);
}

/* Attributes: identifier (1), length (2, little-endian), value. */
static void read_p2p(struct tt_fields *fields, size_t len)
{
    enum { HEADER = 3, DEVICE_INFO = 13, GROUP_ID = 15 };
    size_t end = fields->at + len;
    while (end - fields->at >= HEADER) {
        struct tt_reader reader = tt_reader_of(tt_fields_rest(fields));
        uint8_t id = tt_read_u8(&reader);
        size_t value_len = (size_t)tt_read_le(&reader, 2);
        if (value_len > end - fields->at - HEADER)
            break;
        tt_fields_leave(fields, HEADER);
        if (id == DEVICE_INFO)
            read_p2p_device(fields, value_len);
        else if (id == GROUP_ID)
            read_p2p_group(fields, value_len);
        else
            tt_fields_leave(fields, value_len);
    }
    tt_fields_leave(fields, end - fields->at);
}

/* ---- elements ---- */

/* Wi-Fi Alliance, Opportunistic Wireless Encryption Specification 1.1, section 2.3.1: BSSID (6),
 * length, SSID of the other network. */
static void read_owe(struct tt_fields *fields, size_t len)
{
    enum { BSSID = 6, HEADER = BSSID + 1 };
    size_t name_len = len > HEADER ? tt_fields_rest(fields).data[BSSID] : 0;
    if (name_len == 0 || name_len > len - HEADER) {
        tt_fields_leave(fields, len);
        return;
    }
    tt_fields_leave(fields, HEADER);
    tt_fields_put(fields, "802.11.owe.ssid", name_len);
    tt_fields_leave(fields, len - HEADER - name_len);
}

static void read_vendor(struct tt_fields *fields, size_t len)
{
    struct tt_reader reader = tt_reader_of(tt_span_sub(tt_fields_rest(fields), 0, len));
    uint32_t vendor = tt_read_u32(&reader);
    bool known = vendor == VENDOR_WPS || vendor == VENDOR_P2P || vendor == VENDOR_OWE;
    if (reader.failed || !known) {
        tt_fields_leave(fields, len);
        return;
    }
    tt_fields_leave(fields, VENDOR_HEADER);
    if (vendor == VENDOR_WPS)
        tt_wps_read(fields, "802.11.", len - VENDOR_HEADER);
    else if (vendor == VENDOR_P2P)
        read_p2p(fields, len - VENDOR_HEADER);
    else
        read_owe(fields, len - VENDOR_HEADER);
}

/* What every access point of a maker puts there, as its beacons show: ten bytes, then its name (16
 * bytes, filled up with zeros). */
static void read_ccx(struct tt_fields *fields, size_t len)
{
    enum { NAME_AT = 10, NAME_LEN = 16 };
    if (len < NAME_AT + NAME_LEN) {
        tt_fields_leave(fields, len);
        return;
    }
    tt_fields_leave(fields, NAME_AT);
    struct tt_span name = tt_span_sub(tt_fields_rest(fields), 0, NAME_LEN);
    size_t name_len = tt_span_find(name, 0);
    tt_fields_put(fields, "802.11.ap_name", name_len);
    tt_fields_leave(fields, len - NAME_AT - name_len);
}

/* The element at hand, behind its header. */
static void read_element(struct tt_fields *fields, uint8_t id, size_t len)
{
    switch (id) {
    case SSID:
        read_ssid(fields, "802.11.ssid", len);
        break;
    case COUNTRY:
        tt_fields_put(fields, "802.11.country", len < 2 ? len : 2);
        tt_fields_leave(fields, len < 2 ? 0 : len - 2);
        break;
    case MESH_ID:
        read_ssid(fields, "802.11.mesh_id", len);
        break;
    case CISCO_CCX:
        read_ccx(fields, len);
        break;
    case VENDOR:
        read_vendor(fields, len);
        break;
    default:
        tt_fields_leave(fields, len);
        break;
    }
}

void tt_wlan_elements(struct tt_fields *fields)
{
    while (tt_fields_rest(fields).len > 0) {
        struct tt_span rest = tt_fields_rest(fields);
        size_t len = rest.len < ELEMENT_HEADER ? SIZE_MAX : rest.data[1];
        /* A list holds elements: they are read as those around it. */
        if (len != SIZE_MAX && rest.data[0] == SSID_LIST && len <= rest.len - ELEMENT_HEADER)
            len = 0;
        if (len == SIZE_MAX || len > rest.len - ELEMENT_HEADER) {
            bool cut = !fields->msg.complete;
            tt_fields_spoil(fields, cut ? "802.11.cut" : "802.11.element",
                            "an 802.11 element longer than its frame: the rest is searched raw");
            return;
        }
        tt_fields_leave(fields, ELEMENT_HEADER);
        read_element(fields, rest.data[0], len);
    }
}
