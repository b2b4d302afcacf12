/* What the makers of forms of numbers share. */
#ifndef TT_IDENTIFY_FORMS_NUMBER_H
#define TT_IDENTIFY_FORMS_NUMBER_H

#include "identify/forms.h"

enum {
    TT_NUMBER_LONG = 14 /* digits from which a longer number around it does not happen by luck */
};

/* The digits of a value, in the arena, and what they prove. */
struct tt_number {
    struct tt_span digits;
    double bits;
};

/* The first `shared` digits of the value are those of a model, operator or issuer. */
struct tt_number tt_forms_number(struct tt_forms *forms, struct tt_span value, size_t shared);

/* A writing of a number, as a text; a digit beside it makes another number, unless it is long. */
struct tt_writing tt_forms_number_writing(const char *name, struct tt_span bytes, double bits);

/* A text in which the number stands; a digit beside it makes another number, unless it is long. */
void tt_forms_number_text(struct tt_forms *forms, const char *name, struct tt_span bytes,
                          double bits);

/* A text that is itself only when no digit stands beside it, however long it is. */
void tt_forms_number_alone(struct tt_forms *forms, const char *name, struct tt_span bytes,
                           double bits);

/* The pieces joined by a text. */
struct tt_span tt_forms_join(struct tt_forms *forms, const struct tt_span *parts, size_t count,
                             const char *between);

/* Groups of the given sizes (ended by 0) with a separator between them, as far as there are digits;
 * nothing when groups and digits do not agree. */
void tt_forms_number_grouped(struct tt_forms *forms, const char *name,
                             const struct tt_number *number, const unsigned char *groups,
                             char separator);

/* Half bytes: "tbcd" (swapped) and "bcd", with and without filler. */
void tt_forms_number_bcd(struct tt_forms *forms, const struct tt_number *number);

/* Integers of 64 bits (and 32, where they hold it) in all byte orders, double, varint, hexadecimal.
 * Nothing for digits that no 64 bits hold. */
void tt_forms_number_binary(struct tt_forms *forms, const struct tt_number *number);

/* What long numbers of devices and cards have in common: the digits, the value as the sheet has it,
 * UTF-16, the usual transforms, reversed, half bytes, integers. */
void tt_forms_number_common(struct tt_forms *forms, const struct tt_number *number,
                            struct tt_span value);

/* Only what protobuf, MessagePack, CBOR, BSON and plain structures write: for contacts. */
void tt_forms_number_wire(struct tt_forms *forms, const struct tt_number *number);

/* All of them for a value that is a number already. */
void tt_forms_integer(struct tt_forms *forms, uint64_t value, double bits);

#endif
