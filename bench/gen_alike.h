/* A subject sheet of very many contacts, and values that look like those of the sheet and are none
 * of them: of the same countries, models, operators, makers, domains and names, near the same home.
 *
 * The set of what the sheet holds is kept as hashes of the values without signs and in lower case;
 * a value whose hash is in it is drawn again. */
#ifndef BENCH_GEN_ALIKE_H
#define BENCH_GEN_ALIKE_H

#include "gen_util.h"

enum gen_alike_kind {
    GEN_ALIKE_PHONE,
    GEN_ALIKE_IMEI,
    GEN_ALIKE_IMSI,
    GEN_ALIKE_ICCID,
    GEN_ALIKE_MAC,
    GEN_ALIKE_UUID,
    GEN_ALIKE_ANDROID_ID,
    GEN_ALIKE_EMAIL,
    GEN_ALIKE_NAME,
    GEN_ALIKE_PLACE, /* "61.20731,24.90342" */
    GEN_ALIKE_IPV4,
    GEN_ALIKE_SERIAL,
    GEN_ALIKE_SSID,
    GEN_ALIKE_HOSTNAME,
    GEN_ALIKE_ACCOUNT,
    GEN_ALIKE_TEXT, /* of a message */
    GEN_ALIKE_KINDS
};

enum { GEN_ALIKE_MAX = 160, GEN_ALIKE_CONTACTS_MAX = 100000 };

struct gen_alike {
    uint64_t *set; /* open addressing; 0: free */
    size_t set_size;
    size_t set_count;
    uint32_t models[2]; /* of the owner's IMEIs */
    uint8_t makers[3][3];
    double latitude;
    double longitude;
};

/* Writes the sheet of an owner with so many contacts and a twentieth as many messages, and keeps
 * what it says. */
void gen_alike_make(struct gen_alike *alike, struct gen_rng *rng, uint32_t contacts, FILE *sheet);
void gen_alike_free(struct gen_alike *alike);

/* A value of the kind in its plainest form ("+999123456789", "02:00:5e:12:34:56"), none of the
 * sheet. */
void gen_alike_draw(const struct gen_alike *alike, struct gen_rng *rng, enum gen_alike_kind kind,
                    char value[GEN_ALIKE_MAX]);

/* "phone", "imei": what programs call a value of the kind. */
const char *gen_alike_name(enum gen_alike_kind kind);

#endif
