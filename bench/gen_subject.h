/* The invented owner of the phone: what the sheet says, and which kinds of leak there are. */
#ifndef BENCH_GEN_SUBJECT_H
#define BENCH_GEN_SUBJECT_H

#include "gen_util.h"

#include <stdio.h>

enum { GEN_CONTACTS = 12, GEN_IMEIS = 2, GEN_VALUE_MAX = 64 };

struct gen_subject {
    uint8_t mac_bytes[6];
    char imei[GEN_IMEIS][GEN_VALUE_MAX];
    char imsi[GEN_VALUE_MAX];
    char phone_number[GEN_VALUE_MAX]; /* as people write it: "+1 202 555 0142" */
    char android_id[GEN_VALUE_MAX];
    char mac_address[GEN_VALUE_MAX];
    char email[GEN_VALUE_MAX];
    char contact_name[GEN_CONTACTS][GEN_VALUE_MAX];
    char contact_number[GEN_CONTACTS][GEN_VALUE_MAX];
};

/* IMEIs of the test body 00, IMSI of the test network 001-01, telephone numbers and domains that
 * are set aside for examples and fiction. */
void gen_subject_make(struct gen_subject *subject, struct gen_rng *rng);

void gen_subject_write(const struct gen_subject *subject, FILE *sheet);

/* "+1 202 555 0142" to "+12025550142". */
void gen_number_compact(const char *number, char compact[GEN_VALUE_MAX]);

#endif
