#include "gen_leak.h"

#include "gen_code.h"

#include <stdio.h>
#include <string.h>

enum value { IMEI, IMSI, PHONE, PHONE_DIGITS, ANDROID_ID, MAC, EMAIL, CONTACT };
enum writing { PLAIN, PERCENT, BASE64, MD5, SHA1 };

/* Several keys for each, so that findings of one host and kind differ in their paths. */
static const struct {
    enum value value;
    enum writing writing;
    enum gen_place place;
    const char *place_name;
    const char *keys[3];
} WAYS[GEN_LEAK_KINDS] = {
    {IMEI, PLAIN, GEN_PLACE_QUERY, "query", {"imei", "deviceid", "uid1"}},
    {PHONE, PLAIN, GEN_PLACE_JSON, "json", {"msisdn", "phone", "line1"}},
    {PHONE, PERCENT, GEN_PLACE_FORM, "form", {"phone", "login", "number"}},
    {PHONE_DIGITS, PLAIN, GEN_PLACE_COOKIE, "cookie", {"ph", "acct", "subscriber"}},
    {ANDROID_ID, PLAIN, GEN_PLACE_HEADER, "header", {"X-Device-Id", "X-Install", "X-Client"}},
    {MAC, PLAIN, GEN_PLACE_JSON_GZIP, "json", {"wifi_mac", "mac", "hw"}},
    {EMAIL, BASE64, GEN_PLACE_QUERY, "query", {"e", "mail", "u"}},
    {ANDROID_ID, MD5, GEN_PLACE_JSON, "json", {"aid_md5", "udid", "hash"}},
    {IMEI, SHA1, GEN_PLACE_FORM, "form", {"imei_sha1", "did", "fp"}},
    {CONTACT, PLAIN, GEN_PLACE_JSON, "json", {"contact", "peer", "invite"}},
    {IMSI, PLAIN, GEN_PLACE_JSON_GZIP_CHUNKED, "json", {"imsi", "sim", "subscriber"}},
    {IMEI, PLAIN, GEN_PLACE_TCP, "tcp", {"imei", "dev", "id"}},
    {IMSI, PLAIN, GEN_PLACE_UDP, "udp", {"imsi", "sim", "s"}},
    {EMAIL, PLAIN, GEN_PLACE_JSON_GZIP, "json", {"email", "login", "user"}},
    {CONTACT, PERCENT, GEN_PLACE_QUERY, "query", {"to", "peer", "number"}},
};

static void shuffle(struct gen_leak_plan *plan, struct gen_rng *rng)
{
    for (size_t i = 0; i < GEN_LEAK_KINDS; i++) {
        size_t j = gen_rng_below(rng, (uint32_t)i + 1);
        plan->order[i] = plan->order[j];
        plan->order[j] = (uint8_t)i;
    }
}

/* The value as the sheet's owner would have it in this place; sets kind and label. */
static void choose_value(enum value value, const struct gen_subject *s, struct gen_rng *rng,
                         struct gen_leak *leak, char text[GEN_VALUE_MAX])
{
    static const char *const kinds[] = {[IMEI] = "imei",
                                        [IMSI] = "imsi",
                                        [PHONE] = "phone_number",
                                        [PHONE_DIGITS] = "phone_number",
                                        [ANDROID_ID] = "android_id",
                                        [MAC] = "mac_address",
                                        [EMAIL] = "email",
                                        [CONTACT] = "contact_number"};
    uint32_t at = 0;
    char compact[GEN_VALUE_MAX];
    gen_number_compact(s->phone_number, compact);
    const char *chosen = compact;
    switch (value) {
    case IMEI:
        at = gen_rng_below(rng, GEN_IMEIS);
        chosen = s->imei[at];
        break;
    case IMSI:
        chosen = s->imsi;
        break;
    case PHONE:
        break;
    case PHONE_DIGITS:
        chosen = compact + 1;
        break;
    case ANDROID_ID:
        chosen = s->android_id;
        break;
    case MAC:
        chosen = s->mac_address;
        break;
    case EMAIL:
        chosen = s->email;
        break;
    case CONTACT:
        at = gen_rng_below(rng, GEN_CONTACTS);
        gen_number_compact(s->contact_number[at], compact);
        break;
    }
    (void)snprintf(text, GEN_VALUE_MAX, "%s", chosen);
    leak->kind = kinds[value];
    if (value == CONTACT)
        (void)snprintf(leak->label, sizeof(leak->label), "contacts[%u].phone_number", (unsigned)at);
    else
        (void)snprintf(leak->label, sizeof(leak->label), "%s[%u]", leak->kind, (unsigned)at);
}

/* The value as it goes out. */
static void write_value(enum writing writing, const char *value, struct gen_planting *planting)
{
    static const char *const names[] = {"plain", "percent", "base64", "md5", "sha1"};
    struct gen_text padded = {0};
    char hex[GEN_HEX_MAX];
    planting->text.len = 0;
    planting->leak.written = names[writing];
    switch (writing) {
    case PLAIN:
        gen_text_str(&planting->text, value);
        break;
    case PERCENT:
        gen_percent(&planting->text, value);
        break;
    case BASE64: /* stands in queries: the padding must be escaped there */
        gen_base64(&padded, value, strlen(value));
        gen_text_put(&padded, "", 1);
        gen_percent(&planting->text, (const char *)padded.data);
        break;
    case MD5:
        gen_md5_hex(value, hex);
        gen_text_str(&planting->text, hex);
        break;
    case SHA1:
        gen_sha1_hex(value, hex);
        gen_text_str(&planting->text, hex);
        break;
    }
    gen_text_free(&padded);
}

void gen_leak_next(struct gen_leak_plan *plan, const struct gen_subject *subject,
                   struct gen_rng *rng, struct gen_planting *planting)
{
    if (plan->at % GEN_LEAK_KINDS == 0)
        shuffle(plan, rng);
    size_t way = plan->order[plan->at++ % GEN_LEAK_KINDS];
    planting->place = WAYS[way].place;
    planting->key = WAYS[way].keys[gen_rng_below(rng, (uint32_t)GEN_COUNT(WAYS[way].keys))];
    planting->leak = (struct gen_leak){.place = WAYS[way].place_name};
    char value[GEN_VALUE_MAX];
    choose_value(WAYS[way].value, subject, rng, &planting->leak, value);
    write_value(WAYS[way].writing, value, planting);
    if (planting->place == GEN_PLACE_JSON_GZIP || planting->place == GEN_PLACE_JSON_GZIP_CHUNKED)
        planting->leak.written = "gzip";
}
