/* From identifiers to the ways in which they may be written.
 *
 * Each kind has a maker in one table (forms.c): it gets the value and calls tt_forms_add for each
 * way of writing it. What all kinds share (weak values, minimum length, base64, digests) is settled
 * here and not by the makers. A new kind is one line in the table and one function.
 *
 * Identifiers of one kind with one value are one `class`: their patterns exist once. */
#ifndef TT_IDENTIFY_FORMS_H
#define TT_IDENTIFY_FORMS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "identify/strength.h"
#include "identify/transform.h"
#include "model/form.h"
#include "model/subject.h"

/* What must not stand right before or behind a pattern. At the border of the stream nothing stands.
 */
enum tt_edge {
    TT_EDGE_ANY,    /* anything may */
    TT_EDGE_LETTER, /* no letter that makes its outermost word longer: other names begin alike */
    TT_EDGE_DIGIT,  /* no digit: a longer number is another number */
    TT_EDGE_NUMBER, /* no digit, point or sign: for coordinates */
    TT_EDGE_DOTTED, /* no digit, nor a point and a digit: what goes on is no IPv4 address */
    TT_EDGE_TOKEN,  /* no letter or digit that makes an identifier longer; '-', '_' and a new word
                       may */
    TT_EDGE_HEX,    /* no further hexadecimal digit, nor pair of them behind the same separator */
    TT_EDGE_WORD,   /* no letter, digit, hyphen or underscore: a whole token */
    TT_EDGE_MAIL,   /* a whole e-mail address: none that ends or begins like it */
    TT_EDGE_LOCAL,  /* a whole token that is no part of an e-mail address */
    TT_EDGE_SEXTET  /* nothing but a character of base64 that holds the rest of the value's bits */
};

/* The neighbours are looked at in these units. */
enum tt_unit { TT_UNIT_BYTE, TT_UNIT_16LE, TT_UNIT_16BE };

/* How many forms an identifier gets. A sheet may have very many contacts and messages, and each
 * pattern costs time to build and to search; so what is seldom written is searched for where it
 * matters most. `telltale subject` lists the forms of each.
 *
 *   own   the owner's own: every form
 *   near  the first TT_FORMS_NEAR_MAX contacts and messages: the usual ones and a few rare ones
 *   far   all others: the usual ones, 3 to 6 patterns a value */
enum tt_tier { TT_TIER_OWN, TT_TIER_NEAR, TT_TIER_FAR };

/* By the entry's number in its label ("contacts[3].name"). */
enum tt_tier tt_tier_of(const struct tt_identifier *identifier);

struct tt_forms;

/* Is the current identifier the owner's, or of the first TT_FORMS_FULL_MAX contacts and messages?
 * Of the near ones only they get the forms of which each value has very many. */
bool tt_forms_in_full(const struct tt_forms *forms);

/* One way of writing, as a maker describes it. */
struct tt_writing {
    const char *name;      /* of the form; static */
    const char *transform; /* or NULL; static */
    const char *then;      /* a second one, done to the result of the first */
    const char *last;      /* a third one */
    struct tt_span bytes;  /* in the arena of the forms, or in the subject */
    double bits;
    double reversal_cost; /* of a digest */
    bool caseless;        /* ASCII letters match in both cases */
    bool token;           /* a transform that makes a token of its own: also for weak values */
    bool whole;           /* the bytes say themselves where the value begins and ends */
    bool lone;     /* as good as random: only luck makes it overlap another match, none waits */
    bool mirrored; /* backwards or in ROT13: so seldom that no other match waits for it */
    bool plain;    /* one of very many alike: what is seldom done is not done to it, too */
    bool grouped;  /* one of many: it may stand backwards, but not in letters */
    enum tt_edge left;
    enum tt_edge right;
    uint8_t letters; /* the next three as in tt_pattern */
    struct tt_span inner;
    enum tt_edge inner_left;
    enum tt_edge inner_right;
    struct tt_sextet left_sextet; /* for TT_EDGE_SEXTET */
    struct tt_sextet right_sextet;
    enum tt_unit unit;
};

/* One pattern to search for. */
struct tt_pattern {
    struct tt_span bytes;
    bool caseless;
    bool lone;
    bool mirrored;
    uint8_t left;       /* enum tt_edge */
    uint8_t right;      /* enum tt_edge */
    uint8_t unit;       /* enum tt_unit */
    uint8_t letters;    /* bits of each character of a coding whose neighbours are decoded:
                           6 for base64, 4 for hexadecimal digits, else 0 */
    uint8_t inner_left; /* enum tt_edge of what they decode to */
    uint8_t inner_right;
    struct tt_span inner; /* the value before it was encoded */
    struct tt_sextet left_sextet;
    struct tt_sextet right_sextet;
    uint32_t form; /* position among the forms of its class */
    uint32_t owner_class;
};

/* All identifiers with the same kind and value. */
struct tt_form_class {
    uint32_t first_identifier;
    size_t first_pattern;
    size_t pattern_count;
    size_t first_form; /* in tt_forms.forms; `identifier` of those is the first one */
    size_t form_count;
    size_t longest; /* bytes of its longest pattern */
};

struct tt_digest_set;

