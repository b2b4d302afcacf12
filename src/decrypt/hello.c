#include "decrypt/hello.h"

#include "base/reader.h"

enum {
    RANDOM_LEN = 32,
    NAME_TYPE_HOST = 0,
    DRAFT_MASK = 0xff00,
    DRAFT = 0x7f00,
    OLD_SERVER_HELLO_DRAFT = 21, /* up to it without session id and compression */
    FACEBOOK_DRAFT_23 = 0xfb17,
    FACEBOOK_DRAFT_26 = 0xfb1a
};

/* A span with its length in `len` bytes before it. */
static struct tt_span read_vector(struct tt_reader *reader, size_t len)
{
    return tt_read_span(reader, (size_t)tt_read_be(reader, len));
}

static unsigned draft_of(uint16_t version)
{
    if ((version & DRAFT_MASK) == DRAFT)
        return version & 0xffU;
    return version >= FACEBOOK_DRAFT_23 && version <= FACEBOOK_DRAFT_26 ? version & 0xffU : 0;
}

static uint16_t plain_version(uint16_t version)
{
    return draft_of(version) != 0 ? TT_TLS_1_3 : version;
}

static void read_server_name(struct tt_span data, struct tt_hello *hello)
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
        if (name.len > TT_SERVER_NAME_MAX)
            return;
        for (size_t i = 0; i < name.len; i++)
            if (name.data[i] <= ' ' || name.data[i] >= 0x7f)
                return;
        for (size_t i = 0; i < name.len; i++)
            hello->name[i] = (char)tt_lower(name.data[i]);
        return;
    }
}

static void choose_version(uint16_t version, struct tt_hello *hello)
{
    hello->version = plain_version(version);
    hello->draft = (uint8_t)draft_of(version);
}

/* Higher numbers of DTLS are older. */
static bool is_newer(uint16_t version, const struct tt_hello *hello)
{
    uint16_t plain = plain_version(version);
    if (tt_is_dtls(version) != hello->dtls)
        return false;
    /* The RFC before any draft, and the last draft before others. */
    if (plain == hello->version)
        return hello->draft != 0 && (draft_of(version) == 0 || draft_of(version) > hello->draft);
    return hello->dtls ? plain < hello->version : plain > hello->version;
}

static void read_versions(struct tt_span data, struct tt_hello *hello)
{
    struct tt_reader reader = tt_reader_of(data);
    if (hello->server) {
        uint16_t version = tt_read_u16(&reader);
        if (!reader.failed)
            choose_version(version, hello);
        return;
    }
    struct tt_reader list = tt_reader_of(read_vector(&reader, 1));
    while (tt_reader_left(&list) > 0) {
        uint16_t version = tt_read_u16(&list);
        if (!list.failed && !tt_is_grease(version) && is_newer(version, hello))
            choose_version(version, hello);
    }
}

/* A malformed extension says nothing; the others still do. */
static void read_extension(uint16_t type, struct tt_span data, struct tt_hello *hello)
{
    struct tt_reader reader = tt_reader_of(data);
    switch (type) {
    case TT_EXTENSION_SERVER_NAME:
        if (!hello->server)
            read_server_name(data, hello);
        break;
    case TT_EXTENSION_ALPN:
        hello->alpn = read_vector(&reader, 2);
        break;
    case TT_EXTENSION_ENCRYPT_THEN_MAC:
        hello->encrypt_then_mac = true;
        break;
    case TT_EXTENSION_EXTENDED_MASTER_SECRET:
        hello->extended_master_secret = true;
        break;
    case TT_EXTENSION_RECORD_SIZE_LIMIT:
        hello->record_size_limit = tt_read_u16(&reader);
        break;
    case TT_EXTENSION_SESSION_TICKET:
        hello->ticket = data;
        break;
    case TT_EXTENSION_PRE_SHARED_KEY:
        hello->pre_shared_key = true;
        break;
    case TT_EXTENSION_EARLY_DATA:
        hello->early_data = true;
        break;
    case TT_EXTENSION_SUPPORTED_VERSIONS:
        read_versions(data, hello);
        break;
    case TT_EXTENSION_ENCRYPTED_CLIENT_HELLO:
        hello->encrypted_client_hello = true;
        break;
    default:
        break;
    }
}

bool tt_hello_extension(struct tt_span *extensions, uint16_t *ret_type, struct tt_span *ret_data)
{
    struct tt_reader reader = tt_reader_of(*extensions);
    uint16_t type = tt_read_u16(&reader);
    struct tt_span data = read_vector(&reader, 2);
    if (reader.failed)
        return false;
    *extensions = tt_read_rest(&reader);
    *ret_type = type;
    *ret_data = data;
    return true;
}

static void read_extensions(struct tt_reader *reader, struct tt_hello *hello)
{
    /* They may be left out altogether (before TLS 1.3). */
    if (tt_reader_left(reader) == 0)
        return;
    hello->extensions = read_vector(reader, 2);
    struct tt_span rest = hello->extensions;
    uint16_t type;
    struct tt_span data;
    while (tt_hello_extension(&rest, &type, &data))
        read_extension(type, data, hello);
}

