#include "gen_subject.h"

#include <inttypes.h>

/* The digit that makes the sum of 3GPP TS 23.003, annex B, a multiple of ten. */
static unsigned check_digit(const char *digits, size_t count)
{
    unsigned total = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned digit = (unsigned)(digits[i] - '0');
        if (i % 2 == 1)
            digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        total += digit;
    }
    return (10 - total % 10) % 10;
}

void gen_subject_make(struct gen_subject *subject, struct gen_rng *rng)
{
    static const uint32_t areas[] = {202, 303, 404, 503, 617, 702, 808, 907};
    static const char *const given[] = {"Alma",    "Bruno",  "Chidi", "Dilnoza",
                                        "Esteban", "Farida", "Goran", "Hanne",
                                        "Itsuki",  "Jorunn", "Kwame", "Ludmila"};
    static const char *const family[] = {"Quistgaard", "Obiechina", "Yilmazer", "Fjeldstad",
                                         "Zamorano",   "Kowalczuk", "Tanigawa", "Brezovsky"};
    struct gen_subject *s = subject;
    *s = (struct gen_subject){0};
    for (size_t i = 0; i < GEN_IMEIS; i++) {
        char digits[32];
        uint32_t model = gen_rng_below(rng, 1000);
        (void)snprintf(digits, sizeof(digits), "00101%03u%06u", model, gen_rng_below(rng, 1000000));
        (void)snprintf(s->imei[i], GEN_VALUE_MAX, "%s%u", digits, check_digit(digits, 14));
    }
    (void)snprintf(s->imsi, GEN_VALUE_MAX, "00101%010" PRIu64,
                   gen_rng_next(rng) % UINT64_C(10000000000));
    uint32_t area = areas[gen_rng_below(rng, (uint32_t)GEN_COUNT(areas))];
    (void)snprintf(s->phone_number, GEN_VALUE_MAX, "+1 %u 555 01%02u", area,
                   gen_rng_below(rng, 100));
    (void)snprintf(s->android_id, GEN_VALUE_MAX, "%016" PRIx64, gen_rng_next(rng));
    gen_rng_fill(rng, s->mac_bytes, sizeof(s->mac_bytes));
    s->mac_bytes[0] = (uint8_t)((s->mac_bytes[0] & 0xfc) | 2); /* one station, locally given */
    const uint8_t *m = s->mac_bytes;
    (void)snprintf(s->mac_address, GEN_VALUE_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2],
                   m[3], m[4], m[5]);
    (void)snprintf(s->email, GEN_VALUE_MAX, "mira.quill%u@post.example", gen_rng_below(rng, 10000));
    uint32_t first = gen_rng_below(rng, 1000 / GEN_CONTACTS) * GEN_CONTACTS;
    for (uint32_t i = 0; i < GEN_CONTACTS; i++) {
        (void)snprintf(s->contact_name[i], GEN_VALUE_MAX, "%s %s", given[i % GEN_COUNT(given)],
                       family[gen_rng_below(rng, (uint32_t)GEN_COUNT(family))]);
        (void)snprintf(s->contact_number[i], GEN_VALUE_MAX, "+44 7700 900%03u", first + i);
    }
}

void gen_subject_write(const struct gen_subject *subject, FILE *sheet)
{
    const struct gen_subject *s = subject;
    (void)fprintf(sheet, "# Invented for the benchmark; no such phone, person or number exists.\n"
                         "device:\n  name: Example Phone A1\n  firmware: A1-4.4.2-generated\n");
    (void)fprintf(sheet, "  addresses: [192.168.77.23, \"2001:db8:77::23\", \"%s\"]\n",
                  s->mac_address);
    (void)fprintf(sheet, "identifiers:\n  imei: [");
    for (size_t i = 0; i < GEN_IMEIS; i++)
        (void)fprintf(sheet, "%s\"%s\"", i == 0 ? "" : ", ", s->imei[i]);
    (void)fprintf(sheet, "]\n  imsi: [\"%s\"]\n  phone_number: [\"%s\"]\n", s->imsi,
                  s->phone_number);
    (void)fprintf(sheet, "  android_id: [\"%s\"]\n  mac_address: [\"%s\"]\n  email: [%s]\n",
                  s->android_id, s->mac_address, s->email);
    (void)fprintf(sheet, "contacts:\n");
    for (size_t i = 0; i < GEN_CONTACTS; i++)
        (void)fprintf(sheet, "  - {name: %s, phone_number: \"%s\"}\n", s->contact_name[i],
                      s->contact_number[i]);
}

void gen_number_compact(const char *number, char compact[GEN_VALUE_MAX])
{
    size_t len = 0;
    for (; *number != '\0' && len + 1 < GEN_VALUE_MAX; number++)
        if (*number != ' ')
            compact[len++] = *number;
    compact[len] = '\0';
}
