/* One DNS message: header, names, records. Pure functions over the message's bytes.
 *
 * RFC 1035, section 4; compression: section 4.1.4. All offsets are in the message. */
#ifndef TT_PROTO_DNS_MESSAGE_H
#define TT_PROTO_DNS_MESSAGE_H

#include "base/span.h"

enum {
    TT_DNS_HEADER_LEN = 12,
    TT_DNS_WIRE_MAX = 255,  /* a name on the wire, RFC 1035, section 3.1 */
    TT_DNS_TEXT_MAX = 1024, /* a name as text, every byte escaped, with its terminator */
    TT_DNS_RDATA_NAMES_MAX = 2
};

/* Types of records, RFC 1035 and the registry of IANA. */
enum tt_dns_type {
    TT_DNS_A = 1,
    TT_DNS_CNAME = 5,
    TT_DNS_HINFO = 13,
    TT_DNS_TXT = 16,
    TT_DNS_AAAA = 28,
    TT_DNS_OPT = 41,
    TT_DNS_SPF = 99
};

enum tt_dns_section {
    TT_DNS_QUESTION,
    TT_DNS_ANSWER,
    TT_DNS_AUTHORITY,
    TT_DNS_ADDITIONAL,
    TT_DNS_SECTIONS
};

struct tt_dns_header {
    bool response;
    unsigned opcode;
    unsigned rcode;
    uint16_t counts[TT_DNS_SECTIONS];
};

/* False when it is too short, or has an opcode or a reserved bit that no DNS message has. */
bool tt_dns_header_read(struct tt_span message, struct tt_dns_header *ret_header);

/* The least length of a message with so many questions and records. */
size_t tt_dns_least_len(const struct tt_dns_header *header);

/* A name, with compression undone. */
struct tt_dns_name {
    uint8_t wire[TT_DNS_WIRE_MAX]; /* length and label, again and again, without the final root */
    size_t len;
    size_t start; /* where its first label stands, pointers in front of it followed */
    size_t end;   /* behind the name as it is written at its place */
    size_t low;   /* all bytes that it was read from lie in [low, high) */
    size_t high;
};

/* Reads the name at `at`. False when it is malformed. */
bool tt_dns_name_read(struct tt_span message, size_t at, struct tt_dns_name *ret_name);

/* The labels with dots between them, each byte as it stands. Returns the length. */
size_t tt_dns_name_plain(const struct tt_dns_name *name, uint8_t plain[TT_DNS_WIRE_MAX]);

enum { TT_DNS_ENDS_MAX = 4 };

/* Data that was cut into labels (see dns_joined.c): the labels in front, without dots. Where the
 * data ends and the domain of who gets it begins is not known: sets `ret_ends` to the lengths that
 * may be meant, ascending, and returns their number; 0 when nothing looks like that. */
size_t tt_dns_name_joined(const struct tt_dns_name *name, uint8_t joined[TT_DNS_WIRE_MAX],
                          size_t ret_ends[TT_DNS_ENDS_MAX]);

/* As text: what is no UTF-8 text, and dots and backslashes in labels, are escaped as in RFC 1035,
 * section 5.1. Without the final dot; "" for the root. */
void tt_dns_name_text(const struct tt_dns_name *name, char text[TT_DNS_TEXT_MAX]);

/* Equal but for the case of ASCII letters (RFC 4343). */
bool tt_dns_name_eq(const struct tt_dns_name *a, const struct tt_dns_name *b);

struct tt_dns_record {
    struct tt_dns_name owner;
    uint16_t type;
    uint16_t class;
    size_t rdata_at;
    size_t rdata_len;
    size_t end;
};

/* Reads a question or a record. False when it is malformed or cut. A question has no rdata. */
bool tt_dns_record_read(struct tt_span message, size_t at, enum tt_dns_section section,
                        struct tt_dns_record *ret_record);

/* What rdata of known types holds: names behind a few fixed bytes, then perhaps more. */
struct tt_dns_rdata {
    struct tt_dns_name names[TT_DNS_RDATA_NAMES_MAX];
    size_t names_at[TT_DNS_RDATA_NAMES_MAX];
    size_t name_count;
    size_t end; /* behind the names: where the rest begins */
};

/* Reads the names of a record's rdata; without any, name_count is 0 and end the begin of the rdata.
 * False when they are malformed. */
bool tt_dns_rdata_read(struct tt_span message, const struct tt_dns_record *record,
                       struct tt_dns_rdata *ret_rdata);

/* Is it a DNS message from its first byte to its last, beyond doubt? For unusual ports. */
bool tt_dns_is_perfect(struct tt_span message);

#endif