struct tt_forms {
    struct tt_arena arena; /* holds values: wiped */
    enum tt_err err;       /* the first failure sticks */
    size_t max;            /* patterns, and forms */
    struct tt_pattern *patterns;
    size_t pattern_count;
    size_t pattern_room;
    uint32_t *hashes; /* of the patterns of the class that is being made */
    size_t hash_room;
    struct tt_form *forms;
    size_t form_count;
    size_t form_room;
    struct tt_form_class *classes;
    size_t class_count;
    uint32_t *class_of;            /* for each identifier */
    struct tt_digest_set *digests; /* of all classes */

    const struct tt_identifier *current; /* while a maker runs */
    enum tt_tier tier;                   /* of that identifier */
};

/* Makes the forms of all identifiers. The caller zeroes `forms` and calls tt_forms_free whatever
 * the result. TT_ERR_LIMIT: more than `max` patterns (TT_PATTERNS_MAX; fewer for tests) or forms,
 * or more than TT_DIGESTS_MAX digests. */
TT_MUST_USE enum tt_err tt_forms_make(struct tt_forms *forms, const struct tt_subject *subject,
                                      size_t max);
void tt_forms_free(struct tt_forms *forms);

/* Tells nearly all writings of a value apart; the same for both cases of ASCII letters. */
uint32_t tt_forms_hash(struct tt_span bytes);

/* ---- for makers ---- */

/* Adds a way of writing. Left out: what is shorter than TT_FORM_MIN, what the class has already,
 * and empty spans. Weak ones become whole tokens, raw bytes and transforms of weak values are left
 * out. */
void tt_forms_add(struct tt_forms *forms, const struct tt_writing *writing);

/* Short for a plain text form without edges. */
void tt_forms_text(struct tt_forms *forms, const char *name, struct tt_span bytes, double bits,
                   bool caseless);

/* The edge of a text of the current kind: TT_EDGE_TOKEN where a longer one is somebody else's
 * identifier, else TT_EDGE_ANY. */
enum tt_edge tt_forms_edge(const struct tt_forms *forms, struct tt_span value);

/* Binary bytes: never weak ones. */
void tt_forms_raw(struct tt_forms *forms, const char *name, struct tt_span bytes, double bits);

/* UTF-16 in both byte orders, with the edges of `like`. */
void tt_forms_utf16(struct tt_forms *forms, const struct tt_writing *like, const char *name_le,
                    const char *name_be);

/* base64 in its alphabets and alignments, and hexadecimal, of a plain writing of a value of the
 * device's owner. Its edges hold for what the letters decode to. */
void tt_forms_transforms(struct tt_forms *forms, const struct tt_writing *plain);

/* Digests (digest.h) of one usual writing of the value: of an identifier of the far tier only the
 * usual digests of the usual writings. `unknown`: bits that somebody who undoes the digest has to
 * guess. In forms_digest.c. */
void tt_forms_digests(struct tt_forms *forms, const char *name, struct tt_span value, double bits,
                      double unknown);

/* Digests of writings that a kind has besides those of its maker. */
void tt_forms_more_digests(struct tt_forms *forms, enum tt_kind kind, struct tt_span value);

/* Digests of each two of the owner's values, one behind the other: once all of them are there, and
 * before the set is sealed. In forms_digest.c. */
void tt_forms_paired_digests(struct tt_forms *forms);

/* The text reversed, and of the owner's own in ROT13. Nothing for the far tier and weak values. */
void tt_forms_mirrored(struct tt_forms *forms, struct tt_span value, double bits);

/* The edge of such a text whose plain one has `edge`. Nobody writes it among others without a
 * border, so it is stricter: a name that goes on is another name, an address that does, another
 * address. */
enum tt_edge tt_forms_mirrored_edge(const struct tt_forms *forms, enum tt_edge edge);

/* What is seldom done to a way of writing: only the owner's own, and not weak ones. Called for each
 * that tt_forms_add takes; does nothing for transforms. In forms_rare.c. */
void tt_forms_rare(struct tt_forms *forms, const struct tt_writing *writing);

/* A usual writing as a dump of its bytes: pairs of hexadecimal digits with a sign between, or a
 * list of numbers. Called by tt_forms_transforms; only for the owner's own. In forms_rare.c. */
void tt_forms_dumps(struct tt_forms *forms, const struct tt_writing *plain);

/* The makers of the kinds; `value` is trimmed and not empty. */
void tt_forms_of_imei(struct tt_forms *forms, struct tt_span value);
void tt_forms_of_imeisv(struct tt_forms *forms, struct tt_span value);
void tt_forms_of_imsi(struct tt_forms *forms, struct tt_span value);
void tt_forms_of_iccid(struct tt_forms *forms, struct tt_span value);
void tt_forms_of_phone(struct tt_forms *forms, struct tt_span value);
void tt_forms_of_mac(struct tt_forms *forms, struct tt_span value);
void tt_forms_of_location(struct tt_forms *forms, struct tt_span value);
void tt_forms_of_text_with(struct tt_forms *forms, struct tt_span value, double bits);
void tt_forms_of_text(struct tt_forms *forms, struct tt_span value);  /* letter case ignored */
void tt_forms_of_exact(struct tt_forms *forms, struct tt_span value); /* letter case counts */
void tt_forms_of_android_id(struct tt_forms *forms, struct tt_span value);
void tt_forms_of_email(struct tt_forms *forms, struct tt_span value);
void tt_forms_of_message(struct tt_forms *forms, struct tt_span value);
void tt_forms_of_hostname(struct tt_forms *forms, struct tt_span value);
void tt_forms_of_name(struct tt_forms *forms, struct tt_span value);
void tt_forms_of_model(struct tt_forms *forms, struct tt_span value);

#endif