static void read_client(struct tt_reader *reader, struct tt_hello *hello)
{
    hello->session_id = read_vector(reader, 1);
    if (hello->dtls)
        (void)read_vector(reader, 1); /* the cookie */
    hello->suites = read_vector(reader, 2);
    hello->compressions = read_vector(reader, 1);
}

/* SHA-256 of "HelloRetryRequest": RFC 8446, section 4.1.3. */
static const uint8_t retry_random[RANDOM_LEN] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

static void read_server(struct tt_reader *reader, struct tt_hello *hello)
{
    bool old = hello->draft != 0 && hello->draft <= OLD_SERVER_HELLO_DRAFT;
    if (!old)
        hello->session_id = read_vector(reader, 1);
    hello->suite = tt_read_u16(reader);
    if (!old)
        hello->compression = tt_read_u8(reader);
    hello->retry = tt_span_eq(hello->random, tt_span_of(retry_random, RANDOM_LEN));
}

bool tt_hello_read(struct tt_span message, bool dtls, struct tt_hello *ret_hello)
{
    struct tt_hello hello = {.dtls = dtls};
    struct tt_reader header = tt_reader_of(message);
    uint8_t type = tt_read_u8(&header);
    struct tt_reader reader = tt_reader_of(read_vector(&header, 3));
    if (type != TT_CLIENT_HELLO && type != TT_SERVER_HELLO)
        return false;
    hello.server = type == TT_SERVER_HELLO;
    hello.legacy = tt_read_u16(&reader);
    choose_version(hello.legacy, &hello);
    hello.random = tt_read_span(&reader, RANDOM_LEN);
    if (hello.server)
        read_server(&reader, &hello);
    else
        read_client(&reader, &hello);
    if (header.failed || reader.failed)
        return false;
    read_extensions(&reader, &hello);
    *ret_hello = hello;
    return true;
}

bool tt_hello_read_ssl2(struct tt_span message, struct tt_hello *ret_hello)
{
    struct tt_reader reader = tt_reader_of(message);
    struct tt_hello hello = {0};
    uint8_t type = tt_read_u8(&reader);
    hello.legacy = tt_read_u16(&reader);
    hello.version = hello.legacy;
    size_t suites = tt_read_u16(&reader);
    size_t session = tt_read_u16(&reader);
    size_t challenge = tt_read_u16(&reader);
    hello.suites = tt_read_span(&reader, suites);
    hello.session_id = tt_read_span(&reader, session);
    hello.random = tt_read_span(&reader, challenge);
    if (reader.failed || type != TT_CLIENT_HELLO || hello.legacy >> 8 != 3 ||
        challenge > RANDOM_LEN || challenge < 16 || suites == 0 || suites % 3 != 0)
        return false;
    *ret_hello = hello;
    return true;
}

bool tt_hello_alpn(struct tt_span *alpn, struct tt_span *ret_name)
{
    struct tt_reader reader = tt_reader_of(*alpn);
    struct tt_span name = read_vector(&reader, 1);
    if (reader.failed)
        return false;
    *alpn = tt_read_rest(&reader);
    *ret_name = name;
    return true;
}

bool tt_hello_encrypted_alpn(struct tt_span message, struct tt_span *ret_alpn)
{
    struct tt_reader header = tt_reader_of(message);
    uint8_t type = tt_read_u8(&header);
    struct tt_reader reader = tt_reader_of(read_vector(&header, 3));
    struct tt_span rest = read_vector(&reader, 2);
    uint16_t extension;
    struct tt_span data;
    if (type != TT_ENCRYPTED_EXTENSIONS || header.failed || reader.failed)
        return false;
    while (tt_hello_extension(&rest, &extension, &data)) {
        if (extension != TT_EXTENSION_ALPN)
            continue;
        struct tt_reader list = tt_reader_of(data);
        *ret_alpn = read_vector(&list, 2);
        return !list.failed;
    }
    return false;
}

bool tt_hello_certificates(struct tt_span message, uint16_t version, struct tt_span *ret_list)
{
    struct tt_reader header = tt_reader_of(message);
    uint8_t type = tt_read_u8(&header);
    struct tt_reader reader = tt_reader_of(read_vector(&header, 3));
    if (version == TT_TLS_1_3)
        (void)read_vector(&reader, 1); /* the context of the request */
    struct tt_span list = read_vector(&reader, 3);
    if (type != TT_CERTIFICATE || header.failed || reader.failed)
        return false;
    *ret_list = list;
    return true;
}

bool tt_hello_next_certificate(struct tt_span *list, uint16_t version, struct tt_span *ret_der)
{
    struct tt_reader reader = tt_reader_of(*list);
    struct tt_span der = read_vector(&reader, 3);
    if (version == TT_TLS_1_3)
        (void)read_vector(&reader, 2); /* its extensions */
    if (reader.failed || der.len == 0)
        return false;
    *list = tt_read_rest(&reader);
    *ret_der = der;
    return true;
}
