/* The input is a proof and the frames that it is walked in: a stranger may write both, a case file
 * and a capture.
 *
 *   link, first step, second step, form, transform (a byte each: positions in the tables below);
 *   offset and length of both steps (2 bytes each); then frames behind their lengths (2 bytes). */
#include <stdlib.h>

#include "base/compiler.h"
#include "base/reader.h"
#include "verify/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint32_t links[] = {1, 0, 9, 12, 105, 113, 119, 127, 163, 276, 999};

static const char *const first_steps[] = {
    "tcp.payload",      "udp.payload",       "ip.payload",         "link.payload",
    "sctp.payload",     "http.request.body", "http.response.body", "http.request.header:cookie",
    "http.request.uri", "dns.question.name", "dns.rdata.name",     "802.11.ssid"};

static const char *const steps[] = {"gzip",
                                    "zlib",
                                    "deflate",
                                    "br",
                                    "zstd",
                                    "lz4",
                                    "base64",
                                    "base32",
                                    "base58",
                                    "base85",
                                    "ascii85",
                                    "z85",
                                    "hex",
                                    "percent",
                                    "json-string",
                                    "backslash",
                                    "char-ref",
                                    "quoted-printable",
                                    "vcard-text",
                                    "utf-16be",
                                    "utf-16le",
                                    "chunked",
                                    "xor:5a",
                                    "exif:GPSPosition",
                                    "json:$.d.k[0]",
                                    "json-key:$",
                                    "form:a",
                                    "query:a",
                                    "cookie:a",
                                    "xml:/a/b[2]/@c",
                                    "zip:a",
                                    "multipart:a",
                                    "protobuf:1.3.2",
                                    "offset:8",
                                    "recipe:none",
                                    "reversed"};

static const char *const forms[] = {"text",
                                    "e164",
                                    "bcd",
                                    "mobile identity",
                                    "uint64be",
                                    "varint",
                                    "double",
                                    "ipv6",
                                    "ip6.arpa",
                                    "colons, short",
                                    "pair",
                                    "pair, protobuf",
                                    "geohash",
                                    "latitude, dms",
                                    "latitude, nmea",
                                    "gsm-7",
                                    "netbios",
                                    "gbk",
                                    "fragment",
                                    "suci",
                                    "apart",
                                    "guid",
                                    "last name first"};

static const char *const transforms[] = {"md5",        "base64",    "append-field", "xor-field",
                                         "hmac-field", "truncated", "uuid",         "murmur3-128"};

static const struct tt_identifier identifiers[] = {
    {.kind = TT_KIND_CUSTOM, .label = "a", .value = "lunch at noon"},
    {.kind = TT_KIND_IMEI, .label = "a", .value = "001014001234566"},
    {.kind = TT_KIND_MAC_ADDRESS, .label = "a", .value = "02:00:5e:10:00:17"},
    {.kind = TT_KIND_LOCATION, .label = "a", .value = "28.613912,77.209021"},
    {.kind = TT_KIND_IMSI, .label = "a", .value = "001010123456789"}};

#define PICK(table, byte) ((table)[(byte) % TT_ARRAY_LEN(table)])

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* All frames; each in memory of its own. */
static void feed(struct tt_verifier *verifier, uint32_t link, struct tt_reader reader)
{
    for (uint64_t number = 1; tt_reader_left(&reader) > 2; number++) {
        size_t len = tt_read_u16(&reader);
        size_t left = tt_reader_left(&reader);
        struct tt_span bytes = tt_read_span(&reader, len < left ? len : left);
        uint8_t *copy = malloc(bytes.len + 1);
        must(copy != NULL);
        memcpy(copy, bytes.data, bytes.len);
        struct tt_frame frame = {
            .number = number, .link = link, .bytes = tt_span_of(copy, bytes.len)};
        must(tt_verifier_frame(verifier, &frame) == TT_OK);
        free(copy);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tt_reader reader = tt_reader_of(tt_span_of(data, size));
    uint32_t link = PICK(links, tt_read_u8(&reader));
    const uint64_t frame = 1;
    struct tt_proof_step proof[2] = {{.step = PICK(first_steps, tt_read_u8(&reader))},
                                     {.step = PICK(steps, tt_read_u8(&reader))}};
    uint8_t form = tt_read_u8(&reader);
    uint8_t transform = tt_read_u8(&reader);
    for (size_t i = 0; i < 2; i++) {
        proof[i].offset = tt_read_u16(&reader);
        proof[i].length = tt_read_u16(&reader);
    }
    if (reader.failed)
        return 0;
    const struct tt_identifier *identifier = &PICK(identifiers, form);
    const struct tt_subject subject = {.identifiers = identifier, .identifier_count = 1};
    const char *const applied[] = {PICK(transforms, transform), PICK(transforms, transform / 8)};
    const struct tt_finding finding = {.kind = tt_kind_name(identifier->kind),
                                       .owner = "device",
                                       .label = "a",
                                       .form = PICK(forms, form),
                                       .transform = applied,
                                       .transform_count = transform / 64 % 3,
                                       .proof = proof,
                                       .proof_count = 1 + transform % 2,
                                       .frames = &frame,
                                       .frames_listed = 1};
    struct tt_verifier *verifier = tt_verifier_new(&subject);
    must(verifier != NULL && tt_verifier_add(verifier, 0, &finding) == TT_OK);
    for (unsigned pass = 1; pass <= 2; pass++) {
        must(tt_verifier_begin(verifier, pass) == TT_OK);
        feed(verifier, link, reader);
    }
    struct tt_verify_result result;
    must(tt_verifier_ask(verifier, 0, &result) == TT_OK);
    must(result.holds || result.why != NULL);
    tt_verifier_free(verifier);
    return 0;
}
