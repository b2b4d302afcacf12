#include "capture/sniff.h"

#include "base/compiler.h"
#include "base/utf.h"

static const char give_capture[] = "give a pcap or pcapng file";
static const char unpack[] = "unpack it first";
static const char as_often[] = "unpack it as often as it is packed";
static const char convert[] = "convert it with: editcap -F pcapng IN OUT";

/* Signatures at the start of a file. A longer one stands before a shorter one that it begins with.
 */
static const struct signature {
    const char *magic;
    size_t len;
    struct tt_sniff found;
} signatures[] = {
    {"GMBU", 4, {"a Network Monitor capture", convert}},
    {"TRSNIFF data    \x1a", 17, {"a Sniffer capture", convert}},
    {"\x0a\x0d\x0d\x0a", 4, {"a damaged pcapng file", "capture or transfer it again"}},
    {"\x1f\x8b", 2, {"gzip data", as_often}},
    {"\x28\xb5\x2f\xfd", 4, {"zstd data", as_often}},
    {"\xfd"
     "7zXZ\0",
     6,
     {"xz data", as_often}},
    {"\x04\x22\x4d\x18", 4, {"lz4 data", as_often}},
    {"\x02\x21\x4c\x18", 4, {"lz4 data of the legacy format", unpack}},
    {"BZh", 3, {"bzip2 data", unpack}},
    {"PK\x03\x04", 4, {"a zip archive", unpack}},
    {"7z\xbc\xaf\x27\x1c", 6, {"a 7-Zip archive", unpack}},
    {"SQLite format 3\0", 16, {"an SQLite database", "a case file is read by: telltale report"}},
    {"\x7f"
     "ELF",
     4,
     {"a program (ELF)", give_capture}},
    {"%PDF-", 5, {"a PDF document", give_capture}},
    {"\x89PNG", 4, {"a picture (PNG)", give_capture}},
    {"\xff\xd8\xff", 3, {"a picture (JPEG)", give_capture}},
    {"<?xml", 5, {"an XML text", give_capture}},
    {"CLIENT_RANDOM ", 14, {"a TLS key log", "give it with --keys"}},
    {"CLIENT_HANDSHAKE_TRAFFIC_SECRET ", 32, {"a TLS key log", "give it with --keys"}},
    {"SERVER_HANDSHAKE_TRAFFIC_SECRET ", 32, {"a TLS key log", "give it with --keys"}},
    {"# SSL/TLS secrets", 17, {"a TLS key log", "give it with --keys"}},
    {"-----BEGIN ", 11, {"a key or certificate (PEM)", "give keys with --keys"}},
};

static bool is_text(struct tt_span head)
{
    for (size_t at = 0; at < head.len;) {
        uint32_t code = 0;
        size_t len = 0;
        if (!tt_utf8_read(tt_span_from(head, at), &code, &len))
            return head.len - at < 4 && at > 0; /* the head may end inside a character */
        if (code < ' ' && code != '\t' && code != '\n' && code != '\r')
            return false;
        at += len;
    }
    return head.len > 0;
}

/* The first block type of pcapng holds line ends of all systems, so that a change of one shows. */
static bool is_changed_pcapng(struct tt_span head)
{
    return (tt_span_starts(head, tt_span_str("\n\r\n")) ||
            tt_span_starts(head, tt_span_str("\n\n\n")) ||
            tt_span_starts(head, tt_span_str("\r\n\r\r\n"))) &&
           !is_text(head);
}

static struct tt_sniff sniff_text(struct tt_span head)
{
    struct tt_span text = tt_span_trim(head);
    if (text.len == 0 || (text.data[0] != '{' && text.data[0] != '['))
        return (struct tt_sniff){"a text",
                                 "give the packets themselves, written by: tcpdump -w FILE"};
    return (struct tt_sniff){"a JSON text", give_capture};
}

struct tt_sniff tt_sniff(struct tt_span head)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(signatures); i++) {
        const struct signature *signature = &signatures[i];
        if (tt_span_starts(head, tt_span_of(signature->magic, signature->len)))
            return signature->found;
    }
    if (is_changed_pcapng(head))
        return (struct tt_sniff){"a pcapng file damaged by a transfer as text",
                                 "transfer it again, as a binary file"};
    if (is_text(head))
        return sniff_text(head);
    return (struct tt_sniff){"not in a known capture format", give_capture};
}
