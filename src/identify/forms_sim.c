/* Numbers of the SIM card: IMSI (3GPP TS 23.003 section 2.2) and ICCID (ITU-T E.118). */
#include "identify/bcd.h"
#include "identify/forms_number.h"
#include "identify/transform.h"

#include <stdio.h>

enum {
    MCC_DIGITS = 3,
    OPERATOR_DIGITS = 5, /* country and network of an IMSI, at least */
    ISSUER_DIGITS = 7,   /* 89, country, issuer */
    ICCID_DIGITS = 20,   /* with its check digit */
    TYPE_IMSI = 1        /* of a mobile identity */
};

static void add_digests(struct tt_forms *forms, const struct tt_number *number, size_t known)
{
    size_t secret = number->digits.len > known ? number->digits.len - known : 0;
    tt_forms_digests(forms, "digits", number->digits, number->bits, (double)secret * TT_BITS_DIGIT);
}

/* ---- IMSI ---- */

struct imsi {
    struct tt_span mcc;
    struct tt_span mnc;
    struct tt_span msin;
    double bits;
};

/* Country, network and subscriber one behind the other with something between them: alone none of
 * them would prove anything. */
static void add_apart(struct tt_forms *forms, const struct imsi *imsi)
{
    static const char *const between[] = {"-", " ", ",", ", ", ".", "/", ":", ";", "|", "_"};
    struct tt_span parts[3] = {imsi->mcc, imsi->mnc, imsi->msin};
    struct tt_span network = {.data = imsi->mcc.data, .len = imsi->mcc.len + imsi->mnc.len};
    struct tt_span halves[2] = {network, imsi->msin};
    for (size_t i = 0; i < TT_ARRAY_LEN(between); i++) {
        tt_forms_number_alone(forms, "apart", tt_forms_join(forms, parts, 3, between[i]),
                              imsi->bits);
        tt_forms_number_alone(forms, "apart", tt_forms_join(forms, halves, 2, between[i]),
                              imsi->bits);
    }
}

/* The same as fields of a form or a JSON text, in their usual order. */
static void add_fields(struct tt_forms *forms, const struct imsi *imsi)
{
    static const char *const written[][4] = {
        {"mcc=", "&mnc=", "&msin=", ""},
        {"\"mcc\":\"", "\",\"mnc\":\"", "\",\"msin\":\"", "\""},
        {"\"mcc\": \"", "\", \"mnc\": \"", "\", \"msin\": \"", "\""},
        {"\"mcc\":", ",\"mnc\":", ",\"msin\":\"", "\""},
        {"\"mcc\": ", ", \"mnc\": ", ", \"msin\": \"", "\""},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(written); i++) {
        struct tt_span parts[] = {
            tt_span_str(written[i][0]), imsi->mcc,  tt_span_str(written[i][1]), imsi->mnc,
            tt_span_str(written[i][2]), imsi->msin, tt_span_str(written[i][3]),
        };
        tt_forms_number_alone(forms, "apart", tt_forms_join(forms, parts, TT_ARRAY_LEN(parts), ""),
                              imsi->bits);
    }
}

/* A concealed identifier that conceals nothing (null scheme), as text: 3GPP TS 29.571 section 5.3.2
 * with the usual routing indicators, and the network access identifier of TS 23.003 section
 * 28.7.3. */
static void add_suci_text(struct tt_forms *forms, const struct imsi *imsi)
{
    static const char *const routing[] = {"-0-0-0-", "-0000-0-0-"};
    for (size_t i = 0; i < TT_ARRAY_LEN(routing); i++) {
        struct tt_span parts[] = {tt_span_str("suci-0-"),  imsi->mcc, tt_span_str("-"), imsi->mnc,
                                  tt_span_str(routing[i]), imsi->msin};
        tt_forms_number_alone(forms, "suci", tt_forms_join(forms, parts, TT_ARRAY_LEN(parts), ""),
                              imsi->bits);
    }
    static const char *const realms[] = {"@nai.5gc.mnc", "@5gc.mnc"};
    for (size_t i = 0; i < TT_ARRAY_LEN(realms); i++) {
        struct tt_span parts[] = {tt_span_str("userid"),
                                  imsi->msin,
                                  tt_span_str(realms[i]),
                                  tt_span_str(imsi->mnc.len == 2 ? "0" : ""),
                                  imsi->mnc,
                                  tt_span_str(".mcc"),
                                  imsi->mcc};
        tt_forms_number_text(forms, "suci", tt_forms_join(forms, parts, TT_ARRAY_LEN(parts), ""),
                             imsi->bits);
    }
}

