/* tt_subject: what the device knows about its owner. Made by identify/ from the sheet; the rest of
 * the program refers to its entries by their position and never copies a value. */
#ifndef TT_MODEL_SUBJECT_H
#define TT_MODEL_SUBJECT_H

#include "base/addr.h"
#include "base/vantage.h"

/* X(enum, name in sheets and reports, what a person calls it) */
#define TT_KINDS(X)                                                                                \
    X(TT_KIND_IMEI, "imei", "IMEI")                                                                \
    X(TT_KIND_IMEISV, "imeisv", "IMEISV")                                                          \
    X(TT_KIND_IMSI, "imsi", "IMSI")                                                                \
    X(TT_KIND_ICCID, "iccid", "SIM card number")                                                   \
    X(TT_KIND_PHONE_NUMBER, "phone_number", "phone number")                                        \
    X(TT_KIND_CARRIER, "carrier", "carrier")                                                       \
    X(TT_KIND_SERIAL, "serial", "serial number")                                                   \
    X(TT_KIND_ANDROID_ID, "android_id", "Android ID")                                              \
    X(TT_KIND_ADVERTISING_ID, "advertising_id", "advertising ID")                                  \
    X(TT_KIND_MAC_ADDRESS, "mac_address", "MAC address")                                           \
    X(TT_KIND_BLUETOOTH_ADDRESS, "bluetooth_address", "Bluetooth address")                         \
    X(TT_KIND_SSID, "ssid", "Wi-Fi name")                                                          \
    X(TT_KIND_BSSID, "bssid", "Wi-Fi access point")                                                \
    X(TT_KIND_HOSTNAME, "hostname", "host name")                                                   \
    X(TT_KIND_EMAIL, "email", "e-mail address")                                                    \
    X(TT_KIND_USERNAME, "username", "user name")                                                   \
    X(TT_KIND_PASSWORD, "password", "password")                                                    \
    X(TT_KIND_ACCOUNT_ID, "account_id", "account ID")                                              \
    X(TT_KIND_DEVICE_MODEL, "device_model", "device model")                                        \
    X(TT_KIND_NAME, "name", "name")                                                                \
    X(TT_KIND_ADDRESS, "address", "postal address")                                                \
    X(TT_KIND_LOCATION, "location", "location")                                                    \
    X(TT_KIND_CUSTOM, "custom", "custom value")                                                    \
    X(TT_KIND_CONTACT_NAME, "contact_name", "contact's name")                                      \
    X(TT_KIND_CONTACT_NUMBER, "contact_number", "contact's number")                                \
    X(TT_KIND_CONTACT_EMAIL, "contact_email", "contact's e-mail")                                  \
    X(TT_KIND_MESSAGE_NUMBER, "message_number", "number of a message")                             \
    X(TT_KIND_MESSAGE_TEXT, "message_text", "text of a message")                                   \
    X(TT_KIND_INSTALLED_APP, "installed_app", "installed app")

enum tt_kind {
#define TT_KIND_ENUM(id, name, title) id,
    TT_KINDS(TT_KIND_ENUM)
#undef TT_KIND_ENUM
        TT_KIND_COUNT
};

enum tt_owner { TT_OWNER_DEVICE, TT_OWNER_CONTACT, TT_OWNER_MESSAGE };

struct tt_identifier {
    enum tt_kind kind;
    enum tt_owner owner;
    const char *label;  /* "imei[0]", "contacts[3].phone_number", or a custom entry's own name */
    const char *value;  /* secret: as it stands in the sheet (location: "latitude,longitude") */
    const char *masked; /* the value with at least 20 bits of what is unknown hidden */
    unsigned line;      /* of the sheet, from 1 */
};

struct tt_subject {
    const char *device_name;         /* or NULL */
    const char *device_firmware;     /* or NULL */
    const struct tt_addr *addresses; /* of the device; none when left out */
    size_t address_count;
    struct tt_vantage vantage; /* where its packets are captured */
    const struct tt_identifier *identifiers;
    size_t identifier_count;
    char digest[65]; /* SHA-256 of the sheet and its vCard file, hexadecimal */
};

/* "imei". Never NULL. */
const char *tt_kind_name(enum tt_kind kind);

/* "SIM card number". Never NULL. */
const char *tt_kind_title(enum tt_kind kind);

/* "device", "contact", "message". Never NULL. */
const char *tt_owner_name(enum tt_owner owner);

#endif
