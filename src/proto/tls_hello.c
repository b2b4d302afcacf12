#include "proto/tls_hello.h"

#include "base/reader.h"

enum {
    RANDOM_LEN = 32,
    EXTENSION_SERVER_NAME = 0,
    EXTENSION_ALPN = 16,
    EXTENSION_SUPPORTED_VERSIONS = 43,
    NAME_TYPE_HOST = 0,
    DRAFT_MASK = 0xff00,
    DRAFT = 0x7f00 /* drafts of TLS 1.3 */
};

/* A span with its length in `len` bytes before it. */
static struct tt_span read_vector(struct tt_reader *reader, size_t len)
{
    return tt_read_span(reader, (size_t)tt_read_be(reader, len));
}

/* Values that clients send only to see that servers ignore them: RFC 8701. */
static bool is_grease(uint16_t value)
{
    return (value & 0x0f0fU) == 0x0a0aU && value >> 8 == (value & 0xffU);
}

static uint16_t plain_version(uint16_t version)
{
    return (version & DRAFT_MASK) == DRAFT ? TT_TLS_1_3 : version;
}

static void read_server_name(struct tt_span data, struct tt_tls_hello *hello)
{
    struct tt_reader reader = tt_reader_of(data);
    struct tt_reader list = tt_reader_of(read_vector(&reader, 2));
    while (tt_reader_left(&list) > 0) {
        uint8_t type = tt_read_u8(&list);
        struct tt_span name = read_vector(&list, 2);
        if (list.failed || type != NAME_TYPE_HOST)
            continue;
        if (name.len > 0 && name.data[name.len - 1] == '.')
            name.len--;
        if (name.len > TT_TLS_NAME_MAX)
            return;
        for (size_t i = 0; i < name.len; i++)
            if (name.data[i] <= ' ' || name.data[i] >= 0x7f)
                return;
        for (size_t i = 0; i < name.len; i++)
            hello->name[i] = (char)tt_lower(name.data[i]);
        return;
    }
}

static void read_versions(struct tt_span data, struct tt_tls_hello *hello)
{
    struct tt_reader reader = tt_reader_of(data);
    if (hello->server) {
        uint16_t version = tt_read_u16(&reader);
        if (!reader.failed)
            hello->version = plain_version(version);
        return;
    }
    struct tt_reader list = tt_reader_of(read_vector(&reader, 1));
    while (tt_reader_left(&list) > 0) {
        uint16_t version = tt_read_u16(&list);
        if (!is_grease(version) && plain_version(version) > hello->version)
            hello->version = plain_version(version);
    }
}

/* A malformed extension says nothing; the others still do. */
static void read_extensions(struct tt_span extensions, struct tt_tls_hello *hello)
{
    struct tt_reader reader = tt_reader_of(extensions);
    while (tt_reader_left(&reader) > 0) {
        uint16_t type = tt_read_u16(&reader);
        struct tt_span data = read_vector(&reader, 2);
        if (reader.failed)
            return;
        switch (type) {
        case EXTENSION_SERVER_NAME:
            if (!hello->server)
                read_server_name(data, hello);
            break;
        case EXTENSION_ALPN: {
            struct tt_reader list = tt_reader_of(data);
            hello->alpn = read_vector(&list, 2);
            break;
        }
        case EXTENSION_SUPPORTED_VERSIONS:
            read_versions(data, hello);
            break;
        default:
            break;
        }
    }
}

bool tt_tls_hello_read(struct tt_span message, struct tt_tls_hello *ret_hello)
{
    struct tt_tls_hello hello = {0};
    struct tt_reader header = tt_reader_of(message);
    uint8_t type = tt_read_u8(&header);
    struct tt_reader reader = tt_reader_of(read_vector(&header, 3));
    if (type != TT_TLS_CLIENT_HELLO && type != TT_TLS_SERVER_HELLO)
        return false;
    hello.server = type == TT_TLS_SERVER_HELLO;
    hello.version = plain_version(tt_read_u16(&reader));
    tt_read_skip(&reader, RANDOM_LEN);
    (void)read_vector(&reader, 1); /* session id */
    if (hello.server) {
        hello.suite = tt_read_u16(&reader);
        (void)tt_read_u8(&reader); /* compression method */
    } else {
        (void)read_vector(&reader, 2); /* cipher suites */
        (void)read_vector(&reader, 1); /* compression methods */
    }
    if (header.failed || reader.failed)
        return false;
    /* Extensions may be left out altogether (before TLS 1.3). */
    if (tt_reader_left(&reader) > 0)
        read_extensions(read_vector(&reader, 2), &hello);
    *ret_hello = hello;
    return true;
}

const char *tt_tls_version_name(uint16_t version)
{
    static const char *const names[] = {"ssl3", "tls1.0", "tls1.1", "tls1.2", "tls1.3"};
    unsigned at = version - 0x0300U;
    return at < sizeof(names) / sizeof(names[0]) ? names[at] : "tls";
}

bool tt_tls_suite_is_null(uint16_t suite)
{
    /* The registry of IANA, "TLS Cipher Suites". */
    static const uint16_t suites[] = {0x0000, 0x0001, 0x0002, 0x002c, 0x002d, 0x002e,
                                      0x003b, 0x00b0, 0x00b1, 0x00b4, 0x00b5, 0x00b8,
                                      0x00b9, 0xc001, 0xc006, 0xc00b, 0xc010, 0xc015,
                                      0xc039, 0xc03a, 0xc03b, 0xc0b4, 0xc0b5};
    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
        if (suites[i] == suite)
            return true;
    return false;
}