/* The same in a 5GS mobile identity: 3GPP TS 24.501 section 9.11.3.4. */
static void add_suci_raw(struct tt_forms *forms, const struct imsi *imsi)
{
    static const uint8_t type = 0x01; /* SUPI format IMSI, type SUCI */
    static const uint8_t routing[][4] = {
        {0xf0, 0xff, 0, 0}, /* one digit, scheme and key 0 */
        {0x00, 0x00, 0, 0},
    };
    for (size_t i = 0; i < TT_ARRAY_LEN(routing); i++) {
        struct tt_span parts[] = {tt_span_of(&type, 1),
                                  tt_write_plmn(&forms->arena, imsi->mcc, imsi->mnc),
                                  tt_span_of(routing[i], sizeof(routing[i])),
                                  tt_write_bcd(&forms->arena, imsi->msin, true, 15)};
        if (parts[1].data != NULL && parts[3].data != NULL)
            tt_forms_raw(forms, "suci", tt_forms_join(forms, parts, TT_ARRAY_LEN(parts), ""),
                         imsi->bits);
    }
}

void tt_forms_of_imsi(struct tt_forms *forms, struct tt_span value)
{
    struct tt_number number = tt_forms_number(forms, value, OPERATOR_DIGITS);
    /* The identity of EAP (a digit in front, a realm behind: RFC 4186, 4187, 9048) holds the digits
     * as they are. */
    tt_forms_number_common(forms, &number, value);
    tt_forms_raw(forms, "mobile identity",
                 tt_write_mobile_identity(&forms->arena, number.digits, TYPE_IMSI), number.bits);
    /* Nothing in an IMSI tells whether its network has two digits or three. */
    for (size_t mnc = 2; mnc <= 3 && number.digits.len > OPERATOR_DIGITS + 1; mnc++) {
        struct imsi imsi = {.mcc = tt_span_sub(number.digits, 0, MCC_DIGITS),
                            .mnc = tt_span_sub(number.digits, MCC_DIGITS, mnc),
                            .msin = tt_span_from(number.digits, MCC_DIGITS + mnc),
                            .bits = number.bits};
        add_apart(forms, &imsi);
        add_fields(forms, &imsi);
        add_suci_text(forms, &imsi);
        add_suci_raw(forms, &imsi);
    }
    add_digests(forms, &number, OPERATOR_DIGITS);
}

/* ---- ICCID ---- */

void tt_forms_of_iccid(struct tt_forms *forms, struct tt_span value)
{
    static const unsigned char nineteen[] = {4, 4, 4, 4, 3, 0};
    static const unsigned char twenty[] = {4, 4, 4, 4, 4, 0};
    struct tt_number number = tt_forms_number(forms, value, ISSUER_DIGITS);
    tt_forms_number_common(forms, &number, value);
    const unsigned char *groups = number.digits.len == ICCID_DIGITS ? twenty : nineteen;
    tt_forms_number_grouped(forms, "dashed", &number, groups, '-');
    tt_forms_number_grouped(forms, "spaced", &number, groups, ' ');
    if (number.digits.len == ICCID_DIGITS) {
        struct tt_number unchecked = number;
        unchecked.digits = tt_span_sub(number.digits, 0, ICCID_DIGITS - 1);
        tt_forms_number_alone(forms, "digits without check digit", unchecked.digits, number.bits);
        tt_forms_number_bcd(forms, &unchecked);
    }
    add_digests(forms, &number, ISSUER_DIGITS);
}
