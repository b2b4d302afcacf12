#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_STEP = 65536 };

static enum tt_err read_all(int fd, const char *path, struct tt_buf *content,
                            struct tt_error *error)
{
    for (;;) {
        /* One byte more than the cap would allow tells a file that is too large from one that just
         * fits. */
        if (content->len == content->max)
            return tt_error_set(error, TT_ERR_LIMIT, "cannot read %s: it is larger than %zu bytes",
                                path, content->max - 1);
        enum tt_err result = tt_buf_reserve(content, 1);
        if (result != TT_OK)
            return tt_error_set(error, result, "no memory to read %s", path);
        ssize_t got = read(fd, content->data + content->len, content->cap - content->len);
        if (got == 0)
            return TT_OK;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return tt_error_errno(error, errno, "cannot read %s", path);
        content->len += (size_t)got;
    }
}

enum tt_err tt_file_read(const char *path, size_t max, struct tt_buf *ret_content,
                         struct tt_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return tt_error_errno(error, errno, "cannot read %s", path);
    /* The size is a hint: growing a buffer would leave unwiped copies of secrets behind. */
    struct stat info;
    size_t hint = fstat(fd, &info) == 0 && info.st_size > 0 ? (size_t)info.st_size + 1 : READ_STEP;
    struct tt_buf content = tt_buf_make(max + 1);
    enum tt_err result = tt_buf_reserve(&content, hint < max + 1 ? hint : max + 1);
    if (result == TT_OK)
        result = read_all(fd, path, &content, error);
    else
        (void)tt_error_set(error, result, "no memory to read %s", path);
    (void)close(fd);
    if (result != TT_OK) {
        tt_buf_wipe(&content);
        return result;
    }
    *ret_content = content;
    return TT_OK;
}
