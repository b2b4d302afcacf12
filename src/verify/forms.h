/* Inside verify/: is this a way to write that value? A table of its own, from the names of forms to
 * what they mean, read the other way round than identify/ writes them: from the bytes back to the
 * value. */
#ifndef TT_VERIFY_FORMS_H
#define TT_VERIFY_FORMS_H

#include "base/buf.h"
#include "model/subject.h"

struct tt_verify_recipes; /* recipe.h */

/* What a rule is asked. */
struct tt_verify_form {
    enum tt_kind kind;
    struct tt_span value;                    /* as it stands in the sheet, trimmed */
    const char *name;                        /* of the form */
    const struct tt_verify_recipes *recipes; /* or NULL: none are known */
    const struct tt_subject *subject;        /* or NULL: no other values are known */
};

enum tt_verify_answer { TT_VERIFY_NO, TT_VERIFY_YES, TT_VERIFY_UNKNOWN };

/* Do the bytes say the value in that form? UNKNOWN: no such form is known here. */
enum tt_verify_answer tt_verify_form_says(const struct tt_verify_form *form, struct tt_span bytes);

/* The same with the transforms (innermost first) that were applied to the form; `beside` is the
 * message in which the bytes stand, for salts and keys. */
enum tt_verify_answer tt_verify_says(const struct tt_verify_form *form,
                                     const char *const *transforms, size_t count,
                                     struct tt_span bytes, struct tt_span beside);

/* What bytes are under the step "recipe:NAME"; where its key is a field of the message `beside`,
 * the first that makes sense of them. False: nothing. */
bool tt_verify_recipe(const struct tt_verify_recipes *recipes, const char *step,
                      struct tt_span bytes, struct tt_span beside, struct tt_buf *out);

/* ---- rules in other files ---- */

enum { TT_VERIFY_DIGITS_MAX = 64 };

/* The decimal digits of a text, terminated; gives their number. */
size_t tt_verify_digits(struct tt_span text, char ret_digits[TT_VERIFY_DIGITS_MAX]);

typedef bool tt_verify_rule(const struct tt_verify_form *form, struct tt_span bytes);

tt_verify_rule tt_verify_number;       /* digits with signs between them */
tt_verify_rule tt_verify_unchecked;    /* without the check digit */
tt_verify_rule tt_verify_spare;        /* 0 for the check digit */
tt_verify_rule tt_verify_imeisv;       /* 14 digits and a version */
tt_verify_rule tt_verify_bcd;          /* two digits a byte, in either order */
tt_verify_rule tt_verify_mobile;       /* 3GPP TS 24.008, 10.5.1.4 */
tt_verify_rule tt_verify_apart;        /* MCC, MNC and MSIN with names or signs between them */
tt_verify_rule tt_verify_suci;         /* 3GPP TS 23.003, 2.2B */
tt_verify_rule tt_verify_integer;      /* binary or decimal */
tt_verify_rule tt_verify_hex;          /* hexadecimal digits with signs between them */
tt_verify_rule tt_verify_raw;          /* the bytes that they stand for, in one of the orders */
tt_verify_rule tt_verify_short_colons; /* without leading zeros */
tt_verify_rule tt_verify_eui64;        /* RFC 4291, appendix A; as text or bytes */
tt_verify_rule tt_verify_place_text;   /* coordinates */
tt_verify_rule tt_verify_place_comma;
tt_verify_rule tt_verify_place_raw;
tt_verify_rule tt_verify_place_dms;
tt_verify_rule tt_verify_place_nmea;
tt_verify_rule tt_verify_geohash;

#endif
