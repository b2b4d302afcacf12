#include "verify/socks.h"

enum { PARTS_MAX = 3 };

struct part {
    const char *name;
    size_t at;
    size_t len;
};

/* 0 behind the end. */
static size_t byte_at(struct tt_span in, size_t at)
{
    return at < in.len ? in.data[at] : 0;
}

/* User and, where the address is 0.0.0.x, host: each ends at a zero. */
static size_t parts_of_4(struct tt_span in, struct part parts[PARTS_MAX])
{
    enum { USER = 8 };
    size_t user = tt_span_find(tt_span_from(in, USER), 0);
    size_t host = USER + user + 1;
    bool named = byte_at(in, 4) + byte_at(in, 5) + byte_at(in, 6) == 0 && byte_at(in, 7) != 0;
    parts[0] = (struct part){"socks.user", USER, user};
    parts[1] = (struct part){"socks.host", host, tt_span_find(tt_span_from(in, host), 0)};
    return named ? 2 : 1;
}

/* Methods; a login, if there is one; a request. */
static size_t parts_of_5(struct tt_span in, struct part parts[PARTS_MAX])
{
    enum { LOGIN = 1, VERSION = 5, NAME = 3 };
    size_t count = 0;
    size_t next = 2 + byte_at(in, 1);
    if (byte_at(in, next) == LOGIN) {
        size_t user = next + 2;
        size_t user_len = byte_at(in, next + 1);
        size_t password = user + user_len + 1;
        size_t password_len = byte_at(in, user + user_len);
        parts[count++] = (struct part){"socks.user", user, user_len};
        parts[count++] = (struct part){"socks.password", password, password_len};
        next = password + password_len;
    }
    if (byte_at(in, next) == VERSION && byte_at(in, next + 3) == NAME)
        parts[count++] = (struct part){"socks.host", next + 5, byte_at(in, next + 4)};
    return count;
}

enum tt_verify_named tt_verify_socks(const char *name, struct tt_span stream, size_t at)
{
    struct part parts[PARTS_MAX];
    size_t count = 0;
    if (byte_at(stream, 0) == 4)
        count = parts_of_4(stream, parts);
    else if (byte_at(stream, 0) == 5)
        count = parts_of_5(stream, parts);
    if (count == 0 || strcmp(name, "socks.data") == 0)
        return TT_VERIFY_NAME_OPEN;
    for (size_t i = 0; i < count; i++)
        if (at >= parts[i].at && at - parts[i].at < parts[i].len)
            return strcmp(name, parts[i].name) == 0 ? TT_VERIFY_NAME_FITS : TT_VERIFY_NAME_WRONG;
    return TT_VERIFY_NAME_WRONG;
}
