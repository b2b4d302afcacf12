/* Data that was cut into the labels of a name, as tunnels over DNS do it.
 *
 *   mfzwqyjoojqw6qdn.mfuwyltfpbqw24dmmu.t.example
 *   ---------------- ------------------ the data; then the domain of who gets it
 *
 * The labels in front are joined as long as they are longer than words usually are and written in
 * the letters that all before them are written in. */
#include "proto/dns_message.h"

enum {
    ROW_MIN = 14,   /* characters in all: an IMEI without check digit */
    LABEL_MIN = 7,  /* of what is no last label: many words are shorter */
    LONG_LABEL = 24 /* no word */
};

/* The letters that a label may be written in (RFC 4648, sections 6 to 8). */
enum { IN_HEX = 1, IN_BASE32 = 2, IN_UPPER_BASE32 = 4, IN_DECIMAL = 8, IN_ALL = 15 };

struct row {
    const struct tt_dns_name *name;
    size_t domain; /* offset in the wire: the last two labels */
    size_t limit;  /* offset in the wire: nothing from here on is joined */
    size_t labels; /* joined so far */
    size_t len;    /* their bytes */
    unsigned letters;
    bool is_loose; /* the last end was put where nothing is known of the letters */
    size_t *ends;
    size_t end_count;
};

static unsigned letters_of(struct tt_span label)
{
    unsigned letters = IN_ALL;
    for (size_t i = 0; i < label.len; i++) {
        uint8_t c = label.data[i];
        bool digit = c >= '2' && c <= '7';
        letters &= tt_hex_value(c) >= 0 ? IN_ALL : ~(unsigned)IN_HEX;
        letters &= tt_is_digit(c) ? IN_ALL : ~(unsigned)IN_DECIMAL;
        letters &= digit || (c >= 'a' && c <= 'z') ? IN_ALL : ~(unsigned)IN_BASE32;
        letters &= digit || (c >= 'A' && c <= 'Z') ? IN_ALL : ~(unsigned)IN_UPPER_BASE32;
    }
    return letters;
}

/* Whole bytes are written in so many letters; a number in any. */
static bool may_end(size_t len, unsigned letters)
{
    static const bool in_base32[8] = {[0] = true, [2] = true, [4] = true, [5] = true, [7] = true};
    bool hex = (letters & IN_HEX) != 0 && len % 2 == 0;
    bool base32 = (letters & (IN_BASE32 | IN_UPPER_BASE32)) != 0 && in_base32[len % 8];
    return letters == 0 || (letters & IN_DECIMAL) != 0 || hex || base32;
}

/* The data may end here. Of letters that nothing is known of, what follows does no harm: the last
 * such place counts. */
static void put_end(struct row *row)
{
    if (row->labels < 2 || row->len < ROW_MIN || !may_end(row->len, row->letters))
        return;
    bool again = row->end_count > 0 && row->ends[row->end_count - 1] == row->len;
    if (row->is_loose)
        row->ends[row->end_count - 1] = row->len;
    else if (!again && row->end_count < TT_DNS_ENDS_MAX)
        row->ends[row->end_count++] = row->len;
    row->is_loose = row->letters == 0 && !again && row->end_count > 0;
}

/* Who is reached by a name of one label only has no data in more than long ones. */
static void find_domain(struct row *row)
{
    const struct tt_dns_name *name = row->name;
    size_t last = 0;
    for (size_t at = 0; at < name->len; at += name->wire[at] + 1U) {
        row->domain = last;
        last = at;
    }
    row->limit = name->wire[0] >= LONG_LABEL ? last : row->domain;
}

/* Joins the label at `at` if it may belong to the row. False: the row is over. */
static bool join(struct row *row, size_t at, uint8_t *joined)
{
    struct tt_span label = tt_span_of(row->name->wire + at + 1, row->name->wire[at]);
    unsigned letters = row->letters & letters_of(label);
    bool is_short = label.len < LABEL_MIN;
    /* A short one is the last of the data, or the first of the domain. */
    if (letters != row->letters || is_short || at == row->domain)
        put_end(row);
    bool are_long = row->len >= row->labels * LONG_LABEL;
    if (is_short && letters == 0 && row->letters != 0 && !are_long)
        return false;
    memcpy(joined + row->len, label.data, label.len);
    row->letters = letters;
    row->len += label.len;
    row->labels++;
    return !is_short;
}

size_t tt_dns_name_joined(const struct tt_dns_name *name, uint8_t joined[TT_DNS_WIRE_MAX],
                          size_t ret_ends[TT_DNS_ENDS_MAX])
{
    struct row row = {.name = name, .letters = IN_ALL, .ends = ret_ends};
    if (name->len == 0 || name->wire[0] < LABEL_MIN)
        return 0;
    find_domain(&row);
    for (size_t at = 0; at < row.limit && join(&row, at, joined); at += name->wire[at] + 1U)
        ;
    put_end(&row);
    if (row.end_count == 0) { /* text, then, as it stands */
        row.letters = 0;
        put_end(&row);
    }
    return row.end_count;
}
