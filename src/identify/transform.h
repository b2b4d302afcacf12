/* What is done to a value on its way: encodings as pure functions from bytes to bytes.
 *
 * Results live in the arena given. An empty span means that there is nothing to search for (the
 * text cannot be written so, or it would look the same); data is NULL without memory. */
#ifndef TT_IDENTIFY_TRANSFORM_H
#define TT_IDENTIFY_TRANSFORM_H

#include "base/arena.h"
#include "base/span.h"

struct tt_span tt_write_lower(struct tt_arena *arena, struct tt_span text);
struct tt_span tt_write_upper(struct tt_arena *arena, struct tt_span text);

/* Only the decimal digits. */
struct tt_span tt_write_digits(struct tt_arena *arena, struct tt_span text);

/* Every `from` becomes `to`; `to` 0 leaves it out. */
struct tt_span tt_write_replaced(struct tt_arena *arena, struct tt_span text, uint8_t from,
                                 uint8_t to);

/* RFC 2781, without a byte order mark. */
struct tt_span tt_write_utf16(struct tt_arena *arena, struct tt_span text, bool big_endian);

/* An 8-bit or multi-byte charset by its iconv name; empty when the text does not fit or the system
 * lacks the charset. */
struct tt_span tt_write_charset(struct tt_arena *arena, struct tt_span text, const char *charset);

/* RFC 3986 section 2.1: everything but unreserved characters, in upper case; a space as `space`
 * ("%20" or "+"). Empty when nothing had to be escaped. */
struct tt_span tt_write_percent(struct tt_arena *arena, struct tt_span text, const char *space);

/* RFC 8259 section 7 as the strictest writers have it: \uXXXX for all that is not ASCII, \" \\ and
 * \/ (when `slash`). Empty when nothing had to be escaped. */
struct tt_span tt_write_json(struct tt_arena *arena, struct tt_span text, bool slash);

/* NetBIOS first-level encoding (RFC 1001 section 14.1) of a computer name, upper case, cut or
 * padded with spaces to 15 characters: 30 letters. Empty when the text is not ASCII. */
struct tt_span tt_write_netbios(struct tt_arena *arena, struct tt_span text);

/* Pairs of hexadecimal digits to bytes; other characters are skipped. Empty when the number of
 * digits is odd. */
struct tt_span tt_write_raw(struct tt_arena *arena, struct tt_span hex);

/* Two digits a byte, the first in the low half, an odd last one with a filler of 15: TBCD of
 * 3GPP TS 29.002 section 17.7.8. */
struct tt_span tt_write_tbcd(struct tt_arena *arena, struct tt_span digits);

/* The digits behind a first octet with the type of identity, 3GPP TS 24.008 section 10.5.1.4
 * (odd numbers of digits only: IMSI and IMEI have 15). Type 1: IMSI, 2: IMEI. */
struct tt_span tt_write_mobile_identity(struct tt_arena *arena, struct tt_span digits,
                                        unsigned type);

/* The characters from the last to the first. Empty for what reads the same both ways, and for what
 * is no UTF-8. */
struct tt_span tt_write_reversed(struct tt_arena *arena, struct tt_span text);

/* Each letter of ASCII 13 places on. Empty for a text without letters. */
struct tt_span tt_write_rot13(struct tt_arena *arena, struct tt_span text);

/* Lower-case hexadecimal. */
struct tt_span tt_write_hex(struct tt_arena *arena, struct tt_span bytes);

/* The same with a character between the pairs, as dumps of bytes have it. */
struct tt_span tt_write_hex_pairs(struct tt_arena *arena, struct tt_span bytes, char between);

/* The bytes as a list of numbers in brackets: "[51,53]", with `space` "[51, 53]". */
struct tt_span tt_write_byte_list(struct tt_arena *arena, struct tt_span bytes, bool space);

/* The characters of base64 (RFC 4648) that do not depend on what stands beside the bytes when
 * `align` (0 to 2) bytes of a group of three come before them. */
struct tt_span tt_write_base64(struct tt_arena *arena, struct tt_span bytes, unsigned align,
                               bool url);

/* What is known of a character of base64: its value has `bits` where `mask` is set. */
struct tt_sextet {
    uint8_t mask;
    uint8_t bits;
};

/* The characters right before and behind those of tt_write_base64: they hold the bits of the value
 * that are left over, beside those of its neighbours. mask 0: no bits are left over. */
struct tt_sextet tt_base64_before(struct tt_span bytes, unsigned align);
struct tt_sextet tt_base64_behind(struct tt_span bytes, unsigned align);

/* base64 of the bytes by themselves, in the standard alphabet, without padding. */
struct tt_span tt_write_base64_whole(struct tt_arena *arena, struct tt_span bytes);

#endif
